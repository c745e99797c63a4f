/**
 * Random command lines for makemap, editmap, praliases and newaliases: every option alone, repeated, clustered and with a
 * bad value, operands in any place, map names in every spelling, and other configurations.
 */
import type { FileSpec } from '../oracle/jobs.ts';
import {
  ALIAS_LINES,
  ALIAS_SPECS,
  CONFIGURATIONS,
  KEYS,
  LINES,
  MAIN_LINES,
  NAMES,
  NEWALIASES_ENDS,
  NEWALIASES_FILES,
  NEWALIASES_WORDS,
  ODD_WORDS,
  RARE_NAMES,
  TEXTS,
  VALUES,
} from './command-words.ts';
import type { Random } from './random.ts';

export type ProgramName = 'makemap' | 'editmap' | 'praliases' | 'newaliases';

export interface CommandLine {
  readonly prog: ProgramName;
  readonly args: readonly string[];
  readonly stdin: string;
}

/** Maps that command lines make, and that are looked at after each: a type each, which is all that they are opened as. */
export const MAPS: readonly (readonly [name: string, type: string])[] = [
  ['m0', 'hash'],
  ['m1', 'hash'],
  ['b0', 'btree'],
  ['d/m2', 'hash'],
  ['ww/m3', 'hash'],
  ['x600', 'hash'],
  ['x755', 'hash'],
  ['x000', 'hash'],
  ['xmail', 'hash'],
  ['a.b', 'hash'],
  ['aliases', 'hash'],
  ['more', 'hash'],
  ['al1', 'hash'],
  ['d/al', 'hash'],
  ['ww/al', 'hash'],
  ['alink', 'hash'],
];

export interface CommandWorld {
  readonly files: Readonly<Record<string, FileSpec>>;
  /** Further lines of sendmail.cf. */
  readonly cf: string;
  readonly features: readonly string[];
  readonly lines: readonly CommandLine[];
}

/** A directory and what is done in it, one command after another. */
export function commandWorld(r: Random, length: number): CommandWorld {
  const named = r.pick(['', '', '/etc/mail/aliases,/etc/mail/more', 'hash:/etc/mail/aliases, hash:-o /etc/mail/none']);
  return {
    cf: r.pick(MAIN_LINES),
    features: [
      ...['accept_unresolvable_domains', 'blocklist_recipients'],
      ...(named ? [`define:ALIAS_FILE=${named}`] : []),
    ],
    files: {
      aliases: aliasText(r),
      more: aliasText(r),
      ...aliasFiles(r),
      'one.cf': r.pick(CONFIGURATIONS),
      'two.cf': r.pick(CONFIGURATIONS) + r.pick(CONFIGURATIONS),
      'secret.cf': { text: r.pick(CONFIGURATIONS), mode: r.pick(['0000', '0600', '0666']) },
      'directory.cf': { dir: 1 },
      ...directories(r),
      ...links(r),
    },
    lines: [
      // maps with odd modes and owners have to be maps before they are used
      ...['x600', 'x755', 'x000', 'xmail'].map(
        (name) => ({ prog: 'makemap', args: ['hash', name], stdin: 'a 1\n' }) as const,
      ),
      ...r.list(length, () => commandLine(r)),
    ],
  };
}

/** Texts of aliases that may not be believed. */
function aliasFiles(r: Random): Record<string, FileSpec> {
  const text = (): FileSpec => ({
    text: aliasText(r),
    mode: r.pick(['0644', '0600', '0640', '0664', '0666', '0646', '0000', '0444', '0755', '0200']),
    ...(r.chance(0.3) ? { uid: r.pick([8, 2001, 5999]), gid: r.pick([0, 8]) } : {}),
  });
  const target = r.pick(['al1', 'd/al', '/etc/mail/ww/al', 'none', 'alink', 'd']);
  return { al1: text(), 'd/al': text(), 'ww/al': text(), alink: { link: target } };
}

/** The maps with odd modes before they are filled, without their endings. */
export const EMPTY_MAPS: Readonly<
  Record<string, { readonly mode: string; readonly uid?: number; readonly gid?: number }>
> = {
  x600: { mode: '0600' },
  x755: { mode: '0755' },
  x000: { mode: '0000' },
  xmail: { mode: '0666', uid: 8, gid: 8 },
};

function directories(r: Random): Record<string, FileSpec> {
  const mode = (): string => r.pick(['0755', '0755', '0775', '0777', '1777', '0700', '0555', '0000', '0711']);
  return {
    d: { dir: 1, mode: mode(), ...(r.chance(0.3) ? { uid: 8, gid: 8 } : {}) },
    'd/e': { dir: 1, mode: mode() },
    ww: { dir: 1, mode: '0777' },
    'dir.db': { dir: 1 },
    text: 'a: b\n',
  };
}

/** Links, by name without the ending of a map: `l` is `l.db` there, and our ending here. */
export const LINKS: Readonly<Record<string, string>> = {
  l: 'm0',
  l2: '/etc/mail/none',
  l3: 'l',
  l4: 'l4',
  'd/l': '../m1',
};

function links(r: Random): Record<string, FileSpec> {
  return r.chance(0.5) ? { ld: { link: 'd' } } : { ld: { link: '/etc/mail/ww' } };
}

function commandLine(r: Random): CommandLine {
  return r.weighted<() => CommandLine>([
    [6, () => makemapLine(r)],
    [5, () => editmapLine(r)],
    [4, () => praliasesLine(r)],
    [3, () => newaliasesLine(r)],
  ])();
}

function mapName(r: Random): string {
  return r.chance(0.92) ? r.pick(NAMES) : r.pick(RARE_NAMES);
}

/** The types that this map may be opened as: another file type is refused by sendmail, not by us. */
function typeOf(r: Random, name: string): string {
  const usual = /(?:^|\/)b0(?:\.db)?$/.test(name) ? 'btree' : 'hash';
  return r.weighted([
    [20, usual],
    [usual === 'hash' ? 3 : 0, 'implicit'],
    [2, r.pick(['cf', 'CF', 'cF', 'Cf'])],
    [1, r.pick(['dbm', 'HASH', 'nosuch', '', 'text', 'null', 'hash:', 'ndbm', 'lmdb2', 'sequence', '-hash'])],
  ]);
}

/** Options as they are typed: apart, clustered, their values attached or in a word of their own. */
function optionWords(r: Random, letters: string, count: number): string[] {
  const words: string[] = [];
  for (let i = 0; i < count; i++) {
    const letter = r.pick([...letters]);
    const values = VALUES[letter];
    const before = r.chance(0.25) ? r.pick([...letters.replace(/[CcDit]/g, '')]) : '';
    if (values === undefined || values.length === 0) words.push(`-${before}${letter}`);
    else if (r.chance(0.5)) words.push(`-${before}${letter}`, r.pick(values));
    else words.push(`-${before}${letter}${r.pick(values)}`);
  }
  return words;
}

/** Operands and options in any order; a value that is a word of its own stays behind its option. */
function mixed(r: Random, options: readonly string[], operands: readonly string[]): string[] {
  const words = r.chance(0.7) ? [...options, ...operands] : shuffled(r, options, operands);
  if (r.chance(0.06)) words.splice(r.int(0, words.length), 0, r.pick(ODD_WORDS));
  if (r.chance(0.04)) words.splice(r.int(0, words.length - 1), 1);
  if (words.length > 0 && r.chance(0.03)) words.splice(r.int(0, words.length), 0, r.pick(words));
  return words;
}

function shuffled(r: Random, options: readonly string[], operands: readonly string[]): string[] {
  const units: string[][] = [];
  for (const word of options) {
    if (word.startsWith('-') || units.length === 0) units.push([word]);
    else units.at(-1)!.push(word);
  }
  let at = 0;
  for (const operand of operands) {
    at = r.int(at, units.length);
    units.splice(at++, 0, [operand]);
  }
  return units.flat();
}

function input(r: Random): string {
  return r.list(r.int(0, 6), () => r.pick(LINES)).join('\n') + (r.chance(0.9) ? '\n' : '');
}

function makemapLine(r: Random): CommandLine {
  const name = mapName(r);
  // -d is compared elsewhere; -l and -x end the run
  const letters = r.chance(0.06) ? 'Nefoprsuvxl' : 'NNefforrsuvvCcDiitt';
  const options = optionWords(
    r,
    letters,
    r.weighted([
      [3, 0],
      [4, 1],
      [4, 2],
      [3, 3],
      [1, 5],
    ]),
  );
  const operands = [typeOf(r, name), name];
  return { prog: 'makemap', args: mixed(r, options, operands), stdin: input(r) };
}

function editmapLine(r: Random): CommandLine {
  const name = mapName(r);
  const action = r.weighted([
    [6, '-q'],
    [6, '-u'],
    [4, '-x'],
    [1, r.pick(['', '-qu', '-ux', '-qq', '-xx', '-Q', '-q -x'])],
  ]);
  const options = [
    ...action.split(' ').filter(Boolean),
    ...optionWords(
      r,
      'NfNfC',
      r.weighted([
        [5, 0],
        [3, 1],
        [2, 2],
      ]),
    ),
  ];
  const value = action === '-u' ? r.chance(0.93) : r.chance(0.05);
  const more = r.chance(0.04) ? [r.pick(TEXTS)] : [];
  const operands = [typeOf(r, name), name, r.pick(KEYS), ...(value ? [r.pick(TEXTS)] : []), ...more];
  return { prog: 'editmap', args: mixed(r, r.sample(options, options.length), operands), stdin: '' };
}

function praliasesLine(r: Random): CommandLine {
  const options: string[] = [];
  if (r.chance(0.6)) options.push(...(r.chance(0.5) ? ['-f', r.pick(ALIAS_SPECS)] : [`-f${r.pick(ALIAS_SPECS)}`]));
  if (r.chance(0.35)) options.push(...optionWords(r, 'C', 1));
  if (r.chance(0.05)) options.push(r.pick(['-f', '-C', '-v', '-fC', '-u', '-h']));
  const keys = r.list(
    r.weighted([
      [4, 0],
      [3, 1],
      [2, 3],
    ]),
    () => r.pick(KEYS),
  );
  return { prog: 'praliases', args: mixed(r, options, keys), stdin: '' };
}

function newaliasesLine(r: Random): CommandLine {
  const words = r.list(
    r.weighted([
      [3, 0],
      [4, 1],
      [3, 2],
      [1, 4],
    ]),
    () => r.pick(r.chance(0.5) ? NEWALIASES_FILES : NEWALIASES_WORDS),
  );
  if (r.chance(0.25)) words.push(r.pick(NEWALIASES_ENDS));
  return {
    prog: 'newaliases',
    args: words.flatMap((word) => (/^-[^OV].* /.test(word) && r.chance(0.5) ? word.split(' ') : [word])),
    stdin: '',
  };
}

/** The maps that a command may have changed, which are looked at after it. */
export function mapsOf({ prog, args }: CommandLine): typeof MAPS {
  const words = args.join(' ');
  const isNamed = (name: string): boolean =>
    words.includes(name.replace(/^.*\//, '')) || (prog === 'newaliases' && /^[am]/.test(name));
  const linked = Object.entries(LINKS).some(([link]) => args.some((word) => word.endsWith(link))) ? ['m0', 'm1'] : [];
  return MAPS.filter(([name]) => isNamed(name) || linked.includes(name));
}

function aliasText(r: Random): string {
  return r.list(r.int(0, 6), () => `${r.pick(ALIAS_LINES)}\n`).join('');
}
