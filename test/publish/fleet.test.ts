/** Publishing to a fleet, and hosts that follow it: files that arrive, and manifests that are refused. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseFleetAddress } from '../../src/publish/address.ts';
import { DirectoryEngine } from '../../src/publish/directory-engine.ts';
import { followOnce } from '../../src/publish/follow.ts';
import { type PublishOptions, publish, rollback } from '../../src/publish/publish.ts';
import { parseTrust, type Trust } from '../../src/publish/signature.ts';
import { stage } from '../../src/publish/stage.ts';

interface Key {
  readonly privateKey: KeyObject;
  readonly line: string;
}

function newKey(): Key {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const der = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  return { privateKey, line: `ed25519 ${der} alice@admin1` };
}

const ALICE = newKey();
const MALLORY = newKey();
const TRUST = parseTrust(ALICE.line, 'trust');

let root: string;
let engine: DirectoryEngine;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mailmaps-fleet.'));
  for (const name of ['engine', 'state', 'host', 'files/lists']) mkdirSync(join(root, name), { recursive: true });
  engine = new DirectoryEngine(join(root, 'engine'));
});
afterEach(() => rmSync(root, { recursive: true }));

function options(changes: Partial<PublishOptions> = {}): PublishOptions {
  const keys = [ALICE.privateKey];
  const state = join(root, 'state');
  return { fleet: 'mx', trust: TRUST, keys, state, by: 'alice', message: 'm', tool: 'test', ...changes };
}

function put(name: string, text: string): void {
  writeFileSync(join(root, 'files', name), text);
}

const publishFiles = (changes: Partial<PublishOptions> = {}): Promise<{ generation: number }> =>
  publish(engine, join(root, 'files'), options(changes));
const follow = (trust: Trust = TRUST, fleet = 'mx'): ReturnType<typeof followOnce> =>
  followOnce(engine, { fleet, trust, directory: join(root, 'host') });
const onHost = (name: string): string => readFileSync(join(root, 'host/current', name), 'utf8');

describe('a host that follows', () => {
  it('has all files of the newest generation, with their modes', async () => {
    put('access', 'a\n');
    put('lists/staff', 'alice\n');
    await publishFiles();
    expect(await follow()).toMatchObject({ generation: 1, switched: true });
    expect([onHost('access'), onHost('lists/staff')]).toEqual(['a\n', 'alice\n']);
  });

  it('fetches only the blocks that it lacks', async () => {
    const block = (fill: string): string => fill.repeat(65_536);
    put('access', block('a') + block('b') + block('c'));
    await publishFiles();
    expect(await follow()).toMatchObject({ fetched: 3 });
    put('access', block('a') + block('x') + block('c'));
    await publishFiles();
    expect(await follow()).toMatchObject({ generation: 2, fetched: 1 });
    expect(onHost('access')).toBe(block('a') + block('x') + block('c'));
  });

  it('fetches a block that was changed on this host', async () => {
    put('access', 'a\n');
    await publishFiles();
    await follow();
    writeFileSync(join(root, 'host/current/access'), 'evil\n');
    put('relay-domains', 'b\n');
    await publishFiles();
    await follow();
    expect(onHost('access')).toBe('a\n');
  });

  it('keeps three generations', { tags: ['slow'] }, async () => {
    for (const text of 'abcde') {
      put('access', text);
      await publishFiles();
      await follow();
    }
    expect(readdirSync(join(root, 'host/.generations')).sort()).toEqual(['3', '4', '5']);
  });

  it('has the modes of the source files, whatever the umask of the publisher', async () => {
    put('access', 'a.example REJECT\n');
    put('aliases', 'root: alice\n');
    put('lists/staff', 'alice\n');
    for (const name of ['access', 'aliases', 'lists/staff']) chmodSync(join(root, 'files', name), 0o644);
    mkdirSync(join(root, 'stage'));
    const before = process.umask(0o077);
    try {
      await stage(join(root, 'files'), join(root, 'stage'));
    } finally {
      process.umask(before);
    }
    const modes = ['access', 'aliases', 'lists/staff', 'access.lmdb', 'aliases.lmdb'].map(
      (name) => statSync(join(root, 'stage', name)).mode & 0o777,
    );
    expect(modes).toEqual([0o644, 0o644, 0o644, 0o640, 0o640]);
  });

  it('gives every user of the host its files, also under the umask of a service', async () => {
    put('access', 'a\n');
    put('lists/staff', 'alice\n');
    await publishFiles();
    const before = process.umask(0o077);
    try {
      await followOnce(engine, { fleet: 'mx', trust: TRUST, directory: join(root, 'made/host') });
    } finally {
      process.umask(before);
    }
    const directories = ['', '.generations', '.generations/1', '.generations/1/lists'];
    for (const name of directories) expect(statSync(join(root, 'made/host', name)).mode & 0o777).toBe(0o755);
  });

  it('stays where it is when the engine falls back', async () => {
    put('access', 'a\n');
    await publishFiles();
    await follow();
    rmSync(join(root, 'engine/manifests'), { recursive: true });
    expect(await follow()).toMatchObject({
      generation: 1,
      switched: false,
      notes: ['the engine has generation 0, older than 1, which stays in use'],
    });
    expect(onHost('access')).toBe('a\n');
  });
});

describe('a manifest is refused', () => {
  const manifestFile = (generation: number): string => join(root, 'engine/manifests', String(generation));

  beforeEach(async () => {
    put('access', 'a\n');
    await publishFiles();
    await follow();
    put('access', 'b\n');
    await publishFiles();
  });
  afterEach(() => expect(onHost('access')).toBe('a\n'));

  it('when no trusted key has signed it', async () => {
    const forged = { keys: [MALLORY.privateKey], trust: parseTrust(MALLORY.line, 'trust'), state: join(root, 'own') };
    mkdirSync(forged.state);
    mkdirSync(join(root, 'other'));
    const other = new DirectoryEngine(join(root, 'other'));
    await publish(other, join(root, 'files'), options(forged));
    await publish(other, join(root, 'files'), options(forged));
    cpSync(join(root, 'other/manifests/2'), manifestFile(2));
    await expect(follow()).rejects.toMatchObject({
      code: 'unsafe',
      message: expect.stringContaining('0 trusted keys'),
    });
  });

  it('when a byte of it is another', async () => {
    const signed = JSON.parse(readFileSync(manifestFile(2), 'utf8'));
    const text = Buffer.from(signed.manifest, 'base64').toString().replace('"message":"m"', '"message":"n"');
    writeFileSync(manifestFile(2), JSON.stringify({ ...signed, manifest: Buffer.from(text).toString('base64') }));
    await expect(follow()).rejects.toMatchObject({ code: 'unsafe' });
  });

  it('when it is cut short', async () => {
    writeFileSync(manifestFile(2), readFileSync(manifestFile(2)).subarray(0, 100));
    await expect(follow()).rejects.toMatchObject({ code: 'badInput' });
  });

  it('when it is an older one under a higher number', async () => {
    cpSync(manifestFile(1), manifestFile(2));
    await expect(follow()).rejects.toMatchObject({
      code: 'unsafe',
      message: 'the manifest of generation 2 says that it is generation 1',
    });
  });

  it('when it is of another fleet', async () => {
    await expect(follow(TRUST, 'lab')).rejects.toMatchObject({
      code: 'unsafe',
      message: 'the manifest of generation 2 is of fleet mx, not lab',
    });
  });

  it('when it begins another chain', { tags: ['slow'] }, async () => {
    const state = join(root, 'second');
    mkdirSync(state);
    mkdirSync(join(root, 'other'));
    const other = new DirectoryEngine(join(root, 'other'));
    put('access', 'z\n');
    await publish(other, join(root, 'files'), options({ state, message: 'another first' }));
    await publish(other, join(root, 'files'), options({ state }));
    cpSync(join(root, 'other/manifests/2'), manifestFile(2));
    await expect(follow()).rejects.toMatchObject({ code: 'unsafe', message: expect.stringContaining('two chains') });
  });

  it('when fewer keys have signed it than must', async () => {
    const two = parseTrust(`${ALICE.line}\n${MALLORY.line}\n`, 'trust', 2);
    await expect(follow(two)).rejects.toMatchObject({ code: 'unsafe' });
  });

  it('when a block is missing, for now', async () => {
    const { blocks } = JSON.parse(
      Buffer.from(JSON.parse(readFileSync(manifestFile(2), 'utf8')).manifest, 'base64').toString(),
    ).files[0];
    rmSync(join(root, 'engine/blocks', blocks[0].slice(0, 2), blocks[0]));
    await expect(follow()).rejects.toMatchObject({ code: 'tempFail' });
  });

  it('when a block has another content', async () => {
    for (const half of readdirSync(join(root, 'engine/blocks')))
      for (const name of readdirSync(join(root, 'engine/blocks', half)))
        writeFileSync(join(root, 'engine/blocks', half, name), gzipSync('evil\n'));
    await expect(follow()).rejects.toMatchObject({ code: 'damaged' });
  });

  it('when a block unpacks to more than a block', { tags: ['slow'] }, async () => {
    for (const half of readdirSync(join(root, 'engine/blocks')))
      for (const name of readdirSync(join(root, 'engine/blocks', half)))
        writeFileSync(join(root, 'engine/blocks', half, name), gzipSync(Buffer.alloc(100_000_000)));
    await expect(follow()).rejects.toMatchObject({ code: 'damaged' });
  });
});

describe('after the engine was in two parts, each with a publisher', () => {
  let other: DirectoryEngine;
  let second: string;
  const publishThere = (): Promise<{ generation: number }> =>
    publish(other, join(root, 'files'), options({ state: second }));

  beforeEach(async () => {
    put('access', 'a\n');
    await publishFiles();
    await follow();
    [second] = [join(root, 'second')];
    cpSync(join(root, 'state'), second, { recursive: true, verbatimSymlinks: true });
    cpSync(join(root, 'engine'), join(root, 'other'), { recursive: true });
    other = new DirectoryEngine(join(root, 'other'));
    put('access', 'abandoned\n');
    await publishThere();
    put('access', 'b\n');
    await publishFiles();
  });
  const followThere = (): ReturnType<typeof followOnce> =>
    followOnce(other, { fleet: 'mx', trust: TRUST, directory: join(root, 'host') });

  it('a host of the lost part goes on with the next generation of the other', async () => {
    await followThere();
    expect(onHost('access')).toBe('abandoned\n');
    put('access', 'c\n');
    await publishFiles();
    const notes = ['generation 2 of this host was abandoned by its publishers'];
    expect(await follow()).toMatchObject({ generation: 3, switched: true, notes });
    expect(onHost('access')).toBe('c\n');
    expect(await follow()).toMatchObject({ generation: 3, notes: [] });
  });

  it('a host that was killed before it switched to a generation of the lost part has the files of the other', async () => {
    await followThere();
    rmSync(join(root, 'host/current'));
    symlinkSync('.generations/1', join(root, 'host/current'));
    expect(await follow()).toMatchObject({ generation: 2, switched: true });
    expect(onHost('access')).toBe('b\n');
    put('access', 'c\n');
    await publishFiles();
    expect(await follow()).toMatchObject({ generation: 3, notes: [] });
  });

  it('a host that is ahead stays, until the other part has passed it', async () => {
    await publishThere();
    await followThere();
    expect(await follow()).toMatchObject({ generation: 3, switched: false });
    for (const text of ['c\n', 'd\n']) {
      put('access', text);
      await publishFiles();
    }
    expect(await follow()).toMatchObject({ generation: 4, switched: true });
    expect(onHost('access')).toBe('d\n');
  });

  it.each([1, 2])(
    'a publisher of the lost part forgets its %i generations, and publishes after the others',
    async (more) => {
      for (let i = 1; i < more; i++) await publishThere();
      const publishLate = (): Promise<{ generation: number }> => publishFiles({ state: second });
      await expect(publishLate()).rejects.toMatchObject({
        code: 'busy',
        message: 'the fleet has another generation 2 than this publisher, whose own was abandoned: publish again',
      });
      put('access', 'e\n');
      expect(await publishLate()).toMatchObject({ generation: 3 });
      await follow();
      expect(onHost('access')).toBe('e\n');
    },
  );
});

describe('a publisher', () => {
  it.each([
    ['access', 'a OK\nbad\nworse\n', 'line 2: no RHS for LHS bad; bad lines besides: 1'],
    ['aliases', 'a: b\n: c\n', 'line 2: : c... illegal alias name'],
  ])('names the bad line of %s', async (name, text, why) => {
    put(name, text);
    const staged = stage(join(root, 'files'), join(root, 'host'));
    await expect(staged).rejects.toMatchObject({ code: 'badLines', message: `${join(root, 'files', name)}: ${why}` });
  });

  it('publishes nothing when the fleet is not where it was reviewed', async () => {
    put('access', 'a\n');
    await publishFiles();
    await expect(publishFiles({ expect: 0 })).rejects.toMatchObject({ code: 'busy' });
  });

  it.each([
    ['a file', 'access'],
    ['a list', 'lists/staff'],
  ])('publishes nothing when the name of %s leads nowhere', async (_, name) => {
    put('access', 'a\n');
    put('lists/staff', 'alice\n');
    const directory = join(root, 'etc');
    cpSync(join(root, 'files'), directory, { recursive: true });
    rmSync(join(directory, name));
    symlinkSync('/nonexistent/unmounted', join(directory, name));
    mkdirSync(join(root, 'stage'));
    await expect(stage(directory, join(root, 'stage'))).rejects.toMatchObject({
      code: 'missing',
      file: join(directory, name),
    });
  });

  it('puts again what the engine lost', async () => {
    put('access', 'a\n');
    await publishFiles();
    rmSync(join(root, 'engine'), { recursive: true });
    mkdirSync(join(root, 'engine'));
    put('access', 'b\n');
    await publishFiles();
    expect(await follow()).toMatchObject({ generation: 2 });
    expect(onHost('access')).toBe('b\n');
  });

  it('restores what the engine loses while it publishes, when it publishes again', async () => {
    put('access', 'a\n');
    await publishFiles();
    cpSync(join(root, 'engine'), join(root, 'replica'), { recursive: true });
    put('access', 'b\n');
    await publishFiles();
    // the replica takes the place of its primary
    const advance = engine.advance.bind(engine);
    engine.advance = async (...asked) => {
      engine.advance = advance;
      rmSync(join(root, 'engine'), { recursive: true });
      cpSync(join(root, 'replica'), join(root, 'engine'), { recursive: true });
      return advance(...asked);
    };
    put('access', 'c\n');
    await expect(publishFiles()).rejects.toMatchObject({
      code: 'tempFail',
      message: 'the engine lost generations after 1: publish again, which restores them',
    });
    expect(await publishFiles()).toMatchObject({ generation: 3 });
    expect(await follow()).toMatchObject({ generation: 3 });
    expect(onHost('access')).toBe('c\n');
  });

  it('rolls back to older files as a newer generation', async () => {
    put('access', 'a\n');
    await publishFiles();
    put('access', 'b\n');
    await publishFiles();
    await follow();
    expect(await rollback(engine, 1, options())).toMatchObject({ generation: 3 });
    await follow();
    expect(onHost('access')).toBe('a\n');
  });
});

describe('the engine', () => {
  const REPORT = { host: 'mx1', generation: 1, at: new Date().toISOString(), version: '1' };

  it.each(['hosts', 'manifests', 'blocks'])(
    'makes, replaces and removes nothing behind a link in place of %s',
    async (name) => {
      put('access', 'a\n');
      await publishFiles();
      await engine.report(REPORT);
      const [own, other] = [join(root, 'engine', name), join(root, 'other')];
      rmSync(own, { recursive: true });
      mkdirSync(other);
      for (const file of ['mx1', '1', '2']) writeFileSync(join(other, file), 'of root');
      symlinkSync(other, own);
      put('access', 'b\n');
      const done = await Promise.allSettled([
        engine.report(REPORT),
        publishFiles(),
        engine.remove(1, []),
        engine.head(),
      ]);
      expect(done.some(({ status }) => status === 'rejected')).toBe(true);
      const left = readdirSync(other).map((file) => [file, readFileSync(join(other, file), 'utf8')]);
      expect(left).toEqual(['1', '2', 'mx1'].map((file) => [file, 'of root']));
    },
  );

  it('loses generations before the last 30, a day after they went out of use', { tags: ['slow'] }, async () => {
    const day = 24 * 60 * 60 * 1000;
    for (let i = 1; i <= 33; i++) {
      put('access', `${i}\n`);
      await publishFiles({ now: () => Date.now() - 1000 });
    }
    expect(await engine.getManifest(1)).toBeDefined();
    put('access', 'last\n');
    await publishFiles({ now: () => Date.now() + day + 1000 });
    expect(await engine.getManifest(1)).toBeUndefined();
    expect(await engine.getManifest(5)).toBeDefined();
    expect(
      readdirSync(join(root, 'engine/blocks'), { recursive: true }).filter((name) => String(name).length > 60),
    ).toHaveLength(30);
    expect(await follow()).toMatchObject({ generation: 34 });
  });

  it('takes one of two generations that are published at once', async () => {
    mkdirSync(join(root, 'second'));
    put('access', 'a\n');
    const both = await Promise.allSettled([
      publishFiles(),
      publishFiles({ state: join(root, 'second'), message: 'other' }),
    ]);
    const refused = both.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeLessThanOrEqual(1);
    for (const { reason } of refused as PromiseRejectedResult[]) expect(reason).toMatchObject({ code: 'busy' });
    expect(await engine.head()).toBe(2 - refused.length);
  });
});

describe('an address of a fleet is refused', () => {
  it.each([
    ['engine', 'it begins with redis:, redis+sentinel: or file:'],
    ['file:engine', 'a directory is file:/// and its path from the root on'],
    ['file://host/engine', 'a directory is file:/// and its path from the root on'],
    ['file:///a%2fb', 'a directory is file:/// and its path from the root on'],
    ['file:///a?fleets=b', 'there is no query fleets'],
    ['redis://%zz@host/mx', '%zz is no user: write % as %25'],
    ['redis://host:99999/mx', 'host:99999 is no host'],
    ['redis://host/mx?replicas=-1', 'replicas is a number'],
  ])('%s', (address, why) => {
    expect(() => parseFleetAddress(address)).toThrow(`${address} is no address of a fleet: ${why}`);
  });
});

describe('a trust file', () => {
  it.each([
    ['without a key', '# nothing\n', 'trust has 0 keys, and 1 must sign'],
    ['with another kind of line', 'rsa AAAA\n', 'trust: line 1: not "ed25519 BASE64 [not-after=DATE] comment"'],
    ['with a key that is none', `\ned25519 AAAA x\n`, 'trust: line 2: no Ed25519 public key'],
    [
      'with a date that is none',
      ALICE.line.replace(' alice', ' not-after=soon alice'),
      'trust: line 1: not-after=soon is no date',
    ],
  ])('%s is refused', (_, text, message) => {
    expect(() => parseTrust(text, 'trust')).toThrow(expect.objectContaining({ code: 'badInput', message }));
  });
});
