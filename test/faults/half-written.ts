/**
 * A configuration whose files are in the middle of being written: cut anywhere, in place, while a server has it open or when one
 * starts. A stranger is let in by none of them whom the whole configuration keeps out. A sendmail.cf that stays cut lets nobody in
 * whom the real sendmail keeps out with it.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeText, encodeText } from '../../src/core/bytes.ts';
import {
  type Decision,
  type MailMaps,
  type MailMapsOptions,
  MapError,
  makeMap,
  openMailMaps,
} from '../../src/index.ts';
import { HOST } from '../machine.ts';
import { openOracle, oracleAvailable, oracleDirectory } from '../oracle/client.ts';
import { configuration } from '../oracle/features.ts';
import type { RcptQuery } from '../oracle/jobs.ts';
import type { Family, Round } from './fault.ts';
import { numbers } from './fuzz.ts';
import { ended } from './generations.ts';
import { withDirectory } from './map-images.ts';

const SHORT = { cuts: 8, asked: 10 };
const LONG = { cuts: 150, asked: 200 };
/** After this time a text that does not change may count as complete. */
const FRESH_MS = 200;
/** After this time without a write one without a last line end counts, too. */
const QUIET_MS = 900;
const HOUR_S = 3600;
const FEATURES = [
  'accept_unresolvable_domains',
  'virtusertable',
  'mailertable',
  'VIRTUSER_DOMAIN:virtual.example',
] as const;
const FILES: Readonly<Record<string, string>> = {
  'relay-domains': 'partner.example.com\nbackup.example.net\nmx.customer.example.org\n',
  'local-host-names': 'mail.example.com\nlists.example.com\nwww.example.com.far.example\n',
  access: 'Connect:192.0.2\tRELAY\nTo:relayed.example\tRELAY\nConnect:198.51.100\tREJECT\n',
  virtusertable: 'alice@virtual.example\tbob\n@virtual.example\talice\n',
  mailertable: 'partner.example.com\tesmtp:[mx.partner.example.com]\n',
};
const TABLES = ['access', 'virtusertable', 'mailertable'];
const STRANGER = '203.0.113.9';
const SENDER = 'stranger@far.example';

/** The last, incomplete line of a cut text may be the name of somebody else's domain. */
function recipientsFor(cut: string): readonly string[] {
  const last = decodeText(cut.slice(cut.lastIndexOf('\n') + 1)).trim();
  const names = ['far.example', 'example', 'com', ...(/^[\w.-]+$/.test(last) ? [last, `sub.${last}`] : [])];
  return names.flatMap((name) => [`victim@${name}`, `victim%far.example@${name}`, `"victim@far.example"@${name}`]);
}

const session = { client: { address: STRANGER, resolve: 'FAIL' }, sender: SENDER } as const;
const isRefused = ({ action }: Decision): boolean => action === 'reject' || action === 'tempFail';

/** The recipients that are let in; an error lets nobody in. */
function letIn(maps: MailMaps, recipients: readonly string[]): readonly string[] {
  return orNobody(() => recipients.filter((each) => !isRefused(maps.checkRcpt(each, session))));
}

function letInAtStart(options: MailMapsOptions, recipients: readonly string[]): readonly string[] {
  return orNobody(() => {
    using maps = openMailMaps(options);
    return letIn(maps, recipients);
  });
}

function orNobody(ask: () => readonly string[]): readonly string[] {
  try {
    return ask();
  } catch (error) {
    if (error instanceof MapError) return [];
    throw error;
  }
}

export const halfWritten: Family = {
  name: 'half-written',
  promise: 'a configuration of which a file is being written lets no stranger in whom the whole one keeps out',
  run: (round) =>
    withDirectory(async (directory) => {
      const whole = join(directory, 'whole');
      mkdirSync(whole);
      for (const [name, text] of Object.entries(FILES)) writeFileSync(join(whole, name), text);
      for (const name of TABLES) await makeMap([readFileSync(join(whole, name))], join(whole, name));
      const variants: (readonly [string, (at: string) => MailMapsOptions])[] = [
        ['named', (at) => ({ directory: at, hostName: HOST, aliases: [], features: FEATURES.slice(0, 3) as never })],
      ];
      if (oracleAvailable) {
        writeFileSync(join(whole, 'sendmail.cf'), configuration(oracleDirectory, FEATURES), 'latin1');
        for (const rules of ['built-in', 'file'] as const)
          variants.push([rules, (at) => ({ cf: join(at, 'sendmail.cf'), rules, hostName: HOST, aliases: [] })]);
      }
      const random = numbers(round.seed);
      const { cuts } = round.long ? LONG : SHORT;
      let late = 0;
      for (let i = 0; i < cuts; i++)
        for (const [rules, optionsAt] of variants) late += await cutOnce(round, directory, rules, optionsAt, random);
      round.figure(`${late} answers came too late to count`);
      if (oracleAvailable) await compareCut(round, directory, random);
    }),
};

/** Copies the configuration as if it had been written an hour ago. */
function copyOf(directory: string): string {
  const at = join(directory, 'cut');
  cpSync(join(directory, 'whole'), at, { recursive: true, force: true });
  const cf = join(at, 'sendmail.cf');
  if (oracleAvailable) writeFileSync(cf, readFileSync(cf, 'latin1').replaceAll('/etc/mail/', `${at}/`), 'latin1');
  const hourAgo = Date.now() / 1000 - HOUR_S;
  for (const name of [...Object.keys(FILES), ...TABLES.map((each) => `${each}.lmdb`), 'sendmail.cf'])
    try {
      utimesSync(join(at, name), hourAgo, hourAgo);
    } catch {
      // there is no sendmail.cf
    }
  return at;
}

/** Cuts one file under an open server and before one starts; the number of answers that came too late. */
async function cutOnce(
  round: Round,
  directory: string,
  rules: string,
  optionsAt: (at: string) => MailMapsOptions,
  random: (below: number) => number,
): Promise<number> {
  const names = [
    ...['relay-domains', 'local-host-names', ...TABLES.map((each) => `${each}.lmdb`)],
    ...(rules === 'named' ? [] : ['sendmail.cf']),
  ];
  const at = copyOf(directory);
  const file = names[random(names.length)]!;
  const text = readFileSync(join(at, file), 'latin1');
  const cut = text.slice(0, random(text.length));
  const recipients = recipientsFor(file.endsWith('.lmdb') || file === 'sendmail.cf' ? '' : cut);
  using whole = openMailMaps({ ...optionsAt(at), reloadCheckMs: 0 });
  const allowed = new Set(letIn(whole, recipients));
  const path = join(at, file);
  writeFileSync(path, cut, 'latin1');
  const written = Date.now();
  const judge = (when: string, found: readonly string[]): void => {
    const wrong = found.filter((each) => !allowed.has(each));
    if (wrong.length === 0) round.held(recipients.length);
    else round.broke({ tried: { rules, when, file, cut: cut.slice(-40), length: cut.length }, got: wrong });
  };
  const meanwhile = letIn(whole, recipients);
  const isLate = Date.now() - written > FRESH_MS;
  if (!isLate) judge('open', meanwhile);
  // the writer goes on while a server starts
  const writer = spawn('sh', ['-c', 'sleep 0.2; cat > "$0"', path], { stdio: ['pipe', 'ignore', 'ignore'] });
  writer.stdin.end(text, 'latin1');
  await sleep(20);
  writeFileSync(path, cut, 'latin1');
  const { mtimeMs } = statSync(path);
  const started = letInAtStart(optionsAt(at), recipients);
  const next = readFileSync(path, 'latin1') === text ? statSync(path).mtimeMs : Date.now();
  const isWritten = next - mtimeMs < QUIET_MS;
  if (isWritten) judge('started', started);
  await ended(writer);
  return Number(isLate) + Number(!isWritten);
}

/** A sendmail.cf that was cut an hour ago: sendmail does not start with it, or its rules decide. */
async function compareCut(round: Round, directory: string, random: (below: number) => number): Promise<void> {
  const text = configuration(oracleDirectory, FEATURES);
  const recipients = recipientsFor('');
  const queries = recipients.map((rcpt): RcptQuery => ({ ...ASKED, rcpt: encodeText(rcpt) }));
  const { asked } = round.long ? LONG : SHORT;
  const tally = { theirs: 0, ours: 0, started: 0 };
  const oracle = await openOracle();
  try {
    for (let i = 0; i < asked; i++) {
      // at the end of a line, or within one; the mailers, without which sendmail does not start, are near the end
      const at = i % 3 === 0 ? random(text.length) : text.length - random(text.length / 10);
      const cut = text.slice(0, i % 2 === 0 ? at : text.indexOf('\n', at) + 1);
      const { results } = await oracle.ask({ files: { ...FILES, 'sendmail.cf': cut }, newaliases: false, queries });
      const starts = results.every(({ process }) => (process?.rc ?? 0) === 0);
      const theirs = recipients.filter((_, j) => starts && results[j]!.action === 'ok');
      const ours = letInWithCut(directory, cut, recipients);
      const wrong = ours.filter((each) => !theirs.includes(each));
      if (wrong.length === 0) round.held(recipients.length);
      else round.broke({ tried: { cut: cut.slice(-60), length: cut.length, starts }, got: wrong });
      tally.started += Number(starts);
      tally.theirs += theirs.length;
      tally.ours += ours.length;
    }
  } finally {
    await oracle.close();
  }
  const { started, theirs, ours } = tally;
  round.figure(`with ${asked} cut files sendmail starts ${started} times and lets in ${theirs}, we ${ours}`);
}

const ASKED = {
  kind: 'rcpt',
  sender: SENDER,
  clientAddr: STRANGER,
  clientName: `[${STRANGER}]`,
  clientResolve: 'FAIL',
} as const;

function letInWithCut(directory: string, text: string, recipients: readonly string[]): readonly string[] {
  const at = copyOf(directory);
  const cf = join(at, 'sendmail.cf');
  writeFileSync(cf, text.replaceAll('/etc/mail/', `${at}/`), 'latin1');
  const hourAgo = Date.now() / 1000 - HOUR_S;
  utimesSync(cf, hourAgo, hourAgo);
  return letInAtStart({ cf, rules: 'file', hostName: HOST, aliases: [] }, recipients);
}
