/**
 * An engine whose owner, users or network mean harm: replies of other kinds than Redis gives, values that are no reports,
 * manifests in each other's place, and files of killed processes.
 */
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/mailmaps/main.ts';
import { parseFleetAddress } from '../../src/publish/address.ts';
import { DirectoryEngine } from '../../src/publish/directory-engine.ts';
import type { FleetEngine } from '../../src/publish/engine.ts';
import { followOnce } from '../../src/publish/follow.ts';
import { type PublishOptions, publish, rollback, synchronize } from '../../src/publish/publish.ts';
import { parseTrust } from '../../src/publish/signature.ts';
import { watch } from '../../src/publish/watch.ts';
import { newWriterId } from '../../src/store/replace/writer-id.ts';
import { runProgram } from '../cli/run-program.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const TRUST = parseTrust(`ed25519 ${publicKey.export({ format: 'der', type: 'spki' }).toString('base64')}`, 'trust');
const HASH = 'a'.repeat(64);

let root: string;
let engine: DirectoryEngine;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mailmaps-hostile.'));
  for (const name of ['engine', 'state', 'host', 'files']) mkdirSync(join(root, name));
  engine = new DirectoryEngine(join(root, 'engine'));
});
afterEach(() => rmSync(root, { recursive: true }));

const at = (...names: readonly string[]): string => join(root, ...names);
const options = (changes: Partial<PublishOptions> = {}): PublishOptions => {
  const base = { fleet: 'mx', trust: TRUST, keys: [privateKey], by: 'alice', message: 'm', tool: 'test' };
  return { ...base, state: at('state'), ...changes };
};

/** Publishes a generation whose file `access` has this text. */
function publishText(text: string, changes: Partial<PublishOptions> = {}): Promise<{ generation: number }> {
  writeFileSync(at('files/access'), text);
  return publish(engine, at('files'), options(changes));
}

const follow = (from: FleetEngine): ReturnType<typeof followOnce> =>
  followOnce(from, { fleet: 'mx', trust: TRUST, directory: at('host') });

describe('a server that answers commands otherwise than Redis', () => {
  let server: Server;
  let reply: string;
  let asked: FleetEngine;
  beforeEach(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        for (const command of bytes.toString('latin1').split(/(?=\*\d+\r\n)/))
          socket.write(/\$6\r\nCLIENT/.test(command) ? '+OK\r\n' : reply);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    asked = parseFleetAddress(`redis://127.0.0.1:${(server.address() as AddressInfo).port}/mx`).open();
  });
  afterEach(async () => {
    await asked[Symbol.asyncDispose]();
    server.close();
  });

  const QUESTIONS: Readonly<Record<string, (asked: FleetEngine) => Promise<unknown>>> = {
    head: (from) => from.head(),
    getManifest: (from) => from.getManifest(1),
    getBlock: (from) => from.getBlock(HASH),
    reports: (from) => from.reports(),
    settle: (from) => from.settle(),
    putBlocks: (from) => from.putBlocks([{ hash: HASH, packed: Buffer.from('x') }]),
  };
  const REPLIES = { null: '$-1\r\n', number: ':1\r\n', list: '*0\r\n', 'list of nothing': '*1\r\n*-1\r\n' } as const;

  it.each(
    Object.entries(REPLIES).flatMap(([kind, bytes]) => Object.keys(QUESTIONS).map((name) => ({ kind, bytes, name }))),
  )('$name gets a $kind: an error of the fleet, if any', async ({ bytes, name }) => {
    reply = bytes;
    const [answer] = await Promise.allSettled([QUESTIONS[name]!(asked)]);
    if (answer.status === 'rejected')
      expect(answer.reason).toMatchObject({ code: expect.stringMatching(/tempFail|unsafe/) });
  });

  it('puts no line of its own into a log', async () => {
    reply = '-ERR away\nmailmaps: generation 9 is in use\x1b[2J\r\n';
    await expect(asked.head()).rejects.toMatchObject({
      code: 'tempFail',
      message: 'the engine is away: ERR away?mailmaps: generation 9 is in use?[2J',
    });
  });

  it('fills no log', async () => {
    reply = `-ERR ${'x'.repeat(1 << 20)}\r\n`;
    await expect(asked.head()).rejects.toMatchObject({ message: expect.stringMatching(/^.{100,600}$/) });
  });
});

describe('reports of hosts', () => {
  const GOOD = { host: 'mx1', generation: 0, at: new Date().toISOString(), version: '1' };
  const stored = (name: string, text: string): void => writeFileSync(at('engine/hosts', name), text);

  it.each<{ what: string; make: () => void; why: RegExp }>([
    { what: 'is too large', make: () => stored('bad', 'x'.repeat(1 << 20)), why: /too large/ },
    { what: 'is no JSON', make: () => stored('bad', '{'), why: /no report/ },
    {
      what: 'has too long a text',
      make: () => stored('bad', JSON.stringify({ ...GOOD, host: 'bad', problem: 'x'.repeat(2000) })),
      why: /no report/,
    },
    { what: 'is a directory', make: () => mkdirSync(at('engine/hosts/bad')), why: /no regular file/ },
    { what: 'is a pipe', make: () => void spawnSync('mkfifo', [at('engine/hosts/bad')]), why: /no regular file/ },
    {
      what: "has another host's name",
      make: () => stored('bad', JSON.stringify({ ...GOOD, problem: 'forged' })),
      why: /a report of mx1/,
    },
  ])('are listed although one $what', async ({ make, why }) => {
    await engine.report(GOOD);
    make();
    const status = await runProgram(main, ['fleet-status', '--fleet', `file://${at('engine')}?fleet=mx`]);
    expect(status.stdout.split('\n')).toEqual([
      expect.stringMatching(/^bad has a report that cannot be read: /),
      expect.stringMatching(/^mx1 has generation 0 /),
      'generation 0: 2 hosts report, 0 are behind, 1 cannot be read',
      '',
    ]);
    expect(status.stdout).toMatch(why);
    expect(status.rc).toBe(1);
  });

  it('add no line for another host', async () => {
    await engine.report({ ...GOOD, problem: 'full\nmx2 has generation 0' });
    const status = await runProgram(main, ['fleet-status', '--fleet', `file://${at('engine')}?fleet=mx`]);
    expect(status.stdout).toContain(': full?mx2 has generation 0\ngeneration 0: 1 hosts report');
  });

  it('are read again, however long the problem', async () => {
    const problem = 'x'.repeat(100_000);
    await engine.report({ ...GOOD, problem });
    expect(await engine.reports()).toEqual([{ ...GOOD, problem: problem.slice(0, 1024) }]);
  });

  it('leave nothing behind when the name is taken', async () => {
    mkdirSync(at('engine/hosts/mx1'), { recursive: true });
    await expect(engine.report(GOOD)).rejects.toMatchObject({ code: 'tempFail' });
    expect(readdirSync(at('engine/hosts'))).toEqual(['mx1']);
  });
});

describe("an engine with manifests in each other's place", () => {
  it.each(['generation 1', 'generation 1 of another fleet'])(
    'rolls back to no other files than were asked for: %s',
    async (kind) => {
      await publishText('open relay\n', { fleet: kind === 'generation 1' ? 'mx' : 'other' });
      copyFileSync(at('engine/manifests/1'), at('kept'));
      if (kind !== 'generation 1') for (const name of ['engine', 'state']) rmSync(at(name), { recursive: true });
      if (kind !== 'generation 1') await publishText('first\n');
      await publishText('second\n');
      await publishText('third\n');
      copyFileSync(at('kept'), at('engine/manifests/2'));
      await expect(rollback(engine, 2, options())).rejects.toMatchObject({ code: 'unsafe' });
      expect(await engine.head()).toBe(3);
    },
  );

  it('makes no publisher forget its own generations', async () => {
    await publishText('first\n');
    await publishText('second\n');
    copyFileSync(at('engine/manifests/1'), at('engine/manifests/2'));
    await expect(synchronize(engine, options())).rejects.toMatchObject({ code: 'unsafe' });
    expect(readFileSync(at('state/current/access'), 'utf8')).toBe('second\n');
  });

  it.each(['10000000000000000', '1'.repeat(200)])(
    'and a manifest %s, which no number of ours can be, ends',
    async (name) => {
      await publishText('first\n');
      writeFileSync(at('engine/manifests', name), '');
      expect(await follow(engine)).toMatchObject({ generation: 1 });
    },
  );
});

describe('an engine that wakes its hosts all the time', () => {
  it('gets ten looks a second', async () => {
    await publishText('first\n');
    let looks = 0;
    const waking: FleetEngine = new Proxy(engine, {
      get: (target, name) => (name === 'waitForHead' ? async () => undefined : Reflect.get(target, name).bind(target)),
    });
    const events = { onGeneration: () => undefined, onProblem: () => undefined };
    const onLook = async (): Promise<void> => void looks++;
    await watch(
      waking,
      { fleet: 'mx', trust: TRUST, directory: at('host') },
      { ...events, onLook },
      AbortSignal.timeout(1000),
    );
    expect(looks).toBeLessThanOrEqual(12);
  });
});

describe('two followers of one directory', () => {
  it('never switch back to the older generation', async () => {
    await publishText('first\n');
    await publishText('second\n');
    const slow: FleetEngine = new Proxy(engine, {
      get: (target, name) =>
        name === 'head'
          ? async () => {
              const head = await target.head();
              await publishText('third\n');
              await follow(target);
              return head;
            }
          : Reflect.get(target, name).bind(target),
    });
    expect(await follow(slow)).toMatchObject({ generation: 3, switched: false });
    expect(readFileSync(at('host/current/access'), 'utf8')).toBe('third\n');
  });
});

describe('a killed publisher', () => {
  it('leaves no half manifest in the place of the pending one', async () => {
    writeFileSync(at('state/.pending'), 'half');
    expect(await publishText('first\n')).toMatchObject({ generation: 1 });
    expect(existsSync(at('state/.pending'))).toBe(false);
  });

  it('leaves files in the engine that the next one removes, and no other', async () => {
    const { pid } = spawnSync('true');
    const dead = `.${newWriterId().replace(/-\d+-(\d+)-/, `-${pid}-$1-`)}.new`;
    const living = `.${newWriterId()}.new`;
    mkdirSync(at('engine/manifests'));
    for (const name of [dead, living]) writeFileSync(at('engine/manifests', name), '');
    await publishText('first\n');
    expect(readdirSync(at('engine/manifests')).sort()).toEqual([living, '1'].sort());
  });
});
