/** Access values with another meaning than they seem to have. Words and texts are those of sendmail's check_ rulesets. */

import { complaintAbout } from '../../../access/value.ts';
import type { VALUE_CODES } from '../../../core/codes/values.ts';
import { foldCase } from '../../../core/fold.ts';
import { type LintContext, onceFor } from '../context.ts';
import { isException } from '../recipients.ts';
import type { RulesOf } from '../rule.ts';
import { type Entry, entryRule } from '../rule.ts';
import { wordOf } from '../words.ts';

/** Tags whose values are one of the words, or a refusal. */
const DECIDING: readonly (string | undefined)[] = [undefined, 'Connect', 'From', 'To'];

/** The text of `ERROR:` and its status. */
function errorOf(value: string): { dsn: string; text: string } | undefined {
  const [, dsn = '', text] = /^error:(?:(\d\.\d{1,3}\.\d{1,3}):)?(.*)$/is.exec(value) ?? [];
  return text === undefined ? undefined : { dsn, text };
}

/** The values that a tag knows. */
const TAKEN: readonly { readonly tags: readonly string[]; readonly form: RegExp; readonly takes: string }[] = [
  { tags: ['GreetPause', 'ClientRate', 'ClientConn'], form: /^\d+\s*$/, takes: 'a number' },
  { tags: ['Spam'], form: /^(?!(?:ok|relay|reject|discard|skip)\s*$)/i, takes: 'FRIEND or HATER' },
  { tags: ['Try_TLS'], form: /^NO\b/i, takes: 'NO' },
];

/** Whether OK may be an exception. A user at all hosts is one to every host. */
function mayLift(entry: Entry, context: LintContext): boolean {
  if (entry.kind !== 'user') return isException(entry, context);
  return namesRecipientHosts(context);
}

const namesRecipientHosts = onceFor(({ access }) =>
  access.some(({ tag, kind }) => (tag === 'To' || tag === undefined) && kind === 'host'),
);
const refusesClients = onceFor(({ access }) =>
  access.some(({ tag, value }) => tag === 'Connect' && wordOf(value) === 'REJECT'),
);

export const VALUE_RULES: RulesOf<typeof VALUE_CODES> = {
  MM213: entryRule('value', ({ value, tag }, { queueGroups }) => {
    if (tag !== 'QGRP' || queueGroups === undefined || queueGroups.includes(foldCase(value))) return undefined;
    return { text: `there is no queue group ${value}`, help: `there are ${queueGroups.join(', ')}` };
  }),
  MM203: entryRule('value', (entry, context) => {
    const { value, tag, subject, kind } = entry;
    if (tag !== 'To' || kind === 'empty' || wordOf(value) !== 'OK' || mayLift(entry, context)) return undefined;
    return { text: `OK has no effect for ${subject}`, help: 'write RELAY to relay to it' };
  }),
  MM204: entryRule('value', ({ value, tag, kind }) => {
    const isClient = tag === 'Connect' || (tag === undefined && (kind === 'network' || kind === 'ipv6'));
    return isClient && wordOf(value) === 'OK' ? 'OK lets this client in, and does not relay' : undefined;
  }),
  MM205: entryRule('value', ({ value, tag }) => {
    const error = errorOf(value);
    return error !== undefined && DECIDING.includes(tag) && !/^"?[2-5]\d\d /.test(error.text)
      ? {
          text: 'the text has no reply code: clients get 553 5.3.0',
          help: `write ERROR:5.7.1:"550 ${error.text.replaceAll('"', '')}"`,
        }
      : undefined;
  }),
  MM206: entryRule('value', ({ value, tag }) => {
    const { dsn = '', text = '' } = errorOf(value) ?? {};
    const code = /^"?(\d)\d\d /.exec(text)?.[1];
    if (code === '2' && DECIDING.includes(tag)) return { text: 'a 2yz reply accepts the mail', severity: 'error' };
    return dsn !== '' && code !== undefined && code !== dsn[0]
      ? `status ${dsn} with a code of class ${code}yz`
      : undefined;
  }),
  MM207: entryRule('value', ({ value }) => {
    const { text = '' } = errorOf(value) ?? {};
    return !text.includes('"') && /[ ]{2}| [.:%@!^/[\]+<>,;]|[.:%@!^/[\]+<>,;] /.test(text)
      ? { text: 'the text loses blanks', help: 'put it in quotes' }
      : undefined;
  }),
  MM208: entryRule('value', ({ value }) => complaintAbout(value)),
  MM209: entryRule('value', ({ value }, { features }) =>
    wordOf(value) === 'SKIP' && !features.has('access_db:skip') ? 'SKIP needs access_db:skip' : undefined,
  ),
  MM214: entryRule('value', ({ value, tag }) => {
    const { form, takes } = TAKEN.find(({ tags }) => tag !== undefined && tags.includes(tag)) ?? {};
    return form === undefined || form.test(value) ? undefined : `${tag}: takes ${takes}, not ${value}`;
  }),
  MM210: entryRule('value', ({ value, tag }) =>
    tag === 'Connect' && /^"?421 /.test(errorOf(value)?.text ?? '') ? 'clients that get this are cut off' : undefined,
  ),
  MM211: entryRule('value', ({ value }) =>
    wordOf(value) === 'DISCARD' ? 'mail that meets this entry is lost' : undefined,
  ),
  MM212: entryRule('value', ({ value, tag }, context) =>
    tag === 'From' &&
    wordOf(value) === 'OK' &&
    [...context.features].some((feature) => feature.startsWith('delay_checks')) &&
    refusesClients(context)
      ? 'this sender also passes from clients that a Connect: entry refuses'
      : undefined,
  ),
};
