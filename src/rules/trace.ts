/** Events of the engine as it runs, for a listener that prints them as test mode does, or keeps them. */
import type { ByteString } from '../core/bytes.ts';
import type { NameId } from '../source/cf/macro-names.ts';
import type { Rule } from './rulesets.ts';
import type { Tokens } from './vocabulary.ts';

export interface Trace {
  /** Whether there is a listener; without one no texts are made. */
  readonly listens: boolean;
  /** Whether the listener wants each rule that is applied; otherwise it gets only rulesets. */
  readonly rules: boolean;
  /** Whether it also wants the rules that do not match, and macros. */
  readonly tries: boolean;
  input(ruleset: string, tokens: Tokens): void;
  returns(ruleset: string, tokens: Tokens): void;
  trying(rule: Rule): void;
  fails(): void;
  matches(rule: Rule, tokens: Tokens, ruleset: string): void;
  /** @param ruleset its name */
  rewritten(tokens: Tokens, rule: Rule, ruleset: string): void;
  workspace(tokens: Tokens): void;
  /** A ruleset without rules was called. */
  skips(ruleset: string, number: number): void;
  /** A `$&` macro was looked up in a right side; or, with `isLeft`, in a pattern. */
  macro(id: NameId, value: ByteString | undefined, isLeft?: boolean): void;
  /** A map is asked. Its complaints come before {@link asked}. */
  asks(map: string, key: ByteString, args: readonly ByteString[]): void;
  /** A map was asked. @param value undefined: not found */
  asked(map: string, key: ByteString, args: readonly ByteString[], value: ByteString | undefined, status: number): void;
  /** The last map asked failed for now: `-t` makes that "not found", `-T` gives a value instead. */
  cannotTell(map: string, key: ByteString, result: TemporaryFailure): void;
}

export interface TemporaryFailure {
  readonly isCalm: boolean;
  readonly instead: ByteString | undefined;
}

const nothing = (): void => undefined;

/** A trace without a listener. */
export const SILENT: Trace = {
  listens: false,
  rules: false,
  tries: false,
  input: nothing,
  returns: nothing,
  trying: nothing,
  fails: nothing,
  matches: nothing,
  rewritten: nothing,
  workspace: nothing,
  skips: nothing,
  macro: nothing,
  asks: nothing,
  asked: nothing,
  cannotTell: nothing,
};
