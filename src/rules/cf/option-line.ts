/** An O line -> a value in {@link Options}. Complaints are sendmail's. */
import type { ByteString } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';
import { ownField } from '../../core/own-field.ts';
import { isTrue, readOption } from '../../source/cf/options.ts';
import { unquote } from '../../source/cf/unquote.ts';
import type { Configuration } from '../configuration.ts';
import { addAliasFiles } from './alias-option.ts';
import { BLAMELESS, PRIVACY, RESOLVER_OPTIONS, TIMEOUTS } from './option-words.ts';

/** A line at which sendmail would end, with its exit status. */
export class FatalLine extends Error {
  readonly status: number;

  constructor(status: number) {
    super('the configuration cannot be used');
    this.status = status;
  }
}

/** Reads an O line, without its letter. */
export function takeOption(line: ByteString, configuration: Configuration): void {
  const { option, complaint } = readOption(line);
  if (complaint !== undefined) configuration.reports.system(complaint);
  if (option !== undefined) ownField(SETTERS, option.name)?.(option.value, configuration, option.part);
}

type Setter = (value: ByteString, configuration: Configuration, part: string | undefined) => void;

const SETTERS: Readonly<Record<string, Setter>> = {
  OperatorChars: (value, configuration) => configuration.setOperators(unquote(value).text),
  BlankSub: (value, { options }) => {
    options.blank = value[0] ?? ' ';
  },
  AliasFile: (value, configuration) => addAliasFiles(value, configuration),
  ServiceSwitchFile: (value, { options }) => {
    options.serviceSwitchFile = value;
  },
  QueueDirectory: (value, { options }) => {
    options.queueDirectory = value;
  },
  HostsFile: (value, { options }) => {
    options.hostsFile = value;
  },
  UserDatabaseSpec: (value, { options }) => {
    options.userDatabase = value;
  },
  FallbackMXhost: (value, { options }) => {
    if (value !== '') options.fallbackMx = value;
  },
  DontExpandCnames: (value, { options }) => {
    options.keepsAliases = isTrue(value);
  },
  UseCompressedIPv6Addresses: (value, { options }) => {
    options.compressesIpv6 = isTrue(value);
  },
  CheckAliases: (value, { options }) => {
    options.checksAliases = isTrue(value);
  },
  MatchGECOS: (value, { options }) => {
    options.matchesFullNames = isTrue(value);
  },
  ColonOkInAddr: (value, { options }) => {
    options.allowsColons = isTrue(value);
  },
  MustQuoteChars: (value, { options }) => {
    options.quotedCharacters = `@,;:\\()[]${value}`;
  },
  DontProbeInterfaces: (value, { options }) => {
    options.probesInterfaces = foldCase(value) !== 'loopback' && !isTrue(value);
  },
  MailboxDatabase: (value, { options }) => {
    options.mailboxDatabase = value;
  },
  HostStatusDirectory: (value, { options }) => {
    options.hostStatusDirectory = value === '' ? undefined : value;
  },
  SingleThreadDelivery: (value, { options }) => {
    options.isSingleThreaded = isTrue(value);
  },
  ResolverOptions: readResolverOptions,
  M: (value, configuration) => {
    const { id, next } = configuration.macros.parseName(value, 0);
    if (id !== 0) configuration.macros.set(id, value.slice(next));
  },
  EightBitMode: (value, configuration) => oneOf(value, 'pms', 'Unknown 8-bit mode', configuration),
  DeliveryMode: (value, configuration) => {
    if (value !== '') oneOf(value, 'qdib', 'Unknown delivery mode', configuration);
  },
  PrivacyOptions: (value, { reports }) =>
    words(value, PRIVACY, (word) => reports.system(`readcf: Op line: ${word} unrecognized`)),
  DontBlameSendmail: (value, { reports, options }) =>
    words(
      value,
      BLAMELESS,
      (word) => reports.system(`readcf: DontBlameSendmail option: ${word} unrecognized`),
      (word) => {
        if (word === 'safe') options.blameless.clear();
        else options.blameless.add(word);
      },
    ),
  Timeout: (value, { reports }, part) => {
    for (const name of part === undefined ? oldTimeouts(value) : [part])
      if (!TIMEOUTS.has(foldCase(name))) reports.system(`settimeout: invalid timeout ${name}`);
  },
  QueueSortOrder: (value, { reports }) => {
    if (!/^[fhmptrsn]/i.test(value)) reports.system(`Invalid queue sort order "${value}"`);
  },
  NoRecipientAction: (value, { reports }) => {
    const known = ['none', 'add-to', 'add-apparently-to', 'add-bcc', 'add-to-undisclosed'];
    if (!known.includes(foldCase(value))) reports.system(`Invalid NoRecipientAction: ${value}`);
  },
  DefaultUser: (value, configuration) => user(value, configuration, 'u', /[./:]/),
  g: (value, configuration) => group(value, configuration, 'option g'),
  RunAsUser: (value, configuration) => user(value, configuration, 'RunAsUser', /[./:]/),
  TrustedUser: (value, { machine, reports }) => {
    if (!/^[0-9]/.test(value) && machine.user(value) === undefined)
      reports.system(`readcf: option TrustedUser: unknown user ${value}`);
  },
  ConnectOnlyTo: (value, { reports }) => {
    const address = value.replace(/^[^@]*@/, '');
    if (!/^[0-9a-fA-F:.]+$/.test(address))
      reports.system(`readcf: option ConnectOnlyTo: invalid IP address ${address}`);
  },
  Milter: (_value, { reports }, part) => {
    if (part === undefined) reports.system('milter_set_option: invalid Milter option, must specify suboption');
  },
  SmtpUTF8: (value, { reports }) => {
    if (isTrue(value)) reports.system('readcf: option: SmtpUTF8 set but no USE_EAI support');
    else reports.plain('Warning: Option: SmtpUTF8 requires USE_EAI support');
  },
  DaemonPortOptions: (value, { reports }) => daemonPort(value, reports),
};

function oneOf(value: ByteString, letters: string, words: string, { reports }: Configuration): void {
  if (value !== '' && letters.includes(value[0]!)) return;
  reports.system(`${words} ${value[0] ?? ''}`);
  throw new FatalLine(64);
}

function words(
  value: ByteString,
  known: ReadonlySet<string>,
  complain: (word: string) => void,
  keep: (word: string) => void = () => undefined,
): void {
  for (const word of value.split(/[^A-Za-z0-9]+/)) {
    if (word === '') continue;
    if (known.has(foldCase(word))) keep(foldCase(word));
    else complain(word);
  }
}

/** `initial:5m, mail=10m`; a number alone sets all. */
function oldTimeouts(value: ByteString): string[] {
  return value
    .split(',')
    .map((item) => /^\s*([^0-9\s][^:=]*)[:=]/.exec(item)?.[1])
    .filter((name) => name !== undefined);
}

function readResolverOptions(value: ByteString, { options, reports }: Configuration): void {
  for (const word of value.split(/[ \t]+/)) {
    if (word === '') continue;
    const on = !word.startsWith('-');
    const name = foldCase(word.replace(/^[+-]/, ''));
    if (name === 'haswildcardmx') options.hasWildcardMx = on;
    else if (name === 'workaroundbrokenaaaa') continue;
    else if (!RESOLVER_OPTIONS.has(name))
      reports.system(`readcf: I option value ${word.replace(/^[+-]/, '')} unrecognized`);
    else if (name === 'defnames') options.addsDomain = on;
    else if (name === 'dnsrch') options.searchesDomains = on;
  }
}

function user(value: ByteString, configuration: Configuration, option: string, separator: RegExp): void {
  const at = value.search(separator);
  const name = at < 0 ? value : value.slice(0, at);
  if (!/^[0-9]/.test(name) && configuration.machine.user(name) === undefined) {
    configuration.reports.system(`readcf: option ${option}: unknown user ${name}`);
    return;
  }
  if (at >= 0 && at + 1 < value.length) group(value.slice(at + 1), configuration, `option ${option}`);
}

function group(name: ByteString, { machine, reports }: Configuration, option: string): void {
  if (!/^[0-9]/.test(name) && machine.groupId(name) === undefined)
    reports.system(`readcf: ${option}: unknown group ${name}`);
}

const SERVICES: ReadonlySet<string> = new Set([
  'smtp',
  'mail',
  'submission',
  'msa',
  'smtps',
  'ssmtp',
  'submissions',
  'urd',
]);

function daemonPort(value: ByteString, reports: Configuration['reports']): void {
  for (const item of value.split(',')) {
    const [, key, given = ''] = /^\s*([A-Za-z])[^=]*=\s*([\s\S]*)$/.exec(item) ?? [];
    if (key !== 'P' && key !== 'p') continue;
    if (!/^[0-9]/.test(given) && !SERVICES.has(given)) reports.system(`service "${given}" unknown`);
  }
}
