/**
 * A comma list of addresses -> what each stands for, or what is wrong with it.
 */
import { foldCase, isSpace } from '../core/fold.ts';
import { EX_NOHOST, EX_USAGE } from '../core/sysexits.ts';
import type { Fault } from './error-log.ts';
import type { Target } from './target.ts';

export interface ListedAddress {
  /** As it is written. */
  readonly shown: string;
  /** The list from here on: what messages about its form show. */
  readonly rest: string;
  /** The address without display name, comments and brackets. */
  readonly address: string;
  /** Absent: nothing is left, or `faults` says why. */
  readonly target?: Target;
  readonly faults: readonly Fault[];
}

function syntax(reason: string, enhanced = '5.1.3', status?: number): Fault {
  return { code: 'syntax', reply: 553, enhanced, reason, ...(status !== undefined && { status }) };
}
const HOST_REQUIRED = syntax('Hostname required', '5.1.3', EX_USAGE);
const USER_REQUIRED = syntax('User address required', '5.1.3', EX_USAGE);
const BAD_ROUTE = syntax('Invalid route address', '5.1.3', EX_USAGE);
const LIST_SYNTAX = syntax('List:; syntax illegal for recipient addresses', '5.1.3', EX_USAGE);
const BAD_HOST = syntax('Invalid host name', '5.1.2', EX_NOHOST);

/** Splits and parses a list; what is asked for on a command line is also split at blanks when nothing else separates. */
export function parseList(text: string, asked: boolean, isLocal: (host: string) => boolean): ListedAddress[] {
  const delimiter = asked && !/[,;<(]/.test(text) ? ' ' : ',';
  const found: ListedAddress[] = [];
  for (let at = 0; at < text.length; ) {
    while (at < text.length && (isSpace(text.charCodeAt(at)) || text[at] === ',')) at++;
    if (at >= text.length) break;
    const part = scan(text, at, delimiter);
    found.push(parseOne(part, isLocal));
    at = part.end + 1;
  }
  return found;
}

interface Part {
  shown: string;
  rest: string;
  /** Quoted strings as they stand, comments gone, blanks as they stand. */
  text: string;
  faults: Fault[];
  end: number;
}

/** Reads one address: up to the delimiter outside quotes and comments. */
function scan(list: string, from: number, delimiter: string): Part {
  let [text, comments, angles, quoted, at] = ['', 0, 0, false, from];
  const faults: Fault[] = [];
  for (; at < list.length; at++) {
    const c = list[at]!;
    if (c === '\\') {
      if (comments === 0) text += c + (list[at + 1] ?? '');
      at++;
    } else if (quoted) {
      if (c === '"') quoted = false;
      text += c;
    } else if (comments > 0) {
      if (c === '(') comments++;
      else if (c === ')') comments--;
    } else if (c === delimiter || (delimiter === ' ' && isSpace(c.charCodeAt(0)))) break;
    else if (c === '(') comments++;
    else if (c === ')') faults.push(syntax("Unbalanced ')'", '5.0.0'));
    else if (c === '>' && angles === 0) faults.push(syntax("Unbalanced '>'", '5.0.0'));
    else {
      if (c === '"') quoted = true;
      if (c === '<') angles++;
      if (c === '>') angles--;
      text += c;
    }
  }
  if (quoted) {
    text += '"';
    faults.push(syntax("Unbalanced '\"'", '5.0.0'));
  } else if (comments > 0) faults.push(syntax("Unbalanced '('", '5.0.0'));
  else if (angles > 0) {
    text += '>';
    faults.push(syntax("Unbalanced '<'", '5.0.0'));
  }
  return { shown: list.slice(from, at), rest: list.slice(from).trim(), text, faults, end: at };
}

const OPERATOR = /\s*([.:%@!^/[\]+,;<>])\s*/g;

/** Blanks next to operators vanish; other runs of them are BlankSub, a dot. */
function join(text: string): string {
  return text
    .trim()
    .split(/("(?:[^"\\]|\\.)*")/s)
    .map((piece, i) => (i % 2 === 1 ? piece : piece.replace(OPERATOR, '$1').replace(/\s+/g, '.')))
    .join('');
}

function parseOne(part: Part, isLocal: (host: string) => boolean): ListedAddress {
  const brackets = /.*<([^<>]*)>/s.exec(part.text);
  const bare = brackets === null ? withoutGroup(part.text) : brackets[1]!;
  const address = join(bare);
  const result = { shown: part.shown, rest: part.rest, address, faults: part.faults };
  if (address === '' && brackets === null) return result;
  if (/^[^"]*:;$/s.test(address)) return refuse(result, LIST_SYNTAX);
  const target = classify(address, isLocal);
  if ('reason' in target) return refuse(result, target);
  return { ...result, target };
}

function refuse(address: ListedAddress, fault: Fault): ListedAddress {
  return { ...address, target: { mailer: 'error', user: address.shown, host: '' }, faults: [...address.faults, fault] };
}

function withoutGroup(text: string): string {
  const trimmed = text.trim();
  if (/^["@:|/\\]/.test(trimmed) || /:\s*;$/.test(trimmed)) return text;
  return trimmed.replace(/^[^":]*:(?!:)/, '').replace(/;\s*$/, '');
}

function classify(address: string, isLocal: (host: string) => boolean): Target | Fault {
  const unquoted = address.startsWith('"') ? address.slice(1) : address;
  if (unquoted.startsWith('|')) return { mailer: 'program', user: address, host: '' };
  if (unquoted.startsWith('/')) return { mailer: 'file', user: address, host: '' };
  const include = /^:include:\s*(.*)$/is.exec(address.replaceAll('"', ''));
  if (include !== null) return { mailer: 'include', user: include[1]!, host: '' };
  const route = /^@[^:]*:(.*)$/s.exec(address);
  return classifyMailbox(route === null ? address : route[1]!, isLocal);
}

function classifyMailbox(address: string, isLocal: (host: string) => boolean): Target | Fault {
  const pieces = address.split(/("(?:[^"\\]|\\.)*"|\\.)/s);
  const masked = pieces.map((p, i) => (i % 2 === 1 ? '_'.repeat(p.length) : p)).join('');
  const at = masked.lastIndexOf('@');
  if (at < 0) return withoutHost(address, masked, isLocal);
  if (masked.indexOf('@') !== at) return BAD_ROUTE;
  if (at === 0) return USER_REQUIRED;
  const host = address.slice(at + 1);
  if (host === '') return HOST_REQUIRED;
  if (host.startsWith('.') || host.includes('..')) return BAD_HOST;
  const plainHost = host.replace(/\.$/, '');
  if (isLocal(plainHost)) return classifyMailbox(address.slice(0, at), isLocal);
  return { mailer: 'remote', user: `${address.slice(0, at)}@${plainHost}`, host: `${foldCase(plainHost)}.` };
}

function withoutHost(address: string, masked: string, isLocal: (host: string) => boolean): Target | Fault {
  const percent = masked.lastIndexOf('%');
  if (percent > 0) return classifyMailbox(`${address.slice(0, percent)}@${address.slice(percent + 1)}`, isLocal);
  const bang = masked.indexOf('!');
  if (bang > 0) {
    const host = address.slice(0, bang);
    return classifyMailbox(
      `${address.slice(bang + 1)}@${host.includes('.') || isLocal(host) ? host : `${host}.UUCP`}`,
      isLocal,
    );
  }
  return { mailer: 'local', user: foldCase(dequote(address)), host: '' };
}

/** Quotes that nothing needs go: `"alice"` is alice, `"a b"` stays. */
function dequote(address: string): string {
  const bare = /^"([^"\s,;:<>()@]*)"$/.exec(address);
  return bare === null ? address : bare[1]!;
}
