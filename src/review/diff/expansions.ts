/** Two configurations -> the aliases that have other recipients, or other errors. */
import { foldCase } from '../../core/fold.ts';
import type { Reviewed } from '../sources.ts';

/** An alias whose recipients differ. */
export interface ExpansionDifference {
  readonly name: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly errors: readonly string[];
}

export function expansionDifferences(before: Reviewed, after: Reviewed): ExpansionDifference[] {
  const names = new Set([...aliasNames(before), ...aliasNames(after)]);
  return [...names].flatMap((name) => {
    const [old, now] = [expanded(before, name), expanded(after, name)];
    const added = now.recipients.filter((recipient) => !old.recipients.includes(recipient));
    const removed = old.recipients.filter((recipient) => !now.recipients.includes(recipient));
    const errors = now.errors.filter((error) => !old.errors.includes(error));
    return added.length + removed.length + errors.length > 0 ? [{ name, added, removed, errors }] : [];
  });
}

export function aliasNames({ texts }: Reviewed): string[] {
  return texts
    .filter(({ kind }) => kind === 'aliases')
    .flatMap(({ text }) => [...text.matchAll(/^([^\s#":][^\s:]*)[ \t]*:/gm)].map(([, name]) => foldCase(name!)));
}

function expanded({ configuration }: Reviewed, name: string): { recipients: string[]; errors: string[] } {
  const { recipients, errors } = configuration.expand(name);
  return { recipients: recipients.map(targetText), errors: errors.map(({ text }) => text) };
}

export function targetText(target: ReturnType<Reviewed['configuration']['expand']>['recipients'][number]): string {
  if (target.kind === 'user') return target.detail === undefined ? target.name : `${target.name}+${target.detail}`;
  if (target.kind === 'address') return `${target.localPart}@${target.domain}`;
  return target.kind === 'program' ? `|${target.command}` : target.path;
}
