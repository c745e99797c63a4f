/**
 * check_relay, check_mail, check_rcpt and other rulesets through `sendmail -bt`: many questions, one process. This is
 * the fast path; it gives the replies that real sessions give, except that the daemon refuses what does not parse as an
 * address before it runs any ruleset, and test mode does not.
 */
import type { ByteString } from '../../src/core/bytes.ts';
import { daemonSpelling } from './ipv6.ts';
import type {
  ClassQuery,
  DecisionAnswer,
  DecisionQuery,
  LinesAnswer,
  MapQuery,
  ParseQuery,
  Ran,
  RewriteAnswer,
  RewriteQuery,
  RouteAnswer,
  RouteQuery,
} from './jobs.ts';
import type { Machine } from './machine.ts';
import { answerOf } from './ruleset-answer.ts';
import { rewriteLines, rewritten, routed, routeLines } from './test-mode-route.ts';

export type TestModeQuery = DecisionQuery | ClassQuery | MapQuery | ParseQuery | RouteQuery | RewriteQuery;
export type TestModeAnswer = DecisionAnswer | LinesAnswer | RouteAnswer | RewriteAnswer;

const RULESET = { relay: 'check_relay', mail: 'check_mail', rcpt: 'check_rcpt' } as const;

const isDecision = (query: TestModeQuery): query is DecisionQuery => query.kind in RULESET || query.kind === 'ruleset';

function clientAddress(query: DecisionQuery, compress: boolean): string {
  const address = query.clientAddr ?? '203.0.113.9';
  return address.includes(':') ? daemonSpelling(address, compress) : address;
}

function clientName(query: DecisionQuery, address: string, compress: boolean): string {
  const name = query.clientName;
  if (!name) return name ?? ((query.clientResolve ?? 'OK') === 'OK' ? 'client.example' : `[${address}]`);
  return name.startsWith('[') && name.includes(':') ? `[${daemonSpelling(name.slice(1, -1), compress)}]` : name;
}

/** `.D` lines for what the daemon would have put into macros by then. */
function macroLines(query: DecisionQuery, name: string, address: string): string[] {
  const macros = {
    '{client_addr}': address,
    '{client_name}': name,
    '{client_resolve}': query.clientResolve ?? 'OK',
    '{client_ptr}': query.clientPtr ?? name,
    '{auth_type}': query.auth ?? '',
    '{auth_authen}': query.authAuthen ?? '',
    s: query.helo ?? 'client.example',
    '{mail_from}': `<${query.sender ?? ''}>`,
    '{verify}': query.tls?.verify ?? '',
    '{cert_issuer}': query.tls?.certIssuer ?? '',
    '{cert_subject}': query.tls?.certSubject ?? '',
    '{daemon_flags}': query.daemonFlags ?? '',
    ...query.macros,
  };
  return Object.entries(macros).map(([macro, value]) => `.D${macro}${value}`);
}

function decisionLines(query: DecisionQuery, compress: boolean): string[] {
  const address = clientAddress(query, compress);
  const name = clientName(query, address, compress);
  const macros = macroLines(query, name, address);
  const sender = `<${query.sender ?? ''}>`;
  const oracleF = query.macros && 'f' in query.macros ? '' : `OracleF ${sender}`;
  switch (query.kind) {
    case 'relay':
      return [...macros, `Start,check_relay ${name} $| ${address}`];
    case 'mail':
      return [...macros, oracleF, `check_mail ${query.raw ?? sender}`];
    case 'rcpt':
      return [...macros, oracleF, `check_rcpt ${query.raw ?? `<${query.rcpt}>`}`];
    case 'ruleset':
      return [...macros, `${query.rulesets} ${query.input}`];
  }
}

function typedLines(query: TestModeQuery, compress: boolean): string[] {
  if (isDecision(query)) return decisionLines(query, compress);
  if (query.kind === 'parse') return [`/parse ${query.address}`];
  if (query.kind === 'route') return routeLines(query);
  if (query.kind === 'rewrite') return rewriteLines(query);
  if (query.kind === 'map') return [`/map ${query.map} ${query.key}`];
  return [`$=${query.class}`];
}

/** Brackets a question's lines with a printed marker, which separates its output from that of its neighbours. */
function marked(lines: readonly string[], index: number): string[] {
  return [`.DQQ${index}B`, '$Q', ...lines, `.DQQ${index}E`, '$Q'];
}

function outputsByQuestion(stdout: ByteString, count: number): readonly ByteString[][] {
  const outputs: ByteString[][] = Array.from({ length: count }, () => []);
  let current: ByteString[] | undefined;
  for (const line of stdout.split('\n')) {
    const marker = line.match(/^(?:> )*Q(\d+)([BE])$/);
    if (marker) current = marker[2] === 'B' ? outputs[Number(marker[1])] : undefined;
    else current?.push(line.replace(/^(?:> )+/, ''));
  }
  return outputs;
}

function addressInReply(query: DecisionQuery): ByteString | undefined {
  if (query.kind === 'rcpt') return query.raw ?? `<${query.rcpt}>`;
  if (query.kind === 'mail') return query.raw ?? `<${query.sender ?? ''}>`;
  return undefined;
}

/** Test mode prints a ruleset's name cut to this length. */
const SHOWN_NAME_BYTES = 16;

function decision(query: DecisionQuery, output: readonly ByteString[], ran: Ran): DecisionAnswer {
  const ruleset = query.kind === 'ruleset' ? query.rulesets.split(',').at(-1)! : RULESET[query.kind];
  const name = ruleset.slice(0, SHOWN_NAME_BYTES);
  const returned = output.filter((line) => line.startsWith(name) && /^[ \t]+returns:/.test(line.slice(name.length)));
  const other = output.filter((line) => line !== '' && !/^[^ \t]+ +(input|returns):/.test(line));
  const isUndefined = other.some((line) => line.includes('Undefined ruleset'));
  const messages = other.filter((line) => !line.includes('Undefined ruleset'));
  const last = returned.at(-1);
  let answer: DecisionAnswer = { action: 'none' };
  if (last !== undefined) answer = answerOf(last.slice(last.indexOf('returns:') + 8).trim(), addressInReply(query));
  else if (isUndefined) answer = { action: 'ok', undefined: true };
  return {
    ...answer,
    ...(messages.length > 0 && { messages }),
    ...(query.trace && { trace: output }),
    ...((ran.rc !== 0 || ran.stderr !== '') && { process: { rc: ran.rc, stderr: ran.stderr } }),
  };
}

/** @throws RangeError for a question with a line break or NUL, which cannot be typed */
export async function askTestMode(
  machine: Machine,
  queries: readonly TestModeQuery[],
  debug: string | undefined,
): Promise<readonly TestModeAnswer[]> {
  const lines = queries.flatMap((query, i) => marked(typedLines(query, machine.compressedIPv6), i));
  const untypable = lines.find((line) => /[\n\r\0]/.test(line));
  if (untypable !== undefined) throw new RangeError(`test mode cannot be given ${JSON.stringify(untypable)}`);
  const timeout = 300 + queries.length / 10;
  const ran = await machine.run('sendmail', ['-bt', ...(debug ? [`-d${debug}`] : [])], {
    stdin: `${lines.join('\n')}\n`,
    timeout,
  });
  const outputs = outputsByQuestion(ran.stdout, queries.length);
  return queries.map((query, i) => {
    const output = outputs[i]!;
    if (isDecision(query)) return decision(query, output, ran);
    if (query.kind === 'route') return routed(query, output);
    return query.kind === 'rewrite' ? rewritten(output) : { lines: output };
  });
}
