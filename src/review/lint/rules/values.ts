/** Access values that say something else than they seem to. Words and texts are those of sendmail's check_ rulesets. */
import { complaintAbout, parseAccessValue } from '../../../access/value.ts';
import { foldCase, trimEndBytes } from '../../../core/fold.ts';
import { nearest } from '../../../core/nearest.ts';
import { entriesBySubject } from '../context.ts';
import { entryRule, type Rule } from '../rule.ts';

/** Tags whose values are one of the words, or a refusal. */
const DECIDING: readonly (string | undefined)[] = [undefined, 'Connect', 'From', 'To'];
const WORDS: readonly string[] = ['OK', 'RELAY', 'REJECT', 'DISCARD', 'SKIP', 'ERROR', 'QUARANTINE'];
const WORD = /^(?:OK|RELAY|REJECT|DISCARD|SKIP)$/i;

const word = (value: string): string => {
  const parsed = parseAccessValue(value);
  return parsed.kind === 'word' ? parsed.word : '';
};

/** The text of `ERROR:` and its status. */
function errorOf(value: string): { dsn: string; text: string } | undefined {
  const [, dsn = '', text] = /^error:(?:(\d\.\d{1,3}\.\d{1,3}):)?(.*)$/is.exec(value) ?? [];
  return text === undefined ? undefined : { dsn, text };
}

export const VALUE_RULES: readonly Rule[] = [
  entryRule(
    {
      code: 'MM201',
      severity: 'error',
      title: 'a comment after a value is part of it',
      why: 'Only a line that begins with # is a comment. REJECT # spam is a text, and mail is refused with it.',
      bad: 'From:bad.example\tREJECT # spam',
      good: '# spam\nFrom:bad.example\tREJECT',
    },
    'value',
    ({ value, key }) => {
      const at = value.search(/[ \t]#/);
      const [said, comment] = [trimEndBytes(value.slice(0, Math.max(at, 0))), value.slice(at + 1)];
      if (said === '' || /["']/.test(said)) return undefined;
      return {
        text: `the comment is part of the value: ${value}`,
        help: 'put the comment on a line of its own',
        fix: { replacement: `${comment}\n${key}\t${said}` },
      };
    },
  ),
  entryRule(
    {
      code: 'MM202',
      severity: 'error',
      title: 'the value is no word that sendmail knows',
      why: 'Any other text refuses mail with that text.',
      bad: 'From:q.example\tDUNNO',
      good: 'From:q.example\tOK',
    },
    'value',
    ({ value, tag }) => {
      if (!DECIDING.includes(tag) || / #/.test(value)) return undefined;
      const [first = '', ...rest] = value.split(/[ \t]+/);
      if (WORD.test(first) && rest.length > 0 && parseAccessValue(value).kind === 'text')
        return { text: `${first} counts only alone: this entry refuses with "${value}"`, help: `write ${first}` };
      if (!/^[a-z_]+$/i.test(value) || parseAccessValue(value).kind !== 'text') return undefined;
      const near = nearest(value, WORDS);
      const help = near === undefined ? `the words are ${WORDS.join(', ')}` : `did you mean ${near}?`;
      return { text: `${value} is no word of sendmail's: this entry refuses with it as text`, help };
    },
  ),
  entryRule(
    {
      code: 'MM203',
      severity: 'warning',
      title: 'To: OK does not relay',
      why: 'OK lifts a REJECT of a domain above; it does not let mail through to another host. RELAY does.',
      bad: 'To:z.example\tOK',
      good: 'To:example\tREJECT\nTo:z.example\tOK',
    },
    'value',
    ({ value, tag, subject, kind }, context) => {
      if (tag !== 'To' || kind !== 'host' || word(value) !== 'OK') return undefined;
      const entries = entriesBySubject(context, 'To');
      const parts = foldCase(subject).split('.');
      const lifts = parts.some((_, i) => i > 0 && entries.has(parts.slice(i).join('.')));
      return lifts ? undefined : { text: `OK has no effect for ${subject}`, help: 'write RELAY to relay to it' };
    },
  ),
  entryRule(
    {
      code: 'MM204',
      severity: 'info',
      title: 'Connect: OK does not relay',
      why: 'The client may connect, and send to local users. RELAY lets it send anywhere.',
      bad: 'Connect:192.0.2.7\tOK',
      good: 'Connect:192.0.2.7\tRELAY',
    },
    'value',
    ({ value, tag }) =>
      tag === 'Connect' && word(value) === 'OK' ? 'OK lets this client in, and does not relay' : undefined,
  ),
  entryRule(
    {
      code: 'MM205',
      severity: 'warning',
      title: 'an ERROR has no reply code',
      why: 'A text that does not begin with three digits is sent as 553 5.3.0.',
      bad: 'From:a.example\tERROR:go away',
      good: 'From:a.example\tERROR:5.7.1:"550 go away"',
    },
    'value',
    ({ value, tag }) => {
      const error = errorOf(value);
      return error !== undefined && DECIDING.includes(tag) && !/^"?[2-5]\d\d /.test(error.text)
        ? {
            text: 'the text has no reply code: clients get 553 5.3.0',
            help: `write ERROR:5.7.1:"550 ${error.text.replaceAll('"', '')}"`,
          }
        : undefined;
    },
  ),
  entryRule(
    {
      code: 'MM206',
      severity: 'warning',
      title: 'the status and the reply code are of different classes',
      why: '4yz means "try again" and 5yz "never"; a client obeys the code.',
      bad: 'From:a.example\tERROR:4.7.1:"550 later"',
      good: 'From:a.example\tERROR:4.7.1:"450 later"',
    },
    'value',
    ({ value }) => {
      const { dsn = '', text = '' } = errorOf(value) ?? {};
      const code = /^"?(\d)\d\d /.exec(text)?.[1];
      return dsn !== '' && code !== undefined && code !== dsn[0]
        ? `status ${dsn} with a code of class ${code}yz`
        : undefined;
    },
  ),
  entryRule(
    {
      code: 'MM207',
      severity: 'warning',
      title: 'an unquoted text loses its blanks',
      why: 'Words are joined again without blanks around operators, and with one elsewhere.',
      bad: 'From:a.example\tERROR:5.7.1:550 mail  to info @ example.com',
      good: 'From:a.example\tERROR:5.7.1:"550 mail  to info @ example.com"',
    },
    'value',
    ({ value }) => {
      const { text = '' } = errorOf(value) ?? {};
      return !text.includes('"') && /[ ]{2}| [.:%@!^/[\]+<>,;]|[.:%@!^/[\]+<>,;] /.test(text)
        ? { text: 'the text loses blanks', help: 'put it in quotes' }
        : undefined;
    },
  ),
  entryRule(
    {
      code: 'MM208',
      severity: 'warning',
      title: 'the value does not balance',
      why: 'A quote, bracket or parenthesis without its partner spoils the reply.',
      bad: 'From:a.example\tERROR:5.7.1:"550 a',
      good: 'From:a.example\tERROR:5.7.1:"550 a"',
    },
    'value',
    ({ value }) => complaintAbout(value),
  ),
  entryRule(
    {
      code: 'MM209',
      severity: 'warning',
      title: 'SKIP needs a feature that is off',
      why: 'Without access_db:skip it is a text, and mail is refused with it.',
      bad: 'From:a.example\tSKIP',
      good: { files: { access: 'From:a.example\tSKIP\n' }, features: ['access_db:skip'] },
    },
    'value',
    ({ value }, { features }) =>
      word(value) === 'SKIP' && !features.has('access_db:skip') ? 'SKIP needs access_db:skip' : undefined,
  ),
  entryRule(
    {
      code: 'MM210',
      severity: 'info',
      title: '421 ends the connection',
      why: 'A client that is answered 421 when it connects is cut off.',
      bad: 'Connect:192.0.2.7\tERROR:4.7.0:"421 bye"',
      good: 'Connect:192.0.2.7\tERROR:5.7.1:"554 bye"',
    },
    'value',
    ({ value, tag }) =>
      tag === 'Connect' && /^"?421 /.test(errorOf(value)?.text ?? '') ? 'clients that get this are cut off' : undefined,
  ),
  entryRule(
    {
      code: 'MM211',
      severity: 'info',
      title: 'DISCARD loses mail without a word',
      why: 'Neither sender nor recipient hears of it. QUARANTINE keeps the message.',
      bad: 'From:a.example\tDISCARD',
      good: 'From:a.example\tQUARANTINE:look at it',
    },
    'value',
    ({ value }) => (word(value) === 'DISCARD' ? 'mail that meets this entry is lost' : undefined),
  ),
  entryRule(
    {
      code: 'MM212',
      severity: 'warning',
      title: 'From: OK lets refused clients in',
      why: 'With delay_checks the sender is looked at first, and anybody may claim to be a sender.',
      bad: { files: { access: 'From:a.example\tOK\nConnect:192.0.2\tREJECT\n' }, features: ['delay_checks'] },
      good: { files: { access: 'From:a.example\tOK\nConnect:192.0.2\tREJECT\n' } },
    },
    'value',
    ({ value, tag }, { features, access }) =>
      tag === 'From' &&
      word(value) === 'OK' &&
      [...features].some((feature) => feature.startsWith('delay_checks')) &&
      access.some((entry) => entry.tag === 'Connect' && word(entry.value) === 'REJECT')
        ? 'this sender also passes from clients that a Connect: entry refuses'
        : undefined,
  ),
];
