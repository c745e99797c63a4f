/**
 * Random worlds for alias expansion: alias files, :include: lists, .forward files, users, owners, modes and options, with many
 * loops, odd spellings and unsafe files.
 */
import { isUtf8 } from 'node:buffer';
import type { FileSpec } from '../oracle/jobs.ts';
import { wordsOf } from '../read-data.ts';
import { randomAddress } from './address-generator.ts';
import { type Kinds, listItem, ODD, USERS } from './alias-item.ts';
import { listFiles } from './alias-lists.ts';
import { aliasesFile } from './newaliases.ts';
import type { Random } from './random.ts';

const words = wordsOf('alias-context');

export interface AliasContextSpec {
  readonly features: readonly string[];
  readonly files: Readonly<Record<string, FileSpec>>;
  readonly options: Readonly<Record<string, string>>;
  readonly asked: readonly (string | readonly string[])[];
}

/** A comma list of one of these lengths. */
export type MakeList = (...lengths: number[]) => string;

const LISTS = ['Include', 'Forward'].flatMap((what) => [
  ...[`GroupWritable${what}File`, `WorldWritable${what}File`, `GroupWritable${what}FileSafe`],
  ...[`${what}FileInGroupWritableDirPath`, `${what}FileInUnsafeDirPath`],
  ...[`${what}FileInUnsafeDirPathSafe`, `Linked${what}FileInWritableDir`],
]);
/** The last ones have nothing to do with lists. */
const BLAMELESS = [
  ...[...LISTS, 'GroupWritableDirPathSafe', 'TrustStickyBit', 'trustSTICKYbit', 'Safe', 'AssumeSafeChown'],
  ...['NonRootSafeAddr', 'RunProgramInUnsafeDirPath', 'GroupWritableAliasFile', 'DontWarnForwardFileInUnsafeDirPath'],
];
const FORWARD_PATHS = words('forwardPaths');
const DEFAULT_USERS = ['mail:mail', 'mail', 'mail:users', 'root:mail', '2003:2003', '8:12', '2003', '2001'];
const HACKS = ['nopercenthack:nospecial', 'nopercenthack:reject', 'nouucp:nospecial', 'nouucp:reject'];
/** Names on the left that are not as they are stored, or not stored at all. */
const ODD_NAMES = words('oddNames');

/** Whether an address can be asked for: arguments of a program are UTF-8. */
export function isAskable(text: string): boolean {
  return text !== '' && !/[\0\r\n]/.test(text) && isUtf8(Buffer.from(text, 'latin1'));
}

const ODD_ASKED = [...ODD, ...ODD_NAMES, 'a', 'b', 'a+b', 'a+', '0', 'error', 'x-1_y', 'owner-a'].filter(isAskable);

/** One world with some ten questions. */
export function aliasContext(r: Random): AliasContextSpec {
  const names = r.list(r.int(2, 7), (i) => `a${i}`);
  const kinds = { lists: r.chance(0.6), details: r.chance(0.5), odd: r.chance(0.5), unsafe: r.chance(0.4) };
  const list: MakeList = (...lengths) =>
    r.list(r.pick(lengths), () => listItem(r, names, kinds)).join(r.pick([', ', ', ', ',', ' , ', ',,']));
  const asked = [
    ...names,
    ...USERS,
    ...(kinds.details ? [...USERS, ...names].flatMap((n) => [`${n}+x`, `${n}+w`, `${n}+`]) : []),
  ];
  const maps = r.weighted([
    [85, 1],
    [10, 2],
    [5, 3],
  ] as const);
  const files = r.list(maps, (i) => `aliases${i === 0 ? '' : i + 1}`);
  return {
    features: features(r, kinds, files),
    options: options(r, kinds),
    files: {
      ...Object.fromEntries(files.map((file) => [file, aliases(r, names, kinds, list)])),
      'local-host-names': r.pick(['local.test\nvirtual.test\n', 'local.test\nVirtual.TEST\nuu.uucp\n']),
      ...(r.chance(0.1) ? { passwd: passwd(r) } : {}),
      ...(r.chance(0.05) ? { shells: r.pick(SHELLS) } : {}),
      ...(kinds.lists ? listFiles(r, kinds.unsafe, list) : {}),
    },
    asked: r.list(10, () => (r.chance(0.8) ? question(r, asked, kinds) : r.list(r.int(2, 3), () => r.pick(asked)))),
  };
}

function features(r: Random, kinds: Kinds, files: readonly string[]): string[] {
  return [
    ...['accept_unresolvable_domains', 'blocklist_recipients'],
    ...(files.length > 1 ? [`define:ALIAS_FILE=${files.map((file) => `/etc/mail/${file}`).join(',')}`] : []),
    ...(kinds.details && r.chance(0.15) ? ['preserve_local_plus_detail'] : []),
    ...(kinds.odd && r.chance(0.2) ? r.sample(HACKS, r.int(1, 2)) : []),
  ];
}

function options(r: Random, kinds: Kinds): Record<string, string> {
  return {
    MaxAliasRecursion: String(r.chance(0.4) ? 10 : r.int(-1, 12)),
    ...(kinds.unsafe && r.chance(0.2) ? { TrustedUser: r.pick(['mail', '2001', '8', 'root']) } : {}),
    ...(r.chance(0.12) ? { MatchGECOS: r.pick(['True', 't', 'y', '', 'False']) } : {}),
    ...(kinds.odd && r.chance(0.15) ? { BlankSub: r.pick(['_', '-', '', ' ', '+', 'x', '.x', '@', ',', '\xe9']) } : {}),
    ...(kinds.odd && r.chance(0.15) ? { OldStyleHeaders: r.pick(['False', 'True', 'no']) } : {}),
    ...(r.chance(0.15) ? { ForwardPath: r.pick(FORWARD_PATHS) } : {}),
    ...(kinds.lists && r.chance(0.15) ? { DefaultUser: r.pick(DEFAULT_USERS) } : {}),
    ...(kinds.unsafe && r.chance(0.6)
      ? { DontBlameSendmail: r.sample(BLAMELESS, r.int(1, 6)).join(r.pick([',', ' ', ', ', ';', '|'])) }
      : {}),
  };
}

const SHELLS = words('shells');

/** Users that share a number, have no shell or no home, or a name that folds. */
function passwd(r: Random): string {
  const line = (name: string, uid: number): string => {
    const home = r.pick(['/', '', '/etc/mail/none', ...r.list(6, () => `/etc/mail/home/${name}`)]);
    return `${name}:x:${uid}:${uid}:${r.pick(['', 'A & B, C', `${name} x`, 'Alice Anders', 'bob burns', '&.b c'])}:${home}:${r.pick(['/bin/sh', '', '/bin/no'])}`;
  };
  const rest = [...USERS, 'Frank', 'a.b', 'owner-a0', 'a0'].filter(() => r.chance(0.8));
  const uid = (i: number): number => (r.chance(0.2) ? 2001 : 2001 + i);
  return ['root:x:0:0:root:/root:/bin/sh', 'mail:x:8:8:mail:/var/mail:/bin/no']
    .concat(rest.map((name, i) => line(name, uid(i))))
    .join('\n')
    .concat('\n');
}

function question(r: Random, asked: readonly string[], kinds: Kinds): string {
  if (!kinds.odd || r.chance(0.7)) return r.pick(asked);
  const address = r.chance(0.6) ? r.pick(ODD_ASKED) : randomAddress(r);
  return isAskable(address) ? address : r.pick(asked);
}

function aliases(r: Random, names: readonly string[], kinds: Kinds, list: MakeList): string {
  const lines: string[] = [];
  const add = (name: string, chance: number, ...lengths: number[]): void => {
    if (r.chance(chance)) lines.push(`${name}: ${list(...lengths)}\n`);
  };
  for (const name of names) add(name, 0.9, 1, 1, 1, 2, 2, 3, 4);
  for (const user of USERS) add(user, 0.3, 1, 1, 2, 3);
  for (const name of kinds.details ? [...names, ...USERS] : [])
    for (const detail of ['+x', '+*']) add(name + detail, 0.18, 1, 1, 2);
  for (const name of kinds.odd ? ODD_NAMES : []) add(name, 0.15, 1, 1, 2);
  for (const name of names) if (r.chance(0.1)) lines.push(`owner-${name}: ${list(1, 1, 2)}\n`);
  // a full buffer that meets a blank stops sendmail for good
  if (kinds.odd && r.chance(0.3)) {
    const odd = aliasesFile(r);
    if (odd.length < 4000) lines.splice(r.int(0, lines.length), 0, odd);
  }
  if (r.chance(0.1))
    lines.splice(r.int(0, lines.length), 0, '  \n', 'a0: bob,\n alice\n', '# c\n', 'a1: bob\\\n, alice\n');
  return lines.join('');
}
