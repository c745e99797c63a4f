/** The list of all lint rules, by code. */
import type { Rule } from './rule.ts';
import { ALIAS_RULES } from './rules/aliases.ts';
import { CLASS_RULES } from './rules/classes.ts';
import { KEY_RULES } from './rules/keys.ts';
import { LINE_RULES } from './rules/lines.ts';
import { REACH_RULES } from './rules/reach.ts';
import { TABLE_RULES } from './rules/tables.ts';
import { VALUE_RULES } from './rules/values.ts';

export const RULES: readonly Rule[] = [
  ...REACH_RULES,
  ...KEY_RULES,
  ...VALUE_RULES,
  ...LINE_RULES,
  ...ALIAS_RULES,
  ...CLASS_RULES,
  ...TABLE_RULES,
];
