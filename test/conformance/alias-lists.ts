/**
 * The files of random alias worlds: :include: lists and .forward files, with owners, modes, links and directories that
 * may not be believed.
 */
import type { FileSpec } from '../oracle/jobs.ts';
import { wordsOf } from '../read-data.ts';
import type { MakeList } from './alias-context.ts';
import { USERS } from './alias-item.ts';
import type { Random } from './random.ts';

const words = wordsOf('alias-lists');

const OWNERS = [0, 0, 0, 8, 1, 2001, 2005, 2006, 5999];
const GROUPS = [0, 8, 2001];
const MODES = words('modes');
const DIRECTORY_MODES = words('directoryModes');
const DIRECTORIES = ['', 'd/', 'd/e/'];
const FORWARDS = ['.forward', '.forward.mail', '.forward+x', '.f.mail', '.forward+', '.forward.mail.oracle.test'];

export function listFiles(r: Random, unsafe: boolean, list: MakeList): Record<string, FileSpec> {
  const text = (max: number): string => contents(r, r.int(0, max), list);
  const files: Record<string, FileSpec> = { 'a b': text(1) };
  for (const directory of DIRECTORIES) {
    for (let i = 0; i < 5; i++) if (r.chance(0.7)) files[`${directory}i${i}`] = file(r, unsafe, text(3));
  }
  if (unsafe) Object.assign(files, unsafeFiles(r));
  if (r.chance(0.3))
    Object.assign(
      files,
      queueFiles(r, () => file(r, unsafe, text(2))),
    );
  for (const user of USERS) {
    if (unsafe && r.chance(0.15))
      files[`home/${user}`] = {
        dir: 1,
        mode: r.pick(DIRECTORY_MODES),
        ...(r.chance(0.3) ? { uid: r.pick(OWNERS) } : {}),
      };
    if (r.chance(0.1)) files[`fwd/${user}`] = file(r, unsafe, text(2));
    for (const name of FORWARDS) {
      if (r.chance(name === '.forward' ? 0.35 : 0.05)) files[`home/${user}/${name}`] = file(r, unsafe, text(2));
    }
  }
  return files;
}

/** Lists and .forward files that are named without a directory from the root. */
function queueFiles(r: Random, some: () => FileSpec): Record<string, FileSpec> {
  return {
    mqueue: { dir: 1, mode: r.pick(['0700', '0711', '0755', '0777', '0775']) },
    ...(r.chance(0.3) ? { 'mqueue/d': { dir: 1, mode: r.pick(DIRECTORY_MODES) } } : {}),
    ...Object.fromEntries(['i0', 'i1', 'i2', 'd/i1', 'alice', 'd/bob'].map((name) => [`mqueue/${name}`, some()])),
    ...(r.chance(0.2) ? { 'mqueue/i2': { link: r.pick(['i0', 'd/i1', '/etc/mail/i1', '../d/i0']) } } : {}),
  };
}

function unsafeFiles(r: Random): Record<string, FileSpec> {
  const directory = (): FileSpec => ({
    dir: 1,
    mode: r.pick(DIRECTORY_MODES),
    uid: r.pick(OWNERS),
    gid: r.pick(GROUPS),
  });
  const maybe = (chance: number, name: string, spec: () => FileSpec): Record<string, FileSpec> =>
    r.chance(chance) ? { [name]: spec() } : {};
  const links = ['/etc/mail/d/i0', 'd/i1', '/etc/mail/none', '/etc/mail', 'i0', './d/e/i1', 'i1', '/etc/mail/l/i1'];
  return {
    ...maybe(0.5, 'd', directory),
    ...maybe(0.3, 'd/e', directory),
    ...maybe(0.3, 'i0', () => ({ link: r.pick(links) })),
    ...maybe(0.2, 'd/i3', () => ({ link: r.pick(['/etc/mail/i1', '../i2', 'i4', 'e/i1', '../l/i2']) })),
    ...maybe(0.2, 'l', () => ({ link: r.pick(['d', '/etc/mail/d/e', '.', 'l', 'home/alice']) })),
    ...maybe(0.2, 'd/e/i2', () => ({ link: r.pick(['../i2', '/etc/mail/l/i1', '../../i3']) })),
    ...maybe(0.2, 'pipe', () => ({ fifo: 1, mode: r.pick(['0644', '0600', '0666']) })),
    ...maybe(0.2, 'hard', () => ({ hard: 'a b' })),
    ...maybe(0.2, 'home/bob/.forward', () => ({
      link: r.pick(['f', '/etc/mail/i1', '../alice/.forward', '.forward']),
    })),
    ...maybe(0.1, 'home/carol/.forward', () => ({ fifo: 1, mode: '0644' })),
    ...maybe(0.1, 'home/dave/.forward', () => ({ hard: 'a b' })),
    ...maybe(0.3, 'group', () => `root:x:0:\nmail:x:8:\nusers:x:2001:${r.pick(['mail', 'bob,mail', 'alice', ''])}\n`),
  };
}

/** Lines of a list; sometimes with the line ends of another system, or none at the end. */
function contents(r: Random, lines: number, list: MakeList): string {
  const end = r.pick(['\n', '\n', '\n', '\r\n']);
  const text = r.list(lines, () => line(r, list) + end).join('');
  return r.chance(0.1) ? text.trimEnd() : text;
}

function line(r: Random, list: MakeList): string {
  if (r.chance(0.01)) return `${'bob,'.repeat(r.int(505, 515))}alice,carol${r.pick(['', ',dave', '#'])}`;
  if (r.chance(0.01))
    return `${r.pick(['', '"', '('])}${'x'.repeat(r.int(2035, 2055))}${r.pick([', alice', '"@far.example', ') bob'])}`;
  if (r.chance(0.88)) return list(1, 1, 2);
  return r.pick([
    ...[
      '# c',
      '',
      '  ',
      ' #x',
      'alice #@# c',
      '#@# x',
      'bob\r',
      '\talice',
      ',',
      ',,alice',
      'alice,',
      '# c \\',
      'alice\\',
    ],
    ...[
      '"alice',
      'bob" , carol',
      '(alice',
      'bob), carol',
      '\\alice, "|/bin/x alice"',
      ' :include:/etc/mail/i1 ',
      'alice\r\r',
      '\ralice',
    ],
    ...['alice\0bob', '\0', ' alice , bob ', '\x0balice', '\xef\xbb\xbfalice', 'alice bob', 'a0,', ':include:', '#'],
  ]);
}

function file(r: Random, unsafe: boolean, text: string): FileSpec {
  if (!unsafe || r.chance(0.5)) return text;
  const owner = r.chance(0.5) ? { uid: r.pick(OWNERS), gid: r.pick(GROUPS) } : {};
  return { text, mode: r.pick(MODES), ...owner };
}
