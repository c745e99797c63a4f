/** One configuration at one moment: from texts, from files, and while files change together. */
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  formatReply,
  type MailMaps,
  type MailMapsOptions,
  MapError,
  makeAliases,
  makeMap,
  openMailMaps,
  type ReloadEvent,
} from '../../src/index.ts';
import { readData } from '../read-data.ts';

/** The answers of sendmail if a map cannot be opened. */
const RECORDED = readData<{
  readonly access: readonly { readonly what: string; readonly reply: string }[];
  readonly aliases: readonly {
    readonly what: string;
    readonly answers: readonly { readonly recipients: readonly string[]; readonly errors: readonly string[] }[];
  }[];
}>('absent-maps');

let scratch: string;
let maps: MailMaps | undefined;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'mailmaps-configuration.'));
  chmodSync(scratch, 0o755);
});
afterEach(() => {
  maps?.close();
  maps = undefined;
  rmSync(scratch, { recursive: true });
});

type Options = MailMapsOptions;

function open(options: Options): MailMaps {
  maps?.close();
  maps = openMailMaps({ hostName: 'mail.here.example', reloadCheckMs: 0, ...options });
  return maps;
}

const stranger = { client: { address: '203.0.113.9', name: 'mx.stranger.example' }, sender: 'eve@stranger.example' };

describe('one reading of addresses', () => {
  const expands = (m: MailMaps, address: string): string[] => {
    const { recipients, errors } = m.expand(address);
    return [...recipients.map(({ kind }) => kind), ...errors.map(({ code }) => code)];
  };

  // decisions and expansion must read class O alike: once `%` was an operator for decisions only
  it.each([
    ['CO @ !\n', 'local'],
    ['CO @ % !\n', 'reject'],
    ['', 'reject'],
  ])('with %j is that of decisions and of expansion', (lines, action) => {
    const m = open({ cf: '/cf', texts: { '/cf': `V10\nDjmail.here.example\n${lines}` } });
    expect(m.checkRcpt('root%far.example@mail.here.example', stranger).action).toBe(action);
    const [kind] = expands(m, 'root%far.example@mail.here.example');
    expect(kind).toBe(action === 'local' ? 'unknownUser' : 'address');
  });

  it('knows the names of block_bad_helo in expansion as well', () => {
    const texts = { '/etc/passwd': 'root:x:0:0::/:/bin/sh\n' };
    const kinds = (features: Options['features'] & object): string[] =>
      expands(open({ texts, features }), 'root@[IPv6:::1]');
    expect(kinds(['block_bad_helo'])).toEqual(['user']);
    expect(kinds([])).toEqual(['address']);
  });
});

describe('a table in memory whose K line has -f', () => {
  // as in the map that makemap makes of the text without -f: keys are folded, and asked for as they are
  it.each([
    ['far.example', '[hub.example]'],
    ['FAR.example', 'far.example.'],
  ])('%s goes to %s', (domain, host) => {
    const cf = 'V10\nDjmail.here.example\nKmailertable hash -f /etc/mail/mailertable\n';
    const texts = { '/cf': cf, mailertable: 'Far.Example\tesmtp:[hub.example]\n' };
    const m = open({ cf: '/cf', rules: 'built-in', texts, features: ['mailertable'] });
    expect(m.route(`x@${domain}`)).toMatchObject({ host });
  });
});

describe('a configuration in memory', () => {
  const TEXTS = {
    access: '# who may what\nTo:a.example\tRELAY\nTo:A.example\tREJECT\nConnect:192.0.2.66\tREJECT\n',
    aliases: 'staff: alice, bob@far.example\nlist: :include:/etc/mail/lists/staff\nStaff2: alice\n',
    'relay-domains': 'b.example\n',
    'local-host-names': 'c.example\n',
    'lists/staff': 'x@far.example\n',
    '/etc/passwd': 'alice:x:2001:2001:Alice:/home/alice:/bin/sh\n',
    '/home/alice/.forward': 'alice@away.example\n',
  };

  it('answers from its texts alone', () => {
    const m = open({ texts: TEXTS });
    expect(m.checkRelay({ address: '192.0.2.66' }).action).toBe('reject');
    for (const [host, action] of [
      ['a.example', 'relay'],
      ['sub.b.example', 'relay'],
      ['c.example', 'local'],
    ]) {
      expect([host, m.checkRcpt(`x@${host}`, stranger).action]).toEqual([host, action]);
    }
    expect(m.checkRcpt('x@d.example', stranger).action).toBe('reject');
    expect(m.expand('list').recipients).toEqual([{ kind: 'address', localPart: 'x', domain: 'far.example' }]);
    expect(m.expand('staff').recipients).toEqual([
      { kind: 'address', localPart: 'alice', domain: 'away.example' },
      { kind: 'address', localPart: 'bob', domain: 'far.example' },
    ]);
    expect(m.expand('staff2').errors).toEqual([]);
    expect(m.expand('root').errors).toMatchObject([{ code: 'unknownUser' }]);
  });

  it('reads a sendmail.cf among them', () => {
    const cf = 'V10\nDjmx.cf.example\nCwcw.example\nFR/etc/mail/relay-domains\nKaccess hash /etc/mail/access\n';
    const m = openMailMaps({ cf: '/etc/mail/sendmail.cf', texts: { ...TEXTS, 'sendmail.cf': cf } });
    expect(['mx.cf.example', 'cw.example', 'c.example'].map((host) => m.isLocal(host))).toEqual([true, true, false]);
    expect(m.checkRcpt('x@a.example', stranger).action).toBe('relay');
  });

  const EVE = { localPart: 'Eve', domain: 'Far.Example' };
  // F= of the mailers: l is for this host, u keeps the case of a user, h that of a host.
  it.each([
    ['the usual mailers', {}, [{ name: 'bob' }, EVE]],
    ['flag u of local', { local: 'lsDFMAw5:/|@qPu' }, [{ name: 'Bob' }, EVE]],
    ['esmtp without flag u', { esmtp: 'mDFMX' }, [{ name: 'bob' }, { localPart: 'eve', domain: 'far.example' }]],
  ])('a list of aliases follows the M lines of the sendmail.cf: %s', (_what, lines, users) => {
    const { local = 'lsDFMAw5:/|@qP', esmtp = 'mDFMuX' }: Partial<Record<'local' | 'esmtp', string>> = lines;
    const cf = `V10\nDjmx.example.com\nCP.\nO AliasFile=/etc/mail/aliases
Mlocal, P=/bin/true, F=${local}, S=EnvFromL/HdrFromL, R=EnvToL, A=mail
Mesmtp, P=[IPC], F=${esmtp}, S=EnvFromSMTP/HdrFromSMTP, R=EnvToSMTP, A=TCP $h\n`;
    const m = openMailMaps({
      cf: '/etc/mail/sendmail.cf',
      rules: 'built-in',
      users: (name) => ({ name, uid: 1, gid: 1, home: '/none' }),
      texts: { 'sendmail.cf': cf, aliases: 'list: Bob, Eve@Far.Example\n' },
    });
    const { recipients } = m.expand('list');
    expect(recipients).toMatchObject(users);
  });

  it('names a mailer that is not ASCII as the sendmail.cf does', () => {
    const cf = `V10\nDjmx.example.com\nCP.\nDScafé:hub.example
Mlocal, P=/bin/true, F=lsDFMAw5:/|@qP, S=EnvFromL/HdrFromL, R=EnvToL, A=mail
Mcafé, P=[IPC], F=mDFMuX, S=EnvFromSMTP/HdrFromSMTP, R=EnvToSMTP, A=TCP $h\n`;
    const m = openMailMaps({ cf: '/etc/mail/sendmail.cf', rules: 'built-in', texts: { 'sendmail.cf': cf } });
    expect(m.expand('eve@far.example').recipients).toMatchObject([{ mailer: 'café', host: 'hub.example' }]);
  });

  it('says what is wrong with a text, with file and line', async () => {
    const m = open({ texts: { access: 'a.example\tOK\nb.example\n', aliases: 'x: y\nno colon\n' } });
    const heard: MapError[] = [];
    m.on('problem', (error) => heard.push(error));
    expect(m.problems).toMatchObject([
      { file: '/etc/mail/access', line: 2, text: 'no RHS for LHS b.example' },
      { file: '/etc/mail/aliases', line: 2 },
    ]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard.length).toBe(2);
  });

  it('has no map where there is no text, and misses one that was named', () => {
    expect(open({ texts: {} }).checkRelay({ address: '192.0.2.66' }).action).toBe('ok');
    expect(() => open({ texts: {}, access: 'access' })).toThrow(expect.objectContaining({ code: 'missing' }));
    expect(() => open({ texts: {}, cf: '/cf' })).toThrow(expect.objectContaining({ code: 'missing' }));
    expect(() => open({ texts: { access: 5 } as never })).toThrow('texts must be an object of strings');
  });
});

describe('a decision', () => {
  const texts = {
    access: '# relays\nTo:a.example\tRELAY\n\nConnect:192.0.2.66\tREJECT\nFrom:café.example\tREJECT\n',
    'local-host-names': 'c.example\n',
    'relay-domains': 'c.example\nb.example\n',
  };

  it.each([
    ['to a name here', 'root', 'local'],
    ['to a host of ours', 'x@c.example', 'local'],
    ['to a host of ours that is relayed to as well', 'x%c.example@mail.here.example', 'local'],
    ['to a host in relay-domains', 'x@b.example', 'relay'],
    ['to a host in the access map', 'x@a.example', 'relay'],
    ['through a host of ours', 'x%b.example@c.example', 'relay'],
  ])('says where accepted mail goes: %s', (_what, recipient, action) => {
    expect(open({ texts }).checkRcpt(recipient, stranger).action).toBe(action);
  });

  it('that lets a client send anywhere says it too', () => {
    const m = open({ texts });
    const actions = ['x@far.example', 'x@c.example'].map(
      (recipient) => m.checkRcpt(recipient, { client: { address: 'local' } }).action,
    );
    expect(actions).toEqual(['relay', 'local']);
    const promiscuous = open({ texts, features: ['promiscuous_relay'] });
    expect(promiscuous.checkRcpt('x@far.example', stranger).action).toBe('relay');
  });

  it('about a client or a sender is no relaying', () => {
    const m = open({ texts: { access: 'Connect:203.0.113.9\tRELAY\nFrom:a.example\tRELAY\n' } });
    expect(m.checkRelay(stranger.client).action).toBe('ok');
    expect(m.checkMail('x@a.example', stranger).action).toBe('ok');
  });

  it('has the place of each entry, in memory', () => {
    const { because, trace } = open({ texts }).checkRelay({ address: '192.0.2.66' });
    expect(because.source).toEqual({ file: '/etc/mail/access', line: 4 });
    const found = trace.filter((step) => step.kind === 'key' && step.status === 'found');
    expect(JSON.parse(JSON.stringify(found))).toMatchObject([{ source: { file: '/etc/mail/access', line: 4 } }]);
    expect(inspect(because)).toContain("source: { file: '/etc/mail/access', line: 4 }");
    expect(open({ texts }).checkMail('x@café.example', stranger).because.source).toMatchObject({ line: 5 });
    expect('source' in open({ texts }).checkRcpt('x@far.example', stranger).because).toBe(false);
  });

  it('has the place of each entry on disk as long as the text is the one that was there', async () => {
    writeFileSync(join(scratch, 'access'), 'Connect:192.0.2.66\tREJECT\n');
    await makeMap([Buffer.from('Connect:192.0.2.66\tREJECT\n')], join(scratch, 'access'));
    const m = open({ directory: scratch });
    const source = () => m.checkRelay({ address: '192.0.2.66' }).because.source;
    expect(source()).toEqual({ file: join(scratch, 'access'), line: 1 });
    writeFileSync(join(scratch, 'access'), '# moved\n\nConnect:192.0.2.66\tREJECT\n');
    expect(source()).toBe(undefined);
    writeFileSync(join(scratch, 'access'), 'Connect:192.0.2.66\tOK\n');
    expect(source()).toBe(undefined);
    rmSync(join(scratch, 'access'));
    expect(source()).toBe(undefined);
  });
});

describe('tables in the place of maps', () => {
  const found = (value: string) => ({ status: 'found', value }) as const;
  const MISSING = { status: 'notFound' } as const;

  it('are asked in text for access and aliases, in order', () => {
    const asked: string[] = [];
    const m = open({
      directory: scratch,
      access: (key, ...args) => {
        asked.push([key, ...args].join());
        return key === 'From:café.example' ? found('ERROR:5.7.1:"550 Nö%0"') : MISSING;
      },
      aliases: [() => MISSING, (key) => (key === 'staff' ? found('x@far.example') : MISSING)],
    });
    expect(m.checkMail('x@café.example', stranger).reply).toMatchObject({ code: 550, text: 'Nö%0' });
    expect(asked).toContain('From:x@café.example');
    expect(m.expand('staff').recipients).toEqual([{ kind: 'address', localPart: 'x', domain: 'far.example' }]);
  });

  it('that cannot tell let nobody in', () => {
    const cannotTell = () => ({ status: 'tempFail', error: new MapError('busy', 'not now') }) as const;
    const m = open({ directory: scratch, access: cannotTell, aliases: [cannotTell] });
    expect(m.checkRelay(stranger.client).action).toBe('tempFail');
    expect(m.expand('root').errors).toMatchObject([{ code: 'tempFail' }]);
  });

  it.each<[result: unknown, message: string]>([
    [undefined, 'the result of a table must be an object, not undefined'],
    ['RELAY', 'the result of a table must be an object, not "RELAY"'],
    [Promise.resolve(MISSING), 'the result of a table must be an object, not a Promise'],
    [{ status: 'found' }, 'the result of a table.value must be a string, not undefined'],
    [
      { status: 'FOUND', value: 'x' },
      'the result of a table.status must be one of found, notFound, tempFail, not "FOUND"',
    ],
  ])('that give %j are refused', (result, message) => {
    expect(() => open({ directory: scratch, access: () => result as never }).checkRelay(stranger.client)).toThrow(
      new TypeError(message),
    );
  });
});

describe('"absent" is not "empty"', () => {
  const client = { address: '192.0.2.66' };
  const dangling = (name: string): undefined => void symlinkSync('/nonexistent/map', join(scratch, name));
  const text = (name: string, what: string): undefined =>
    void writeFileSync(join(scratch, name), what, { mode: 0o644 });
  const rootAlone = (name: string) => (name === 'root' ? { name, uid: 0, gid: 0, home: '/nonexistent' } : undefined);
  const cf = (lines: string): Options => {
    writeFileSync(join(scratch, 'sendmail.cf'), `V10\nO DontBlameSendmail=TrustStickyBit\n${lines}`);
    return { cf: join(scratch, 'sendmail.cf') };
  };

  const textAnd = (lines: string): Options => {
    text('aliases', 'staff: root\n');
    return cf(lines);
  };

  // sendmail's own answers are in test/data/absent-maps.json; it treats an invalid map with `-o` as absent, and we do not
  it.each<[what: string, make: () => Options | undefined, action: string]>([
    ['neither map nor text', () => undefined, 'ok'],
    ['a text without its map', () => text('access', 'Connect:192.0.2.66\tREJECT\n'), 'tempFail'],
    ['a link that leads nowhere', () => dangling('access.lmdb'), 'tempFail'],
    ['a Berkeley DB file that is such a link', () => dangling('access.db'), 'tempFail'],
    ['a CDB file that is such a link', () => dangling('access.cdb'), 'tempFail'],
    ['a text that is such a link', () => dangling('access'), 'tempFail'],
    ['a K line, without a map', () => cf(`Kaccess hash ${scratch}/access\n`), 'tempFail'],
    ['a K line with -T, without a map', () => cf(`Kaccess hash -T<TMPF> ${scratch}/access\n`), 'tempFail'],
    ['a K line with -o, without a map', () => cf(`Kaccess hash -o ${scratch}/access\n`), 'ok'],
  ])('access: %s', (what, make, action) => {
    const options = make() ?? {};
    const decision = open({ directory: scratch, ...options }).checkRelay(client);
    expect(decision.action).toBe(action);
    const theirs = RECORDED.access.find((row) => row.what === what)?.reply;
    if (theirs !== undefined) expect(decision.reply === undefined ? 'ok' : formatReply(decision).trim()).toBe(theirs);
  });

  it.each<[what: string, make: () => Options | undefined, staff: string, nosuch: string]>([
    ['neither map nor text', () => undefined, 'unknownUser', 'unknownUser'],
    ['a text without its map', () => text('aliases', 'staff: root\n'), 'root', 'unknownUser'],
    [
      'a text beside a link that leads nowhere',
      () => dangling('aliases.lmdb') ?? text('aliases', 'staff: root\n'),
      'root',
      'unknownUser',
    ],
    [
      'a text beside a map that is none',
      () => text('aliases.lmdb', 'rubbish') ?? text('aliases', 'staff: root\n'),
      'root',
      'unknownUser',
    ],
    ['a link that leads nowhere', () => dangling('aliases.lmdb'), 'tempFail', 'tempFail'],
    ['AliasFile, text alone', () => textAnd(`O AliasFile=${scratch}/aliases\n`), 'root', 'unknownUser'],
    ['AliasFile, nothing', () => cf(`O AliasFile=${scratch}/aliases\n`), 'tempFail', 'tempFail'],
    ['AliasFile of a type, text alone', () => textAnd(`O AliasFile=hash:${scratch}/aliases\n`), 'tempFail', 'tempFail'],
    [
      'AliasFile of a type with -o, text alone',
      () => textAnd(`O AliasFile=hash:-o ${scratch}/aliases\n`),
      'unknownUser',
      'unknownUser',
    ],
    [
      'AliasFile, the second missing',
      () => textAnd(`O AliasFile=${scratch}/aliases,${scratch}/more\n`),
      'tempFail',
      'tempFail',
    ],
  ])('aliases: %s', (what, make, staff, nosuch) => {
    const options = make();
    const m = open({ directory: scratch, users: rootAlone, ...options });
    const outcome = (name: string): string => {
      const { recipients, errors } = m.expand(name);
      return errors[0]?.code ?? recipients.map((to) => (to.kind === 'user' ? to.name : to.kind)).join();
    };
    const ours = [outcome('staff'), outcome('nosuch')];
    expect(ours).toEqual([staff, nosuch]);
    const theirs = RECORDED.aliases.find((row) => row.what === what)?.answers;
    // a name without a certain answer is shown as a user, and queued
    for (const [i, name] of (theirs === undefined ? [] : ours).entries()) {
      const [answer] = [theirs![i]!];
      if (name === 'unknownUser') expect(answer.errors[0]).toMatch(/User unknown$/);
      else expect(answer.recipients.length).toBe(1);
    }
  });

  const SPOILT: Readonly<Record<string, (file: string) => void>> = {
    'is half written': (file) => writeFileSync(file, 'half'),
    'is a link that leads nowhere': (file) => symlinkSync('/nowhere/map', file),
  };
  it.each(
    Object.entries(SPOILT).flatMap(([how, spoil]) =>
      ['access.lmdb', 'access.db', 'access.cdb', 'access'].map((name) => ({ name, how, spoil })),
    ),
  )('$name that appears and $how is not empty, and the map is used once it can be', async ({ name, spoil }) => {
    const m = open({ directory: scratch });
    const problems: MapError[] = [];
    m.on('problem', (error) => problems.push(error));
    expect(m.checkRelay(client).action).toBe('ok');
    spoil(join(scratch, name));
    for (let i = 0; i < 3; i++) expect(m.checkRelay(client).action).toBe('tempFail');
    expect(problems).toHaveLength(1);
    expect(problems[0]!.message).toContain(join(scratch, 'access'));
    rmSync(join(scratch, name));
    await makeMap([Buffer.from('Connect:192.0.2.66 REJECT\n')], join(scratch, 'access'));
    expect(m.checkRelay(client).action).toBe('reject');
  });

  it('the text of aliases answers until the map is made, and as it is then', async () => {
    text('aliases', 'a: x@one.example\n');
    const m = open({ directory: scratch });
    const domain = (): unknown => m.expand('a').recipients.map((to) => to.kind === 'address' && to.domain);
    expect(domain()).toEqual(['one.example']);
    text('aliases', 'a: x@two.example\n');
    domain();
    expect(domain()).toEqual(['two.example']);
    await makeAliases(join(scratch, 'aliases'));
    text('aliases', 'a: x@three.example\n');
    domain();
    expect(domain()).toEqual(['two.example']);
  });
});

describe('files of one moment', { tags: ['slow'] }, () => {
  /** A directory in which each file says the same name. */
  async function generation(name: string): Promise<void> {
    const directory = join(scratch, name);
    mkdirSync(join(directory, 'lists'), { recursive: true });
    await makeMap([Buffer.from(`To:${name}.access\tRELAY\n`)], join(directory, 'access'));
    for (const [file, text] of [
      ['aliases', `a: x@${name}.alias, :include:${scratch}/current/lists/l\n`],
      ['relay-domains', `${name}.relayed\n`],
      ['local-host-names', `${name}.local\n`],
      ['lists/l', `y@${name}.alias\n`],
    ] as const) {
      writeFileSync(join(directory, file), text, { mode: 0o644 });
    }
    await makeAliases(join(directory, 'aliases'));
    const where = join(scratch, 'current');
    const lines = `FR${where}/relay-domains\nFw${where}/local-host-names\nKaccess hash ${where}/access\n`;
    const cf = `V10\nDjmail.${name}.example\nO DontBlameSendmail=TrustStickyBit,GroupWritableDirPathSafe\n`;
    writeFileSync(join(directory, 'sendmail.cf'), `${cf}${lines}O AliasFile=${where}/aliases\n`);
  }

  function use(name: string): void {
    symlinkSync(name, join(scratch, 'next'));
    renameSync(join(scratch, 'next'), join(scratch, 'current'));
  }

  /** Which generation each file of one answer is of. */
  function seen(m: Pick<MailMaps, 'checkRcpt' | 'isLocal' | 'expand'>): string[] {
    return ['one', 'two'].filter(
      (name) =>
        m.checkRcpt(`x@${name}.access`, stranger).action === 'relay' ||
        m.checkRcpt(`x@${name}.relayed`, stranger).action === 'relay' ||
        m.isLocal(`${name}.local`) ||
        m.expand('a').recipients.some((to) => to.kind === 'address' && to.domain === `${name}.alias`),
    );
  }

  beforeEach(async () => {
    for (const name of ['one', 'two']) await generation(name);
    use('one');
  });

  it.each([
    ['a directory', {}],
    ['a sendmail.cf in it', { cf: 'sendmail.cf' }],
  ])('are taken when a link is switched, in one step: %s', (_what, { cf }: { readonly cf?: string }) => {
    const where = join(scratch, 'current');
    const m = cf === undefined ? open({ directory: where }) : openMailMaps({ cf: join(where, cf), reloadCheckMs: 0 });
    maps = m;
    const reported: ReloadEvent[] = [];
    m.on('reload', (event) => reported.push(event));
    expect(seen(m)).toEqual(['one']);
    for (const [before, after] of [
      ['one', 'two'],
      ['two', 'one'],
      ['one', 'two'],
    ]) {
      const kept = m.current();
      use(after!);
      expect(seen(m)).toEqual([after]);
      if (cf !== undefined) expect(m.isLocal(`mail.${after}.example`)).toBe(true);
      expect(kept.checkRcpt(`x@${before}.access`, stranger).action).toBe('relay');
      expect(kept.isLocal(`${before}.local`)).toBe(true);
    }
    expect(reported.map(({ path }) => path)).toEqual([where, where, where]);
  });

  it('are taken when the files are links through one that is switched', () => {
    const etc = join(scratch, 'etc');
    mkdirSync(etc);
    for (const name of ['access.lmdb', 'aliases.lmdb', 'relay-domains', 'local-host-names']) {
      symlinkSync(`../current/${name}`, join(etc, name));
    }
    const m = open({ directory: etc });
    for (const name of ['one', 'two', 'one']) {
      use(name);
      expect(seen(m)).toEqual([name]);
    }
  });

  it('stay in use, all of them, when one of the new directory cannot be used', () => {
    const m = open({ directory: join(scratch, 'current') });
    const problems: MapError[] = [];
    m.on('problem', (error) => problems.push(error));
    cpSync(join(scratch, 'two'), join(scratch, 'bad'), { recursive: true });
    writeFileSync(join(scratch, 'bad/aliases.lmdb'), 'rubbish');
    rmSync(join(scratch, 'bad/aliases'));
    use('bad');
    for (let i = 0; i < 3; i++) expect(m.checkRcpt('x@one.access', stranger).action).toBe('relay');
    expect(m.isLocal('two.local')).toBe(false);
    expect(problems.map(({ code }) => code)).toEqual(['notAMap']);
    use('two');
    expect(seen(m)).toEqual(['two']);
  });

  it('stay in use when the new directory lacks one that was there', () => {
    const m = open({ directory: join(scratch, 'current') });
    const problems: MapError[] = [];
    m.on('problem', (error) => problems.push(error));
    cpSync(join(scratch, 'two'), join(scratch, 'less'), { recursive: true });
    for (const name of ['access', 'access.lmdb']) rmSync(join(scratch, 'less', name), { force: true });
    use('less');
    expect(m.checkRcpt('x@one.access', stranger).action).toBe('relay');
    expect(m.isLocal('two.local')).toBe(false);
    expect(problems).toMatchObject([{ code: 'missing', file: join(scratch, 'current/access.lmdb') }]);
  });

  it('leave no descriptor behind', () => {
    const m = open({ directory: join(scratch, 'current') });
    const descriptors = (): number => readdirSync('/proc/self/fd').length;
    seen(m);
    const before = descriptors();
    for (let i = 0; i < 100; i++) {
      use(i % 2 === 0 ? 'two' : 'one');
      m.isLocal('x');
    }
    expect(descriptors()).toBe(before);
  });

  it('stay open for a configuration that was kept, when its maps are gone and the server is closed', async () => {
    const m = open({ directory: join(scratch, 'one') });
    const kept = m.current();
    await makeMap([Buffer.from('To:new.access\tRELAY\n')], join(scratch, 'one/access'));
    expect(m.checkRcpt('x@new.access', stranger).action).toBe('relay');
    expect(kept.checkRcpt('x@one.access', stranger).action).toBe('relay');
    expect(kept.checkRcpt('x@new.access', stranger).action).toBe('reject');
  });
});

describe('a sendmail.cf', () => {
  it('that changes is used with what it names', () => {
    const file = join(scratch, 'sendmail.cf');
    writeFileSync(file, 'V10\nCwone.example\n');
    const m = openMailMaps({ cf: file, reloadCheckMs: 0 });
    maps = m;
    writeFileSync(join(scratch, 'names'), 'three.example\n');
    writeFileSync(file, `V10\nCwtwo.example\nFw${scratch}/names\n`);
    m.isLocal('x');
    expect(['one', 'two', 'three'].map((name) => m.isLocal(`${name}.example`))).toEqual([false, true, true]);
  });

  it('that names what is not supported is reported, and has no certain answer', () => {
    const file = join(scratch, 'sendmail.cf');
    writeFileSync(file, 'V10\nCwone.example\n');
    const m = openMailMaps({ cf: file, reloadCheckMs: 0 });
    maps = m;
    const problems: MapError[] = [];
    m.on('problem', (error) => problems.push(error));
    writeFileSync(file, 'V10\nCwtwo.example\nKaccess ldap -k (x=%0)\n');
    for (let i = 0; i < 3; i++) m.isLocal('x');
    expect(['one', 'two'].map((name) => m.isLocal(`${name}.example`))).toEqual([false, true]);
    const client = { address: '192.0.2.1', name: 'c.far.example' };
    expect(m.checkRcpt('x@far.example', { client, sender: 's@far.example' }).action).toBe('tempFail');
    expect(problems).toMatchObject([{ code: 'badInput', file, line: 3 }]);
  });
});

describe('the refusal of a table', () => {
  it.each(['Address rejected', 'Unbalanced budget', '8-bit character', 'prescan: no', 'Cannot mail directly to us'])(
    'is one in the words of a complaint: %s',
    (words) => {
      const reported = (text: string): string => {
        const maps = openMailMaps({
          texts: { aliases: 'list: gone@v.example', virtusertable: `gone@v.example error:nouser 550 ${text}` },
          hostName: 'm.example',
          localHostNames: ['v.example'],
          features: ['virtusertable'],
          users: () => undefined,
        });
        const { because } = maps.checkRcpt('gone@v.example', { client: { address: '192.0.2.1' } });
        const steps = maps.expand('list').trace.map(({ address, outcome }) => [address, outcome]);
        return JSON.stringify({ because, steps });
      };
      expect(reported(words)).toBe(reported('Gone away').replaceAll('Gone away', words));
    },
  );
});
