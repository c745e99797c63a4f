/**
 * The batch form: one JSON object a line on standard input -> one JSON object a line, in the same order. A line that cannot be
 * answered gives `{"error":{"code","message"}}`, and the run continues; the exit status is then 65.
 */

import type { MailMaps } from '../../config/mailmaps.ts';
import { checkFields } from '../../core/arguments.ts';
import { decodeText, encodeText } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import type { Client, Session } from '../../core/session.ts';
import { EX_DATAERR, EX_OK } from '../../core/sysexits.ts';
import type { RewriteHow } from '../../route/rewrite.ts';
import { inputLines, MAX_INPUT_LINE } from '../program/input-lines.ts';
import type { Io } from '../program/io.ts';
import { printableJson } from '../program/printable.ts';
import { describeError } from './error-status.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Answers all lines. Returns the exit status. */
export async function runBatch(maps: MailMaps, io: Io): Promise<number> {
  let status = EX_OK;
  for await (const line of inputLines(io.stdin)) {
    if (line?.trim() === '') continue;
    const { failed, text } = answerLine(maps, line);
    if (failed) status = EX_DATAERR;
    io.out(`${encodeText(text)}\n`);
  }
  return status;
}

/** One answer as JSON, with the `id` of the question. */
function answerLine(maps: MailMaps, line: string | undefined): { failed: boolean; text: string } {
  let id: { id?: unknown } = {};
  try {
    if (line === undefined) throw new MapError('limit', `a line of more than ${MAX_INPUT_LINE} bytes`);
    const question = fieldsOf(JSON.parse(decodeText(line)));
    if ('id' in question) id = givenBack(question.id);
    return { failed: false, text: printableJson({ ...id, ...answerQuestion(maps, question) }) };
  } catch (error) {
    return { failed: true, text: printableJson({ ...id, error: describeError(error) }) };
  }
}

/** JSON.parse accepts any depth, JSON.stringify does not: refuses an id that cannot be written. */
function givenBack(id: unknown): { id: unknown } {
  try {
    printableJson({ id });
  } catch {
    throw new MapError('limit', 'id is nested too deep');
  }
  return { id };
}

/** The fields of each kind of question, besides `kind` and `id`. */
const FIELDS: ReadonlyMap<unknown, ReadonlySet<string>> = new Map(
  Object.entries({
    relay: ['client'],
    mail: ['sender', 'session'],
    rcpt: ['recipient', 'session'],
    expand: ['address'],
    route: ['address'],
    rewrite: ['address', 'mailer', 'where', 'role'],
    compat: ['sender', 'recipient'],
  }).map(([kind, fields]) => [kind, new Set(['id', 'kind', ...fields])]),
);

/** Not validated here: checkX() throws TypeError for a value of the wrong shape. */
function answerQuestion(maps: MailMaps, question: Fields): object {
  const fields = FIELDS.get(question.kind);
  if (fields) checkFields('the question', question, fields);
  switch (question.kind) {
    case 'relay':
      return maps.checkRelay(question.client as Client);
    case 'mail':
      return maps.checkMail(question.sender as string, question.session as Session);
    case 'rcpt':
      return maps.checkRcpt(question.recipient as string, question.session as Session);
    case 'compat':
      return maps.checkCompat(question.sender as string, question.recipient as string);
    case 'expand':
      return maps.expand(question.address as string);
    case 'route':
      return maps.route(question.address as string);
    case 'rewrite':
      return maps.rewrite(question.address as string, rewriteHow(question));
    default:
      throw new MapError(
        'badInput',
        `kind is none of ${[...FIELDS.keys()].join(', ')}: ${JSON.stringify(question.kind)}`,
      );
  }
}

function rewriteHow({ mailer, where, role }: Fields): RewriteHow {
  return { ...(mailer !== undefined && { mailer }), where, role } as RewriteHow;
}

function fieldsOf(value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new MapError('badInput', 'a line is no object');
}
