/**
 * The answer of a rule, before it becomes a Decision: passed, relayed, refused, discarded or held. `verdictOf` is the
 * one place that gives REJECT, ERROR:, QUARANTINE: and texts their meaning.
 */

import { messageText } from '../address/parts.ts';
import type { AddressProblem } from '../address/problem.ts';
import type { Tokens } from '../address/tokens.ts';
import type { ByteString } from '../core/bytes.ts';
import type { Because, Decision, Reply, TraceStep } from './decision.ts';
import type { FeatureSet } from './features.ts';
import { parseReply } from './reply.ts';
import type { DecisionRule } from './rule-names.ts';
import type { Hit } from './search.ts';

export type Verdict =
  /** `temporary`: a failure of the map that a later rule may still overrule (`$#TEMP`). */
  | {
      readonly kind: 'error';
      readonly text: ByteString;
      readonly dsn?: string;
      readonly temporary?: true;
      readonly because: Because;
    }
  /** A complete reply: the daemon's own, not a rule's. */
  | { readonly kind: 'reply'; readonly reply: Reply; readonly because: Because }
  | { readonly kind: 'discard'; readonly because: Because }
  | { readonly kind: 'quarantine'; readonly reason: ByteString; readonly because: Because }
  | { readonly kind: 'pass'; readonly relay: boolean; readonly final: boolean; readonly because: Because };

/** The rule that lets everybody send to users of this host. */
export const LOCAL_RECIPIENT = 'local recipient';

/** Refuses. */
export function refuse(rule: DecisionRule, dsn: string, text: ByteString, hit?: Hit): Verdict {
  return { kind: 'error', dsn, text, because: because(rule, hit) };
}

/** Lets pass; `final` as sendmail's `$#`. */
export function pass(rule: DecisionRule, options: { relay?: boolean; final?: boolean; hit?: Hit } = {}): Verdict {
  return {
    kind: 'pass',
    relay: options.relay ?? false,
    final: options.final ?? false,
    because: because(rule, options.hit),
  };
}

/** The refusal of CanonAddr. */
export function refuseAddress(problem: AddressProblem): Verdict {
  const { enhanced: dsn, code, text, fault } = problem;
  return { kind: 'error', dsn, text: `"${code} ${text}"`, because: { rule: 'CanonAddr', fault } };
}

/** The verdict if the map fails. */
export function mapFailure(rule: DecisionRule, key: ByteString, temporary?: true): Verdict {
  return { ...cannotTell({ rule, key }), ...(temporary && { temporary }) };
}

/** A failure: nobody is let in for now. */
export function cannotTell(because: Because): Verdict & { readonly kind: 'error' } {
  const text = '"451 Temporary system failure. Please try again later."';
  return { kind: 'error', dsn: '4.3.0', text, because };
}

/** How a rule applies an entry: its reply for REJECT, and the tokens after the value in sendmail's workspace. */
export interface Reading {
  readonly rule: DecisionRule;
  readonly reject: { readonly dsn?: string; readonly text: ByteString };
  /**
   * The tokens after the closing `>` of the value. A text ends at its first `>`; an empty text goes on into these
   * tokens.
   */
  readonly behind: Tokens;
  /** Set if the rule wants exactly one bracketed part after the value (check_relay). */
  readonly anchored?: true;
}

/** The reply for REJECT of a client or sender. */
export function accessDenied(features: FeatureSet): Reading['reject'] {
  const text = features.message('confREJECT_MSG');
  return text === undefined ? { dsn: '5.7.1', text: '"550 Access denied"' } : { text };
}

/** The verdict of an entry whose value does not let mail pass; undefined: no rule matches the value. */
export function verdictOf(hit: Hit, reading: Reading): Verdict | undefined {
  const { value } = hit;
  const why = because(reading.rule, hit);
  if (value.kind === 'word' && value.word === 'REJECT') {
    return { kind: 'error', ...reading.reject, because: why };
  }
  if (value.kind === 'word' && value.word === 'DISCARD') return { kind: 'discard', because: why };
  if (value.kind === 'quarantine') {
    const reason = upToBracket(value.text, reading);
    if (reason !== undefined) return { kind: 'quarantine', reason: messageText(reason), because: why };
  }
  if (value.kind === 'error') {
    const text = upToBracket(value.text, reading);
    if (text !== undefined) return errorOf(text, why, value.dsn);
    const whole = upToBracket(value.tokens.slice(2), reading);
    if (whole !== undefined) return errorOf(whole, why);
  }
  if (value.kind === 'tempFail') return undefined;
  const text = value.tokens.length === 0 ? [bareKey(hit.key)] : upToBracket(value.tokens, reading);
  return text && errorOf(text, why);
}

function errorOf(text: Tokens, because: Because, dsn?: string): Verdict {
  return { kind: 'error', text: messageText(text), because, ...(dsn !== undefined && { dsn }) };
}

/** `$+ >`: the shortest run of one or more tokens before a `>` for which the rule matches. */
function upToBracket(tokens: Tokens, reading: Reading): Tokens | undefined {
  const all = [...tokens, '>', ...reading.behind];
  for (let end = 1; end < all.length; end++) {
    if (all[end] !== '>') continue;
    if (!reading.anchored || (all[end + 1] === '<' && end + 2 < all.length)) return all.slice(0, end);
  }
  return undefined;
}

/** The text of an entry without tokens (only a comment) is its key. */
function bareKey(key: ByteString): ByteString {
  return key.slice(key.indexOf(':') + 1);
}

export function because(rule: DecisionRule, hit?: Hit): Because {
  return hit === undefined ? { rule } : { rule, key: hit.key, value: hit.raw };
}

/** Makes the public answer from a verdict. */
export function decide(
  question: Decision['question'],
  verdict: Verdict,
  trace: readonly TraceStep[],
  accepted: () => 'ok' | 'local' | 'relay' = () => 'ok',
): Decision {
  const { because: why } = verdict;
  switch (verdict.kind) {
    case 'pass':
      return { question, action: accepted(), final: verdict.final, because: why, trace };
    case 'discard':
      return { question, action: 'discard', final: true, because: why, trace };
    case 'quarantine':
      return { question, action: 'quarantine', reason: verdict.reason, final: true, because: why, trace };
    case 'reply':
      return refused(question, verdict.reply, why, trace);
    case 'error':
      return refused(question, parseReply(verdict.text, verdict.dsn), why, trace);
  }
}

function refused(
  question: Decision['question'],
  reply: Reply,
  because: Because,
  trace: readonly TraceStep[],
): Decision {
  const action = reply.code >= 400 && reply.code < 500 ? 'tempFail' : 'reject';
  return { question, action, reply, final: true, because, trace };
}
