/** Words of relay-domains and local-host-names that do not count, or not as they look. Defined by F lines of sendmail.cf. */

import type { ClassWord, LintContext } from '../context.ts';
import { type Rule, wordRule } from '../rule.ts';

const both = ({ relayDomains, localHosts }: LintContext): readonly ClassWord[] => [...relayDomains, ...localHosts];

export const CLASS_RULES: readonly Rule[] = [
  wordRule(
    {
      code: 'MM501',
      severity: 'warning',
      title: 'only the first word of a line counts',
      why: 'sendmail reads one word a line, unless the F line of the sendmail.cf says otherwise.',
      bad: 'a.example b.example',
      good: 'a.example\nb.example',
    },
    'relay-domains',
    both,
    ({ word, rest }) =>
      word.endsWith(',') || (rest !== '' && !rest.startsWith('#'))
        ? { text: `only ${word} counts in this line`, help: 'write one word a line, without commas' }
        : undefined,
  ),
  wordRule(
    {
      code: 'MM502',
      severity: 'warning',
      title: 'a word of a class is no name or network',
      why: 'Words are compared as they stand: no wildcard, no @, no CIDR, no URL, no final dot.',
      bad: '*.example.com',
      good: 'example.com',
    },
    'relay-domains',
    both,
    ({ word }) => {
      const what = [
        [/\*/, 'a wildcard'],
        [/^@|@/, 'an @'],
        [/^[\d.]+\/\d+$/, 'CIDR notation'],
        [/^\w+:\/\//, 'a URL'],
        [/[a-z]\.$/i, 'a final dot'],
      ] as const;
      const found = what.find(([pattern]) => pattern.test(word));
      return found && `${word} has ${found[1]}: it is never met`;
    },
  ),
  wordRule(
    {
      code: 'MM506',
      severity: 'warning',
      title: 'localhost may relay by its name',
      why: 'Whoever can give an address the name localhost may relay.',
      bad: 'localhost',
      good: 'example.com',
    },
    'relay-domains',
    ({ relayDomains }) => relayDomains,
    ({ word }) => (/^localhost(?:\.localdomain)?$/i.test(word) ? `${word} is in relay-domains` : undefined),
  ),
];
