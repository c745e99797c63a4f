/**
 * All codes of faults in a configuration, and their pages. makemap, newaliases, the library and lint give the same code for the
 * same fault. A code keeps its meaning and is never used for another one; texts may change.
 */
import { ALIAS_CODES } from './aliases.ts';
import { CLASS_CODES } from './classes.ts';
import { CONFIGURATION_CODES } from './configuration.ts';
import { FILE_CODES } from './files.ts';
import { KEY_CODES } from './keys.ts';
import { LINE_CODES } from './lines.ts';
import type { Page } from './page.ts';
import { REACH_CODES } from './reach.ts';
import { TABLE_CODES } from './tables.ts';
import { VALUE_CODES } from './values.ts';

export type Code =
  | keyof typeof REACH_CODES
  | keyof typeof KEY_CODES
  | keyof typeof VALUE_CODES
  | keyof typeof LINE_CODES
  | keyof typeof ALIAS_CODES
  | keyof typeof CLASS_CODES
  | keyof typeof TABLE_CODES
  | keyof typeof FILE_CODES
  | keyof typeof CONFIGURATION_CODES;

const PAGES: Readonly<Record<Code, Page>> = {
  ...REACH_CODES,
  ...KEY_CODES,
  ...VALUE_CODES,
  ...LINE_CODES,
  ...ALIAS_CODES,
  ...CLASS_CODES,
  ...TABLE_CODES,
  ...FILE_CODES,
  ...CONFIGURATION_CODES,
};

/** In the order of the codes. */
export const CODE_NAMES: readonly Code[] = (Object.keys(PAGES) as Code[]).sort();

export const CODES: Readonly<Record<Code, Page>> = PAGES;

export function isCode(text: string): text is Code {
  return Object.hasOwn(CODES, text);
}
