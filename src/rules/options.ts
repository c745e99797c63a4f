/**
 * The options that rulesets, maps and test mode need. Other options are read and not kept.
 */
import type { ByteString } from '../core/bytes.ts';

export interface Options {
  /** The V line's number. */
  level: number;
  /** `O OperatorChars`; undefined: those of the level. */
  operators: ByteString | undefined;
  /** `O BlankSub` */
  blank: string;
  serviceSwitchFile: ByteString;
  hostsFile: ByteString;
  queueDirectory: ByteString;
  userDatabase: ByteString;
  fallbackMx: ByteString | undefined;
  /** `O ResolverOptions`: HasWildcardMX, defnames and dnsrch. */
  hasWildcardMx: boolean;
  addsDomain: boolean;
  searchesDomains: boolean;
  keepsAliases: boolean;
  compressesIpv6: boolean;
  matchesFullNames: boolean;
  probesInterfaces: boolean;
  allowsColons: boolean;
  /** `O CheckAliases` */
  checksAliases: boolean;
  quotedCharacters: string;
  /** Whether the service switch names DNS for hosts; set after the file is read. */
  usesDns: boolean;
  mailboxDatabase: ByteString;
  hostStatusDirectory: ByteString | undefined;
  /** `O DontBlameSendmail`, in lower case. */
  readonly blameless: Set<string>;
  isSingleThreaded: boolean;
}

/** The defaults, before the file is read. */
export function defaultOptions(): Options {
  return {
    level: 0,
    operators: undefined,
    blank: ' ',
    serviceSwitchFile: '/etc/mail/service.switch',
    hostsFile: '/etc/hosts',
    queueDirectory: '',
    userDatabase: '',
    fallbackMx: undefined,
    hasWildcardMx: false,
    addsDomain: true,
    searchesDomains: true,
    keepsAliases: false,
    compressesIpv6: false,
    matchesFullNames: false,
    probesInterfaces: true,
    allowsColons: true,
    checksAliases: false,
    quotedCharacters: "@,;:\\()[].'",
    usesDns: false,
    mailboxDatabase: 'pw',
    hostStatusDirectory: undefined,
    blameless: new Set(),
    isSingleThreaded: false,
  };
}
