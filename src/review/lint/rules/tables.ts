/**
 * Entries of virtusertable, mailertable and genericstable that no lookup finds, or that make mail fail. Each is tested with an
 * address that should find it. Defined by the rules of `configuration.route` and `rewrite`.
 */

import type { ByteString } from '../../../core/bytes.ts';
import type { TABLE_CODES } from '../../../core/codes/tables.ts';
import { foldCase } from '../../../core/fold.ts';
import { addressFor, addressIn, FRESH } from '../../table-address.ts';
import type { LintContext, TableEntry } from '../context.ts';
import { isUnknown, plainName } from '../expansions.ts';
import type { Found, Witness } from '../finding.ts';
import type { RulesOf } from '../rule.ts';
import { placeOf, type Rule, ruleAbout, type Saying } from '../rule.ts';

type TableName = 'virtusertable' | 'mailertable' | 'genericstable' | 'domaintable';

/** A rule about each entry of a table that is in force. */
function tableRule(table: TableName, say: (entry: TableEntry, context: LintContext) => Saying): Rule {
  return ruleAbout(
    ({ tables, tableEntries }) => (tables.has(table) ? tableEntries.filter((entry) => entry.table === table) : []),
    (entry) => placeOf(entry, 'key'),
    say,
  );
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

type RouteOf = ReturnType<LintContext['configuration']['route']>;

const ROUTES = new WeakMap<LintContext, Map<string, RouteOf>>();

/** Each address is asked once. */
function routeOf(address: string, context: LintContext): RouteOf {
  const known = ROUTES.get(context) ?? new Map<string, RouteOf>();
  ROUTES.set(context, known);
  const route = known.get(address) ?? context.configuration.route(address);
  known.set(address, route);
  return route;
}

const witness = (address: string, answer: string): { readonly witness: Witness } => ({
  witness: { question: `route ${address}`, answer },
});

interface Endless {
  readonly kind: 'circle' | 'chain';
  readonly length: number;
  readonly witness: Witness;
}

/** The entries of virtusertable that lead to one another until sendmail stops; undefined: it does not. */
function endlessEntries(key: ByteString, context: LintContext): Endless | undefined {
  const address = addressFor(key);
  const route = routeOf(address, context);
  if (!('reply' in route) || route.because.fault !== 'recursion') return undefined;
  const met = route.trace.flatMap((step) =>
    step.kind === 'table' && step.table === 'virtusertable' && step.status === 'found' ? [foldCase(step.key)] : [],
  );
  const kind = new Set(met).size < met.length ? 'circle' : 'chain';
  return { kind, length: met.length, witness: { question: `route ${address}`, answer: route.reply.text } };
}

const onlyOne = (key: string): Saying => ({
  text: `${key} leads to no single address`,
  help: 'name an alias, which may have several members, a program or a file',
});

const manyTargets = tableRule('virtusertable', ({ key, value }) =>
  !/^error:/i.test(value) && /[,;\s]|^["|/:]/.test(value) ? onlyOne(key) : undefined,
);
const manyForms = tableRule('genericstable', ({ key, value }) => (/[,;\s]/.test(value) ? onlyOne(key) : undefined));

/** The host of an entry for a mailer of MAILER(smtp). */
const OVER_SMTP = /^(?:d?smtp|esmtp|smtp8|relay):\s*(.*)$/is;
const LOOPBACK = /^(?:127(?:\.\d+){3}|(?:IPv6:)?(?:::1|0:0:0:0:0:0:0:1))$/i;
const BRACKETED = /^\[[^[\]\s]+\]$/;
const DIGITS = /^\d+$/;
/** Stands for a colon in brackets; no text of an entry has a NUL. */
const COLON = '\0';
const HOST = /^[\w-]+(?:\.[\w-]+)*\.?$/;

/** `host:[host]`, where a colon in brackets is part of an address; `%1` stands for a name. */
function splitHosts(hosts: string): string[] {
  const bracketed = /\[[^[\]]*\]/g;
  const kept = hosts.replace(/%\d/g, 'name').replace(bracketed, (literal) => literal.replaceAll(':', COLON));
  return kept.split(':').map((host) => host.replaceAll(COLON, ':'));
}

function isMailHost(host: string): boolean {
  return BRACKETED.test(host) || (HOST.test(host) && !DIGITS.test(host));
}

/** Keys with a star are compared as they stand, except `user+*@host`. */
const isWild = (key: string): boolean => key.replace('+*@', '@').includes('*');

const unmetEntries = tableRule('virtusertable', ({ key }, context) =>
  !isWild(key) && meets(routeOf(addressFor(key), context), 'virtusertable', key)
    ? undefined
    : { text: `${key} is never met`, help: 'name its domain in local-host-names or VIRTUSER_DOMAIN' },
);

/** Domains of VIRTUSER_DOMAIN without an entry: their mail goes to their mail exchanger, which is this host. */
function* emptyDomains(context: LintContext): Iterable<Found> {
  const entries = context.tableEntries.filter(({ table }) => table === 'virtusertable');
  const filled = new Set(entries.map(({ key }) => foldCase(key.slice(key.lastIndexOf('@') + 1))));
  for (const { file, line, column, word } of context.virtualHosts) {
    const address = `${FRESH}@${word}`;
    const route = filled.has(foldCase(word)) ? undefined : routeOf(address, context);
    if (route?.kind !== 'remote' || foldCase(route.host ?? '').replace(/\.$/, '') !== foldCase(word)) continue;
    const text = `no entry of virtusertable is for ${word}: its mail goes back to its own mail exchanger`;
    yield { file, line, column, length: word.length, text, ...witness(address, `${route.mailer} ${word}`) };
  }
}

export const TABLE_RULES: RulesOf<typeof TABLE_CODES> = {
  *MM503(context) {
    yield* unmetEntries(context);
    yield* emptyDomains(context);
  },
  MM504: tableRule('virtusertable', ({ key }, context) => {
    const failed = endlessEntries(key, context);
    return failed?.kind === 'circle' ? { text: `${key} leads back to itself`, witness: failed.witness } : undefined;
  }),
  MM507: tableRule('virtusertable', ({ key }, context) => {
    const failed = endlessEntries(key, context);
    return failed?.kind === 'chain'
      ? { text: `${key} leads through ${failed.length} entries and further`, witness: failed.witness }
      : undefined;
  }),
  MM508: tableRule('virtusertable', ({ key }, context) => {
    if (!context.knowsUsers) return undefined;
    const route = routeOf(addressFor(key), context);
    const isMet = route.kind === 'local' && meets(route, 'virtusertable', key);
    const user = isMet ? route.user.replace(/\+.*/s, '') : '';
    // `%1` brings the name that was asked for
    if (!plainName(user) || user.includes(FRESH) || !isUnknown(user, context)) return undefined;
    return `${key} leads to ${user}, which nobody has`;
  }),
  *MM510(context) {
    yield* manyTargets(context);
    yield* manyForms(context);
  },
  MM607: tableRule('domaintable', ({ key, value }) => {
    if (/^\.|[*@]/.test(key)) return { text: `${key} is never met`, help: 'a key is one host name' };
    return HOST.test(value) ? undefined : { text: `${value} is no host name` };
  }),
  MM608: tableRule('mailertable', ({ value }) => {
    const hosts = OVER_SMTP.exec(value)?.[1];
    const wrong = hosts === undefined ? undefined : splitHosts(hosts).find((host) => !isMailHost(host));
    return wrong === undefined ? undefined : { text: `"${wrong}" is no host`, help: 'a list of hosts is host:host' };
  }),
  MM601: tableRule('mailertable', ({ key, value }, context) => {
    const address = addressIn(key);
    const route = routeOf(address, context);
    return 'reply' in route && route.because.fault === 'mailer'
      ? {
          text: `there is no mailer ${value.split(':')[0]}`,
          ...witness(address, route.reply.text),
          // Only a sendmail.cf names all mailers.
          ...(!context.hasCf && { severity: 'warning' as const }),
        }
      : undefined;
  }),
  MM602: tableRule('mailertable', ({ key, value }, context) => {
    const route = routeOf(addressIn(key), context);
    const isMet = !isWild(key) && meets(route, 'mailertable', key);
    if (isMet && value.includes(':')) return undefined;
    return { text: isMet ? `${value} names no mailer` : `${key} is never met` };
  }),
  MM603: tableRule('mailertable', ({ key, value }, context) => {
    const route = routeOf(addressIn(key), context);
    const host = route.kind === 'remote' ? (route.host ?? '').replace(/^\[|\]$|\.$/g, '') : '';
    const isHere = context.configuration.isLocal(host) || (LOOPBACK.test(host) && OVER_SMTP.test(value));
    return host !== '' && host !== FRESH && meets(route, 'mailertable', key) && isHere
      ? { text: `${key} leads to ${host}, which is this host` }
      : undefined;
  }),
  MM604: tableRule('genericstable', ({ key }, { configuration }) =>
    !isWild(key) &&
    meets(configuration.rewrite(addressFor(key), { where: 'header', role: 'sender' }), 'genericstable', key)
      ? undefined
      : { text: `${key} is never met`, help: 'name its domain in GENERICS_DOMAIN' },
  ),
  MM606: tableRule('genericstable', ({ key, value }, { configuration }) => {
    if (/[@!%]/.test(value)) return undefined;
    const address = addressFor(key);
    const rewritten = configuration.rewrite(address, { where: 'header', role: 'sender' });
    if (!meets(rewritten, 'genericstable', key)) return undefined;
    const witness = { question: `rewrite ${address}`, answer: rewritten.address };
    return { text: `${value} has no domain: others see ${rewritten.address}`, witness };
  }),
};
