/** Words of relay-domains and local-host-names that count for more or less than they seem to. */
import type { CLASS_CODES } from '../../../core/codes/classes.ts';
import { foldCase } from '../../../core/fold.ts';
import type { LintContext } from '../context.ts';
import { membersOf } from '../expansions.ts';
import type { Found } from '../finding.ts';
import type { RulesOf } from '../rule.ts';
import { wordOf } from '../words.ts';

interface Named {
  readonly host: string;
  readonly file: string;
  readonly line: number;
}

/** Tables whose keys are addresses or hosts of one's own. */
const OWN: readonly string[] = ['virtusertable', 'genericstable'];

/** Hosts that entries take for local ones, with their files and lines: those of recipients, of own addresses, of members. */
function* namedHosts({ access, tableEntries, aliases }: LintContext): Iterable<Named> {
  for (const { tag, subject, value, file, line } of access)
    if ((tag === undefined || tag === 'To') && wordOf(value) !== 'RELAY') yield* hostIn(subject, file, line);
  for (const { table, subject, value, file, line } of tableEntries) {
    if (OWN.includes(table)) yield* hostIn(subject, file, line);
    if (table === 'domaintable') yield* hostIn(value, file, line);
  }
  for (const { value, file, line } of aliases)
    for (const member of membersOf(value)) if (/^[\w.+-]+@[\w.-]+$/.test(member)) yield* hostIn(member, file, line);
}

function hostIn(address: string, file: string, line: number): Named[] {
  const host = foldCase(address.slice(address.lastIndexOf('@') + 1));
  return host === '' || host.startsWith('.') ? [] : [{ host, file, line }];
}

/** Hosts by the names above them. */
function hostsBelow(context: LintContext): ReadonlyMap<string, Named> {
  const below = new Map<string, Named>();
  for (const named of namedHosts(context)) {
    for (let dot = named.host.indexOf('.'); dot >= 0; dot = named.host.indexOf('.', dot + 1)) {
      const above = named.host.slice(dot + 1);
      if (!below.has(above)) below.set(above, named);
    }
  }
  return below;
}

export const CLASS_RULES: RulesOf<typeof CLASS_CODES> = {
  *MM010(context: LintContext): Iterable<Found> {
    if (context.localHosts.length === 0) return;
    const below = hostsBelow(context);
    for (const local of context.localHosts) {
      const named = below.get(foldCase(local.word));
      if (named === undefined || context.configuration.isLocal(named.host)) continue;
      const { file, line, column, word } = local;
      const text = `${word} is local, and ${named.host} (${named.file}:${named.line}) is not`;
      yield { file, line, column, length: word.length, text, help: 'name each host' };
    }
  },
};
