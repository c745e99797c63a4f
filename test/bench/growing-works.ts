/** Commands that read or write whole files, each with an input of any number of lines. */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { closeSync, copyFileSync, openSync, writeFileSync, writeSync } from 'node:fs';
import type { Random } from '../conformance/random.ts';
import { type ProgramName, program } from '../oracle/programs.ts';
import { SMALL_CF } from '../small-cf.ts';
import { type Command, ours, runCommand } from './command.ts';
import type { Bench } from './group.ts';
import { accessLine, aliasLine, inputFile, word } from './inputs.ts';

/** An empty directory, and the number of lines that the input in it is to have. */
export interface Place {
  readonly bench: Bench;
  readonly directory: string;
  readonly lines: number;
}

export interface Work {
  readonly name: string;
  /** The largest number of lines. */
  readonly most: number;
  /** A program of another package that makes the input. */
  readonly needs?: ProgramName;
  /** Makes the input. */
  make(place: Place): Command;
}

const MILLION = 1_000_000;
const MAKEMAP_KEYS = 300_000;
const CHUNK = 10_000;
const HOST = ['--host-name', 'mail.here.example'];
const FOUND = [0, 1];

export const WORKS: readonly Work[] = [
  { name: 'makemap hash', most: 10 * MILLION, make: (place) => makemap(place, 'hash') },
  { name: 'makemap cdb', most: 10 * MILLION, make: (place) => makemap(place, 'cdb') },
  { name: 'makemap --cidr', most: MAKEMAP_KEYS, make: makemapCidr },
  { name: 'makemap -u, LMDB', most: 10 * MILLION, make: (place) => print(made(place, 'hash')) },
  { name: 'makemap -u, CDB', most: 10 * MILLION, make: (place) => print(made(place, 'cdb')) },
  {
    name: 'makemap -u, Berkeley DB hash',
    most: MILLION,
    needs: 'db5.3_load',
    make: (place) => print(loaded(place, 'hash')),
  },
  {
    name: 'makemap -u, Berkeley DB btree',
    most: 10 * MILLION,
    needs: 'db5.3_load',
    make: (place) => print(loaded(place, 'btree')),
  },
  {
    name: 'import, Berkeley DB hash to LMDB',
    most: MILLION,
    needs: 'db5.3_load',
    make: (place) => importOf(place, loaded(place, 'hash')),
  },
  {
    name: 'import, Berkeley DB btree to CDB',
    most: 10 * MILLION,
    needs: 'db5.3_load',
    make: (place) => importOf(place, loaded(place, 'btree'), '--cdb'),
  },
  { name: 'import --check, CDB', most: MILLION, make: importChecked },
  { name: 'newaliases', most: MILLION, make: newaliases },
  { name: 'praliases', most: MILLION, make: praliases },
  { name: 'editmap -u', most: MILLION, make: editmap },
  { name: 'build', most: MILLION, make: build },
  {
    name: 'lint',
    most: MILLION,
    make: (place) => command('lint', '-d', policy(place, 'mail')),
  },
  { name: 'diff, 10 entries differ', most: MILLION, make: diff },
  { name: 'replay', most: MILLION, make: replay },
  { name: 'verify', most: 10_000, make: verify },
  { name: 'doctor', most: MILLION, make: doctor },
  { name: 'cidr', most: MAKEMAP_KEYS, make: cidr },
  { name: 'bt', most: MILLION, make: bt },
  { name: 'check, first answer: local-host-names', most: MILLION, make: (place) => opening(place, 'local-host-names') },
  { name: 'check, first answer: relay-domains', most: MILLION, make: (place) => opening(place, 'relay-domains') },
  {
    name: 'check, first answer: sendmail.cf of classes',
    most: MILLION,
    make: (place) => openingCf(place, (i) => `Cw${word(i)}.example\n`),
  },
  {
    name: 'check, first answer: sendmail.cf of rules',
    most: 100_000,
    make: (place) => openingCf(place, (i) => `R${word(i)} $*\t$: $1\n`),
  },
  { name: 'check --batch', most: 100_000, make: checkBatch },
  { name: 'expand, a list file', most: 100_000, make: expandList },
  { name: 'publish', most: MILLION, make: publish },
];

const command = (...args: readonly string[]): Command => ({
  argv: ours('mailmaps', ...args, ...HOST),
  statuses: FOUND,
  memory: true,
});

const accessText = ({ bench, lines }: Place): string => inputFile(bench, 'access', lines, accessLine);

function makemap(place: Place, type: string, ...options: readonly string[]): Command {
  return { argv: ours('makemap', ...options, type, `${place.directory}/map`), stdin: accessText(place), memory: true };
}

function made(place: Place, type: 'hash' | 'cdb'): string {
  runCommand({ ...makemap(place, type, '--no-verify'), memory: false });
  return `${place.directory}/map.${type === 'cdb' ? 'cdb' : 'lmdb'}`;
}

const print = (map: string): Command => ({ argv: ours('makemap', '-u', 'hash', map), memory: true });

/** A map by Berkeley DB's own loader: for btree from sorted lines, as the library's pages fill best. */
function loaded(place: Place, type: 'hash' | 'btree'): string {
  const map = `${place.directory}/map.db`;
  const text = `${place.directory}/pairs`;
  // the loader reads a key and its value from two lines
  execFileSync('sh', ['-c', `tr '\\t' '\\n' < "$1" > "$2"`, 'sh', sortedText(place, type === 'btree'), text]);
  runCommand({ argv: [program('db5.3_load')!, '-T', '-t', type, map], stdin: text });
  return map;
}

function sortedText(place: Place, isSorted: boolean): string {
  const text = accessText(place);
  if (!isSorted) return text;
  const sorted = `${place.directory}/sorted`;
  const ordering = { env: { LC_ALL: 'C', PATH: process.env.PATH } };
  execFileSync('sort', ['-S', '500M', '-T', place.directory, '-o', sorted, text], ordering);
  return sorted;
}

function importOf(place: Place, map: string, ...options: readonly string[]): Command {
  const config = write(place, 'main.cf', 'compatibility_level = 3.6\n');
  const to = `${place.directory}/imported`;
  return { argv: ours('mailmaps', 'import', '--config', config, ...options, '--to', to, map), memory: true };
}

function importChecked(place: Place): Command {
  const map = made(place, 'cdb');
  copyFileSync(accessText(place), `${place.directory}/map`);
  return importOf(place, map, '--check');
}

function networks({ bench, lines }: Place): string {
  // each needs one key, or a few
  const line = (r: Random, i: number): string =>
    `Connect:${11 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24\t${r.pick(['RELAY', 'REJECT'])}\n`;
  return inputFile(bench, 'networks', lines, line);
}

function makemapCidr(place: Place): Command {
  return { argv: ours('makemap', '--cidr', 'hash', `${place.directory}/map`), stdin: networks(place), memory: true };
}

function cidr(place: Place): Command {
  return { argv: ours('mailmaps', 'cidr', networks(place)), memory: true };
}

function aliases({ bench, directory, lines }: Place): string {
  const path = `${directory}/aliases`;
  copyFileSync(inputFile(bench, 'growing-aliases', lines, aliasLine), path);
  return path;
}

function newaliases(place: Place): Command {
  return { argv: ours('newaliases', `-oA${aliases(place)}`), memory: true };
}

function praliases(place: Place): Command {
  runCommand({ ...newaliases(place), memory: false });
  return { argv: ours('praliases', '-f', `${place.directory}/aliases`), memory: true };
}

function editmap(place: Place): Command {
  made(place, 'hash');
  return { argv: ours('editmap', '-u', 'hash', `${place.directory}/map`, 'new.example', 'REJECT'), memory: true };
}

function build(place: Place): Command {
  return { argv: ours('mailmaps', 'build', '-d', policy(place, 'mail')), memory: true };
}

const KINDS: readonly ((i: number) => string)[] = [
  (i) => `Connect:${11 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.7\tREJECT\n`,
  (i) => `From:d${i}.example\tREJECT\n`,
  (i) => `To:u${i}@here.example\tERROR:5.1.1:"550 no such user"\n`,
  (i) => `Connect:host${i}.isp${i % 1000}.example\tOK\n`,
  (i) => `To:r${i}.example\tRELAY\n`,
];

/** A configuration directory: a sixth of the lines each in the mailertable and in aliases, the others in the access map. */
function policy({ directory, lines }: Place, name: string, changed = 0): string {
  const place = `${directory}/${name}`;
  execFileSync('mkdir', ['-p', place]);
  const part = Math.ceil(lines / 6);
  const step = changed === 0 ? Number.POSITIVE_INFINITY : Math.max(5, Math.floor(lines / changed / 5) * 5);
  writeLines(`${place}/access`, lines - 2 * part, (i) => {
    const line = KINDS[i % KINDS.length]!(i);
    return i % step === 1 ? line.replace('REJECT', 'OK') : line;
  });
  writeLines(`${place}/mailertable`, part, (i) => `m${i}.example\tesmtp:[relay${i % 97}.example]\n`);
  writeLines(`${place}/aliases`, part, (i) => `user${i}: u${i}@far.example, other${i}@far.example\n`);
  writeFileSync(`${place}/relay-domains`, '');
  writeFileSync(`${place}/local-host-names`, 'here.example\nmail.here.example\n');
  return place;
}

function diff(place: Place): Command {
  return command('diff', policy(place, 'old'), policy(place, 'new', 10));
}

/** A small configuration directory with its maps, to ask about. */
function small(place: Place): string {
  const directory = policy({ ...place, lines: 1000 }, 'mail');
  runCommand({ argv: ours('mailmaps', 'build', '-d', directory) });
  return directory;
}

function replay(place: Place): Command {
  const log = `${place.directory}/maillog`;
  const at = 'Nov 30 10:10:53 mail sendmail[71]: ';
  writeLines(log, place.lines, (i) => {
    const client = `c${i}.example [192.0.${(i >> 8) & 255}.${i & 255}]`;
    const id = `6AU${(0xa000000 + (i >> 1)).toString(16).toUpperCase().padStart(11, '0')}`;
    return i % 2 === 0
      ? `${at}${id}: from=<s${i}@far.example>, size=1200, class=0, nrcpts=1, proto=ESMTP, daemon=MTA-v4, relay=${client}\n`
      : `${at}${id}: to=<u${i}@here.example>, delay=00:00:00, mailer=local, pri=31200, dsn=2.0.0, stat=Sent\n`;
  });
  return command('replay', log, '--new', small(place));
}

function verify(place: Place): Command {
  small(place);
  const file = `${place.directory}/policy.yaml`;
  writeLines(file, place.lines, (i) =>
    i === 0
      ? 'configuration: { hostName: mail.here.example }\nexpect:\n'
      : `  - { client: 198.51.${(i >> 8) & 255}.${i & 255}, sender: s@far.example, recipient: x${i}@here.example, action: local }\n`,
  );
  return { argv: ours('mailmaps', 'verify', file, '-d', `${place.directory}/mail`), statuses: FOUND, memory: true };
}

function doctor(place: Place): Command {
  runCommand({ ...build(place), memory: false });
  return command('doctor', '-d', `${place.directory}/mail`, '--postfix', place.directory);
}

function bt(place: Place): Command {
  const cf = write(place, 'sendmail.cf', SMALL_CF);
  const stdin = `${place.directory}/typed`;
  writeLines(stdin, place.lines, (i) => `3,0 ${word(i)}@${word(i % 1000)}.example\n`);
  return { argv: ours('mailmaps', 'bt', '--cf', cf), stdin, memory: true };
}

const QUESTION = ['rcpt', 'a@far.example', '--client', '192.0.2.1', '--sender', 'b@far.example'];

function opening(place: Place, file: string): Command {
  small(place);
  writeLines(`${place.directory}/mail/${file}`, place.lines, (i) => `${word(i)}.example\n`);
  return command('check', ...QUESTION, '-d', `${place.directory}/mail`);
}

function openingCf(place: Place, line: (i: number) => string): Command {
  const cf = `${place.directory}/sendmail.cf`;
  writeLines(cf, place.lines, (i) => (i === 0 ? `${SMALL_CF}Sgrown\n` : line(i)));
  return command('check', ...QUESTION, '--cf', cf);
}

function checkBatch(place: Place): Command {
  const directory = small(place);
  const stdin = `${place.directory}/questions`;
  writeLines(
    stdin,
    place.lines,
    (i) =>
      `${JSON.stringify({ kind: 'rcpt', recipient: `u${i}@here.example`, session: { client: { address: '192.0.2.1' }, sender: `s${i}@far.example` } })}\n`,
  );
  return { ...command('check', '--batch', '-d', directory), stdin };
}

function expandList(place: Place): Command {
  small(place);
  writeFileSync(`${place.directory}/mail/aliases`, `all: :include:${place.directory}/list\n`);
  writeLines(`${place.directory}/list`, place.lines, (i) => `${word(i)}@far.example\n`);
  runCommand({ argv: ours('newaliases', `-oA${place.directory}/mail/aliases`) });
  return command('expand', 'all', '-d', `${place.directory}/mail`);
}

function publish(place: Place): Command {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = write(place, 'key.pem', privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
  const trust = `ed25519 ${publicKey.export({ format: 'der', type: 'spki' }).toString('base64')}\n`;
  policy(place, 'mail');
  const fleet = `file://${place.directory}/engine?fleet=mx`;
  const files = ['--trust', write(place, 'trust', trust), '--key', key, '--state', `${place.directory}/state`];
  for (const directory of ['engine', 'state']) execFileSync('mkdir', ['-p', `${place.directory}/${directory}`]);
  return command('publish', '--fleet', fleet, ...files, '-d', `${place.directory}/mail`);
}

function write({ directory }: Place, name: string, text: string): string {
  const path = `${directory}/${name}`;
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

function writeLines(path: string, count: number, line: (i: number) => string): void {
  const fd = openSync(path, 'w');
  for (let i = 0; i < count; ) {
    let text = '';
    for (const end = Math.min(count, i + CHUNK); i < end; i++) text += line(i);
    writeSync(fd, text);
  }
  closeSync(fd);
}
