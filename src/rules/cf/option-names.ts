/**
 * The options that sendmail 8.17 knows, in the order in which it looks for abbreviations, with their letters.
 */

/** Name and, for an old one, its letter; `''` for letters without a name. */
export const OPTION_NAMES: readonly (readonly [name: string, letter?: string])[] = [
  ['SevenBitInput', '7'],
  ['EightBitMode', '8'],
  ['AliasFile', 'A'],
  ['AliasWait', 'a'],
  ['BlankSub', 'B'],
  ['MinFreeBlocks', 'b'],
  ['CheckpointInterval', 'C'],
  ['HoldExpensive', 'c'],
  ['DeliveryMode', 'd'],
  ['ErrorHeader', 'E'],
  ['ErrorMode', 'e'],
  ['TempFileMode', 'F'],
  ['SaveFromLine', 'f'],
  ['MatchGECOS', 'G'],
  ['', 'g'],
  ['HelpFile', 'H'],
  ['MaxHopCount', 'h'],
  ['ResolverOptions', 'I'],
  ['IgnoreDots', 'i'],
  ['ForwardPath', 'J'],
  ['SendMimeErrors', 'j'],
  ['ConnectionCacheSize', 'k'],
  ['ConnectionCacheTimeout', 'K'],
  ['UseErrorsTo', 'l'],
  ['LogLevel', 'L'],
  ['MeToo', 'm'],
  ['', 'M'],
  ['CheckAliases', 'n'],
  ['OldStyleHeaders', 'o'],
  ['DaemonPortOptions', 'O'],
  ['PrivacyOptions', 'p'],
  ['PostmasterCopy', 'P'],
  ['QueueFactor', 'q'],
  ['QueueDirectory', 'Q'],
  ['DontPruneRoutes', 'R'],
  ['Timeout', 'r'],
  ['StatusFile', 'S'],
  ['SuperSafe', 's'],
  ['QueueTimeout', 'T'],
  ['TimeZoneSpec', 't'],
  ['UserDatabaseSpec', 'U'],
  ['DefaultUser', 'u'],
  ['FallbackMXhost', 'V'],
  ['Verbose', 'v'],
  ['TryNullMXList', 'w'],
  ['QueueLA', 'x'],
  ['RefuseLA', 'X'],
  ['RecipientFactor', 'y'],
  ['ForkEachJob', 'Y'],
  ['ClassFactor', 'z'],
  ['RetryFactor', 'Z'],
  ...[
    'QueueSortOrder HostsFile MinQueueAge DefaultCharSet ServiceSwitchFile DialDelay NoRecipientAction',
    'SafeFileEnvironment MaxMessageSize ColonOkInAddr MaxQueueRunSize MaxDaemonChildren DontExpandCnames',
    'MustQuoteChars SmtpGreetingMessage UnixFromLine OperatorChars DontInitGroups SingleLineFromHeader AllowBogusHELO',
    'ConnectionRateThrottle UnsafeGroupWrites DoubleBounceAddress HostStatusDirectory SingleThreadDelivery RunAsUser',
    'RrtImpliesDsn PidFile DontBlameSendmail DontProbeInterfaces MaxRecipientsPerMessage DeadLetterDrop',
    'MaxAliasRecursion ConnectOnlyTo TrustedUser MaxMimeHeaderLength ControlSocketName MaxHeadersLength',
    'ProcessTitlePrefix DefaultAuthInfo AuthMechanisms ClientPortOptions DataFileBufferSize XscriptFileBufferSize',
    'LDAPDefaultSpec ServerCertFile ServerKeyFile ClientCertFile ClientKeyFile CACertFile CACertPath DHParameters',
    'InputMailFilters Milter AuthOptions QueueFileMode CertFingerprintAlgorithm CipherList RandFile TLSSrvOptions',
    'BadRcptThrottle DeliverByMin MaxQueueChildren MaxRunnersPerQueue DirectSubmissionModifiers NiceQueueRun',
    'SharedMemoryKey AuthMaxBits MailboxDatabase UseMSP DelayLA FastSplit SoftBounce SharedMemoryKeyFile',
    'RejectLogInterval RequiresDirfsync ConnectionRateWindowSize CRLFile FallbackSmartHost AuthRealm CRLPath HeloName',
    'MaxNOOPCommands BadRcptShutdown BadRcptShutdownGood ServerSSLOptions ClientSSLOptions MaxQueueAge RejectNUL',
    'UseCompressedIPv6Addresses SSLEngine SSLEnginePath TLSFallbacktoClear SetCertAltnames SmtpUTF8',
    'StrictTransportSecurity CipherSuites',
  ]
    .join(' ')
    .split(' ')
    .map((name) => [name] as const),
];

/** The names after `O Timeout.`. */
export const TIMEOUTS: ReadonlySet<string> = new Set(
  [
    'initial mail rcpt datainit datablock datafinal command rset helo quit misc ident fileopen connect iconnect',
    'queuewarn queuewarn.* queuewarn.normal queuewarn.urgent queuewarn.non-urgent queuereturn queuereturn.*',
    'queuereturn.normal queuereturn.urgent queuereturn.non-urgent hoststatus resolver.retrans resolver.retrans.normal',
    'resolver.retrans.first resolver.retry resolver.retry.normal resolver.retry.first control lhlo auth starttls',
    'aconnect queuewarn.dsn queuereturn.dsn',
  ]
    .join(' ')
    .split(' '),
);

export const PRIVACY: ReadonlySet<string> = new Set(
  [
    'public needmailhelo needexpnhelo needvrfyhelo noexpn novrfy restrictexpand restrictmailq restrictqrun noetrn',
    'noverb authwarnings noreceipts nobodyreturn goaway noactualrecipient noreflection',
  ]
    .join(' ')
    .split(' '),
);

export const BLAMELESS: ReadonlySet<string> = new Set(
  [
    'safe assumesafechown groupwritabledirpathsafe groupwritableforwardfilesafe groupwritableincludefilesafe',
    'groupwritablealiasfile worldwritablealiasfile forwardfileinunsafedirpath includefileinunsafedirpath',
    'mapinunsafedirpath linkedaliasfileinwritabledir linkedclassfileinwritabledir linkedforwardfileinwritabledir',
    'linkedincludefileinwritabledir linkedmapinwritabledir linkedserviceswitchfileinwritabledir',
    'filedeliverytohardlink filedeliverytosymlink writemaptohardlink writemaptosymlink writestatstohardlink',
    'writestatstosymlink forwardfileingroupwritabledirpath includefileingroupwritabledirpath',
    'classfileinunsafedirpath errorheaderinunsafedirpath helpfileinunsafedirpath forwardfileinunsafedirpathsafe',
    'includefileinunsafedirpathsafe runprograminunsafedirpath runwritableprogram nonrootsafeaddr truststickybit',
    'dontwarnforwardfileinunsafedirpath insufficiententropy groupreadablesasldbfile groupwritablesasldbfile',
    'groupwritableforwardfile groupwritableincludefile worldwritableforwardfile worldwritableincludefile',
    'groupreadablekeyfile groupreadabledefaultauthinfofile',
  ]
    .join(' ')
    .split(' '),
);

export const RESOLVER_OPTIONS: ReadonlySet<string> = new Set(
  'debug aaonly usevc primary igntc recurse defnames stayopen dnsrch use_inet6 use_edns0 use_dnssec trustad true'.split(
    ' ',
  ),
);
