/** Words of relay-domains and local-host-names that count for more or less than they seem to. */
import type { CLASS_CODES } from '../../../core/codes/classes.ts';
import { foldCase } from '../../../core/fold.ts';
import type { LintContext } from '../context.ts';
import type { Found } from '../finding.ts';
import type { RulesOf } from '../rule.ts';

interface Named {
  readonly host: string;
  readonly file: string;
  readonly line: number;
}

/** The hosts that access entries and tables name, with their files and lines. */
function namedHosts({ access, tableEntries }: LintContext): Named[] {
  const entries = [...access, ...tableEntries.filter(({ table }) => table === 'virtusertable')];
  return entries.flatMap(({ subject, file, line }) => {
    const host = foldCase(subject.slice(subject.lastIndexOf('@') + 1));
    return host === '' || host.startsWith('.') ? [] : [{ host, file, line }];
  });
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
