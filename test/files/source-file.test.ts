/**
 * Files that a program reads to make files for others. A user who makes links in his own directory gets no file that is not
 * his, nothing waits for a pipe, and nothing is written where other users may exchange names.
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main as mailmaps } from '../../src/cli/mailmaps/main.ts';
import { main as editmap } from '../../src/cli/sendmail/editmap.ts';
import { main as makemap } from '../../src/cli/sendmail/makemap.ts';
import { main as newaliases } from '../../src/cli/sendmail/newaliases.ts';
import { openOwnPlace, openPlace, openSource, readShown } from '../../src/files/source-file.ts';
import { readCfFile } from '../../src/files/text-safety.ts';
import { openMailMaps, openMap } from '../../src/index.ts';
import { makeMap } from '../../src/map/make-map.ts';
import { DirectoryEngine } from '../../src/publish/directory-engine.ts';
import { makeScratch } from '../../src/store/scratch.ts';
import { runProgram } from '../cli/run-program.ts';

const ROOT = 0;
const USER = 65_534;
const OTHER = 65_533;
const SECRET = 'topsecret-4711';
const asRoot = process.getuid?.() === 0;

let top = '';
const at = (name: string): string => join(top, name);

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'mailmaps-source.'));
  chmodSync(top, 0o755);
  for (const name of ['safe', 'own']) mkdirSync(at(name));
  writeFileSync(at('safe/secret'), `${SECRET}: ${SECRET}\n`, { mode: 0o600 });
});
afterEach(() => rmSync(top, { recursive: true }));

function link(name: string, target: string, owner: number): void {
  symlinkSync(target, at(name));
  lchownSync(at(name), owner, owner);
}

describe.runIf(asRoot)('a link', () => {
  it.each([
    ['of root to a file of root', ROOT, ROOT, true],
    ['of root to a file of a user', ROOT, USER, true],
    ['of a user to his own file', USER, USER, true],
    ['of a user to a file of root', USER, ROOT, false],
    ['of a user to a file of another', USER, OTHER, false],
  ])('%s', (_, linkOwner, fileOwner, isFollowed) => {
    chownSync(at('safe/secret'), fileOwner, fileOwner);
    link('own/access', '../safe/secret', linkOwner);
    link('own/again', 'access', linkOwner);
    link('directory', 'safe', linkOwner);
    for (const path of ['own/access', 'own/again', 'directory/secret']) {
      const open = (): void => closeSync(openSource(at(path)));
      if (isFollowed) expect(open).not.toThrow();
      else expect(open).toThrow(`of user ${linkOwner} leads to a file of user ${fileOwner}`);
    }
  });
});

describe.runIf(asRoot)('a user whose map everybody may write, and whose text is a link to a file of root', () => {
  const lead = async (name: string): Promise<void> => {
    await makeMap([Buffer.from('a b\n')], at(`own/${name}`));
    link(`own/${name}`, '../safe/secret', USER);
    for (const file of [at(`own/${name}.lmdb`), at('own')]) chownSync(file, USER, USER);
    chmodSync(at(`own/${name}.lmdb`), 0o666);
  };
  const isLeaked = (name: string): boolean => readFileSync(at(`own/${name}.lmdb`), 'latin1').includes(SECRET);

  it.each(['access', 'aliases', 'mailertable'])('gets no map of it by mailmaps build: %s', async (name) => {
    await lead(name);
    const { rc, stderr } = await runProgram(mailmaps, ['build', '-d', at('own')]);
    expect([rc, isLeaked(name)]).toEqual([77, false]);
    expect(stderr).toContain(`the link ${at(`own/${name}`)} of user ${USER} leads to a file of user ${ROOT}`);
  });
  it('gets no map of it by newaliases', async () => {
    await lead('aliases');
    const { stdout } = await runProgram(newaliases, ['-C', '/dev/null', `-oA${at('own/aliases')}`]);
    expect(stdout).toContain(`leads to a file of user ${ROOT}`);
    expect(isLeaked('aliases')).toBe(false);
  });
  it('gets no map of a map of root by mailmaps import', async () => {
    await lead('access');
    await makeMap([Buffer.from(`key ${SECRET}\n`)], at('safe/passwords'), { format: 'cdb' });
    link('own/access.cdb', '../safe/passwords.cdb', USER);
    const { rc } = await runProgram(mailmaps, ['import', at('own/access.cdb')]);
    expect([rc, isLeaked('access')]).toEqual([77, false]);
  });
});

describe.runIf(asRoot)('a map behind a link to a directory', () => {
  const UNSAFE = ['-ODontBlameSendmail=MapInUnsafeDirPath,GroupWritableDirPathSafe'];
  it.each([
    ['of root to one of root', ROOT, ROOT, true],
    ['of a user to his own', USER, USER, true],
    ['of a user to one of root', USER, ROOT, false],
    ['of a user to one of another', USER, OTHER, false],
  ])('%s: it is made, and changed, or neither', async (_, linkOwner, owner, isMade) => {
    // root makes no map in a directory that it could not write without its rights
    chownSync(at('safe'), owner, ROOT);
    chmodSync(at('safe'), 0o775);
    link('own/link', '../safe', linkOwner);
    writeFileSync(at('safe/aliases'), 'a: b\n', { mode: 0o644 });
    chownSync(at('safe/aliases'), linkOwner, linkOwner);
    await makeMap([Buffer.from('old x\n')], at('safe/old'));
    const runs = [
      await runProgram(makemap, ['hash', at('own/link/new')], { stdin: 'a b\n' }),
      await runProgram(makemap, ['hash', at('own/link/old')], { stdin: 'a b\n' }),
      await runProgram(editmap, ['-x', 'hash', at('own/link/old'), 'old']),
      await runProgram(newaliases, ['-C', '/dev/null', ...UNSAFE, `-oA${at('own/link/aliases')}`]),
    ];
    const reason = `the link ${at('own/link')} of user ${linkOwner} leads to a directory of user ${owner}`;
    expect(runs.map(({ stdout, stderr }) => `${stdout}${stderr}`.includes(reason))).toEqual(runs.map(() => !isMade));
    expect(['new', 'aliases'].map((name) => existsSync(at(`safe/${name}.lmdb`)))).toEqual([isMade, isMade]);
    using old = openMap(at('safe/old'));
    expect(old.lookup('old').status).toBe(isMade ? 'notFound' : 'found');
  });
});

it.each(['build', 'lint'])('mailmaps %s does not wait for a pipe in the place of a text', async (command) => {
  execFileSync('mkfifo', [at('own/access')]);
  expect((await runProgram(mailmaps, [command, '-d', at('own')])).stderr).toContain('it is no regular file');
  expect(() => readShown(at('own/access'))).toThrow('it is no regular file');
});

describe.runIf(asRoot)("a page of root's about files of a user", () => {
  const modeOf = (name: string): string => (statSync(at(name)).mode & 0o777).toString(8);
  const lint = (page: string) => runProgram(mailmaps, ['lint', '-d', at('own'), '--report', at(page)]);

  it('is closed to him: it may quote a file to which he made a link', async () => {
    link('own/access', '../safe/secret', USER);
    chownSync(at('own'), USER, USER);
    writeFileSync(at('own/old'), '', { mode: 0o644 });
    chownSync(at('own/old'), USER, USER);
    for (const page of ['own/new', 'own/old']) {
      await lint(page);
      expect([page, modeOf(page), statSync(at(page)).uid]).toEqual([page, '600', ROOT]);
    }
  });
  it('keeps its mode where he can exchange nothing', async () => {
    writeFileSync(at('own/access'), 'a.example OK\n');
    writeFileSync(at('safe/page'), '', { mode: 0o644 });
    await lint('safe/page');
    await lint('safe/new');
    expect([modeOf('safe/page'), modeOf('safe/new')]).toEqual(['644', '600']);
  });
});

describe.runIf(asRoot)('a sendmail.cf that is a pipe', () => {
  const relay = ['check', 'rcpt', 'x@relay.example', '--client', '192.0.2.1', '--host-name', 'mx.example', '--cf'];
  it('of another user is not waited for', async () => {
    execFileSync('mkfifo', [at('own/cf')]);
    chownSync(at('own/cf'), USER, USER);
    const runs = [
      await runProgram(mailmaps, [...relay, at('own/cf')]),
      await runProgram(newaliases, ['-C', at('own/cf')]),
    ];
    for (const { stdout, stderr } of runs) expect(stdout + stderr).toContain('Permission denied');
  });
  it('is read when its writer comes', () => {
    execFileSync('mkfifo', [at('own/cf')]);
    spawn('sh', ['-c', `printf 'V10/Berkeley\\n' > '${at('own/cf')}'`]);
    expect(readCfFile(at('own/cf'))).toBe('V10/Berkeley\n');
  });
  it('that takes the place of a file is not waited for, and lets nobody in', () => {
    writeFileSync(at('own/cf'), 'V10/Berkeley\nCRrelay.example\n');
    using maps = openMailMaps({ cf: at('own/cf'), hostName: 'mx.example' });
    rmSync(at('own/cf'));
    execFileSync('mkfifo', [at('own/cf')]);
    const decision = maps.checkRcpt('x@far.example', { client: { address: '192.0.2.1' }, sender: 'a@b.example' });
    expect(['reject', 'tempFail']).toContain(decision.action);
  });
});

describe.runIf(asRoot)('a directory that other users may write', () => {
  it.each([
    ['of another user', USER, 0o755],
    ['that a group may write', ROOT, 0o775],
    ['that all may write', ROOT, 0o1777],
  ])('%s takes no generations', (_, owner, mode) => {
    chownSync(at('own'), owner, owner);
    chmodSync(at('own'), mode);
    expect(() => openOwnPlace(at('own'), 0o755)).toThrow('other users may write in it');
  });
  it('is not made behind a link of another user', () => {
    link('own/link', '../safe', USER);
    expect(() => openOwnPlace(at('own/link/host'), 0o755)).toThrow(`the link ${at('own/link')} of user ${USER}`);
    expect(() => openPlace(at('own/link'))).toThrow(`leads to a directory of user ${ROOT}`);
    expect(existsSync(at('safe/host'))).toBe(false);
  });
  it('is no place for temporary files, unless it is sticky', () => {
    const before = process.env.TMPDIR;
    process.env.TMPDIR = at('own');
    try {
      chmodSync(at('own'), 0o777);
      expect(() => makeScratch('x.')).toThrow('set TMPDIR');
      chmodSync(at('own'), 0o1777);
      makeScratch('x.')[Symbol.dispose]();
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
  });
});

describe('the directory of a fleet that others write', () => {
  it('leads no report elsewhere', async () => {
    mkdirSync(at('own/hosts'));
    symlinkSync(at('safe/secret'), at('own/hosts/mx1.new'));
    symlinkSync(at('safe/secret'), at('own/hosts/mx1'));
    const report = { host: 'mx1', generation: 1, at: new Date().toISOString(), version: '1' };
    const engine = new DirectoryEngine(at('own'));
    await engine.report(report);
    expect(readFileSync(at('safe/secret'), 'latin1')).toBe(`${SECRET}: ${SECRET}\n`);
    expect(await engine.reports()).toContainEqual(report);
  });
  it.each(['pipe', 'sparse file'])('holds nobody up with a %s for a manifest', async (kind) => {
    mkdirSync(at('own/manifests'));
    if (kind === 'pipe') execFileSync('mkfifo', [at('own/manifests/1')]);
    else {
      writeFileSync(at('own/manifests/1'), '');
      truncateSync(at('own/manifests/1'), 100 * 2 ** 30);
    }
    await expect(new DirectoryEngine(at('own')).getManifest(1)).rejects.toThrow('cannot be read');
  });
});
