/** Aliases that lead nowhere, to too many, or to other recipients than they seem to. Defined by newaliases and alias expansion. */

import type { Expansion } from '../../../alias/expansion.ts';
import type { ByteString } from '../../../core/bytes.ts';
import type { ALIAS_CODES } from '../../../core/codes/aliases.ts';
import { foldCase } from '../../../core/fold.ts';
import type { AliasLine, LintContext } from '../context.ts';
import { expansionOf, isUnknown, listErrors, loopOf, membersOf, plainName } from '../expansions.ts';
import type { Found } from '../finding.ts';
import type { RulesOf } from '../rule.ts';
import { type Rule, ruleAbout, type Saying } from '../rule.ts';

/** A rule about each alias. */
function aliasRule(say: (alias: AliasLine, context: LintContext) => Saying): Rule {
  return ruleAbout(
    ({ aliases }) => aliases,
    ({ place }) => place,
    say,
  );
}

/** Names that every host should answer for, and the standard that says so. */
const ROLES: readonly (readonly [string, string])[] = [['postmaster', 'RFC 5321, 4.5.1']];
const MORE_ROLES: readonly string[] = ['abuse', 'mailer-daemon', 'root'];

/** Somebody, or a file that somebody may read. */
function isReader(target: Expansion['recipients'][number]): boolean {
  return target.kind !== 'program' && (target.kind !== 'file' || target.path !== '/dev/null');
}

/** Errors by which an address is lost for good. A list that cannot be read is MM412. */
const DEAD: readonly string[] = ['unknownUser', 'loop', 'syntax', 'notAllowed'];

const unreadLists = aliasRule(({ name, value }, context) => {
  const list = /:include:\s*(\S+)/i.exec(value)?.[1];
  if (list === undefined || !plainName(name)) return undefined;
  const path = list.replace(/"$/, '');
  const error = expansionOf(name, context).errors.find(
    ({ code, address = '' }) => (code === 'include' || code === 'tempFail') && address.includes(path),
  );
  return error && `${list} cannot be read: ${error.text}`;
});

/** Members whose outcome their text shows: names, addresses, programs, files and lists in their usual form. */
const EASY_MEMBER = /^(?:\\?[\w.+-]+|[\w.+=-]+@[\w-]+(?:\.[\w-]+)+|"\|[^"\\]*"|\/[\w./-]+|:include:\s*\/[\w./-]+)$/;
const REFUSED: readonly string[] = ['unknownUser', 'syntax', 'notAllowed'];
/** Two names, a comment, a list or directive, a program: other codes. */
const OF_OTHER_CODES = /^[\w.@+-]+[ \t]+[\w.@+-]+$|#|^:|^\|/;

const unknownMembers = aliasRule(({ name, value }, context) => {
  const lost = plainName(name) ? membersOf(value).filter((member) => isUnknown(member, context)) : [];
  return lost.length > 0 ? `${name} leads to ${lost.join(', ')}, which nobody has` : undefined;
});

const wrongMembers = aliasRule(({ name, value }, context) => {
  const members = membersOf(value);
  const include = members.find((member) => /^include:/i.test(member));
  if (include !== undefined) return { text: `${include} is a file here`, help: `write :${include}` };
  const isOdd = (member: string): boolean => !EASY_MEMBER.test(member) || foldCase(member) === foldCase(name);
  if (!plainName(name) || !members.some(isOdd)) return undefined;
  const wrong = expansionOf(name, context).errors.find(
    ({ code, address = '' }) =>
      REFUSED.includes(code) && members.includes(address) && !OF_OTHER_CODES.test(address) && isOdd(address),
  );
  return wrong && (context.knowsUsers || wrong.code !== 'unknownUser') ? wrong.text : undefined;
});

export const ALIAS_RULES: RulesOf<typeof ALIAS_CODES> = {
  MM401: aliasRule(({ name }, context) => {
    if (loopOf(name, context) !== 'circle') return undefined;
    const { recipients, errors } = expansionOf(name, context);
    const witness = { question: `expand ${name}`, answer: errors.map(({ text }) => text).join('; ') };
    return recipients.length === 0
      ? { text: `${name} leads back to itself, and nobody gets its mail`, witness }
      : undefined;
  }),
  MM402: aliasRule(({ name }, context) =>
    loopOf(name, context) === 'depth' ? `${name} is nested deeper than MaxAliasRecursion` : undefined,
  ),
  *MM403(context) {
    if (!context.knowsUsers) return;
    yield* unknownMembers(context);
    for (const { code, address, file, line, column, length } of listErrors(context))
      if (code === 'unknownUser' && plainName(address))
        yield { file, line, column, length, text: `${address} is a name that nobody has` };
  },
  *MM404({ aliases, sources }: LintContext): Iterable<Found> {
    const file = sources.find(({ kind }) => kind === 'aliases')?.file;
    if (file === undefined) return;
    const names = new Set(aliases.map(({ name }) => foldCase(name)));
    const place = { file, line: 1, column: 1, length: 1 };
    for (const [name, source] of ROLES)
      if (!names.has(name)) yield { ...place, text: `there is no ${name} (${source})`, help: `add "${name}: NAME"` };
    for (const name of MORE_ROLES)
      if (!names.has(name)) yield { ...place, severity: 'info', text: `there is no ${name}` };
  },
  MM405: aliasRule(({ name }, context) => {
    if (!/^(?:root|postmaster|abuse)$/i.test(name)) return undefined;
    const { recipients, errors } = expansionOf(name, context);
    if (recipients.some(isReader)) return undefined;
    const programs = recipients.filter(({ kind }) => kind === 'program');
    if (programs.length > 0) return { text: `only a program gets mail to ${name}`, severity: 'info' };
    if (recipients.length > 0) return `${name} is thrown away`;
    const isDead = errors.every(({ code }) => DEAD.includes(code));
    const isKnown = context.knowsUsers || errors.every(({ code }) => code !== 'unknownUser');
    const witness = { question: `expand ${name}`, answer: errors.map(({ text }) => text).join('; ') };
    return isDead && isKnown ? { text: `nobody gets mail to ${name}`, witness } : undefined;
  }),
  MM410: aliasRule(({ value }) =>
    value.split(',').some((member) => /^\s*(?:[\w.@+-]+[ \t]+[\w.@+-]+\s*$|"\|[^"]*"[ \t]+[^\s"])/.test(member))
      ? { text: 'two names without a comma are one', help: 'separate names by commas' }
      : undefined,
  ),
  *MM413({ aliases }: LintContext): Iterable<Found> {
    const names = new Set(aliases.map(({ name }) => foldCase(name)));
    for (const { name, value, place } of aliases) {
      if (!value.includes(':include:') || names.has(`owner-${foldCase(name)}`) || /^owner-/i.test(name)) continue;
      yield { ...place, text: `${name} has no owner-${name}` };
    }
  },
  *MM414({ aliases }: LintContext): Iterable<Found> {
    const names = new Set(aliases.map(({ name }) => foldCase(name)));
    for (const alias of aliases) {
      const list = /^owner-(.+)$/i.exec(alias.name)?.[1];
      if (list === undefined || /^owner$/i.test(list) || names.has(foldCase(list))) continue;
      yield { ...alias.place, text: `there is no ${list}` };
    }
  },
  *MM416({ aliases }: LintContext): Iterable<Found> {
    const seen = new Map<string, AliasLine>();
    for (const alias of aliases) {
      const key = foldCase(alias.name);
      const before = seen.get(key);
      const { place, name } = alias;
      if (before?.file === place.file) yield { ...place, text: `${name} stands in line ${before.line} too` };
      seen.set(key, alias);
    }
  },
  MM417: aliasRule(({ name }, context) => {
    if (!/^(?:uu)?decode$/i.test(name)) return undefined;
    const runs = expansionOf(name, context).recipients.some(({ kind }) => kind === 'program');
    return runs ? { text: `${name} runs a program`, severity: 'warning' } : `${name} is an alias`;
  }),
  *MM407({ sources }: LintContext): Iterable<Found> {
    for (const { file, lines } of sources.filter(({ kind }) => kind === 'aliases')) {
      for (const i of commentContinuations(lines)) {
        if (!LOOKS_LIKE_ALIAS.test(lines[i]!)) continue;
        const text = 'this line continues the comment above it, and is no alias';
        yield { file, line: i + 1, column: 1, length: lines[i]!.length, text };
      }
    }
  },
  *MM412(context) {
    yield* unreadLists(context);
    for (const { code, text, address: _, ...place } of listErrors(context))
      if (code === 'include') yield { ...place, text };
    for (const forward of context.forwards)
      if ('refused' in forward)
        yield {
          file: forward.file,
          line: 1,
          column: 1,
          length: 1,
          text: `not used for ${forward.user}: ${forward.refused}`,
        };
  },
  *MM423(context) {
    yield* wrongMembers(context);
    for (const { code, address, text, file, line, column, length } of listErrors(context))
      if (REFUSED.includes(code) && !plainName(address) && (context.knowsUsers || code !== 'unknownUser'))
        yield { file, line, column, length, text };
  },
  MM424: aliasRule(({ name }) => (name.includes('*') ? `no address has the name ${name}` : undefined)),
  MM415: aliasRule(({ name, value }, context) => {
    if (context.restrictedShell === undefined || !value.includes('|') || !plainName(name)) return undefined;
    const { recipients } = expansionOf(name, context);
    const refused = recipients.find((each) => each.kind === 'program' && each.refused !== undefined);
    return refused?.kind === 'program' ? `${refused.command}: ${refused.refused}` : undefined;
  }),
};

const LOOKS_LIKE_ALIAS = /^[ \t]+[\w.+-]+:[ \t]+\S/;

/** The indented lines that continue a comment outside an entry (inside an entry it is MM406). */
function* commentContinuations(lines: readonly ByteString[]): Iterable<number> {
  let isComment = false;
  for (const [i, line] of lines.entries()) {
    const above = lines[i - 1] ?? '';
    if (/^[ \t]/.test(line)) {
      if (isComment) yield i;
    } else isComment = line.startsWith('#') && (isComment || above === '' || above.startsWith('#'));
  }
}
