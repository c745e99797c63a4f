/** The answers of both sides to where mail goes and what an address looks like, in one line each. */
import { decodeText } from '../../src/core/bytes.ts';
import type { Route } from '../../src/route/route.ts';
import type { RewriteAnswer, RouteAnswer } from '../oracle/jobs.ts';

function line(mailer: string, host: string | undefined, user: string): string {
  return `${mailer}${host === undefined ? '' : `@${host}`}: ${user}`;
}

export function ours(route: Route, address: string): string {
  if (!('reply' in route)) return line(route.mailer, route.host, route.user);
  const { code, enhanced, text, prefixed, shown } = route.reply;
  if (enhanced === '4.4.3' && !prefixed) return 'temp';
  const prefix = prefixed ? `${shown ?? `<${address}>`}... ` : '';
  return [String(code).padStart(3, '0'), enhanced, prefix + text]
    .filter((part) => part !== '')
    .join(' ')
    .trimEnd();
}

export function theirs(answer: RouteAnswer): string {
  // a refusal that waits for DNS is a refusal: the daemon gives its reply
  if (answer.reply !== undefined) return answer.reply.trimEnd();
  if (answer.temp) return 'temp';
  return answer.mailer === undefined ? 'none' : line(answer.mailer, answer.host, answer.user ?? '');
}

export function theirForm(answer: RewriteAnswer): string {
  return answer.address ?? `none ${answer.messages?.map(decodeText).join(' / ') ?? ''}`;
}
