/** Aliases that lead nowhere, to too many, or somewhere else than they look. Defined by newaliases and alias expansion. */
import { foldCase } from '../../../core/fold.ts';
import type { AliasLine, LintContext } from '../context.ts';
import { expansionOf, isUnknown, loopOf, membersOf, plainName } from '../expansions.ts';
import { exampleOf, type Found, type Rule } from '../rule.ts';

interface AliasRule extends Omit<Rule, 'check' | 'bad' | 'good'> {
  readonly bad: string;
  readonly good: string;
}

type Saying = string | (Partial<Found> & { readonly text: string }) | undefined;

/** A rule about each alias. */
function aliasRule(about: AliasRule, say: (alias: AliasLine, context: LintContext) => Saying): Rule {
  return {
    ...about,
    bad: exampleOf(about.bad, 'aliases'),
    good: exampleOf(about.good, 'aliases'),
    *check(context) {
      for (const alias of context.aliases) {
        const said = say(alias, context);
        const place = { file: alias.file, line: alias.line, column: 1, length: alias.name.length };
        if (said !== undefined) yield { ...place, ...(typeof said === 'string' ? { text: said } : said) };
      }
    },
  };
}

/** Names that every host should answer for, and the standard that says so. */
const ROLES: readonly (readonly [string, string])[] = [['postmaster', 'RFC 5321, 4.5.1']];
const MORE_ROLES: readonly string[] = ['abuse', 'mailer-daemon', 'root'];

export const ALIAS_RULES: readonly Rule[] = [
  aliasRule(
    {
      code: 'MM401',
      severity: 'error',
      title: 'aliases lead to each other, and to nobody',
      why: 'Mail to them bounces. newaliases does not notice.',
      bad: 'first: second\nsecond: first',
      good: 'first: second\nsecond: bob@example.com',
    },
    ({ name }, context) => {
      if (loopOf(name, context) !== 'circle') return undefined;
      const { recipients, errors } = expansionOf(name, context);
      const witness = { question: `expand ${name}`, answer: errors.map(({ text }) => text).join('; ') };
      return recipients.length === 0
        ? { text: `${name} leads back to itself, and nobody gets its mail`, witness }
        : undefined;
    },
  ),
  aliasRule(
    {
      code: 'MM402',
      severity: 'warning',
      title: 'aliases are nested too deep',
      why: 'sendmail stops at MaxAliasRecursion levels, 10 unless it is set.',
      bad: `${Array.from({ length: 13 }, (_, i) => `a${i}: a${i + 1}`).join('\n')}\na13: bob@example.com`,
      good: 'a: b\nb: bob@example.com',
    },
    ({ name }, context) =>
      loopOf(name, context) === 'depth' ? `${name} is nested deeper than MaxAliasRecursion` : undefined,
  ),
  aliasRule(
    {
      code: 'MM403',
      severity: 'warning',
      title: 'an alias leads to a name that is neither alias nor user',
      why: 'Mail to it bounces for that name.',
      bad: 'support: supprot',
      good: 'support: bob@example.com',
    },
    ({ name, value }, context) => {
      if (!context.knowsUsers || !plainName(name)) return undefined;
      const lost = membersOf(value).filter((member) => isUnknown(member, context));
      return lost.length > 0 ? `${name} leads to ${lost.join(', ')}, which nobody has` : undefined;
    },
  ),
  {
    code: 'MM404',
    severity: 'warning',
    title: 'a name that every host should answer for is missing',
    why: 'RFC 5321 asks for postmaster; RFC 2142 for abuse; programs send to root and mailer-daemon.',
    bad: { files: { aliases: 'abuse: bob@example.com\n' } },
    good: {
      files: {
        aliases: 'postmaster: bob@example.com\nabuse: postmaster\nmailer-daemon: postmaster\nroot: postmaster\n',
      },
    },
    *check({ aliases, sources }) {
      const file = sources.find(({ kind }) => kind === 'aliases')?.file;
      if (file === undefined) return;
      const names = new Set(aliases.map(({ name }) => foldCase(name)));
      const place = { file, line: 1, column: 1, length: 1 };
      for (const [name, source] of ROLES)
        if (!names.has(name)) yield { ...place, text: `there is no ${name} (${source})`, help: `add "${name}: NAME"` };
      for (const name of MORE_ROLES)
        if (!names.has(name)) yield { ...place, severity: 'info', text: `there is no ${name}` };
    },
  },
  aliasRule(
    {
      code: 'MM405',
      severity: 'warning',
      title: 'mail to a role is thrown away',
      why: 'Nobody reads what strangers and programs report.',
      bad: 'abuse: /dev/null',
      good: 'abuse: bob@example.com',
    },
    ({ name, value }) =>
      /^(?:root|postmaster|abuse)$/i.test(name) && /^"?\/dev\/null"?\s*$/.test(value)
        ? `${name} is thrown away`
        : undefined,
  ),
  {
    code: 'MM406',
    severity: 'error',
    title: 'a comment inside an entry cuts it',
    why: 'A line that begins with # ends the entry; an indented line behind it continues the comment.',
    bad: { files: { aliases: 'team: bob@example.com,\n# on leave\n\tdora@example.com\n' } },
    good: { files: { aliases: 'team: bob@example.com,\n\tdora@example.com\n' } },
    *check({ sources }) {
      for (const { file, lines } of sources.filter(({ kind }) => kind === 'aliases')) {
        for (let i = 1; i + 1 < lines.length; i++) {
          if (!/^#/.test(lines[i]!) || !/^[ \t]+[^#\s]/.test(lines[i + 1]!)) continue;
          yield {
            file,
            line: i + 2,
            column: 1,
            length: lines[i + 1]!.length,
            text: 'this line continues the comment above it, and is lost',
          };
        }
      }
    },
  },
  aliasRule(
    {
      code: 'MM408',
      severity: 'warning',
      title: 'a comment after a value is an address',
      why: 'Only a line that begins with # is a comment.',
      bad: 'sales: bob@example.com # since May',
      good: '# since May\nsales: bob@example.com',
    },
    ({ value }) =>
      /^[^"|]*\s#/.test(value)
        ? { text: 'the comment is part of the address', help: 'put it on a line of its own' }
        : undefined,
  ),
  aliasRule(
    {
      code: 'MM409',
      severity: 'error',
      title: 'a program with blanks has no quotes',
      why: 'Outside quotes a blank becomes a dot.',
      bad: 'tickets: |/bin/cat -n',
      good: 'tickets: "|/bin/cat -n"',
    },
    ({ value }) =>
      /^\|[^",]*\s\S/.test(value) ? { text: 'blanks of the command become dots', help: 'quote it: "|..."' } : undefined,
  ),
  aliasRule(
    {
      code: 'MM410',
      severity: 'warning',
      title: 'names without a comma between them are one name',
      why: 'sendmail joins the words with a dot.',
      bad: 'team: bob carol',
      good: 'team: bob@example.com, carol@example.com',
    },
    ({ value }) =>
      value.split(',').some((member) => /^\s*[\w.@+-]+[ \t]+[\w.@+-]+\s*$/.test(member))
        ? { text: 'two names without a comma are one', help: 'separate names by commas' }
        : undefined,
  ),
  aliasRule(
    {
      code: 'MM411',
      severity: 'error',
      title: 'an alias is not local',
      why: 'newaliases refuses it. An address of another host belongs into virtusertable.',
      bad: 'info@x.example: bob@example.com',
      good: 'info: bob@example.com',
    },
    ({ name }, { configuration }) => {
      const host = /^[^"@]+@([\w.-]+)$/.exec(name)?.[1];
      return host !== undefined && !configuration.isLocal(host) ? `${host} is not local` : undefined;
    },
  ),
  {
    code: 'MM413',
    severity: 'info',
    title: 'a list has no owner',
    why: 'Bounces go to whoever wrote to the list.',
    bad: { files: { aliases: 'staff: :include:/etc/mail/lists/staff\n' } },
    good: { files: { aliases: 'staff: :include:/etc/mail/lists/staff\nowner-staff: bob@example.com\n' } },
    *check({ aliases }) {
      const names = new Set(aliases.map(({ name }) => foldCase(name)));
      for (const { file, line, name, value } of aliases) {
        if (!value.includes(':include:') || names.has(`owner-${foldCase(name)}`) || /^owner-/i.test(name)) continue;
        yield { file, line, column: 1, length: name.length, text: `${name} has no owner-${name}` };
      }
    },
  },
  aliasRule(
    {
      code: 'MM414',
      severity: 'warning',
      title: 'an owner has no list',
      why: 'Nothing uses it.',
      bad: 'owner-stuff: bob@example.com',
      good: 'stuff: bob@example.com, dora@example.com\nowner-stuff: bob@example.com',
    },
    ({ name }, { aliases }) => {
      const list = /^owner-(.+)$/i.exec(name)?.[1];
      if (list === undefined || /^owner$/i.test(list)) return undefined;
      return aliases.some((alias) => foldCase(alias.name) === foldCase(list)) ? undefined : `there is no ${list}`;
    },
  ),
  {
    code: 'MM416',
    severity: 'warning',
    title: 'a name comes twice',
    why: 'The last one stays; the earlier is lost.',
    bad: { files: { aliases: 'a: bob@example.com\nA: dora@example.com\n' } },
    good: { files: { aliases: 'a: bob@example.com, dora@example.com\n' } },
    *check({ aliases }) {
      const seen = new Map<string, AliasLine>();
      for (const alias of aliases) {
        const key = foldCase(alias.name);
        const before = seen.get(key);
        const place = { file: alias.file, line: alias.line, column: 1, length: alias.name.length };
        if (before?.file === alias.file) yield { ...place, text: `${alias.name} stands in line ${before.line} too` };
        seen.set(key, alias);
      }
    },
  },
  aliasRule(
    {
      code: 'MM417',
      severity: 'info',
      title: 'decode is an alias',
      why: 'It once unpacked files for whoever sent them.',
      bad: 'decode: bob@example.com',
      good: 'bob2: bob@example.com',
    },
    ({ name, value }) =>
      /^(?:uu)?decode$/i.test(name)
        ? {
            text: `${name} is an alias`,
            ...(value.startsWith('|') || value.startsWith('"|') ? { severity: 'warning' as const } : {}),
          }
        : undefined,
  ),
  aliasRule(
    {
      code: 'MM418',
      severity: 'warning',
      title: 'a directive of another mail server is a user here',
      why: 'sendmail knows :include: and no other word in colons.',
      bad: 'old: :fail: gone',
      good: 'old: bob@example.com',
    },
    ({ value }) => {
      const word = /(?:^|,)\s*:(fail|blackhole|defer|unknown|error):/i.exec(value)?.[1];
      return word === undefined ? undefined : `:${word}: is no directive of sendmail's`;
    },
  ),
  {
    code: 'MM419',
    severity: 'warning',
    title: 'an entry swallows the next line',
    why: 'An indented line continues the one before, also when it looks like an alias.',
    bad: { files: { aliases: 'a: bob@example.com\n  b: dora@example.com\n' } },
    good: { files: { aliases: 'a: bob@example.com\nb: dora@example.com\n' } },
    *check({ sources }) {
      for (const { file, lines } of sources.filter(({ kind }) => kind === 'aliases')) {
        for (const [i, line] of lines.entries()) {
          if (i === 0 || !/^[ \t]+[\w.-]+:[ \t]+\S/.test(line) || /^\s*(?:#|$)/.test(lines[i - 1]!)) continue;
          yield {
            file,
            line: i + 1,
            column: 1,
            length: line.length,
            text: 'this line looks like an alias and continues the entry above',
          };
        }
      }
    },
  },
  aliasRule(
    {
      code: 'MM412',
      severity: 'warning',
      title: 'a list cannot be read',
      why: 'Mail to it waits or bounces. A list is an absolute path to a file that only its owner may write.',
      bad: 'staff: :include:/etc/mail/lists/none',
      good: 'staff: bob@example.com, alice@example.com',
    },
    ({ name, value }, context) => {
      const list = /:include:\s*(\S+)/i.exec(value)?.[1];
      if (list === undefined || !plainName(name)) return undefined;
      const errors = expansionOf(name, context).errors.filter(({ text }) => text.includes(list.replace(/"$/, '')));
      return errors.length > 0 ? `${list} cannot be read: ${errors[0]!.text}` : undefined;
    },
  ),
  aliasRule(
    {
      code: 'MM420',
      severity: 'warning',
      title: 'a name has a colon in quotes or behind a backslash',
      why: 'The first colon ends the name, whatever stands around it; what follows is taken for the value.',
      bad: '"a:b": bob@example.com',
      good: 'a-b: bob@example.com',
    },
    ({ name }) =>
      /\\$/.test(name) || (name.match(/"/g)?.length ?? 0) % 2 === 1
        ? `the name ends at the first colon: ${name}`
        : undefined,
  ),
];
