/**
 * Real configuration files, compiled by our programs and by sendmail's: the same records, messages and statuses.
 *
 * MAILMAPS_CORPUS names a directory with access, virtusertable, mailertable, domaintable, transport, virtual and aliases
 * files, a subdirectory a kind. The files are other people's, and no part of this project.
 *
 * @module-tag slow
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main as makemap } from '../../src/cli/sendmail/makemap.ts';
import { ofExpansion, ofSendmail } from '../alias/answer.ts';
import { NewaliasesDirectory } from '../cli/run-newaliases.ts';
import { runProgram } from '../cli/run-program.ts';
import { aliasesOf } from '../machine.ts';
import { type Oracle, openOracle, oracleAvailable } from '../oracle/client.ts';

const CORPUS = process.env.MAILMAPS_CORPUS;
const MAP_KINDS = ['access', 'virtusertable', 'mailertable', 'domaintable', 'transport', 'virtual'];

function corpusFiles(...kinds: readonly string[]): readonly string[] {
  return kinds.flatMap((kind) => {
    const directory = join(CORPUS ?? '', kind);
    return existsSync(directory) ? readdirSync(directory).map((name) => `${kind}/${name}`) : [];
  });
}

const contents = (name: string): string => readFileSync(join(CORPUS!, name), 'latin1');
const linesOf = (text: string): string[] => text.split('\n').slice(0, -1).sort();

describe.runIf(oracleAvailable && CORPUS)('real configuration files', () => {
  let oracle: Oracle;
  let directory: string;
  beforeAll(async () => {
    oracle = await openOracle();
    directory = mkdtempSync(join(tmpdir(), 'mailmaps-corpus.'));
  });
  afterAll(async () => {
    await oracle.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** With sendmail's file name, and without warnings about the temporary directory that ours lies in. */
  const asBelowEtc = (stderr: string): string =>
    stderr.replaceAll(directory, '/etc/mail').replace(/^WARNING: \w+ writable directory (?!\/etc\/mail)\S+\n/gm, '');

  it.each(corpusFiles(...MAP_KINDS))('makemap makes the same of %s', async (name) => {
    const stdin = contents(name);
    const { results } = await oracle.ask({ queries: [{ kind: 'makemap', stdin }] });
    const [{ rc, stdout, stderr, dump }] = results;
    const map = join(directory, 'test');
    const run = await runProgram(makemap, ['hash', map], { stdin, argv0: 'makemap' });
    const dumped = await runProgram(makemap, ['-u', 'hash', map], { argv0: 'makemap' });
    const ours = { rc: run.rc, stdout: run.stdout, stderr: asBelowEtc(run.stderr) };
    expect({ ...ours, dump: linesOf(dumped.stdout) }).toEqual({ rc, stdout, stderr, dump });
  });

  it.each(corpusFiles('aliases'))('newaliases makes the same of %s', async (name) => {
    const aliases = contents(name);
    const { results } = await oracle.ask({ newaliases: false, queries: [{ kind: 'newaliases', aliases }] });
    const [{ rc, stdout, dump }] = results;
    const etc = new NewaliasesDirectory();
    try {
      etc.configure(['O AliasFile=/etc/mail/aliases']);
      etc.put('aliases', aliases);
      const ours = await etc.run([]);
      expect({ rc: ours.rc, stdout: ours.stdout, dump: ours.dump }).toEqual({ rc, stdout, dump });
    } finally {
      etc.clear();
    }
  });

  it.each(corpusFiles('aliases'))('every name of %s leads to the same recipients', async (name) => {
    const job = { files: { aliases: contents(name) }, newaliases: true };
    const { results } = await oracle.ask({ ...job, queries: [{ kind: 'newaliases', keep: true }] });
    const names = (results[0].dump ?? []).map((line) => line.split('\t')[0]!).filter((key) => key !== '@');
    const queries = names.map((address) => ({ kind: 'verify', address }) as const);
    const theirs = (await oracle.ask({ ...job, queries })).results;
    const mine = aliasesOf(job);
    for (const [i, address] of names.entries()) {
      const { rc, ...answer } = theirs[i]!;
      const ours = ofExpansion(mine.expand(address));
      expect({ address, ...ours }).toEqual({ address, ...ofSendmail({ ...answer, rc: rc ?? -1 }) });
    }
  });
});
