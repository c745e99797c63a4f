/**
 * The options of sendmail.cf: an O line -> the option that it names. Names may be abbreviated if that is unambiguous
 * (`O AliasF=`); the older ones have letters (`OA/etc/aliases`, `-oA/etc/aliases`).
 *
 * Source: sendmail's "Installation and Operation Guide", section 5.6, and the names that sendmail 8.17 accepts.
 */
import type { ByteString } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';

/** An option with its value. */
export interface NamedOption {
  /** In its usual spelling; options that have no name are called by their letter. */
  readonly name: string;
  readonly value: ByteString;
  /** `ident` of `O Timeout.ident`. */
  readonly part?: string;
}

/** The option of a line, or of a program's `-O`; undefined: the line has no effect. */
export interface ReadOption {
  readonly option: NamedOption | undefined;
  /** sendmail's words about the name. An abbreviation counts, in spite of its complaint. */
  readonly complaint?: string;
}

/** Reads an O line without its letter: ` AliasFile=/etc/aliases` or `A/etc/aliases`. */
export function readOption(line: ByteString): ReadOption {
  return line.startsWith(' ') ? readLongOption(line.slice(1)) : readLetterOption(line);
}

/** `A/etc/aliases`, also after the programs' `-o`. */
export function readLetterOption(text: ByteString): ReadOption {
  const letter = text[0] ?? '\0';
  const found = OPTIONS.find(([, each]) => each === letter);
  if (found !== undefined) return { option: { name: found[0] === '' ? letter : found[0], value: text.slice(1) } };
  const code = (letter.charCodeAt(0) & 0xff).toString(16);
  return { option: undefined, complaint: `readcf: unknown option name 0x${code}` };
}

/** `AliasFile=/etc/aliases`, also after the programs' `-O`. */
export function readLongOption(text: ByteString): ReadOption {
  const equals = text.indexOf('=');
  const given = withoutBlanks(equals < 0 ? text : text.slice(0, equals));
  if (given === '') return { option: undefined, complaint: 'readcf: null option name' };
  const value = equals < 0 ? '' : text.slice(equals + 1).replace(/^ +/, '');
  const dot = given.indexOf('.');
  const short = dot < 0 ? given : given.slice(0, dot);
  const { name, complaint } = findOption(short);
  if (name === undefined) return { option: undefined, complaint: complaint! };
  const option = { name, value, ...(dot >= 0 && { part: given.slice(dot + 1) }) };
  return { option, ...(complaint !== undefined && { complaint }) };
}

/** The value of a boolean option: t, T, y, Y and an empty value mean yes, as in sendmail. */
export function isTrue(value: ByteString | undefined): boolean {
  return value !== undefined && /^(?:$|[tTyY])/.test(value);
}

function withoutBlanks(name: ByteString): ByteString {
  let end = name.length;
  while (name[end - 1] === ' ') end--;
  return name.slice(0, end);
}

/** Finds an option by its name or the start of it, without case. */
function findOption(given: string): { readonly name?: string; readonly complaint?: string } {
  const folded = foldCase(given);
  const [first, second] = FOLDED.filter((option) => option.folded.startsWith(folded)).map(({ name }) => name);
  // sendmail stops at the second option that begins with the name, so a whole name counts only as one of the first two
  const whole = [first, second].find((name) => name?.length === given.length);
  if (whole !== undefined) return { name: whole };
  if (first === undefined) return { complaint: `readcf: unknown option name ${given}` };
  if (second !== undefined) {
    return { complaint: `readcf: ambiguous option name ${given} (matches ${first} and ${second})` };
  }
  return { name: first, complaint: `Option ${given} used as abbreviation for ${first}` };
}

/** Name and, for an old one, its letter; `''` for letters without a name. In sendmail's order. */
const OPTIONS: readonly (readonly [name: string, letter?: string])[] = [
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

const FOLDED = OPTIONS.map(([name]) => ({ name, folded: foldCase(name) }));
