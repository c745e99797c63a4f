/**
 * Recorded answers of sendmail's makemap, editmap and praliases, asked again in-process in a temporary directory that stands
 * for /etc/mail.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main as editmap } from '../../src/cli/sendmail/editmap.ts';
import { main as makemap } from '../../src/cli/sendmail/makemap.ts';
import { main as praliases } from '../../src/cli/sendmail/praliases.ts';
import { encodeText } from '../../src/core/bytes.ts';
import { readData } from '../read-data.ts';
import { runProgram } from './run-program.ts';

interface Question {
  readonly kind: 'makemap' | 'editmap' | 'praliases' | 'cmd';
  readonly prog?: 'makemap' | 'editmap' | 'praliases';
  readonly dump?: boolean;
  readonly stdin?: string;
  readonly stdin_b64?: string;
  readonly args?: readonly string[];
  readonly type?: string;
  readonly name?: string;
  readonly key?: string;
  readonly value?: string;
  readonly bare?: number;
  readonly keep?: number;
  readonly sort?: number;
  readonly mode?: number;
  readonly dumpArgs?: readonly string[];
}

interface Answer {
  readonly rc?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly dump?: readonly string[];
  readonly mode?: string;
}

interface Case {
  readonly q: Question;
  readonly a: Answer;
  /** Our own answer where it differs on purpose, and why. */
  readonly differs?: Answer & { readonly reason: string };
}

interface FileSpec {
  readonly text?: string;
  readonly mode?: string;
  readonly link?: string;
  readonly dir?: number;
}

interface Group {
  readonly group: string;
  readonly about: string;
  readonly job?: { readonly files?: Record<string, string | FileSpec>; readonly cf?: string } | null;
  /** Maps that newaliases had made before. */
  readonly aliases?: Record<string, Record<string, string>>;
  readonly cases: readonly Case[];
}

const { groups } = readData<{ groups: readonly Group[] }>('map-programs');

const PROGRAMS = { makemap, editmap, praliases };
const isRoot = process.getuid?.() === 0;

/** The directory that stands for /etc/mail, and the change of names between the two. */
class Scratch {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'mailmaps-'));

  ours(text: string): string {
    return encodeText(text)
      .replaceAll('/etc/mail', this.directory)
      .replace(/\.db\b/g, '.lmdb');
  }

  /** Warnings about directories above ours are the machine's, not the program's. */
  theirs(text: string): string {
    const lines = text.split(/(?<=\n)/);
    const above = (line: string) => /^WARNING: \w+ writable directory (\S+)\n$/.exec(line)?.[1];
    const kept = lines.filter((line) => above(line)?.startsWith(this.directory) ?? true);
    return kept.join('').replaceAll(this.directory, '/etc/mail').replaceAll('.lmdb', '.db');
  }

  async prepare({ job, aliases = {} }: Group): Promise<void> {
    for (const [name, spec] of Object.entries(job?.files ?? {})) await this.#put(name, spec);
    const cf = (
      job?.cf ??
      Object.keys(aliases)
        .map((name) => `O AliasFile=/etc/mail/${name}`)
        .join('\n')
    ).concat('\n');
    writeFileSync(join(this.directory, 'sendmail.cf'), this.ours(cf));
    for (const [name, entries] of Object.entries(aliases)) {
      const stdin = Object.entries(entries)
        .map(([key, value]) => `${key}\x01${value}\n`)
        .join('');
      await runProgram(makemap, ['-N', '-f', '-t\x01', 'hash', join(this.directory, name)], { stdin });
    }
  }

  async #put(name: string, spec: string | FileSpec): Promise<void> {
    const path = join(this.directory, this.ours(name));
    const file = typeof spec === 'string' ? { text: spec } : spec;
    mkdirSync(dirname(path), { recursive: true });
    if (file.dir) mkdirSync(path);
    else if (file.link) symlinkSync(this.ours(file.link), path);
    // sendmail fills an empty file; ours has to be a map.
    else if (file.text === '') await runProgram(makemap, ['hash', path]);
    else writeFileSync(path, this.ours(file.text ?? ''));
    if (!file.link) chmodSync(path, Number.parseInt(file.mode ?? (file.dir ? '755' : '644'), 8));
  }

  async ask(q: Question): Promise<Answer> {
    const program = q.kind === 'cmd' ? q.prog! : q.kind;
    const map = join(this.directory, q.name ?? 'test');
    const file = `${map}.lmdb`;
    if (q.kind === 'makemap' && !q.keep) rmSync(file, { force: true });
    const argv = ['-C', join(this.directory, 'sendmail.cf'), ...(q.args ?? []).map((word) => this.ours(word))];
    if ((q.kind === 'makemap' || q.kind === 'editmap') && !q.bare) argv.push(q.type ?? 'hash', map);
    for (const word of [q.key, q.value]) if (word !== undefined) argv.push(encodeText(word));
    const argv0 = `DIR/root/usr/libexec/sendmail/${program}`;
    const stdin = q.stdin_b64 === undefined ? encodeText(q.stdin ?? '') : Buffer.from(q.stdin_b64, 'base64');
    const cwd = process.cwd();
    process.chdir(this.directory);
    const run = await runProgram(PROGRAMS[program], argv, { stdin, argv0 }).finally(() => process.chdir(cwd));
    const answer: { -readonly [name in keyof Answer]: Answer[name] } = {
      ...(run.rc === 0 ? {} : { rc: run.rc }),
      ...(run.stdout === '' ? {} : { stdout: this.theirs(q.sort ? sorted(run.stdout) : run.stdout) }),
      ...(run.stderr === '' ? {} : { stderr: this.theirs(withoutOurs(run.stderr)) }),
    };
    if (answer.stderr === '') delete answer.stderr;
    if ((q.kind === 'makemap' || q.kind === 'editmap') && q.dump !== false && existsSync(file)) {
      const dump = await runProgram(makemap, [...(q.dumpArgs ?? ['-u']), q.type ?? 'hash', map]);
      answer.dump = dump.stdout.split('\n').slice(0, -1).sort();
      const { mode, uid, gid } = statSync(file);
      if (q.mode) answer.mode = `${(mode & 0o7777).toString(8).padStart(4, '0')} ${uid}:${gid}`;
    }
    return answer;
  }
}

/** Without our own warnings, which sendmail does not have. */
function withoutOurs(stderr: string): string {
  return stderr.replace(/^warning: .*\n/gm, '');
}

function sorted(text: string): string {
  return text.split('\n').slice(0, -1).sort().concat('').join('\n');
}

/** Texts as bytes; hash databases are in no order, so dumps are compared sorted. */
function bytesOf({ reason: _, ...answer }: Answer & { readonly reason?: string }): Answer {
  const { stdout, stderr, dump } = answer;
  return {
    ...answer,
    ...(stdout === undefined ? {} : { stdout: encodeText(stdout) }),
    ...(stderr === undefined ? {} : { stderr: encodeText(stderr) }),
    ...(dump === undefined ? {} : { dump: dump.map((line) => encodeText(line)).sort() }),
  };
}

for (const group of groups) {
  const needsRoot = JSON.stringify(group).includes('"mode": 1') && !isRoot;
  describe.skipIf(needsRoot)(`${group.group} ${group.about}`, () => {
    const scratch = new Scratch();
    beforeAll(() => scratch.prepare(group));
    afterAll(() => rmSync(scratch.directory, { recursive: true, force: true }));

    it.each(group.cases.map((row, index) => [`${index} ${JSON.stringify(row.q).slice(0, 110)}`, row] as const))(
      '%s',
      async (_, row) => {
        expect(await scratch.ask(row.q)).toEqual(bytesOf(row.differs ?? row.a));
      },
    );
  });
}
