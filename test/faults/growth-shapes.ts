/** The pieces of which growth.ts makes texts, and the subjects that get them. */
import { MapError } from '../../src/core/errors.ts';
import { ProtocolError } from '../../src/serve/conversation.ts';

export interface Subject {
  readonly name: string;
  /** Whole files go through it. */
  readonly isFile?: true;
  /** Any number of requests or, up to a limit, addresses go through it, of which only each has to be answered in time. */
  readonly isStream?: true;
  /** Repeated besides SHAPES. */
  readonly shapes?: readonly string[];
  /** The text before and after the repeated part. */
  readonly around: readonly (readonly [before: string, after: string])[];
  run(text: string): unknown;
}

// biome-ignore format: pieces of a kind on a line
export const SHAPES: readonly string[] = [
  'a', ' ', '\t', '\n', '\r\n', '\0', '\x80', 'é', '\x01',
  '"', '\\', '\\\\', '(', ')', '()', '<', '>', '<>', '[', ']', '{', '}', "'", '`',
  ',', ';', ':', '::', '.', '@', '%', '!', '+', '-', '|', '/', '#', '=', '$', '&', '*', '?', '0', '9',
  'a\n', 'a b\n', 'a\tb\n', 'a: b\n', '"a\n', '(a\n', 'a,', '"a",', '"a,', '(a),', '(a,', '<a>,', '<a,', 'a b ',
  'a@', 'a%', 'a!', 'a.', 'a+', 'a:', '@a,', '@a:', 'a:b;', 'a@b.example, ', '\\a,', '"\\', 'a\\\n', 'a\n ', '\n\t',
  ':include:/x,', '"|x",', '/x,', '0:', '1.2.', '[1.2.3.4],', 'IPv6:', '-a ', '--a=',
];

export const PLAIN: Subject['around'] = [['', '']];
export const IN_ADDRESS: Subject['around'] = [
  ['', ''],
  ['a@', ''],
  ['', '@far.example'],
  ['<', '>'],
  ['"', '"@far.example'],
  ['a@[', ']'],
  ['a+', '@mail.test'],
];

/** A refusal counts as an answer. */
export function unlessRefused<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof MapError || error instanceof ProtocolError) return undefined;
    throw error;
  }
}
