/**
 * The options of sendmail.cf: their names, which may be abbreviated if that is unambiguous (`O AliasF=`), and the
 * letters of the older ones (`OA/etc/aliases`, `-oA/etc/aliases`).
 *
 * Source: sendmail's "Installation and Operation Guide", section 5.6, and the names that sendmail 8.17 accepts.
 */
import { foldCase } from '../../core/fold.ts';

/** The option that a name refers to. */
export type OptionName =
  | { readonly is: 'known' | 'abbreviation'; readonly name: string }
  | { readonly is: 'unknown' }
  | { readonly is: 'ambiguous'; readonly names: readonly [string, string] };

/** Finds an option by its name or the start of it, without case. Text after a dot must be removed before. */
export function findOption(given: string): OptionName {
  const wanted = foldCase(given);
  const [first, second] = OPTIONS.filter((name) => foldCase(name).startsWith(wanted));
  const whole = OPTIONS.find((name) => foldCase(name) === wanted);
  if (whole !== undefined) return { is: 'known', name: whole };
  if (first === undefined) return { is: 'unknown' };
  return second === undefined ? { is: 'abbreviation', name: first } : { is: 'ambiguous', names: [first, second] };
}

// biome-ignore format: a table
const OPTIONS: readonly string[] = [
  ...['SevenBitInput', 'EightBitMode', 'AliasFile', 'AliasWait', 'BlankSub', 'MinFreeBlocks', 'CheckpointInterval'],
  ...['HoldExpensive', 'DeliveryMode', 'ErrorHeader', 'ErrorMode', 'TempFileMode', 'SaveFromLine', 'MatchGECOS'],
  ...['HelpFile', 'MaxHopCount', 'ResolverOptions', 'IgnoreDots', 'ForwardPath', 'SendMimeErrors'],
  ...['ConnectionCacheSize', 'ConnectionCacheTimeout', 'UseErrorsTo', 'LogLevel', 'MeToo', 'CheckAliases'],
  ...['OldStyleHeaders', 'DaemonPortOptions', 'PrivacyOptions', 'PostmasterCopy', 'QueueFactor', 'QueueDirectory'],
  ...['DontPruneRoutes', 'StatusFile', 'SuperSafe', 'Timeout', 'QueueTimeout', 'TimeZoneSpec', 'UserDatabaseSpec'],
  ...['DefaultUser', 'FallbackMXhost', 'Verbose', 'TryNullMXList', 'QueueLA', 'RefuseLA', 'RecipientFactor'],
  ...['ForkEachJob', 'ClassFactor', 'RetryFactor', 'QueueSortOrder', 'HostsFile', 'MinQueueAge', 'DefaultCharSet'],
  ...['ServiceSwitchFile', 'DialDelay', 'NoRecipientAction', 'SafeFileEnvironment', 'MaxMessageSize'],
  ...['ColonOkInAddr', 'MaxQueueRunSize', 'MaxDaemonChildren', 'DontExpandCnames', 'MustQuoteChars'],
  ...['SmtpGreetingMessage', 'UnixFromLine', 'OperatorChars', 'DontInitGroups', 'SingleLineFromHeader'],
  ...['AllowBogusHELO', 'ConnectionRateThrottle', 'UnsafeGroupWrites', 'DoubleBounceAddress', 'HostStatusDirectory'],
  ...['SingleThreadDelivery', 'RunAsUser', 'RrtImpliesDsn', 'PidFile', 'DontBlameSendmail', 'DontProbeInterfaces'],
  ...['MaxRecipientsPerMessage', 'DeadLetterDrop', 'MaxAliasRecursion', 'ConnectOnlyTo', 'TrustedUser'],
  ...['MaxMimeHeaderLength', 'ControlSocketName', 'MaxHeadersLength', 'ProcessTitlePrefix', 'DefaultAuthInfo'],
  ...['AuthMechanisms', 'ClientPortOptions', 'DataFileBufferSize', 'XscriptFileBufferSize', 'ServerCertFile'],
  ...['ServerKeyFile', 'ClientCertFile', 'ClientKeyFile', 'CACertFile', 'CACertPath', 'DHParameters'],
  ...['InputMailFilters', 'AuthOptions', 'QueueFileMode', 'CertFingerprintAlgorithm', 'CipherList', 'RandFile'],
  ...['TLSSrvOptions', 'BadRcptThrottle', 'DeliverByMin', 'MaxQueueChildren', 'MaxRunnersPerQueue'],
  ...['DirectSubmissionModifiers', 'NiceQueueRun', 'SharedMemoryKey', 'AuthMaxBits', 'MailboxDatabase', 'UseMSP'],
  ...['DelayLA', 'FastSplit', 'SoftBounce', 'SharedMemoryKeyFile', 'RejectLogInterval', 'RequiresDirfsync'],
  ...['ConnectionRateWindowSize', 'CRLFile', 'FallbackSmartHost', 'AuthRealm', 'CRLPath', 'HeloName'],
  ...['MaxNOOPCommands', 'BadRcptShutdown', 'BadRcptShutdownGood', 'ServerSSLOptions', 'ClientSSLOptions'],
  ...['MaxQueueAge', 'RejectNUL', 'UseCompressedIPv6Addresses', 'SSLEngine', 'SSLEnginePath', 'TLSFallbacktoClear'],
  ...['SetCertAltnames', 'SmtpUTF8', 'StrictTransportSecurity', 'CipherSuites', 'Milter', 'LDAPDefaultSpec'],
];

export const OPTION_LETTERS: Readonly<Record<string, string>> = {
  7: 'SevenBitInput',
  8: 'EightBitMode',
  A: 'AliasFile',
  a: 'AliasWait',
  B: 'BlankSub',
  b: 'MinFreeBlocks',
  C: 'CheckpointInterval',
  c: 'HoldExpensive',
  d: 'DeliveryMode',
  E: 'ErrorHeader',
  e: 'ErrorMode',
  F: 'TempFileMode',
  f: 'SaveFromLine',
  G: 'MatchGECOS',
  H: 'HelpFile',
  h: 'MaxHopCount',
  I: 'ResolverOptions',
  i: 'IgnoreDots',
  J: 'ForwardPath',
  j: 'SendMimeErrors',
  K: 'ConnectionCacheTimeout',
  k: 'ConnectionCacheSize',
  L: 'LogLevel',
  l: 'UseErrorsTo',
  m: 'MeToo',
  n: 'CheckAliases',
  O: 'DaemonPortOptions',
  o: 'OldStyleHeaders',
  P: 'PostmasterCopy',
  p: 'PrivacyOptions',
  Q: 'QueueDirectory',
  q: 'QueueFactor',
  R: 'DontPruneRoutes',
  r: 'Timeout',
  S: 'StatusFile',
  s: 'SuperSafe',
  t: 'TimeZoneSpec',
  U: 'UserDatabaseSpec',
  u: 'DefaultUser',
  V: 'FallbackMXhost',
  v: 'Verbose',
  w: 'TryNullMXList',
  X: 'RefuseLA',
  x: 'QueueLA',
  Y: 'ForkEachJob',
  y: 'RecipientFactor',
  Z: 'RetryFactor',
  z: 'ClassFactor',
};
