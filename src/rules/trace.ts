/** Events of the engine as it runs, for a listener that prints them as test mode does, or keeps them. */
import type { ByteString } from '../core/bytes.ts';
import type { NameId } from './macros.ts';
import type { Rule } from './rulesets.ts';

export interface Trace {
  /** Whether the listener wants each rule; otherwise it gets only rulesets. */
  readonly rules: boolean;
  input(ruleset: string, tokens: readonly string[]): void;
  returns(ruleset: string, tokens: readonly string[]): void;
  trying(rule: Rule): void;
  fails(): void;
  matches(rule: Rule, tokens: readonly string[], ruleset: string): void;
  /** @param ruleset its name */
  rewritten(tokens: readonly string[], rule: Rule, ruleset: string): void;
  workspace(tokens: readonly string[]): void;
  macro(id: NameId, value: ByteString | undefined): void;
  /** A map was asked. @param value undefined: not found */
  asked(map: string, key: ByteString, args: readonly ByteString[], value: ByteString | undefined, status: number): void;
}

const nothing = (): void => undefined;

/** Nobody listens. */
export const SILENT: Trace = {
  rules: false,
  input: nothing,
  returns: nothing,
  trying: nothing,
  fails: nothing,
  matches: nothing,
  rewritten: nothing,
  workspace: nothing,
  macro: nothing,
  asked: nothing,
};
