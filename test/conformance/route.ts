/**
 * Random configurations with every table: routes, and addresses as others see them, by our rules and by sendmail's.
 */
import type { MailMaps } from '../../src/config/mailmaps.ts';
import { decodeText, encodeText } from '../../src/core/bytes.ts';
import { type Oracle, oracleDirectory } from '../oracle/client.ts';
import { configuration } from '../oracle/features.ts';
import type { RewriteQuery } from '../oracle/jobs.ts';
import { ours, theirForm, theirs } from '../route/answer.ts';
import { mapsOf, mapsOfCf } from '../route/machine.ts';
import { type Comparison, type Report, sevenBit } from './comparison.ts';
import { type Random, random } from './random.ts';
import { type RouteWorld, routeAddress, routeWorld } from './route-world.ts';

/** Questions of one configuration. */
const BATCH = 100;

type Ask = (oracle: Oracle, world: RouteWorld, r: Random, count: number, report: Report) => Promise<void>;

function comparison(name: string, shortCases: number, ask: Ask): Comparison {
  return {
    name,
    shortCases,
    async run(oracle, seed, cases, report) {
      for (let first = 0; first < cases; first += BATCH) {
        const r = random(seed, first);
        await ask(oracle, routeWorld(r), r, Math.min(BATCH, cases - first), report);
      }
    },
  };
}

/** Test mode reads a line: no bytes that it leaves out, and none that end it. */
const ASKABLE = /^[\x21-\x3d\x3f-\x7e][\x20-\x7e\xa0-\xfe]*$/;
/** Bytes of an address from which on the line is cut. */
const LINE_ROOM = 1500;

export function addresses(r: Random, count: number, room: number): string[] {
  const made = r.list(count * 2, () => routeAddress(r).replace(/^[\t\v\f ]+|[\t\v\f ]+$/g, ''));
  return made.filter((each) => ASKABLE.test(each) && each.length < room).slice(0, count);
}

function compare(report: Report, world: RouteWorld, asked: unknown, their: string, our: string): void {
  const [theirs, ours] = [sevenBit(their), sevenBit(our)];
  report.compared(theirs === ours ? undefined : { asked: { ...world, asked }, theirs, ours });
}

/** Half of the configurations are stated by the sendmail.cf that m4 makes of their features; of these, half use its rules. */
export function mapsFor(world: RouteWorld, r: Random): MailMaps {
  const hasFlags = world.features.some((feature) => feature.includes(':hash -'));
  if (!hasFlags && r.chance(0.5)) return mapsOf(world);
  return mapsOfCf(world, configuration(oracleDirectory, world.features), r.pick(['file', 'built-in']));
}

/** How many questions test mode answered before it ended: sendmail may die of a mailer that does not exist. */
export function answered(results: readonly object[]): number {
  return results.findLastIndex((result) => Object.keys(result).length > 0) + 1;
}

/** Our route; both texts are byte strings. */
function ourRoute(maps: MailMaps, address: string): string {
  const text = decodeText(address);
  return encodeText(ours(maps.route(text), text));
}

const REFUSED = /^\d{3} /;

/** A row of COMPATIBILITY.md: an entry without a token that another entry leads to. */
export function isWithoutToken(our: string, { files }: Pick<RouteWorld, 'files'>): boolean {
  return our.endsWith('no mailer in parsed address') && /[\t ][()\sabc]+$/m.test(files.virtusertable ?? '');
}

export const routeComparison: Comparison = comparison('route', 2000, async (oracle, world, r, count, report) => {
  const maps = mapsFor(world, r);
  const queries = addresses(r, count, LINE_ROOM).map((address) => ({ kind: 'route' as const, address }));
  const { results } = await oracle.ask({ ...world, queries });
  for (const [i, { address }] of queries.slice(0, answered(results)).entries()) {
    const [their, our] = [theirs(results[i]!), ourRoute(maps, address)];
    // rules that sendmail ends in the middle leave it with what they have by then
    if (our.includes('Infinite loop')) continue;
    // test mode goes on with the address; the daemon gives this reply
    if (our.endsWith('prescan: token too long') || (their !== our && isWithoutToken(our, world))) continue;
    // of what is no address at all test mode says no more than that
    compare(report, world, address, their === 'none' && REFUSED.test(our) ? our : their, our);
  }
});

/**
 * More brackets than a rule removes: COMPATIBILITY.md has the cases in which the remaining text has no meaning, an @ directly
 * behind a bracket, and a text that is looked up.
 */
export function isHalfRead(address: string, { features }: RouteWorld): boolean {
  return address.split('<').length > 100 && (address.includes('<@') || features.includes('genericstable'));
}

const MAILERS = ['esmtp', 'esmtp', 'relay', 'local', 'local', 'smtp', 'smtp8', 'prog', '*file*'] as const;

export const rewriteComparison: Comparison = comparison('rewrite', 2000, async (oracle, world, r, count, report) => {
  const maps = mapsFor(world, r);
  const queries: RewriteQuery[] = addresses(r, count, LINE_ROOM).map((address) => ({
    kind: 'rewrite',
    address,
    mailer: r.pick(MAILERS),
    in: r.pick(['envelope', 'header']),
    role: r.pick(['sender', 'recipient']),
  }));
  const { results } = await oracle.ask({ ...world, queries });
  for (const [i, query] of queries.slice(0, answered(results)).entries()) {
    const { address, mailer, role } = query;
    if (isHalfRead(address, world)) continue;
    const made = maps.rewrite(decodeText(address), { mailer, where: query.in, role });
    compare(report, world, query, theirForm(results[i]!), encodeText(made.address));
  }
});
