/**
 * Every recorded answer with tables: by features that are named, by features read from the sendmail.cf that m4 makes of them,
 * and by the rules of that file. `ask` looks up what an answer needs of DNS.
 *
 * @module-tag slow
 */
import { describe, expect, it } from 'vitest';
import type { Configuration } from '../../src/config/configuration.ts';
import { encodeText } from '../../src/core/bytes.ts';
import type { Verified } from '../alias/answer.ts';
import { configurationOf } from '../machine.ts';
import { oracleAvailable, oracleDirectory } from '../oracle/client.ts';
import { configuration, type FeatureSpec } from '../oracle/features.ts';
import type { DnsTable, Files, Query, RewriteQuery } from '../oracle/jobs.ts';
import { readData } from '../read-data.ts';
import { answerOf, expansionLine, HOSTS, recorded } from './table-answers.ts';

interface Group {
  readonly group: string;
  readonly features: readonly FeatureSpec[];
  readonly files: Files;
  readonly dns?: DnsTable;
  readonly cases: readonly { readonly question: Query; readonly answer: string }[];
}

type Recorded<Case> = Omit<Group, 'cases'> & { readonly cases: readonly Case[] };
type Answered = Group['cases'][number];

/** The groups of a file, with their answers in the form of `answerOf`. */
function groupsOf<Case>(file: string, answered: (each: Case) => Answered): readonly Group[] {
  const { groups } = readData<{ readonly groups: readonly Recorded<Case>[] }>(file);
  return groups.map((group) => ({ ...group, cases: group.cases.map(answered) }));
}

type Form = readonly [
  address: string,
  mailer: string,
  where: RewriteQuery['in'],
  role: RewriteQuery['role'],
  answer: string,
];

const FILES: readonly (readonly Group[])[] = [
  groupsOf<Answered>('tables-more', ({ question, answer }) => ({ question, answer: recorded(question, answer) })),
  groupsOf<readonly [string, string]>('route', ([address, answer]) => ({
    question: { kind: 'route', address },
    answer,
  })),
  groupsOf<Form>('rewrite', ([address, mailer, where, role, answer]) => ({
    question: { kind: 'rewrite', address, mailer, in: where, role },
    answer,
  })),
  groupsOf<readonly [string, Verified]>('tables-expand', ([address, answer]) => ({
    question: { kind: 'verify', address },
    answer: expansionLine(answer),
  })),
  ...['tables-checks', 'dns-lists'].map((file) =>
    groupsOf<Answered>(file, ({ question, answer }) => ({
      question,
      answer: answer.replace(/^(?:ok|relay|accepted)(?: final)?$/, 'accepted'),
    })),
  ),
];
const [MORE] = FILES;

const named = (feature: FeatureSpec): string =>
  typeof feature === 'string' ? feature : `${feature[0]}:${feature.slice(1).join(',')}`;

const EMPTY = { 'local-host-names': '', 'relay-domains': '', 'trusted-users': '', '/etc/hosts': HOSTS };

/** Facts that a list of features cannot state: rules of one's own, an option of a sendmail.cf, a ruleset for unknown commands. */
const NEEDS_FILE = /^m4:|^define:conf|^check_other$/;

type Opener = Pick<Group, 'features' | 'files'>;

const WAYS: Readonly<Record<string, (group: Opener) => Configuration | undefined>> = {
  'features by name': ({ features, files }) =>
    features.some((each) => typeof each === 'string' && NEEDS_FILE.test(each))
      ? undefined
      : configurationOf({ features: features.map(named), files }),
  'features of the sendmail.cf': (group) => withFile(group, 'built-in'),
  'rules of the sendmail.cf': (group) => withFile(group, 'file'),
};

function withFile({ features, files }: Opener, rules: 'file' | 'built-in'): Configuration | undefined {
  if (!oracleAvailable) return undefined;
  return configurationOf({ cf: configuration(oracleDirectory, features), files: { ...EMPTY, ...files }, rules });
}

/**
 * Where the configuration differs from sendmail on purpose: a table that cannot be asked lets nobody in; and a list is accepted
 * at RCPT in spite of a bad member, as by a sendmail that delivers in the background. The recorded one delivered at once.
 */
const DIFFERENT: readonly (readonly [group: string, their: string, our: string])[] = [
  ['virt-missing', 'missing map file', 'unavailable'],
  ['virt-missing', '(will queue)', '451 4.3.0'],
  ['mailertable-missing', 'missing map file', 'unavailable'],
  ['path', '550 5.0.0 no@v.example... gone', '<list>... Recipient ok'],
];

/** Rules of one's own are followed by the rules of the file only; ours report them. */
const isFollowed = (way: string, group: string): boolean =>
  group !== 'smarthost-netconfig' || way === 'rules of the sendmail.cf';

describe.each(Object.entries(WAYS))('%s', (way, open) => {
  // other tests ask the other files of features by name
  it.each(way === 'features by name' ? MORE! : FILES.flat())('$group', async (group) => {
    const opened = open(group);
    if (opened === undefined) return;
    if (!isFollowed(way, group.group)) {
      expect(opened.problems.map(({ text }) => text)).toContainEqual(expect.stringContaining('Parse1'));
      return;
    }
    const [ours, theirs]: [unknown[], unknown[]] = [[], []];
    for (const { question, answer } of group.cases) {
      const our = await answerOf(question, { configuration: opened, dns: group.dns ?? {} });
      const isOurs = DIFFERENT.some(
        ([of, one, other]) => of === group.group && answer.includes(one) && our.includes(other),
      );
      ours.push({ question, answer: encodeText(our) });
      theirs.push({ question, answer: encodeText(isOurs ? our : answer) });
    }
    expect(ours).toEqual(theirs);
  });
});

/** One question with a feature, and without it. */
interface FeatureGroup extends Omit<Group, 'cases'> {
  readonly without: readonly FeatureSpec[];
  readonly question: Query;
  readonly answers: readonly [withIt: string, without: string];
}

const { groups: FEATURES } = readData<{ readonly groups: readonly FeatureGroup[] }>('table-features');

describe.each(Object.entries(WAYS))('each feature changes an answer: %s', (_, open) => {
  it.each(FEATURES)('$group', async ({ question, answers, without, ...group }) => {
    for (const [features, answer] of [
      [group.features, answers[0]],
      [without, answers[1]],
    ] as const) {
      const opened = open({ ...group, features });
      if (opened === undefined) return;
      const our = await answerOf(question, { configuration: opened, dns: group.dns ?? {} });
      expect({ features, answer: our.trimEnd() }).toEqual({ features, answer: recorded(question, answer) });
    }
  });
});

describe.runIf(oracleAvailable)('features that are not followed are named', () => {
  it.each([
    [
      ['ldap_routing', "m4:LDAPROUTE_DOMAIN(`l.example')"],
      'FEATURE(ldap_routing) is not followed',
      'maps of class ldap are not followed',
    ],
    [['sts'], '', 'maps of class socket are not followed'],
    [["m4:INPUT_MAIL_FILTER(`f', `S=local:/x')"], 'milters are not followed', 'milters are not followed'],
  ])('%s', (features, builtIn, file) => {
    for (const [rules, text] of [
      ['built-in', builtIn],
      ['file', file],
    ] as const) {
      const { problems, features: inForce } = withFile({ features, files: {} }, rules)!;
      const named = [
        ...problems.map((each) => each.text),
        ...inForce.filter(({ followed }) => !followed).map(({ name }) => name),
      ];
      expect(named.join('\n')).toContain(text === '' ? features[0] : text);
    }
  });
});
