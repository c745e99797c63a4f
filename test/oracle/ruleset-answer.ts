/**
 * The result of a ruleset, as test mode prints it -> its meaning and the reply to a client.
 *
 * `$# error $@ 5 . 7 . 1 $: "550 Access denied"`: test mode prints tokens with single blanks between them; joined again they
 * keep a blank only between two neighbours that are neither operators nor quoted.
 */
import type { ByteString } from '../../src/core/bytes.ts';
import type { DecisionAnswer } from './jobs.ts';

const OPERATORS = new Set('.:%@!^/[]+()<>,;$');

function joinTokens(printed: ByteString): ByteString {
  let out = '';
  let previousIsAtom = false;
  for (const token of printed.match(/"(?:\\[^\n]|[^"\\])*"|[^ \t\n\v\f\r]+/g) ?? []) {
    const isAtom = !OPERATORS.has(token) && !token.startsWith('"');
    out += isAtom && previousIsAtom && out !== '' ? ` ${token}` : token;
    previousIsAtom = isAtom;
  }
  return out;
}

function unquote(text: ByteString): ByteString {
  const trimmed = text.replace(/^[ \t]+/, '').replace(/(?<![ \t])[ \t]+$/, '');
  return trimmed.includes('"') ? trimmed.replaceAll('"', '').replace(/\\([^\n])/g, '$1') : trimmed;
}

const MAX_TEXT = 255;
const ENHANCED = /^[245]\.\d{1,3}\.\d{1,3}$/;
const CODES_WITH_ADDRESS = new Set(['250', '252', '450', '550', '553']);

/** The SMTP line for an error: code, enhanced code and, for five of the codes, the address as typed. */
export function replyLine(text: ByteString, host: ByteString | undefined, address: ByteString | undefined): ByteString {
  let code = '553';
  let dsn = '5.3.0';
  let rest = text;
  const coded = text.match(/^(\d\d\d) +([^\n]*)$/);
  if (coded) {
    code = coded[1]!;
    rest = coded[2]!;
    dsn = host ?? '';
    const inText = rest.match(/^([245]\.\d{1,3}\.\d{1,3}) +([^\n]*)$/);
    if (inText) [dsn, rest] = [inText[1]!, inText[2]!];
    else if (!ENHANCED.test(dsn)) dsn = /^[245]/.test(code) ? `${code[0]}.0.0` : '';
  }
  const prefix = address && CODES_WITH_ADDRESS.has(code) ? `${address}... ` : '';
  if (code.startsWith('6')) code = `5${code.slice(1)}`;
  return [code, dsn, prefix + rest].filter(Boolean).join(' ');
}

function errorAnswer(
  host: ByteString | undefined,
  text: ByteString,
  address: ByteString | undefined,
): Omit<DecisionAnswer, 'raw'> {
  const code = text.match(/^([245]\d\d)(?:[ \t]+|$)/);
  return {
    action: 'error',
    text: code ? text.slice(code[0].length) : text,
    ...(host !== undefined && { dsn: host }),
    ...(code && { code: Number(code[1]) }),
    reply: replyLine(text.replace(/[ \t]+$/, ''), host, address),
  };
}

/** @param address what stood in MAIL or RCPT, brackets included; undefined at connect time */
export function answerOf(raw: ByteString, address: ByteString | undefined): DecisionAnswer {
  if (!raw.startsWith('$#')) return { raw, action: 'ok', value: joinTokens(raw) };
  // $# mailer $@ host $: user, of which the last two may be missing
  const [beforeUser, ...userParts] = raw.slice(2).split('$:');
  const [mailerPart, ...hostParts] = beforeUser!.split('$@');
  const mailer = joinTokens(mailerPart!);
  const host = hostParts.length > 0 ? joinTokens(hostParts.join('$@')) : undefined;
  const joined = userParts.length > 0 ? joinTokens(userParts.join('$:')) : undefined;
  // the daemon keeps so many bytes of a reply, quotes included
  const user = joined && unquote(mailer.toLowerCase() === 'error' ? joined.slice(0, MAX_TEXT) : joined);
  if (mailer.toLowerCase() === 'error')
    return host?.toLowerCase() === 'quarantine'
      ? { raw, action: 'quarantine', text: user ?? '' }
      : { raw, ...errorAnswer(host, user ?? '', address) };
  if (mailer.toLowerCase() === 'discard') return { raw, action: 'discard' };
  return {
    raw,
    action: 'ok',
    value: mailer,
    final: true,
    ...(host !== undefined && { host }),
    ...(user !== undefined && { user }),
  };
}
