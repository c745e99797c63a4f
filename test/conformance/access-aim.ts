/**
 * Maps and lists made for given questions: some of the keys and names that the rules look up get an entry. So every entry is
 * found, in any order of the lookups, and an odd address finds entries for the rest of it.
 */
import type { Checks } from '../../src/access/checks.ts';
import type { TraceStep } from '../../src/access/decision.ts';
import { ask, type CheckQuery } from '../access/answer.ts';
import { checksOf } from '../machine.ts';
import type { Files } from '../oracle/jobs.ts';
import { valueFor } from './access-world.ts';
import type { Random } from './random.ts';

/** Entries of one round. An entry that is found ends a search, so a second round finds the keys behind it. */
const ENTRIES = 10;
const ROUNDS = 2;
/** Texts that cannot be a key in a line of a map, and marks of sendmail's rules, which are nobody's name. */
const UNWRITABLE = /[\s\xa0]|^#|^$|BANG_PATH|PERCENT_HACK/;

/** The same configuration with other files. */
export function aimedFiles(
  r: Random,
  features: readonly string[],
  files: Files,
  queries: readonly CheckQuery[],
): Files {
  let aimed: Files = { ...files, access: '', 'relay-domains': '', 'local-host-names': '' };
  for (let round = 0; round < ROUNDS; round++) {
    const steps = stepsOf(checksOf(features, aimed), queries);
    aimed = {
      access: `${aimed.access}${r.list(r.int(0, ENTRIES), () => entryFor(r, steps)).join('')}`,
      'relay-domains': `${aimed['relay-domains']}${r.list(r.int(0, 2), () => memberFor(r, 'class R', steps)).join('')}`,
      'local-host-names': `${aimed['local-host-names']}${r.list(r.int(0, 2), () => memberFor(r, 'class w', steps)).join('')}`,
    };
  }
  return aimed;
}

function stepsOf(checks: Checks, queries: readonly CheckQuery[]): readonly TraceStep[] {
  return queries.flatMap((query) => ask(checks, query).trace);
}

function entryFor(r: Random, steps: readonly TraceStep[]): string {
  const keys = steps.flatMap((step) => (step.kind === 'key' && !UNWRITABLE.test(step.key) ? [step.key] : []));
  if (keys.length === 0) return '';
  const key = r.pick(keys);
  return `${respelled(r, key)}\t${valueFor(r, key)}\n`;
}

/** Keys are folded, so case does not matter. */
function respelled(r: Random, key: string): string {
  return r.weighted([
    [8, key],
    [1, key.toLowerCase()],
    [1, key.replace(/[a-z]+/g, (run) => run.toUpperCase())],
  ]);
}

/** A name that was looked for in a class, or a part of it as the class may hold it. */
function memberFor(r: Random, rule: string, steps: readonly TraceStep[]): string {
  const names = steps.flatMap((step) => (step.kind === 'class' && step.rule === rule ? [step.subject] : []));
  if (names.length === 0) return '';
  const name = r.pick(names);
  const cuts = [...name.matchAll(/[.:@%!^/[\]+]/g)].map(({ index }) => index + r.int(0, 1));
  const cut = cuts.length > 0 && r.chance(0.5) ? r.pick(cuts) : 0;
  const part = r.chance(0.5) ? name.slice(cut) : name.slice(0, cut);
  return UNWRITABLE.test(part) ? '' : `${part}\n`;
}
