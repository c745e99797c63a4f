/**
 * Questions about the values of entries: each question finds an entry of its own, under each tag and kind of key, with a value
 * that resembles one of sendmail's forms.
 */
import type { CheckQuery } from '../access/answer.ts';
import { wordsOf } from '../read-data.ts';
import { anyFeatures, valueFor } from './access-world.ts';
import type { Random } from './random.ts';
import type { Round } from './relay.ts';

const words = wordsOf('access-values');

const QUESTIONS = 60;
const WORDS = words('words');
const MARKS = words('marks');
const FORMS = ['ERROR:', 'ERROR:5.7.1:', 'ERROR:"', 'QUARANTINE:', '550 ', '550 5.7.1 ', 'ERROR:4.7.1:451 ', '"'];

/** A value as somebody may have typed it; not one that is blank, which makemap refuses. */
function anyValue(r: Random): string {
  const soup = r.list(r.int(1, 7), () => r.pick(r.chance(0.5) ? WORDS : MARKS)).join('');
  const value = `${r.chance(0.4) ? r.pick(FORMS) : ''}${soup}`.trimStart();
  return value.trim() === '' || AMBIGUOUS.test(value) || hasNoToken(value) || isAnsweredAtConnect(value)
    ? anyValue(r)
    : value;
}

/** Values of comments alone are a difference on purpose. */
function hasNoToken(value: string): boolean {
  return /^(?:[\s()c\\]|%\d)*$/.test(value);
}

/** So is a status of class 2 at connect. */
function isAnsweredAtConnect(value: string): boolean {
  return /^\W*error\W*:?\W*2\D/i.test(value);
}

/** Output of test mode that is ambiguous, and a last `%` behind which sendmail reads on. */
const AMBIGUOUS = /M-|\\[\s"\d]|%[\d%].*%$/s;

type Question = readonly [key: string, query: CheckQuery];

/** A key and a question that meets it; the number makes them like no other's. */
function anyQuestion(r: Random, n: number): Question {
  const host = `h${n}.example`;
  const address = `10.${n}.2.3`;
  const tag = (name: string): string => (r.chance(0.2) ? '' : name);
  const client = { clientAddr: '203.0.113.9', clientName: 'client.test' };
  const tls = { verify: r.pick(['OK', 'NO', '']), certIssuer: `/CN=i${n}`, certSubject: `/CN=s${n}` };
  return r.pick<() => Question>([
    () => [`${tag('Connect:')}${r.pick([host, 'example'])}`, { kind: 'relay', clientName: host, clientAddr: address }],
    () => [`${tag('Connect:')}10.${n}`, { kind: 'relay', clientName: host, clientAddr: address }],
    () => [`${tag('Connect:')}[10.${n}]`, { kind: 'relay', clientName: `[${address}]`, clientAddr: address }],
    () => [`${tag('From:')}${host}`, { ...client, kind: 'mail', sender: `x@${host}` }],
    () => [`${tag('From:')}u${n}@`, { ...client, kind: 'mail', sender: `u${n}${r.pick(['', '@b.example'])}` }],
    () => [`${tag('From:')}u${n}+*@${host}`, { ...client, kind: 'mail', sender: `u${n}+d@${host}` }],
    () => [`${tag('To:')}${host}`, { ...client, kind: 'rcpt', rcpt: `x@${host}` }],
    () => [`${tag('To:')}u${n}@`, { ...client, kind: 'rcpt', rcpt: `u${n}${r.pick(['', '@localhost'])}` }],
    () => [`${tag('To:')}${host}`, { ...client, kind: 'rcpt', rcpt: `x%far.test@${host}` }],
    () => [`${tag('Connect:')}10.${n}`, { kind: 'rcpt', rcpt: 'x@far.test', clientAddr: address, clientName: host }],
    () => [`${tag('Connect:')}${host}`, { kind: 'rcpt', rcpt: 'x@far.test', clientAddr: address, clientName: host }],
    () => [`From:x@${host}`, { ...client, kind: 'rcpt', rcpt: 'y@far.test', sender: `x@${host}` }],
    () => [`Spam:x@${host}`, { kind: 'rcpt', rcpt: `x@${host}`, clientAddr: '127.0.0.1', clientName: 'localhost' }],
    () => [`Spam:u${n}@`, { ...client, kind: 'rcpt', rcpt: `u${n}@mail.oracle.test` }],
    () => [`TLS_Clt:${host}`, { kind: 'mail', sender: 'x@b.example', clientAddr: address, clientName: host, tls }],
    () => [`T:/CN=i${n}`, { kind: 'mail', sender: 'x@b.example', clientAddr: '10.0.0.1', clientName: 'tag.test', tls }],
    () => [`CERTISSUER:/CN=i${n}`, { ...client, kind: 'rcpt', rcpt: 'x@far.test', tls: { ...tls, verify: 'OK' } }],
    () => [`CERTSUBJECT:/CN=s${n}`, { ...client, kind: 'rcpt', rcpt: 'x@far.test', tls: { ...tls, verify: 'OK' } }],
  ])();
}

/** A configuration whose entries are all met. */
export function valueRound(r: Random): Round {
  const questions = r.list(QUESTIONS, (n) => anyQuestion(r, n));
  const entries = questions.map(([key]) => `${key}\t${r.chance(0.7) ? anyValue(r) : valueFor(r, key)}\n`);
  const fixed = 'TLS_Clt:tag.test\tVERIFY+CITag:T\nTo:relay.test\tRELAY\n';
  const files = { access: entries.join('') + fixed, 'relay-domains': '', 'local-host-names': '' };
  return { features: anyFeatures(r), files, queries: questions.map(([, query]) => query) };
}
