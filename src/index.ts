/** The public face: named re-exports, no logic. */

export type {
  AccessTag,
  Action,
  Because,
  Decision,
  Peer,
  Reply,
  Setting,
  TraceStep,
} from './access/decision.ts';
export type { Feature } from './access/features.ts';
export { formatReply } from './access/reply.ts';
export type { DecisionRule } from './access/rule-names.ts';
export type { AddressFault } from './address/problem.ts';
export type { RouteRule, Ruleset } from './address/rule-names.ts';
export type { LocalUser } from './alias/context.ts';
export type {
  DeliveryTarget,
  ExpandHow,
  Expansion,
  ExpansionError,
  ExpansionErrorCode,
  ExpansionOutcome,
  ExpansionStep,
  ExpansionVia,
} from './alias/expansion.ts';
export type { PrivacyOption } from './alias/smtp.ts';
export type { Answer, AnswerTo, AskOptions, Question } from './config/ask.ts';
export type { Configuration } from './config/configuration.ts';
export {
  type DecisionMessage,
  type DiagnosticsMessages,
  type ExpansionMessage,
  type ProblemMessage,
  subscribe,
} from './config/diagnostics.ts';
export type { FeatureInForce } from './config/features-in-force.ts';
export {
  type CallOptions,
  type LoadRulesOptions,
  loadRules,
  type RuleResult,
  type Rules,
} from './config/load-rules.ts';
export { type MailMaps, openMailMaps } from './config/mailmaps.ts';
export type { MailMapsOptions } from './config/options.ts';
export type {
  DataReply,
  RcptReply,
  ReplyTo,
  SenderFacts,
  SmtpCommand,
  SmtpReply,
  SmtpSession,
} from './config/smtp-session.ts';
export type { SmtpMessage } from './config/smtp-transaction.ts';
export type { Abortable } from './core/abort.ts';
export { MapError, type MapErrorCode } from './core/errors.ts';
export type { Lookup, LookupResult, Table } from './core/lookup.ts';
export type { Problem } from './core/problem.ts';
export type { Client, Session } from './core/session.ts';
export type { Source } from './core/source.ts';
export type { AppliedRule, ClassStep, Remark, RouteStep, TableStep } from './core/trace-step.ts';
export { resolveClient, resolveSenderDomain } from './dns/resolve.ts';
export type { Resolver } from './dns/resolver.ts';
export type { SenderDomain } from './dns/sender-domain.ts';
export type { MailMapsEvents, ReloadEvent } from './files/following.ts';
export type { MakeAliasesOptions } from './map/alias-options.ts';
export { type ImportOptions, type ImportReport, importMap } from './map/import.ts';
export { type KeyedMap, type OpenMapOptions, openMap } from './map/keyed-map.ts';
export { type MakeAliasesReport, makeAliases } from './map/make-aliases.ts';
export { type MakeMapOptions, type MakeMapReport, makeMap } from './map/make-map.ts';
export type { RewriteHow, Rewritten } from './route/rewrite.ts';
export type { Route, RouteReply } from './route/route.ts';
export type { RouteBecause } from './route/trace.ts';
