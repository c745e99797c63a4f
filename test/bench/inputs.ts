/**
 * Inputs of the benchmarks: a seed and a size -> a text file, made once and kept. The shapes follow real files: access
 * maps of hosts, networks and addresses with a few frequent values; aliases of people, lists, list-server sets, programs
 * and files, with comments and continuation lines.
 */
import { closeSync, existsSync, openSync, renameSync, writeSync } from 'node:fs';
import { type Random, random } from '../conformance/random.ts';
import type { Bench } from './group.ts';

const FLUSH_LINES = 10_000;

/** The file of this name, made by `line` for each index where it is not there yet. */
export function inputFile(
  { inputs, seed }: Bench,
  name: string,
  count: number,
  line: (r: Random, index: number) => string,
): string {
  const path = `${inputs}/${name}-${count}`;
  if (existsSync(path)) return path;
  const r = random(seed, count);
  const fd = openSync(`${path}.new`, 'w');
  for (let i = 0; i < count; ) {
    let text = '';
    for (const end = Math.min(count, i + FLUSH_LINES); i < end; i++) text += line(r, i);
    writeSync(fd, Buffer.from(text, 'latin1'));
  }
  closeSync(fd);
  renameSync(`${path}.new`, path);
  return path;
}

const CONSONANTS = 'bcdfghjklmnprstvz';
const VOWELS = 'aeiou';

/** A pronounceable word, different for different numbers. */
export function word(number: number): string {
  let text = '';
  for (let rest = number; ; ) {
    text += CONSONANTS[rest % 17]! + VOWELS[Math.floor(rest / 17) % 5]!;
    rest = Math.floor(rest / 85);
    if (rest === 0) return text;
  }
}

const TOP_LEVEL = ['example', 'example.com', 'example.net', 'mail.example.org', 'test'];
const VALUES = ['REJECT', 'REJECT', 'REJECT', 'OK', 'RELAY', 'DISCARD', 'ERROR:5.7.1:"550 Not here"', '550 No spam'];

/** Key of an access entry: different for different indices, in an order that has nothing to do with the index. */
export function accessKey(r: Random, index: number): string {
  const host = `${word(r.int(0, 99_999))}-${word(index)}.${r.pick(TOP_LEVEL)}`;
  return r.weighted([
    [4, `From:${word(r.int(0, 9_999))}.${word(r.int(0, 999))}@${host}`],
    [2, `Connect:${r.int(1, 223)}.${index >>> 16}.${(index >>> 8) & 255}.${index & 255}`],
    [2, `To:${word(r.int(0, 9_999))}@${host}`],
    [1, `Connect:${host}`],
    [1, host],
  ]);
}

export const accessLine = (r: Random, index: number): string => `${accessKey(r, index)}\t${r.pick(VALUES)}\n`;

const LIST_COMMANDS = ['admin', 'bounces', 'confirm', 'join', 'leave', 'owner', 'request', 'subscribe', 'unsubscribe'];

/** An entry of an aliases file, comments and blank lines before it included. */
export function aliasLine(r: Random, index: number): string {
  const name = `${word(r.int(0, 9_999))}${r.pick(['.', '-', '_', ''])}${word(index)}`;
  const someone = (): string =>
    r.pick([word(r.int(0, 999_999)), `${word(r.int(0, 9_999))}@${word(r.int(0, 999))}.example`]);
  const before = r.chance(0.05)
    ? `\n# ${word(r.int(0, 999_999))} asked for this on ${r.int(1, 28)}/${r.int(1, 12)}\n`
    : '';
  const entry = r.weighted<() => string>([
    [50, () => `${name}:\t${someone()}\n`],
    [12, () => `${name}: ${r.list(r.int(2, 6), someone).join(', ')}\n`],
    [6, () => `${name}: ${r.list(r.int(4, 20), someone).join(',\n\t')}\n`],
    [20, () => `${name}-${r.pick(LIST_COMMANDS)}: "|/usr/lib/mailman/mail/mailman ${r.pick(LIST_COMMANDS)} ${name}"\n`],
    [5, () => `${name}: :include:/etc/mail/lists/${name}\n`],
    [4, () => `owner-${name}: ${someone()}\n`],
    [2, () => `${name}: /var/mail/archive/${name}\n`],
    [1, () => `"${name} ${word(index)}": ${someone()}\n`],
  ])();
  return before + entry;
}
