/**
 * The batch form: one JSON object a line on standard input, one JSON object a line out, in the same order. A line that
 * cannot be answered yields `{"error":{"code","message"}}` and the run goes on; the exit status is then 65.
 */
import type { Client, Session } from '../access/session.ts';
import type { MailMaps } from '../config/mailmaps.ts';
import { decodeText, encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { EX_DATAERR, EX_OK } from '../core/sysexits.ts';
import { describeError } from './fail.ts';
import type { Io } from './io.ts';

/** Bytes of a line. */
export const MAX_BATCH_LINE: number = 1024 * 1024;

type Fields = Readonly<Record<string, unknown>>;

/** Answers all lines; the exit status. */
export async function runBatch(maps: MailMaps, io: Io): Promise<number> {
  let status = EX_OK;
  for await (const line of linesOf(io.stdin)) {
    if (line?.trim() === '') continue;
    const answer = answerLine(maps, line);
    if ('error' in answer) status = EX_DATAERR;
    io.out(`${encodeText(asciiJson(answer))}\n`);
  }
  return status;
}

/** One answer; `id` is given back. */
function answerLine(maps: MailMaps, line: string | undefined): object {
  let id: { id?: unknown } = {};
  try {
    if (line === undefined) throw new MapError('limit', `a line of more than ${MAX_BATCH_LINE} bytes`);
    const question = fieldsOf(JSON.parse(decodeText(line)), 'a line');
    if ('id' in question) id = { id: question.id };
    return { ...id, ...answerQuestion(maps, question) };
  } catch (error) {
    return { ...id, error: describeError(error) };
  }
}

function answerQuestion(maps: MailMaps, question: Fields): object {
  switch (question.kind) {
    case 'relay':
      return maps.checkRelay(clientOf(question.client));
    case 'mail':
      return maps.checkMail(textOf(question, 'sender'), sessionOf(question.session));
    case 'rcpt':
      return maps.checkRcpt(textOf(question, 'recipient'), sessionOf(question.session));
    case 'expand':
      return maps.expand(textOf(question, 'address'));
    default:
      throw new MapError('badInput', `kind is none of relay, mail, rcpt, expand: ${JSON.stringify(question.kind)}`);
  }
}

function sessionOf(value: unknown): Session {
  const session = fieldsOf(value, 'session');
  for (const field of ['sender', 'authType', 'authAuthen', 'daemonFlags']) optionalText(session, field);
  oneOf(session, 'senderDomain', ['OK', 'PERM', 'TEMP']);
  if (session.tls !== undefined) {
    const tls = fieldsOf(session.tls, 'tls');
    textOf(tls, 'verify');
    for (const field of ['certIssuer', 'certSubject']) optionalText(tls, field);
  }
  return { ...session, client: clientOf(session.client) };
}

function clientOf(value: unknown): Client {
  const client = fieldsOf(value, 'client');
  textOf(client, 'address');
  for (const field of ['name', 'ptr', 'helo']) optionalText(client, field);
  oneOf(client, 'resolve', ['OK', 'FAIL', 'FORGED', 'TEMP']);
  return client as unknown as Client;
}

function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new MapError('badInput', `${what} is no object`);
}

function textOf(fields: Fields, field: string): string {
  const value = fields[field];
  if (typeof value === 'string') return value;
  throw new MapError('badInput', `${field} is no text`);
}

function optionalText(fields: Fields, field: string): void {
  if (fields[field] !== undefined) textOf(fields, field);
}

function oneOf(fields: Fields, field: string, words: readonly string[]): void {
  const value = fields[field];
  if (value === undefined || (typeof value === 'string' && words.includes(value))) return;
  throw new MapError('badInput', `${field} is none of ${words.join(', ')}`);
}

/** JSON whose lone surrogates (bytes that are no UTF-8) are escaped, which every reader of JSON takes. */
function asciiJson(value: object): string {
  return JSON.stringify(value).toWellFormed();
}

/** The lines of the input as byte strings; undefined: one that is too long. */
async function* linesOf(chunks: Io['stdin']): AsyncGenerator<string | undefined> {
  let rest = '';
  let tooLong = false;
  for await (const chunk of chunks) {
    const lines = (rest + Buffer.from(chunk).toString('latin1')).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      yield tooLong || line.length > MAX_BATCH_LINE ? undefined : line;
      tooLong = false;
    }
    if (rest.length > MAX_BATCH_LINE) {
      tooLong = true;
      rest = '';
    }
  }
  if (tooLong) yield undefined;
  else if (rest !== '') yield rest;
}
