/**
 * A line of a system log -> time, program and message. Forms: RFC 3164 (`Nov 28 10:12:01 host program[pid]: ...`), the
 * same with an ISO 8601 time (rsyslog, `journalctl -o short-iso`), RFC 5424, each with or without `<priority>`, and the
 * objects of `journalctl -o json` (systemd.journal-fields(7)).
 */
import { type ByteString, decodeText, encodeText } from '../../core/bytes.ts';

export interface LogLine {
  /** As written in the log. */
  readonly time: ByteString;
  readonly program: ByteString;
  /** The number of the process, as text. */
  readonly process: ByteString;
  readonly message: ByteString;
}

/** Bytes of the longest header. Text after this offset belongs to the message. */
const LONGEST_HEADER = 400;
const RFC3164_TIME = 15;
const RFC5424 =
  /^<\d{1,3}>1 (\S+) \S+ (\S+) (\S+) \S+ (?:-|(?:\[(?:[^\]"\\]|\\.|"(?:[^"\\]|\\.)*")*\])+) ?(?:\u00ef\u00bb\u00bf)?/;

export function parseLogLine(line: ByteString): LogLine | undefined {
  const first = line.charCodeAt(0);
  if (first === 0x3c) return parseWithPriority(line);
  if (first === 0x7b) return parseJournal(line);
  const end = line.indexOf(']: ');
  if (end < 0 || end > LONGEST_HEADER) return undefined;
  const pid = line.lastIndexOf('[', end);
  const before = line.lastIndexOf(' ', pid);
  if (pid < 0 || before < 0) return undefined;
  const [program, process] = [line.slice(before + 1, pid), line.slice(pid + 1, end)];
  return { time: timeOf(line), program, process, message: line.slice(end + 3) };
}

function parseWithPriority(line: ByteString): LogLine | undefined {
  const match = RFC5424.exec(line);
  if (match !== null)
    return { time: match[1]!, program: match[2]!, process: match[3]!, message: line.slice(match[0].length) };
  const rest = line.replace(/^<\d{1,3}>/, '');
  return rest.startsWith('<') ? undefined : parseLogLine(rest);
}

/** An ISO time is one word. */
function timeOf(line: ByteString): ByteString {
  return line.charCodeAt(4) === 0x2d ? line.slice(0, line.indexOf(' ')) : line.slice(0, RFC3164_TIME);
}

/** A field that is not UTF-8 is an array of bytes; one that is too long is null. */
function parseJournal(line: ByteString): LogLine | undefined {
  const fields = objectIn(line);
  const [program, message] = [bytesOf(fields.SYSLOG_IDENTIFIER ?? fields._COMM), bytesOf(fields.MESSAGE)];
  if (program === undefined || message === undefined) return undefined;
  const microseconds = Number(fields.__REALTIME_TIMESTAMP);
  const isTime = microseconds > 0 && microseconds < LAST_TIME;
  const process = bytesOf(fields.SYSLOG_PID ?? fields._PID) ?? '';
  return { time: isTime ? new Date(microseconds / 1000).toISOString() : '', program, process, message };
}

/** The year 9999, in microseconds. */
const LAST_TIME = 253_402_300_800_000_000;

function objectIn(line: ByteString): Readonly<Record<string, unknown>> {
  try {
    return { ...JSON.parse(decodeText(line)) };
  } catch {
    return {};
  }
}

function bytesOf(field: unknown): ByteString | undefined {
  // if a field occurs twice, the first one counts
  const value = Array.isArray(field) && typeof field[0] === 'string' ? field[0] : field;
  if (typeof value === 'string') return encodeText(value.toWellFormed());
  if (!Array.isArray(value) || !value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256))
    return undefined;
  return Buffer.from(value).toString('latin1');
}
