/**
 * A line of a system log -> time, program and message. Forms: RFC 3164 (`Nov 28 10:12:01 host program[pid]: ...`), the
 * same with an ISO 8601 time (rsyslog, `journalctl -o short-iso`), RFC 5424, each with or without `<priority>`.
 */
import type { ByteString } from '../../core/bytes.ts';

export interface LogLine {
  /** As it stands in the log. */
  readonly time: ByteString;
  readonly program: ByteString;
  readonly message: ByteString;
}

/** A header is no longer: what looks like one further on belongs to the message. */
const LONGEST_HEADER = 400;
const RFC3164_TIME = 15;
const RFC5424 =
  /^<\d{1,3}>1 (\S+) \S+ (\S+) \S+ \S+ (?:-|(?:\[(?:[^\]"\\]|\\.|"(?:[^"\\]|\\.)*")*\])+) ?(?:\u00ef\u00bb\u00bf)?/;

export function parseLogLine(line: ByteString): LogLine | undefined {
  if (line.charCodeAt(0) === 0x3c) return parseWithPriority(line);
  const end = line.indexOf(']: ');
  if (end < 0 || end > LONGEST_HEADER) return undefined;
  const pid = line.lastIndexOf('[', end);
  const before = line.lastIndexOf(' ', pid);
  if (pid < 0 || before < 0) return undefined;
  return { time: timeOf(line), program: line.slice(before + 1, pid), message: line.slice(end + 3) };
}

function parseWithPriority(line: ByteString): LogLine | undefined {
  const match = RFC5424.exec(line);
  if (match !== null) return { time: match[1]!, program: match[2]!, message: line.slice(match[0].length) };
  const rest = line.replace(/^<\d{1,3}>/, '');
  return rest.startsWith('<') ? undefined : parseLogLine(rest);
}

/** An ISO time is one word. */
function timeOf(line: ByteString): ByteString {
  return line.charCodeAt(4) === 0x2d ? line.slice(0, line.indexOf(' ')) : line.slice(0, RFC3164_TIME);
}
