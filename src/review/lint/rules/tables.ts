/**
 * Entries of virtusertable, mailertable and genericstable that no mail meets, or that mail does not survive: each is asked
 * for by an address that should meet it. Defined by the rules that `configuration.route` and `rewrite` follow.
 */
import { foldCase } from '../../../core/fold.ts';
import { type AccessEntry, accessEntries } from '../../../source/access-entry.ts';
import { addressFor, addressIn, FRESH } from '../../table-address.ts';
import type { LintContext } from '../context.ts';
import { exampleOf, type Found, type Rule } from '../rule.ts';

const TABLES = ['virtusertable', 'mailertable', 'genericstable'] as const;
type TableName = (typeof TABLES)[number];

type Entry = AccessEntry & { readonly file: string };
type Saying = (Partial<Found> & { readonly text: string }) | undefined;

interface TableRule extends Omit<Rule, 'check' | 'bad' | 'good'> {
  readonly bad: string;
  readonly good: string;
}

const HERE = 'here.test\n';

/** A rule about each entry of a table that is in force. */
function tableRule(about: TableRule, table: TableName, say: (entry: Entry, context: LintContext) => Saying): Rule {
  const example = (text: string): Rule['bad'] => {
    const { files } = exampleOf(text, table);
    return { files: { ...files, 'local-host-names': HERE }, features: [table] };
  };
  return {
    ...about,
    bad: example(about.bad),
    good: example(about.good),
    *check(context) {
      if (!context.tables.has(table)) return;
      for (const { file, lines } of context.sources.filter((source) => source.file.endsWith(`/${table}`))) {
        for (const entry of accessEntries(lines)) {
          const said = say({ ...entry, file }, context);
          if (said !== undefined) yield { file, line: entry.line, column: 1, length: entry.key.length, ...said };
        }
      }
    },
  };
}

interface Asked {
  readonly trace: readonly {
    readonly kind: string;
    readonly table?: string;
    readonly key?: string;
    readonly status?: string;
  }[];
}

const meets = ({ trace }: Asked, table: TableName, key: string): boolean =>
  trace.some((step) => step.table === table && step.status === 'found' && foldCase(step.key!) === foldCase(key));

/** The words of an answer that is an error. */
function failure(address: string, { configuration }: LintContext): string | undefined {
  const route = configuration.route(address);
  return 'reply' in route ? route.reply.text : undefined;
}

const witness = (address: string, answer: string): Pick<Found, 'witness'> => ({
  witness: { question: `route ${address}`, answer },
});

export const TABLE_RULES: readonly Rule[] = [
  tableRule(
    {
      code: 'MM503',
      severity: 'warning',
      title: 'an entry of virtusertable that no address meets',
      why: 'Only addresses of local hosts and of VIRTUSER_DOMAIN are looked up: the domain of the key is in neither class.',
      bad: 'info@shop.example\tbob',
      good: 'info@here.test\tbob',
    },
    'virtusertable',
    ({ key }, { configuration }) =>
      meets(configuration.route(addressFor(key)), 'virtusertable', key)
        ? undefined
        : { text: `${key} is never met`, help: 'name its domain in local-host-names or VIRTUSER_DOMAIN' },
  ),
  tableRule(
    {
      code: 'MM504',
      severity: 'error',
      title: 'entries of virtusertable lead in a circle, or too far',
      why: 'sendmail stops, and refuses the mail.',
      bad: 'a@here.test\tb@here.test\nb@here.test\ta@here.test',
      good: 'a@here.test\tb@here.test\nb@here.test\tbob',
    },
    'virtusertable',
    ({ key }, context) => {
      const address = addressFor(key);
      const text = failure(address, context) ?? '';
      return text.includes('excessive recursion')
        ? { text: `${key} leads in a circle, or through too many entries`, ...witness(address, text) }
        : undefined;
    },
  ),
  tableRule(
    {
      code: 'MM601',
      severity: 'error',
      title: 'an entry of mailertable names a mailer that there is not',
      why: 'sendmail cannot deliver to the domain. The usual mailers are esmtp, smtp, relay and local.',
      bad: 'a.example\tsmpt:[gate.example]',
      good: 'a.example\tsmtp:[gate.example]',
    },
    'mailertable',
    ({ key, value }, context) => {
      const address = addressIn(key);
      const text = failure(address, context) ?? '';
      return text.includes('unknown mailer')
        ? { text: `there is no mailer ${value.split(':')[0]}`, ...witness(address, text) }
        : undefined;
    },
  ),
  tableRule(
    {
      code: 'MM602',
      severity: 'warning',
      title: 'an entry of mailertable has no effect',
      why: 'A value is mailer:host. Without a mailer it is passed over, and so is the entry of a domain that is delivered here.',
      bad: 'a.example\tgate.example',
      good: 'a.example\tesmtp:gate.example',
    },
    'mailertable',
    ({ key, value }, { configuration }) => {
      const route = configuration.route(addressIn(key));
      const isMet = meets(route, 'mailertable', key);
      if (isMet && value.includes(':')) return undefined;
      return { text: isMet ? `${value} names no mailer` : `${key} is never met` };
    },
  ),
  tableRule(
    {
      code: 'MM603',
      severity: 'error',
      title: 'an entry of mailertable leads to this host',
      why: 'Mail comes back to where it was, until it has gone through too many hops.',
      bad: 'a.example\tesmtp:[mail.here.test]',
      good: 'a.example\tesmtp:[gate.example]',
    },
    'mailertable',
    ({ key }, { configuration }) => {
      const route = configuration.route(addressIn(key));
      const host = route.kind === 'remote' ? (route.host ?? '').replace(/^\[|\]$|\.$/g, '') : '';
      return host !== '' && host !== FRESH && meets(route, 'mailertable', key) && configuration.isLocal(host)
        ? { text: `${key} leads to ${host}, which is this host` }
        : undefined;
    },
  ),
  tableRule(
    {
      code: 'MM604',
      severity: 'warning',
      title: 'an entry of genericstable that no address meets',
      why: 'Only addresses of this host and of GENERICS_DOMAIN are looked up.',
      bad: 'bob@far.example\tbob@example.com',
      good: 'bob\tbob@example.com',
    },
    'genericstable',
    ({ key }, { configuration }) =>
      meets(configuration.rewrite(addressFor(key), { where: 'header', role: 'sender' }), 'genericstable', key)
        ? undefined
        : { text: `${key} is never met`, help: 'name its domain in GENERICS_DOMAIN' },
  ),
  {
    code: 'MM605',
    severity: 'warning',
    title: 'a feature does not do what it says',
    why: 'The rules that m4 made for it cannot match: a DNS list with a comma in its message refuses nobody.',
    bad: { files: { access: '' }, features: ['dnsbl:bl.example,"Rejected, see bl.example"'] },
    good: { files: { access: '' }, features: ['dnsbl:bl.example,"Rejected"'] },
    *check({ configuration, sources }) {
      for (const { text, file = sources[0]?.file ?? 'sendmail.cf', line = 1 } of configuration.problems)
        if (text.includes('refuses nobody')) yield { file, line, column: 1, length: 1, text };
    },
  },
];
