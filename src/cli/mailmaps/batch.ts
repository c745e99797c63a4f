/**
 * The batch form: one JSON object a line on standard input -> one JSON object a line, in the same order. A line that cannot be
 * answered gives `{"error":{"code","message"}}`, and the run continues; the exit status is then 65.
 */

import { QUESTION_FIELDS, type Question } from '../../config/ask.ts';
import type { MailMaps } from '../../config/mailmaps.ts';
import { checkFields } from '../../core/arguments.ts';
import { decodeText, encodeText } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import { jsonText } from '../../core/json-text.ts';
import { EX_DATAERR, EX_OK } from '../../core/sysexits.ts';
import { inputLines, MAX_INPUT_LINE } from '../program/input-lines.ts';
import type { Io } from '../program/io.ts';
import { answerTo } from './answer.ts';
import { describeError } from './error-status.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Answers all lines. Returns the exit status. */
export async function runBatch(maps: MailMaps, settings: { readonly dns?: boolean }, io: Io): Promise<number> {
  let status = EX_OK;
  for await (const line of inputLines(io.stdin)) {
    if (line?.trim() === '') continue;
    const { failed, text } = await answerLine(maps, line, settings);
    if (failed) status = EX_DATAERR;
    io.out(`${encodeText(text)}\n`);
  }
  return status;
}

/** One answer as JSON, with the `id` of the question. */
async function answerLine(
  maps: MailMaps,
  line: string | undefined,
  settings: { readonly dns?: boolean },
): Promise<{ failed: boolean; text: string }> {
  let id: { id?: unknown } = {};
  try {
    if (line === undefined) throw new MapError('limit', `a line of more than ${MAX_INPUT_LINE} bytes`);
    const fields = fieldsOf(JSON.parse(decodeText(line)));
    if ('id' in fields) id = givenBack(fields.id);
    const answer = await answerTo(maps, questionOf(fields), settings);
    return { failed: false, text: jsonText({ ...id, ...answer }) };
  } catch (error) {
    return { failed: true, text: jsonText({ ...id, error: describeError(error) }) };
  }
}

/** JSON.parse accepts any depth, JSON.stringify does not: refuses an id that cannot be written. */
function givenBack(id: unknown): { id: unknown } {
  try {
    jsonText({ id });
  } catch {
    throw new MapError('limit', 'id is nested too deep');
  }
  return { id };
}

/**
 * The question of a line. The types of its fields are not validated here: the answer throws TypeError for one of the wrong
 * shape.
 */
function questionOf(fields: Fields): Question {
  const { id: _, ...question } = fields;
  const { kind } = question;
  const known = typeof kind === 'string' ? QUESTION_FIELDS.get(kind) : undefined;
  if (known === undefined)
    throw new MapError(
      'badInput',
      `kind is none of ${[...QUESTION_FIELDS.keys()].join(', ')}: ${JSON.stringify(kind)}`,
    );
  checkFields('the question', fields, known);
  return question as unknown as Question;
}

function fieldsOf(value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new MapError('badInput', 'a line is no object');
}
