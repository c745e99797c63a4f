/**
 * A mail server that never restarts, and its files: changes, removals, damaged files, and no mixture of moments.
 *
 * @module-tag slow
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type MailMaps, type MapError, makeAliases, makeMap, openMailMaps, type ReloadEvent } from '../../src/index.ts';
import { playedWithin } from '../played-within.ts';

let directory: string;
let maps: MailMaps | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-live.'));
  chmodSync(directory, 0o755);
});
afterEach(() => {
  vi.useRealTimers();
  maps?.close();
  rmSync(directory, { recursive: true });
});

const path = (name: string): string => join(directory, name);

/** As editors and makemap do: beside, then renamed. */
async function put(name: string, text: string): Promise<void> {
  if (name === 'access') await makeMap([Buffer.from(text)], path(name));
  writeFileSync(path(`${name}~`), text, { mode: 0o644 });
  renameSync(path(`${name}~`), path(name));
  if (name === 'aliases') await makeAliases(path(name));
}

function open(options: Parameters<typeof openMailMaps>[0] & object = {}): MailMaps {
  maps = openMailMaps({ directory, hostName: 'mail.here.example', reloadCheckMs: 0, ...options });
  return maps;
}

const stranger = { client: { address: '203.0.113.9', name: 'mx.stranger.example' }, sender: 'eve@stranger.example' };

describe('opening while a class file is written', () => {
  const WRITER = 'printf "a.example\\nb.ex" > relay-domains; sleep 0.1; printf "ample\\n" >> relay-domains';

  /** A writer that pauses for a second is believed to have ended. */
  it('waits for the rest', () =>
    playedWithin(1000, async () => {
      rmSync(path('relay-domains'), { force: true });
      const writer = spawn('sh', ['-c', WRITER], { cwd: directory });
      const over = once(writer, 'close');
      try {
        while (!existsSync(path('relay-domains')) || readFileSync(path('relay-domains')).length === 0);
        open();
        const actionFor = (host: string): string => maps!.checkRcpt(`bob@${host}`, stranger).action;
        expect(['a.example', 'b.ex', 'b.example'].map(actionFor)).toEqual(['relay', 'reject', 'relay']);
      } finally {
        await over;
        maps?.close();
      }
    }));

  it('goes on after a second without a write', () => {
    writeFileSync(path('relay-domains'), 'a.example');
    expect(open().checkRcpt('bob@a.example', stranger).action).toBe('relay');
  });
});

/** One fact of each file, that a question shows. */
const FACTS = {
  access: { text: (name: string) => `To:${name}.access\tRELAY\n`, shows: relays('access') },
  'relay-domains': { text: (name: string) => `${name}.relayed\n`, shows: relays('relayed') },
  'local-host-names': {
    text: (name: string) => `${name}.local\n`,
    shows: (m: MailMaps, name: string) => m.isLocal(`${name}.local`),
  },
  aliases: { text: (name: string) => `list: x@${name}.alias\n`, shows: leadsTo('list') },
  passwd: {
    text: (name: string) => `${name}:x:2001:2001::/nonexistent:/bin/sh\n`,
    shows: (m: MailMaps, name: string) => m.expand(name).errors.length === 0,
  },
  members: { text: (name: string) => `x@${name}.member\n`, shows: leadsTo('members') },
} as const;
type FileName = keyof typeof FACTS;
const FILES = Object.keys(FACTS) as FileName[];
/** The same length, so that only times and inodes tell a change. */
const [BEFORE, AFTER] = ['one', 'two'];

function relays(domain: string) {
  return (m: MailMaps, name: string): boolean => m.checkRcpt(`x@${name}.${domain}`, stranger).action === 'relay';
}

function leadsTo(alias: string) {
  return (m: MailMaps, name: string): boolean =>
    m.expand(alias).recipients.some((to) => to.kind === 'address' && to.domain.startsWith(`${name}.`));
}

/** The followed file: the map, if the file is its source file. */
const followed = (name: FileName): string => path(name === 'access' || name === 'aliases' ? `${name}.lmdb` : name);

/** A directory in which everything is there. */
async function openAll(options: Parameters<typeof openMailMaps>[0] & object = {}): Promise<MailMaps> {
  for (const name of FILES) await put(name, FACTS[name].text(BEFORE));
  writeFileSync(path('more'), `members: :include:${path('members')}\n`, { mode: 0o644 });
  await makeAliases(path('more'));
  // the directory is below one that all users may write
  writeFileSync(
    path('sendmail.cf'),
    `V10
Kaccess hash -o ${path('access')}
Fw-o ${path('local-host-names')}
FR-o ${path('relay-domains')}
O AliasFile=${path('aliases')},${path('more')}
O DontBlameSendmail=TrustStickyBit
`,
  );
  return open({ cf: path('sendmail.cf'), users: path('passwd'), ...options });
}

function shown(name: FileName): string[] {
  return [BEFORE, AFTER].filter((host) => FACTS[name].shows(maps!, host));
}

/** From now on the clock moves only when the test moves it. */
function stopClock(): void {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
}

const passes = (ms: number): unknown => vi.advanceTimersByTime(ms);

/** Writes a text at this moment of the stopped clock. */
function writeNow(name: string, text: string): void {
  writeFileSync(path(name), text, { mode: 0o644 });
  vi.setSystemTime(statSync(path(name)).mtimeMs);
}

/** A text is used when two looks found it unchanged: this is the first. */
function look(): void {
  maps!.isLocal('x');
}

describe('a file that is replaced', () => {
  it.each(FILES)('%s is used by the next question, a text by the one after it', async (name) => {
    await openAll();
    expect(shown(name)).toEqual([BEFORE]);
    await put(name, FACTS[name].text(AFTER));
    look();
    expect(shown(name)).toEqual([AFTER]);
  });

  it.each(FILES)('%s is used not before reloadCheckMs, and then', async (name) => {
    await openAll();
    await put(name, FACTS[name].text(AFTER));
    renameSync(followed(name), path('after'));
    await put(name, FACTS[name].text(BEFORE));
    maps!.close();
    stopClock();
    open({ cf: path('sendmail.cf'), users: path('passwd'), reloadCheckMs: 700 });
    renameSync(path('after'), followed(name));
    // lists are read whenever they are needed
    expect(shown(name)).toEqual([name === 'members' ? AFTER : BEFORE]);
    passes(699);
    expect(shown(name)).toEqual([name === 'members' ? AFTER : BEFORE]);
    passes(1);
    expect(shown(name)).toEqual([AFTER]);
  });

  it.each(['access', 'aliases'] as const)('%s, copied over the old one, is used by the next question', async (name) => {
    await openAll();
    const generations = await twoGenerations();
    await new Promise((resolve) => setTimeout(resolve, 30));
    copyFileSync(generations(name, 1), followed(name));
    expect(shown(name)).toEqual([AFTER]);
  });

  it('is reported once, with the time that reading it took', async () => {
    await openAll();
    const reported: ReloadEvent[] = [];
    maps!.on('reload', (event) => reported.push(event));
    await put('access', FACTS.access.text(AFTER));
    await put('relay-domains', FACTS['relay-domains'].text(AFTER));
    for (let i = 0; i < 3; i++) maps!.isLocal('x');
    expect(reported.map((event) => event.path).sort()).toEqual([path('access.lmdb'), path('relay-domains')]);
    expect(reported.every(({ milliseconds }) => milliseconds > 0)).toBe(true);
  });
});

describe('a text that is edited in place', () => {
  const texts: FileName[] = ['relay-domains', 'local-host-names', 'passwd', 'members'];
  it.each(texts)('%s, to the same length within the same tick, is used when it was seen twice', async (name) => {
    await openAll();
    for (let i = 0; i < 50; i++) {
      const host = i % 2 === 0 ? AFTER : BEFORE;
      writeFileSync(path(name), FACTS[name].text(host));
      look();
      expect([i, shown(name)]).toEqual([i, [host]]);
    }
  });

  it.each(texts)('%s, to the same length, with its old time put back, is used by the next question', async (name) => {
    await openAll();
    for (const value of [AFTER, BEFORE, AFTER]) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      writeFileSync(path(name), FACTS[name].text(value));
      utimesSync(path(name), 1_000_000_000, 1_000_000_000);
      expect(shown(name)).toEqual([value]);
    }
  });
});

describe('half a file', () => {
  beforeEach(stopClock);
  /** A file is written by a program that stops in the middle. */
  const half = (name: FileName): string => FACTS[name].text(AFTER).replace(/\n$/, '');

  it.each(['relay-domains', 'local-host-names', 'passwd'] as const)('of %s leaves the old in use', async (name) => {
    await openAll();
    for (const text of ['', half(name).slice(0, -3), half(name)]) {
      writeNow(name, text);
      for (let i = 0; i < 3; i++) expect(shown(name)).toEqual([BEFORE]);
    }
    writeNow(name, `${half(name)}\n`);
    look();
    expect(shown(name)).toEqual([AFTER]);
  });

  it('that nobody goes on with for a second is all there is', async () => {
    await openAll();
    writeNow('relay-domains', half('relay-domains'));
    look();
    passes(900);
    expect(shown('relay-domains')).toEqual([BEFORE]);
    passes(200);
    expect(shown('relay-domains')).toEqual([AFTER]);
  });

  it('that ends where a buffer does is waited for longer', async () => {
    await openAll();
    const buffer = `${'#'.repeat(512 - half('relay-domains').length - 1)}\n${half('relay-domains')}`;
    writeNow('relay-domains', buffer);
    look();
    passes(4900);
    expect(shown('relay-domains')).toEqual([BEFORE]);
    passes(200);
    expect(shown('relay-domains')).toEqual([AFTER]);
  });

  it('that appears is none', async () => {
    open();
    writeNow('relay-domains', 'two.relaye');
    for (let i = 0; i < 3; i++) expect(shown('relay-domains')).toEqual([]);
    writeNow('aliases', 'list: x@two.alias\nother: x@two.al');
    for (let i = 0; i < 3; i++) expect(shown('aliases')).toEqual([]);
  });

  it('of a list fails for now, and of a second ago is a list', async () => {
    await openAll();
    const codes = (): string[] => maps!.expand('members').errors.map(({ code }) => code);
    writeNow('members', 'x@two.memb');
    expect(codes()).toEqual(['tempFail']);
    writeNow('members', 'x@two.member');
    passes(1100);
    expect(shown('members')).toEqual([AFTER]);
  });
});

describe('a file that is removed or spoilt', () => {
  const FOLLOWED = FILES.filter((name) => name !== 'members');
  const SPOILT: readonly (readonly [string, (file: string) => void])[] = [
    ['removed', (file) => rmSync(file)],
    [
      'replaced by a directory',
      (file) => {
        rmSync(file);
        mkdirSync(file);
      },
    ],
    ['moved away', (file) => renameSync(file, `${file}.away`)],
  ];
  const cases = FOLLOWED.flatMap((name) => SPOILT.map(([what, spoil]) => [name, what, spoil] as const));

  it.each(cases)('%s, %s: the old stays in use, reported once', async (name, _what, spoil) => {
    await openAll();
    const problems: MapError[] = [];
    maps!.on('problem', (error) => problems.push(error));
    spoil(followed(name));
    for (let i = 0; i < 3; i++) expect(shown(name)).toEqual([BEFORE]);
    expect(problems).toEqual([expect.objectContaining({ name: 'MapError', file: followed(name) })]);
  });

  it.each(cases)('%s, %s: a good one is taken again, and new trouble reported again', async (name, _what, spoil) => {
    await openAll();
    const problems: MapError[] = [];
    maps!.on('problem', (error) => problems.push(error));
    for (const host of [AFTER, BEFORE]) {
      spoil(followed(name));
      maps!.isLocal('x');
      rmSync(followed(name), { recursive: true, force: true });
      await put(name, FACTS[name].text(host));
      look();
      expect(shown(name)).toEqual([host]);
    }
    expect(problems.length).toBe(2);
  });

  it.each(['access', 'aliases'] as const)('%s, a map of rubbish, of nothing, or cut short', async (name) => {
    await openAll();
    const codes: string[] = [];
    maps!.on('problem', (error) => codes.push(error.code));
    const good = readFileSync(followed(name));
    for (const bytes of [Buffer.from('rubbish'), Buffer.alloc(0), good.subarray(0, good.length - 4096)]) {
      writeFileSync(path('new'), bytes);
      renameSync(path('new'), followed(name));
      expect(shown(name)).toEqual([BEFORE]);
    }
    expect(codes).toEqual(['notAMap', 'notAMap', 'damaged']);
  });

  it('a map that is taken back and removed again is reported again', async () => {
    await openAll();
    const problems: MapError[] = [];
    maps!.on('problem', (error) => problems.push(error));
    for (let i = 0; i < 2; i++) {
      renameSync(path('access.lmdb'), path('away'));
      maps!.isLocal('x');
      renameSync(path('away'), path('access.lmdb'));
      expect(shown('access')).toEqual([BEFORE]);
    }
    expect(problems.length).toBe(2);
  });
});

describe('a file that appears later', () => {
  it.each(['access', 'relay-domains', 'local-host-names', 'aliases'] as const)('%s is taken into use', async (name) => {
    open();
    expect(shown(name)).toEqual([]);
    await put(name, FACTS[name].text(AFTER));
    look();
    expect(shown(name)).toEqual([AFTER]);
  });

  it('as rubbish is reported once, and taken into use when it is a map', async () => {
    open();
    const problems: MapError[] = [];
    maps!.on('problem', (error) => problems.push(error));
    writeFileSync(path('access.lmdb'), 'rubbish');
    for (let i = 0; i < 3; i++) expect(shown('access')).toEqual([]);
    expect(problems.map(({ code }) => code)).toEqual(['notAMap']);
    rmSync(path('access.lmdb'));
    await put('access', FACTS.access.text(AFTER));
    expect(shown('access')).toEqual([AFTER]);
  });

  it('is not waited for where there should be none', async () => {
    open({ access: false });
    await put('access', FACTS.access.text(AFTER));
    expect(shown('access')).toEqual([]);
  });
});

describe('listeners', () => {
  it('that throw spoil no answer, and are not the last that hears', async () => {
    await openAll();
    const uncaught: unknown[] = [];
    const reported: string[] = [];
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => uncaught.push(error));
    try {
      maps!.on('reload', () => {
        throw new Error('a fault in a listener');
      });
      maps!.on('reload', (event) => reported.push(event.path));
      await put('access', FACTS.access.text(AFTER));
      expect(shown('access')).toEqual([AFTER]);
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of before) process.on('uncaughtException', listener);
    }
    expect(reported).toEqual([path('access.lmdb')]);
    expect(uncaught).toEqual([expect.objectContaining({ message: 'a fault in a listener' })]);
  });

  it('may ask, and may close', async () => {
    await openAll();
    const answers: boolean[] = [];
    maps!.on('reload', () => answers.push(FACTS.access.shows(maps!, AFTER)));
    await put('access', FACTS.access.text(AFTER));
    expect(shown('access')).toEqual([AFTER]);
    expect(answers).toEqual([true]);
    maps!.on('reload', () => maps!.close());
    await put('access', FACTS.access.text(BEFORE));
    expect(() => shown('access')).toThrow(expect.objectContaining({ code: 'closed' }));
  });
});

describe('close', () => {
  it('may come twice, and ends every question', async () => {
    await openAll();
    maps!.close();
    maps!.close();
    maps![Symbol.dispose]();
    const closed = expect.objectContaining({ name: 'MapError', code: 'closed' });
    const m = maps!;
    // biome-ignore format: one question a line
    for (const ask of [
      () => m.checkRelay(stranger.client), () => m.checkMail('a@b', stranger), () => m.checkRcpt('a@b', stranger),
      () => m.expand('a'), () => m.answerExpn('a'), () => m.answerVrfy('a'),
      () => m.accessSetting('GreetPause', { name: 'a' }), () => m.isLocal('a'),
    ]) expect(ask).toThrow(closed);
  });
});

describe('the directory', () => {
  it('is read and never written', async () => {
    await openAll();
    const before = readdirSync(directory).sort();
    for (const name of FILES) shown(name);
    maps!.close();
    expect(readdirSync(directory).sort()).toEqual(before);
  });

  it('of 10,000 replacements leaves no descriptor and no memory behind', { tags: ['slow'] }, async () => {
    await openAll();
    const generations = await twoGenerations();
    const replaceAll = (times: number): void => {
      for (let i = 0; i < times; i++) {
        for (const name of ['access', 'aliases', 'relay-domains']) {
          linkSync(generations(name, i % 2), path('next'));
          renameSync(path('next'), name === 'relay-domains' ? path(name) : path(`${name}.lmdb`));
        }
        const host = i % 2 === 0 ? BEFORE : AFTER;
        if (!FACTS.access.shows(maps!, host) || !FACTS.aliases.shows(maps!, host))
          throw new Error(`replacement ${i} was not seen`);
      }
    };
    replaceAll(1000);
    const [descriptors, bytes] = [openDescriptors(), usedBytes()];
    replaceAll(10_000);
    expect(openDescriptors()).toBe(descriptors);
    expect(usedBytes() - bytes).toBeLessThan(2 << 20);
  });
});

/** Two generations of three files, ready to be copied into place. */
async function twoGenerations(): Promise<(name: string, generation: number) => string> {
  const kept = path('kept');
  mkdirSync(kept);
  for (const [generation, host] of [BEFORE, AFTER].entries()) {
    await makeMap([Buffer.from(FACTS.access.text(host))], join(kept, `access${generation}.lmdb`));
    writeFileSync(join(kept, `aliases${generation}`), FACTS.aliases.text(host), { mode: 0o644 });
    await makeAliases(join(kept, `aliases${generation}`));
    writeFileSync(join(kept, `relay-domains${generation}`), FACTS['relay-domains'].text(host));
  }
  return (name, generation) => join(kept, `${name}${generation}${name === 'relay-domains' ? '' : '.lmdb'}`);
}

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let i = 0; i < 3; i++) collect();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}
