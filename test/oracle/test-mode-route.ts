/**
 * Routes (`/parse`) and addresses as others see them (`/try`), through test mode: the typed lines, and the meaning of the
 * printed ones. Aliases and ruleset 5 are not asked here.
 */
import { shortenAddress } from '../../src/address/show.ts';
import { stripQuotes } from '../../src/address/tokens.ts';
import type { ByteString } from '../../src/core/bytes.ts';
import type { RewriteAnswer, RewriteQuery, RouteAnswer, RouteQuery } from './jobs.ts';
import { replyLine } from './ruleset-answer.ts';

export function routeLines({ address, daemonFlags = '' }: RouteQuery): string[] {
  return [`.D{daemon_flags}${daemonFlags}`, '/tryflags ER', `/parse ${address}`];
}

export function rewriteLines(query: RewriteQuery): string[] {
  const flags = `${query.in === 'header' ? 'H' : 'E'}${query.role === 'sender' ? 'S' : 'R'}`;
  return [`.D{daemon_flags}${query.daemonFlags ?? ''}`, `/tryflags ${flags}`, `/try ${query.mailer} ${query.address}`];
}

/** Lines about steps, of which every ruleset prints two. */
const STEP = /^(?:\S+ +(?:input|returns):|Cracked address|Parsing |Trying )/;
const TRIPLE = /^mailer (\S+?)(?:, host (.*?))?, user (.*)$/s;
const WAITS = 'Transient parse error -- message queued for future delivery';

export function routed({ address }: RouteQuery, output: readonly ByteString[]): RouteAnswer {
  const said = output.filter((line) => line !== '' && !STEP.test(line));
  const triples = said.map((line) => TRIPLE.exec(line)).filter((found) => found !== null);
  const other = said.filter(
    (line) => !TRIPLE.test(line) && !line.endsWith(WAITS) && !line.startsWith(`${address}... `),
  );
  const temp = said.some((line) => line.endsWith(WAITS));
  const [, mailer, host, user] = triples.at(-1) ?? [];
  const known =
    failure(said) ??
    (mailer === '*error*' ? replyLine(stripQuotes(user!), host, shortenAddress(`<${address}>`)) : undefined);
  return {
    ...(mailer !== undefined && { mailer }),
    ...(host !== undefined && { host }),
    ...(user !== undefined && { user }),
    ...(known !== undefined && { reply: known }),
    ...(temp && { temp }),
    ...(other.length > 0 && { messages: other }),
  };
}

const FAILURES = [
  ['rewrite: excessive recursion', '554 5.0.0'],
  ['buildaddr: ', '554 5.3.5'],
  ['Syntax error in mailbox address', '501 5.1.3'],
] as const;

/** The reply to a client when the rules themselves failed. */
function failure(said: readonly ByteString[]): ByteString | undefined {
  for (const line of said) {
    const [, status] = FAILURES.find(([begin]) => line.startsWith(begin)) ?? [];
    if (status !== undefined) return `${status} ${line}`;
  }
  return undefined;
}

export function rewritten(output: readonly ByteString[]): RewriteAnswer {
  const said = output.filter((line) => line !== '' && !STEP.test(line));
  const result = said.map((line) => /^Rcode = (\d+), addr = (.*)$/s.exec(line)).findLast((found) => found !== null);
  const other = said.filter((line) => !line.startsWith('Rcode = '));
  return {
    ...(result && { rc: Number(result[1]), address: result[2]! }),
    ...(other.length > 0 && { messages: other }),
  };
}
