/**
 * `expand` and `sendmail -bv` through all tables, aliases and relays of local names, in random worlds. Flags of a K line, and
 * some of the other worlds, are read from the sendmail.cf that m4 writes.
 */
import { ofExpansion, ofSendmail, throughTables } from '../alias/answer.ts';
import { aliasesOf } from '../machine.ts';
import { oracleDirectory } from '../oracle/client.ts';
import { configuration } from '../oracle/features.ts';
import { type Comparison, sameAnswer } from './comparison.ts';
import { type Random, random } from './random.ts';
import { isHalfRead, isWithoutToken } from './route.ts';
import { host, routeAddress, routeWorld, tableUser } from './route-world.ts';

/** Addresses asked of one world: each is a program run. */
const BATCH = 12;

/** Aliases that lead into the tables, and back. */
export function aliases(r: Random): string {
  const names = r.sample(['team', 'alice', 'info', 'carol', 'x', 'root', 'list', 'luser+*'], r.int(0, 4));
  return names.map((name) => `${name}: ${r.list(r.int(1, 3), () => member(r)).join(', ')}\n`).join('');
}

function member(r: Random): string {
  return r.weighted<() => string>([
    [4, () => `${tableUser(r)}@${host(r)}`],
    [3, () => tableUser(r)],
    [0.5, () => `\\${r.pick(['alice', 'bob', 'x'])}`],
    [0.5, () => r.pick(['team', 'list', 'nosuch'])],
  ])();
}

/** Blanks and marks of lists, programs and files are asked by another comparison. */
const IN_LISTS = /[\s|/:,;]|[^\x20-\x7e]/;

function question(r: Random): string {
  const shaped = r.chance(0.25) ? routeAddress(r) : '';
  if (isAskable(shaped)) return shaped;
  const address = r.chance(0.7) ? `${tableUser(r)}@${host(r)}` : r.pick(['team', 'list', tableUser(r)]);
  return isAskable(address) ? address : `${r.pick(['alice', 'bob+x'])}@${r.pick(['v.example', 'far.example', 'mail'])}`;
}

function isAskable(address: string): boolean {
  return address !== '' && address.length < 200 && !IN_LISTS.test(address) && !address.startsWith('-');
}

export const tablesExpandComparison: Comparison = {
  name: 'tables-expand',
  shortCases: 60,
  async run(oracle, seed, cases, report) {
    for (let done = 0, index = 0; done < cases; index += 1) {
      const r = random(seed, index);
      const world = routeWorld(r, true);
      const spec = { ...world, files: { ...world.files, aliases: aliases(r) } } as const;
      const hasFlags = spec.features.some((feature) => feature.includes(':hash -'));
      const isRead = hasFlags || r.chance(0.3);
      const { features, ...bare } = spec;
      const ours = aliasesOf(isRead ? { ...bare, cf: configuration(oracleDirectory, features) } : spec);
      const queries = r.list(BATCH, () => ({ kind: 'verify', address: question(r) }) as const);
      const { results } = await oracle.ask({ ...spec, queries });
      for (const [i, { address }] of queries.entries()) {
        const answer = results[i]!;
        const theirs = throughTables(ofSendmail({ ...answer, rc: answer.rc ?? -1 }));
        // a limit of sendmail's rules, for a name that both refuse
        if (theirs.errors.includes('rewrite: expansion too long')) continue;
        const our = throughTables(ofExpansion(ours.expand(address)));
        const isKnown = isHalfRead(address, spec) || our.errors.some((error) => isWithoutToken(error, spec));
        if (isKnown && !sameAnswer(our, theirs)) continue;
        report.compared(sameAnswer(our, theirs) ? undefined : { asked: { address, ...spec }, theirs, ours: our });
        done += 1;
      }
    }
  },
};
