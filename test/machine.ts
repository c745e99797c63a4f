/**
 * The host that recorded and live answers of sendmail come from, as a configuration in memory, made of the same description
 * that the oracle is given: its users, files (a table instead of a disk), features and options. Questions and answers are
 * byte strings, one character a byte; they go through the public Configuration, which speaks text.
 */

import type { Checks } from '../src/access/checks.ts';
import type { Feature } from '../src/access/features.ts';
import type { AliasContext } from '../src/alias/context.ts';
import { expand } from '../src/alias/expand.ts';
import type { Expansion } from '../src/alias/expansion.ts';
import type { PrivacyOption } from '../src/alias/smtp.ts';
import { cfReader } from '../src/config/cf-text.ts';
import { type Compiled, type Configuration, compile, compileParts } from '../src/config/configuration.ts';
import { CLASS_MACROS } from '../src/config/routing.ts';
import type { Rulings } from '../src/config/rulings.ts';
import { resolveSettings } from '../src/config/settings.ts';
import { TextSources } from '../src/config/text-sources.ts';
import { parsePasswd } from '../src/config/users.ts';
import { type ByteString, decodeText, encodeText } from '../src/core/bytes.ts';
import type { Lookup, Table } from '../src/core/lookup.ts';
import type { Client } from '../src/core/session.ts';
import type { MapSetting, TextReader } from '../src/map/followed-map.ts';
import { tableOf } from '../src/map/table.ts';
import { FileTable } from './alias/file-table.ts';
import type { FileSpec, Files } from './oracle/jobs.ts';

export const HOST = 'mail.oracle.test';
const ETC = '/etc/mail';

export const PASSWD = `root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
bin:x:2:2:bin:/bin:/usr/sbin/nologin
mail:x:8:8:mail:/var/mail:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
alice:x:2001:2001:Alice Anders:/etc/mail/home/alice:/bin/sh
bob:x:2002:2002:Bob Burns:/etc/mail/home/bob:/bin/sh
carol:x:2003:2003:Carol Cole:/etc/mail/home/carol:/bin/sh
dave:x:2004:2004:Dave Dunn:/etc/mail/home/dave:/bin/sh
erin:x:2005:2005:Erin Else:/etc/mail/home/erin:/usr/sbin/nologin
Frank:x:2006:2006:Frank Fox:/etc/mail/home/Frank:/bin/sh
a.b:x:2007:2007:Dotted:/etc/mail/home/a.b:/bin/sh
alias-x:x:2008:2008:Dashed:/etc/mail/home/alias-x:/bin/sh
`;
const GROUP = 'root:x:0:\ndaemon:x:1:\nbin:x:2:\nmail:x:8:\nsmmsp:x:209:\nnogroup:x:65534:\nusers:x:2001:\n';
const SHELLS = '/bin/sh\n/bin/bash\n';
/** The names that a sendmail.mc may define, and the option that each becomes. */
const DEFINES: Readonly<Record<string, string>> = {
  ALIAS_FILE: 'AliasFile',
  confUSE_COMPRESSED_IPV6_ADDRESSES: 'UseCompressedIPv6Addresses',
  confDONT_BLAME_SENDMAIL: 'DontBlameSendmail',
  confMAX_ALIAS_RECURSION: 'MaxAliasRecursion',
  confFORWARD_PATH: 'ForwardPath',
  confDEF_USER_ID: 'DefaultUser',
};
/** FEATUREs of tables, with the names of their K lines and files. */
const TABLES: Readonly<Record<string, readonly [name: string, file: string]>> = {
  virtusertable: ['virtuser', 'virtusertable'],
  mailertable: ['mailertable', 'mailertable'],
  genericstable: ['generics', 'genericstable'],
  domaintable: ['domaintable', 'domaintable'],
  bitdomain: ['bitdomain', 'bitdomain'],
  uucpdomain: ['uudomain', 'uudomain'],
  authinfo: ['authinfo', 'authinfo'],
};
const OPTIONS: Readonly<Record<string, string>> = {
  AliasFile: `${ETC}/aliases`,
  QueueDirectory: `${ETC}/mqueue`,
  DefaultUser: 'mail:mail',
  ForwardPath: '$z/.forward.$w:$z/.forward',
};

export interface MachineSpec {
  readonly features?: readonly string[];
  readonly files?: Files;
  readonly options?: Readonly<Record<string, string>>;
  /** A whole sendmail.cf, in place of the lines that features and options make. */
  readonly cf?: ByteString;
  /** The rules that decide if `cf` has rules; default: ours. */
  readonly rules?: 'file' | 'built-in';
  /** Maps that answer instead of the texts of their names. */
  readonly maps?: ReadonlyMap<string, Lookup>;
}

const NO_MAPS: ReadonlyMap<string, Lookup> = new Map();

/** Texts, and maps by their names in front of them. */
class MachineSources extends TextSources {
  readonly #maps: ReadonlyMap<string, Lookup>;

  constructor(texts: ReadonlyMap<string, string>, lists: FileTable, maps: ReadonlyMap<string, Lookup>) {
    super(texts, undefined, lists);
    this.#maps = maps;
  }

  override table(setting: MapSetting, readText: TextReader): Table {
    const lookup = this.#maps.get(setting.name);
    return lookup === undefined ? super.table(setting, readText) : tableOf(lookup, setting);
  }
}

/** The lines of the sendmail.cf that matter here. */
function cfOf({ features = [], options = {} }: MachineSpec): ByteString {
  const defined = features.flatMap((feature) => {
    const [, name, value] = /^define:(\w+)=(.*)$/s.exec(feature) ?? [];
    const option = name === undefined ? undefined : DEFINES[name];
    return option === undefined ? [] : [[option, value!] as const];
  });
  const all = { ...OPTIONS, ...Object.fromEntries(defined), ...options };
  const lines = Object.entries(all).map(([name, value]) => `O ${name}=${value}\n`);
  const tables = Object.entries(TABLES).flatMap(([feature, [name, file]]) => {
    const stated = features.find((each) => each === feature || each.startsWith(`${feature}:`));
    return stated === undefined ? [] : [`K${name} ${stated.slice(feature.length + 1) || `hash ${ETC}/${file}`}\n`];
  });
  const classes = features.flatMap((feature) => {
    const [, macro, isFile, argument] = /^([A-Z_]+?)(_FILE)?:(.*)$/.exec(feature) ?? [];
    const name = macro === undefined ? undefined : CLASS_MACROS[macro];
    const relayed = macro === 'VIRTUSER_DOMAIN' ? 'CR$={VirtHost}\n' : '';
    return name === undefined ? [] : [`${isFile ? 'F' : 'C'}{${name}}${argument}\n${relayed}`];
  });
  const access = features.includes('no_access_db') ? '' : `Kaccess hash -T<TMPF> ${ETC}/access\n`;
  return `V10\nTroot daemon uucp\nFw-o ${ETC}/local-host-names\nFR-o ${ETC}/relay-domains\n${tables.join('')}${classes.join('')}${access}${lines.join('')}`;
}

function sourcesOf(spec: MachineSpec): TextSources {
  const { files = {} } = spec;
  const passwd = textOf(files.passwd) ?? PASSWD;
  const named = Object.entries({ access: '', aliases: '', ...files }).flatMap(([name, file]) => {
    const text = textOf(file);
    return text === undefined ? [] : [[name.startsWith('/') ? name : `${ETC}/${name}`, text] as const];
  });
  const texts = new Map([
    ['/etc/passwd', passwd],
    ['/etc/group', textOf(files.group) ?? GROUP],
    ['/etc/shells', textOf(files.shells) ?? SHELLS],
    ...named,
    [`${ETC}/sendmail.cf`, spec.cf ?? cfOf(spec)],
  ]);
  const owners = new Map(parsePasswd(passwd).map((user) => [user.name, user]));
  return new MachineSources(texts, new FileTable(files, owners), spec.maps ?? NO_MAPS);
}

function textOf(spec: FileSpec | undefined): string | undefined {
  if (typeof spec === 'string') return spec;
  return spec && 'text' in spec ? spec.text : undefined;
}

function compiled<T>(spec: MachineSpec, make: (...parts: Parameters<typeof compile>) => T): T {
  const sources = sourcesOf(spec);
  const isNamed = (f: string): boolean => f !== 'no_access_db' && !isOption(f) && !/^[A-Z_]+_FILE:/.test(f);
  const named = (spec.features ?? []).filter(isNamed);
  const features = named.map((feature) => feature.replace(/(?<=table|domain):(?:hash|btree) .*/, '')) as Feature[];
  const options = {
    directory: ETC,
    cf: `${ETC}/sendmail.cf`,
    hostName: HOST,
    features: features.map(decodeText),
    rules: spec.rules ?? 'built-in',
  };
  const cf = cfReader(options.cf, options as never)(sources);
  return make(resolveSettings(options as never, cf, sources), sources);
}

function isOption(feature: string): boolean {
  return Object.keys(DEFINES).some((name) => feature.startsWith(`define:${name}=`)) || /^define:confUSE/.test(feature);
}

/** The configuration of a job. */
export function configurationOf(spec: MachineSpec): Configuration {
  return compiled(spec, compile);
}

function partsOf(spec: MachineSpec): Compiled {
  return compiled(spec, compileParts);
}

/** The context of its alias expansion. */
export function machine(spec: MachineSpec = {}): AliasContext {
  return partsOf(spec).context;
}

/** Its checks, in byte strings; a whole sendmail.cf says by itself what its features are. */
export function checksOf(
  features: readonly string[],
  files: Files = {},
  { cf, maps = NO_MAPS }: Pick<MachineSpec, 'cf' | 'maps'> = {},
): Checks {
  const spec = { ...(cf === undefined ? { features } : { cf }), files, maps };
  const configuration = configurationOf(spec);
  let parts: Compiled | undefined;
  const inside = (): Checks => {
    parts ??= partsOf(spec);
    return parts.rulings;
  };
  // sendmail's own words for mail from this host, which callers cannot use
  const isOwn = ({ address }: Client): boolean => address === '' || address === '0';
  return {
    checkRelay: (client) =>
      isOwn(client) ? inside().checkRelay(client) : bytesOf(configuration.checkRelay(asText(client))),
    checkMail: (sender, session) =>
      isOwn(session.client)
        ? inside().checkMail(sender, session)
        : bytesOf(configuration.checkMail(decodeText(sender), asText(session))),
    checkRcpt: (recipient, session) =>
      isOwn(session.client)
        ? inside().checkRcpt(recipient, session)
        : bytesOf(configuration.checkRcpt(decodeText(recipient), asText(session))),
    checkCompat: (sender, recipient) => bytesOf(configuration.checkCompat(decodeText(sender), decodeText(recipient))),
    accessSetting: (tag, peer) => bytesOf(configuration.accessSetting(tag, asText(peer))),
  };
}

/** The answers of the rules of its own sendmail.cf, in byte strings. */
export function fileRulingsOf(cf: ByteString, files: Files): Rulings {
  return partsOf({ cf, files, rules: 'file' }).rulings;
}

/** Its expansions and replies, in byte strings. */
export interface Aliases {
  /** A list of addresses is what one message with several recipients is sent to. */
  expand(address: ByteString | readonly ByteString[]): Expansion;
  /** Expands the address of RCPT. */
  expandRecipient(recipient: ByteString): Expansion;
  answer(kind: 'EXPN' | 'VRFY', address: ByteString, privacy?: readonly PrivacyOption[], greeted?: boolean): string[];
}

export function aliasesOf(spec: MachineSpec): Aliases {
  const configuration = configurationOf(spec);
  return {
    expand: (address) =>
      typeof address === 'string' ? bytesOf(configuration.expand(decodeText(address))) : expand(address, machine(spec)),
    expandRecipient: (recipient) => bytesOf(configuration.expand(decodeText(recipient), { as: 'recipient' })),
    answer: (kind, address, ...more) => [
      ...bytesOf(configuration[kind === 'EXPN' ? 'answerExpn' : 'answerVrfy'](decodeText(address), ...more)),
    ],
  };
}

export function bytesOf<T>(value: T): T {
  return mapped(value, (text) => encodeText(text)) as T;
}

function asText<T>(value: T): T {
  return mapped(value, decodeText) as T;
}

function mapped(value: unknown, convert: (text: string) => string): unknown {
  if (typeof value === 'string') return convert(value);
  if (Array.isArray(value)) return value.map((item) => mapped(item, convert));
  if (typeof value !== 'object' || value === null) return value;
  if ('toJSON' in value && typeof value.toJSON === 'function') return mapped(value.toJSON(), convert);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, mapped(field, convert)]));
}
