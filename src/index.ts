/** The public face: named re-exports, no logic. */
export type { Feature } from './access/features.ts';
export { formatReply } from './access/reply.ts';
export type { Resolver } from './access/resolver.ts';
export type { SenderDomain } from './access/sender-domain.ts';
export type {
  AccessTag,
  Action,
  Because,
  Client,
  Decision,
  Peer,
  Reply,
  Session,
  Setting,
  TraceStep,
} from './access/session.ts';
export type {
  DeliveryTarget,
  Expansion,
  ExpansionError,
  ExpansionErrorCode,
  ExpansionOutcome,
  ExpansionStep,
  ExpansionVia,
} from './alias/expansion.ts';
export type { PrivacyOption } from './alias/smtp.ts';
export type { LocalUser } from './alias/world.ts';
export type { DecisionMessage, DiagnosticsMessages, ExpansionMessage, ProblemMessage } from './config/diagnostics.ts';
export type { MailMapsEvents, ReloadEvent } from './config/events.ts';
export { type MailMaps, openMailMaps } from './config/mailmaps.ts';
export type { MailMapsOptions } from './config/options.ts';
export { resolveClient, resolveSenderDomain } from './config/resolve.ts';
export { MapError, type MapErrorCode } from './core/errors.ts';
export type { Lookup, LookupResult } from './core/lookup.ts';
export type { Problem } from './core/problem.ts';
export type { MakeAliasesOptions } from './map/alias-options.ts';
export { type MakeAliasesReport, makeAliases } from './map/aliases.ts';
export { type MakeMapOptions, type MakeMapReport, makeMap } from './map/build.ts';
export { type KeyedMap, type OpenMapOptions, openMap } from './map/open.ts';
