/** All lint rules, by code. */
import type { Code } from '../../core/codes/codes.ts';
import type { Rule } from './rule.ts';
import { ALIAS_RULES } from './rules/aliases.ts';
import { CLASS_RULES } from './rules/classes.ts';
import { FILE_RULES } from './rules/files.ts';
import { KEY_RULES } from './rules/keys.ts';
import { LINE_RULES } from './rules/lines.ts';
import { REACH_RULES } from './rules/reach.ts';
import { TABLE_RULES } from './rules/tables.ts';
import { VALUE_RULES } from './rules/values.ts';
import type { WarnedCode } from './warned.ts';

/** MM901 is found by suppression.ts. */
export const RULES: Readonly<Record<Exclude<Code, WarnedCode | 'MM901'>, Rule>> = {
  ...REACH_RULES,
  ...KEY_RULES,
  ...VALUE_RULES,
  ...LINE_RULES,
  ...ALIAS_RULES,
  ...CLASS_RULES,
  ...TABLE_RULES,
  ...FILE_RULES,
};
