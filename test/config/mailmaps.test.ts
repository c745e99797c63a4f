import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Expansion,
  formatReply,
  type MailMaps,
  type MailMapsOptions,
  type MapError,
  makeAliases,
  makeMap,
  openMailMaps,
} from '../../src/index.ts';

let directory: string;
const opened: MailMaps[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-'));
});

afterEach(() => {
  for (const maps of opened.splice(0)) maps.close();
  rmSync(directory, { recursive: true });
});

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    // As editors do, so that the change shows in the inode whatever the clock's grain.
    writeFileSync(join(directory, `${name}~`), text);
    renameSync(join(directory, `${name}~`), join(directory, name));
    if (name === 'access') await makeMap([Buffer.from(text)], join(directory, name));
    if (name === 'aliases') await makeAliases(join(directory, name));
  }
}

function open(options: MailMapsOptions = {}): MailMaps {
  const maps = openMailMaps({ directory, hostName: 'mail.here.example', reloadCheckMs: 0, ...options });
  opened.push(maps);
  return maps;
}

const stranger = { client: { address: '203.0.113.9', name: 'mx.stranger.example' }, sender: 'eve@stranger.example' };

describe('a configuration directory', () => {
  it('decides from the access map, relay-domains and local-host-names', async () => {
    await write({ access: 'To:a.example\tRELAY\n', 'relay-domains': 'b.example\n', 'local-host-names': 'c.example\n' });
    const maps = open();
    expect(maps.checkRcpt('x@a.example', stranger).action).toBe('relay');
    expect(maps.checkRcpt('x@sub.b.example', stranger).action).toBe('relay');
    expect(maps.checkRcpt('x@c.example', stranger).action).toBe('local');
    expect(formatReply(maps.checkRcpt('x@d.example', stranger), 'x@d.example')).toBe(
      '550 5.7.1 <x@d.example>... Relaying denied',
    );
    expect(maps.isLocal('C.Example')).toBe(true);
    expect(maps.isLocal('sub.c.example')).toBe(false);
  });

  it('works without any of its files', () => {
    const maps = open();
    expect(maps.checkRelay(stranger.client).action).toBe('ok');
    expect(maps.checkRcpt('x@a.example', stranger).action).toBe('reject');
    expect(maps.checkRcpt('root@mail.here.example', stranger).action).toBe('local');
  });

  it('expands aliases to users, and says who led there', async () => {
    await write({ aliases: 'staff: root, "Ms. Remote" <r@far.example>\n' });
    const { recipients, errors, trace } = open().expand('staff');
    expect(errors).toEqual([]);
    expect(recipients).toEqual([
      { kind: 'user', name: 'root' },
      { kind: 'address', localPart: 'r', domain: 'far.example' },
    ]);
    expect(trace.length).toBeGreaterThan(2);
  });

  it('reads % and ! in addresses as the features, or class O of a sendmail.cf, say', async () => {
    await write({ 'one.cf': 'V10\nCO @ !\n', 'two.cf': 'V10\nCO @ % !\n' });
    const kinds = ({ recipients, errors }: Expansion): string[] =>
      [...recipients, ...errors].map((found) => ('kind' in found ? found.kind : found.code));
    const ask = (options: Parameters<typeof open>[0]): string[] => kinds(open(options).expand('a%b.example, c!d'));
    expect(ask({})).toEqual(['address', 'address']);
    expect(ask({ features: ['nopercenthack:nospecial'] })).toEqual(['address', 'unknownUser']);
    expect(ask({ features: ['nouucp:reject'] })).toEqual(['address', 'unknownUser']);
    expect(ask({ cf: join(directory, 'one.cf') })).toEqual(['address', 'unknownUser']);
    expect(ask({ cf: join(directory, 'two.cf') })).toEqual(['address', 'address']);
  });

  it.each([
    ['full names are users with MatchGECOS', 'O MatchGECOS\n', 'joe.doe', ['joe']],
    ['and are not without', '', 'joe.doe', ['unknownUser']],
    ['BlankSub stands between words', 'O MatchGECOS\nO BlankSub=-\n', '<joe doe>', ['joe']],
    ['and a dot does then not', 'O MatchGECOS\nO BlankSub=-\n', 'joe.doe', ['unknownUser']],
    ['blanks separate', '', 'joe root', ['joe', 'root']],
    ['and do not without OldStyleHeaders', 'O OldStyleHeaders=False\n', 'joe root', ['unknownUser']],
  ])('reads names as the options of a sendmail.cf say: %s', async (_what, lines, address, expected) => {
    const users = 'root:x:0:0:root:/root:/bin/sh\njoe:x:5:5:Joe Doe:/:/bin/sh\n';
    await write({ 'sendmail.cf': `V10\n${lines}`, users });
    const { recipients, errors } = open({ cf: join(directory, 'sendmail.cf'), users: join(directory, 'users') }).expand(
      address,
    );
    expect([...recipients, ...errors].map((one) => ('name' in one ? one.name : 'code' in one && one.code))).toEqual(
      expected,
    );
  });

  it('answers EXPN and VRFY', async () => {
    await write({ aliases: 'staff: r@far.example\n' });
    const maps = open();
    expect(maps.answerExpn('staff')).toEqual(['250 2.1.5 <r@far.example>']);
    expect(maps.answerVrfy('staff')).toEqual(['250 2.1.5 <staff@mail.here.example>']);
    expect(maps.answerExpn('staff', ['noexpn'])).toEqual(['502 5.7.0 Sorry, we do not allow this operation']);
  });

  it('marks programs that the restricted shell would not run', async () => {
    const programs = ['vacation x', '/bin/sh x', 'plain', 'dir'];
    await write({ aliases: programs.map((program, i) => `a${i}: "|${program}"\n`).join(''), vacation: '', plain: '' });
    chmodSync(join(directory, 'vacation'), 0o755);
    mkdirSync(join(directory, 'dir'));
    const maps = open({ restrictedShell: directory });
    expect(maps.expand('a0').recipients).toEqual([{ kind: 'program', command: 'vacation x', from: 'a0' }]);
    const refusals = ['a1', 'a2', 'a3'].map((name) => maps.expand(name).recipients[0]);
    expect(refusals).toMatchObject([
      { refused: '"sh" not available for sendmail programs (stat failed)' },
      { refused: '"plain" not available for sendmail programs' },
      { refused: '"dir" not available for sendmail programs (not a file)' },
    ]);
  });

  it('takes names instead of files, and a sendmail.cf', async () => {
    const named = open({ localHostNames: ['l.example'], relayDomains: ['r.example'] });
    expect(named.checkRcpt('x@l.example', stranger).action).toBe('local');
    expect(named.checkRcpt('x@r.example', stranger).action).toBe('relay');

    await write({ rules: 'To:a.example\tRELAY\n', hosts: 'w.example\n' });
    await makeMap([Buffer.from('To:a.example\tRELAY\n')], join(directory, 'rules'));
    const cf = `V10\nDjmx.cf.example\nCwcw.example\nFw${directory}/hosts\nFR-o ${directory}/none\nKaccess hash ${directory}/rules\n`;
    await write({ 'sendmail.cf': cf });
    const maps = openMailMaps({ cf: join(directory, 'sendmail.cf') });
    opened.push(maps);
    expect(maps.checkRcpt('x@a.example', stranger).action).toBe('relay');
    for (const host of ['w.example', 'cw.example', 'mx.cf.example']) {
      expect([host, maps.checkRcpt(`x@${host}`, stranger).action]).toEqual([host, 'local']);
    }
  });

  it('reads what a class gives as what an object has, and nothing beside it', async () => {
    await write({ access: 'Connect:203.0.113.9\tREJECT\n' });
    class Connection {
      readonly server: object = this;
      readonly helo = 'café';
      get address(): string {
        return '203.0.113.9';
      }
    }
    expect(open().checkRelay(new Connection()).action).toBe('reject');
    expect(open().checkRelay(Object.freeze(Object.assign(Object.create(null), stranger.client))).action).toBe('reject');
  });

  it('takes users of a function in text, and nothing else for a user', () => {
    const user = { name: 'jose', uid: 1, gid: 1, home: '/nonexistent', fullName: 'José Čapek' };
    expect(open({ users: () => user }).answerVrfy('jose')).toEqual(['250 2.1.5 José Čapek <jose@mail.here.example>']);
    expect(open({ users: () => undefined }).expand('root').errors).toMatchObject([{ code: 'unknownUser' }]);
    for (const none of [null, Promise.resolve(user), 'jose', { name: 'jose' }]) {
      expect(() => open({ users: () => none as never }).expand('root')).toThrow(/^a user/);
    }
  });

  it('speaks text: what is not ASCII goes in and comes out as it was', async () => {
    await write({ access: 'From:café.example\tERROR:5.7.1:"550 Nö, später"\n' });
    const decision = open().checkMail('x@café.example', { client: stranger.client });
    expect(decision.reply?.text).toBe('Nö, später');
    expect(decision.because?.key).toBe('From:café.example');
    const features = ['define:confREJECT_MSG="550 Nö\u010a"'] as const;
    await write({ access: 'From:café.example\tREJECT\n' });
    const replaced = open({ features }).checkMail('x@café.example', { client: stranger.client });
    expect(replaced.reply?.text).toBe('Nö\u010a');
  });
});

describe('a sendmail.cf', () => {
  const openCf = async (lines: string, options: MailMapsOptions = {}): Promise<MailMaps> => {
    await write({ 'sendmail.cf': `V10\nDjmail.here.example\n${lines}` });
    const maps = openMailMaps({ cf: join(directory, 'sendmail.cf'), reloadCheckMs: 0, ...options });
    opened.push(maps);
    return maps;
  };

  it('says what EXPN and VRFY may tell', async () => {
    const maps = await openCf('O PrivacyOptions=authwarnings, NoVrfy\n');
    expect(maps.answerVrfy('root')[0]).toMatch(/^252 2\.5\.2 /);
    expect(maps.answerExpn('root')[0]).toMatch(/^250 /);
    expect(maps.answerVrfy('root', [])[0]).toMatch(/^250 /);
  });

  it('may want clients to say HELO before EXPN and VRFY; its words are separated by anything', async () => {
    const maps = await openCf('O PrivacyOptions=noetrn|needvrfyhelo;NeedExpnHelo\n');
    for (const ask of ['answerVrfy', 'answerExpn'] as const) {
      expect(maps[ask]('root', undefined, false)).toEqual(['503 5.0.0 I demand that you introduce yourself first']);
      expect(maps[ask]('root')[0]).toMatch(/^250 /);
    }
  });

  it('may name files and hosts that end in a letter beyond ASCII', async () => {
    await write({ 'aliases-à': 'a: x@far.example\n' });
    await makeAliases(join(directory, 'aliases-à'));
    writeFileSync(join(directory, 'hôtes-à'), 'ça.example\n');
    const cf = `O AliasFile=${directory}/aliases-à, ${directory}/aliases-à\nFw${directory}/hôtes-à\nCwlà\n`;
    const maps = await openCf(cf);
    expect(maps.expand('a').recipients).toMatchObject([{ localPart: 'x' }]);
    expect(['ça.example', 'là'].map((host) => maps.isLocal(host))).toEqual([true, true]);
  });

  it.each([
    ['3 # levels', 3],
    ['5.9', 5],
    ['0x3', 0],
    ['-1', -1],
    ['many', 0],
  ])('limits recursion by the digits of %j', async (value, max) => {
    await write({ aliases: 'a: b\nb: c\nc: d\nd: e\ne: f\nf: g\ng: h\n' });
    const maps = await openCf(`O AliasFile=${directory}/aliases\nO MaxAliasRecursion=${value}\n`);
    expect(maps.expand('a').errors[0]?.text).toMatch(`(${max + 1} aliases deep; ${max} max)`);
  });

  it('says where relative names of lists start: in the queue directory, or in that of several queues', async () => {
    for (const queue of ['queue', 'queue/q*']) {
      await write({ aliases: 'a: ":include:./list"\n' });
      mkdirSync(join(directory, 'queue'), { recursive: true });
      writeFileSync(join(directory, 'queue/list'), 'x@far.example\n');
      const maps = await openCf(`O AliasFile=${directory}/aliases\nO QueueDirectory=${directory}/${queue}\n`);
      expect(maps.expand('a').recipients).toMatchObject([{ localPart: 'x', domain: 'far.example' }]);
    }
  });

  it('may name a map with .db; ours is beside that', async () => {
    await write({ access: 'To:a.example\tRELAY\n' });
    const maps = await openCf(`Kaccess hash ${directory}/access.db\n`);
    expect(maps.checkRcpt('x@a.example', stranger).action).toBe('relay');
  });

  it('may name a Berkeley DB and a CDB file by one name', async () => {
    const file = join(directory, 'aliases');
    writeFileSync(file, 'cdb-only: x@far.example\n');
    await makeAliases(file, { format: 'cdb' });
    copyFileSync(join(import.meta.dirname, '../data/dbfiles/sm-aliases.db'), `${file}.db`);
    const maps = await openCf(`O AliasFile=hash:${file}, cdb:${file}\n`);
    expect(maps.expand('nobody').recipients).toMatchObject([{ kind: 'file' }]);
    expect(maps.expand('cdb-only').recipients).toMatchObject([{ localPart: 'x' }]);
  });

  it('may mark a map optional, which is taken up when it appears', async () => {
    const maps = await openCf(`Kaccess hash -o ${directory}/access\nO AliasFile=hash:-o ${directory}/aliases\n`);
    expect(maps.checkRcpt('x@a.example', stranger).action).toBe('reject');
    await write({ access: 'To:a.example\tRELAY\n' });
    expect(maps.checkRcpt('x@a.example', stranger).action).toBe('relay');
  });

  // biome-ignore format: one case per line
  it.each<[lines: string, said: RegExp, line: number]>([
    ['Kaccess ldap -1 -k (x=%0)\n', /class ldap are not supported/, 3],
    ['Kaccess sequence one two\n', /class sequence are not supported/, 3],
    ['Kaccess text /etc/mail/access\n', /class text are not supported/, 3],
    ['Kaccess null\n', /class null are not supported/, 3],
    ['Kaccess socket unix:/run/x\n', /class socket are not supported/, 3],
    ['# here\nKaccess hash DIR/access.lmdb\n', /is in DIR\/access\.lmdb\.db, not in/, 4],
    ['Kaccess lmdb DIR/access.db\n', /is in DIR\/access\.db\.lmdb, not in/, 3],
    ['Kaccess cdb DIR/access.db\n', /is in DIR\/access\.db\.cdb, not in/, 3],
  ])('%j has no certain answer, which is reported with its line; nobody gets in', async (lines, said, line) => {
    await write({ access: 'To:a.example\tRELAY\n', aliases: 'root: x@far.example\n' });
    const maps = await openCf(`${lines.replaceAll('DIR', directory)}O AliasFile=hash:${directory}/aliases\n`);
    const problems: MapError[] = [];
    maps.on('problem', (error) => problems.push(error));
    await new Promise((resolve) => setImmediate(resolve));
    expect(maps.checkRcpt('x@a.example', stranger).action).toBe('tempFail');
    expect(maps.checkRcpt('x@b.example', stranger).action).toBe('tempFail');
    // the rest of the configuration answers
    expect(maps.isLocal('mail.here.example')).toBe(true);
    expect(maps.expand('root').recipients).toMatchObject([{ localPart: 'x' }]);
    expect(problems).toMatchObject([{ code: 'badInput', line }]);
    expect(problems[0]!.message.replaceAll(directory, 'DIR')).toMatch(said);
  });

  it('may name aliases of a class that is not supported: no user is unknown then', async () => {
    const lines = '# here\nO AliasFile=nis:mail.aliases@dom\n';
    const maps = await openCf(lines);
    const problems: MapError[] = [];
    maps.on('problem', (error) => problems.push(error));
    await new Promise((resolve) => setImmediate(resolve));
    expect(maps.expand('nobody-here').errors).toMatchObject([{ code: 'tempFail' }]);
    expect(problems).toMatchObject([{ code: 'badInput', line: 4, message: expect.stringContaining('class nis ') }]);
    expect((await openCf(lines, { access: false, aliases: [] })).isLocal('mail.here.example')).toBe(true);
  });

  it('tells right after it was opened what of it is not followed', async () => {
    const maps = await openCf('Fw|/bin/echo a.example\n');
    const problems: MapError[] = [];
    maps.on('problem', (error) => problems.push(error));
    await new Promise((resolve) => setImmediate(resolve));
    const file = join(directory, 'sendmail.cf');
    expect(problems).toEqual([expect.objectContaining({ code: 'badInput', file, line: 3 })]);
    expect(problems[0]!.message).toBe(
      `${file}: line 3: class w: members from a program are not supported: |/bin/echo a.example`,
    );
  });

  it('gives way to options', async () => {
    const maps = await openCf('', { hostName: 'other.example', relayDomains: ['r.example'] });
    expect(maps.isLocal('other.example')).toBe(true);
    expect(maps.isLocal('mail.here.example')).toBe(false);
    expect(maps.checkRcpt('x@r.example', stranger).action).toBe('relay');
  });
});

describe('a change', () => {
  it('of a map or a class file is used by the next question, and reported', async () => {
    await write({ access: 'To:a.example\tRELAY\n', 'relay-domains': '' });
    const maps = open();
    const reloaded: string[] = [];
    maps.on('reload', ({ path }) => reloaded.push(path));
    expect(maps.checkRcpt('x@b.example', stranger).action).toBe('reject');
    await write({ access: 'To:b.example\tRELAY\n', 'relay-domains': 'c.example\n' });
    expect(maps.checkRcpt('x@b.example', stranger).action).toBe('relay');
    expect(maps.checkRcpt('x@c.example', stranger).action).toBe('relay');
    expect(maps.checkRcpt('x@a.example', stranger).action).toBe('reject');
    expect(new Set(reloaded)).toEqual(new Set([join(directory, 'access.lmdb'), join(directory, 'relay-domains')]));
  });

  it('to something that cannot be used is reported once and leaves the old in use', async () => {
    await write({ access: 'To:a.example\tRELAY\n' });
    const maps = open();
    const problems: MapError[] = [];
    maps.on('problem', (error) => problems.push(error));
    writeFileSync(join(directory, 'broken'), 'this is no map');
    renameSync(join(directory, 'broken'), join(directory, 'access.lmdb'));
    for (let i = 0; i < 3; i++) expect(maps.checkRcpt('x@a.example', stranger).action).toBe('relay');
    expect(problems.map((error) => error.code)).toEqual(['notAMap']);
  });
});

describe('a text without its map', () => {
  it.each([['access'], ['aliases']])(
    '%s is reported right after opening, for nobody would get its answers',
    async (name) => {
      writeFileSync(join(directory, name), 'text\n');
      const maps = open();
      const problems: MapError[] = [];
      maps.on('problem', (error) => problems.push(error));
      await new Promise((resolve) => setImmediate(resolve));
      const map = join(directory, `${name}.lmdb`);
      const message = `the map of ${join(directory, name)}, ${map}, does not exist: build it with makemap, or newaliases if it holds aliases`;
      expect(problems).toEqual([expect.objectContaining({ code: 'missing', file: map, message })]);
    },
  );
});

describe('what cannot be used', () => {
  // biome-ignore format: one case per line
  it.each([
    ['a map that was named and is not there', { access: 'nosuch' }, 'missing'],
    ['a class file that was named and is not there', { localHostNames: '/nonexistent/names' }, 'missing'],
    ['a sendmail.cf that is not there', { cf: '/nonexistent/sendmail.cf' }, 'missing'],
    ['a host name that is no text', { hostName: '\ud800' }, 'badInput'],
    ['a host name with the end of its line', { hostName: 'mail.here.example\n' }, 'badInput'],
    ['a local name with the end of its line', { localHostNames: ['a.example\r', 'b.example'] }, 'badInput'],
    ['two names in one', { relayDomains: ['a.example b.example'] }, 'badInput'],
  ])('%s', (_, options, code) => {
    expect(() => open(options)).toThrow(expect.objectContaining({ name: 'MapError', code }));
  });

  // biome-ignore format: one case per line
  it.each([
    ['a directory', { directory: '/nonexistent' }, '/nonexistent does not exist: name the directory with the maps'],
    ['a file instead of a directory', { directory: '/etc/passwd' }, '/etc/passwd is not a directory: name the directory with the maps'],
    ['a map', { access: '/nonexistent/a' }, '/nonexistent/a.lmdb does not exist: build it with makemap, or newaliases if it holds aliases'],
    ['a class file', { relayDomains: '/nonexistent/r' }, '/nonexistent/r does not exist: create it, it may be empty'],
    ['a sendmail.cf', { cf: '/nonexistent/cf' }, '/nonexistent/cf does not exist'],
    ['a file of users', { users: '/nonexistent/passwd' }, '/nonexistent/passwd does not exist: name the file of users'],
  ])('%s that was named and is not there is named, with what to do', (_, options, message) => {
    expect(() => open(options)).toThrow(expect.objectContaining({ code: 'missing', message }));
  });

  // biome-ignore format: one case per line
  it.each<[object, string]>([
    [{ reloadCheckMs: -1 },            'reloadCheckMs must be a number, 0 or more, not -1'],
    [{ reloadCheckMs: Number.NaN },    'reloadCheckMs must be a number, 0 or more, not NaN'],
    [{ maxAliasRecursion: '10' },      'maxAliasRecursion must be a number, 0 or more, not "10"'],
    [{ access: true },                 'access must be a string or a function or false, not boolean'],
    [{ access: null },                 'access must be a string or a function or false, not null'],
    [{ aliases: 'aliases' },           'aliases must be an array of strings or functions, not "aliases"'],
    [{ features: 'delay_checks' },     'features must be an array of strings, not "delay_checks"'],
    [{ features: new Set(['delay_checks']) }, 'features must be an array of strings, not a Set'],
    [{ localHostNames: 5 },            'localHostNames must be a string or an iterable of strings, not 5'],
    [{ relayDomains: ['a', 5] },       'a name of class R must be a string, not 5'],
    [{ users: {} },                    'users must be a string or a function, not an object'],
    [{ restrictedShell: true },        'restrictedShell must be a string or a file: URL, not boolean'],
    [{ directory: new URL('http://a/b') }, 'directory must be a string or a file: URL, not a URL'],
    [{ directory: new URL('file://host/b') }, 'directory is no file: URL of this host: file://host/b'],
    [{ localHostNames: new Map() },    'localHostNames must be a string or an iterable of strings, not a Map'],
    [{ relayDomains: Buffer.from('') }, 'relayDomains must be a string or an iterable of strings, not a Uint8Array'],
    [new Map([['directory', '/x']]),   'options must be an object, not a Map'],
    [Object.create({ reloadCheckMs: -1 }), 'reloadCheckMs must be a number, 0 or more, not -1'],
  ])('%j', (options, message) => {
    const isPlain = Object.getPrototypeOf(options) === Object.prototype;
    const given = isPlain ? { directory, ...options } : options;
    expect(() => openMailMaps(given as never)).toThrow(new TypeError(message));
  });

  it.each([
    ['feature', "'; did you mean 'features'? there are directory, cf, access, "],
    ['Features', "'; did you mean 'features'? there are "],
    ['relayDomain', "'; did you mean 'relayDomains'? there are "],
    ['acces', "'; did you mean 'access'? there are "],
    ['checkIntervalMs', "'; there are directory, cf, access, "],
  ])('an option %s, which is none', (name, message) => {
    expect(() => open({ [name]: [] })).toThrow(`there is no option '${name}${message}`);
  });

  it('a directory without a name', () => {
    expect(() => openMailMaps('')).toThrow("the directory '' has no name: name the one with the maps");
  });

  it('a directory may be a file: URL, also for short', async () => {
    await write({ 'local-host-names': 'here.example\n' });
    for (const options of [pathToFileURL(directory), { directory: pathToFileURL(directory) }]) {
      using maps = openMailMaps(options);
      expect(maps.isLocal('here.example')).toBe(true);
    }
  });

  // biome-ignore format: one case per line
  it.each<[(maps: MailMaps) => unknown, string]>([
    [(m) => m.checkRelay({ adress: '192.0.2.7' } as never), "client has no field 'adress'; did you mean 'address'?"],
    [(m) => m.checkRelay({ ...stranger.client, client_name: 'a' } as never), "client has no field 'client_name'; there are address, name, resolve, ptr, helo"],
    [(m) => m.checkMail('a@b', { ...stranger, auth_type: 'PLAIN' } as never), "session has no field 'auth_type'; did you mean 'authType'?"],
    [(m) => m.checkRcpt('a@b', { ...stranger, sendr: 'x@y' } as never), "session has no field 'sendr'; did you mean 'sender'?"],
    [(m) => m.checkRcpt('a@b', { ...stranger, client: { ...stranger.client, hello: 'x' } } as never), "client has no field 'hello'; did you mean 'helo'?"],
    [(m) => m.checkRcpt('a@b', { ...stranger, tls: { verify: 'OK', certissuer: 'x' } } as never), "tls has no field 'certissuer'; did you mean 'certIssuer'?"],
    [(m) => m.accessSetting('ClientRate', { addres: '192.0.2.7' } as never), "peer has no field 'addres'; did you mean 'address'?"],
    [(m) => m.checkRelay(new Map([['address', '192.0.2.7']]) as never), 'client must be an object, not a Map'],
    [(m) => m.checkRcpt('a@b', new Set([stranger]) as never), 'session must be an object, not a Set'],
  ])('a misspelt field: %s', (ask, message) => {
    expect(() => ask(open())).toThrow(new TypeError(message));
  });

  it('a user with a misspelt field, but not one with fields of its own', () => {
    const user = { name: 'alice', uid: 1, gid: 1, home: '/h' };
    const asked = (more: object): unknown =>
      open({ users: () => ({ ...user, ...more }), aliases: [], forwardPath: '' }).expand('alice');
    expect(() => asked({ shel: '/bin/false' })).toThrow("a user has no field 'shel'; did you mean 'shell'?");
    expect(asked({ department: 'sales' })).toMatchObject({ recipients: [{ kind: 'user' }] });
  });

  it.each([5, true, null, ['/etc/mail']])('%j instead of a directory or options', (none) => {
    expect(() => openMailMaps(none as never)).toThrow(TypeError);
  });

  const { client } = stranger;
  // biome-ignore format: one case per line
  it.each<[string, (maps: MailMaps, no: never) => unknown, unknown, string]>([
    ['client',       (m, no) => m.checkRelay(no),                                    undefined,       'client must be an object, not undefined'],
    ['client',       (m, no) => m.checkRcpt('a@b', no),                              {},              'client must be an object, not undefined'],
    ['client',       (m, no) => m.checkMail('a@b', { client: no }),                  '192.0.2.7',     'session.client must be an object, not "192.0.2.7"'],
    ['address',      (m, no) => m.checkRelay({ address: no }),                       ['192.0.2.7'],   'client.address must be a string, not an array'],
    ['name',         (m, no) => m.checkRelay({ ...client, name: no }),               null,            'client.name must be a string, not null'],
    ['resolve',      (m, no) => m.checkRcpt('a@b', { client: { ...client, resolve: no } }), 'forged', 'client.resolve must be one of OK, FAIL, FORGED, TEMP, not "forged"'],
    ['senderDomain', (m, no) => m.checkMail('a@b', { client, senderDomain: no }),    'perm',          'session.senderDomain must be one of OK, PERM, TEMP, not "perm"'],
    ['sender',       (m, no) => m.checkRcpt('a@b', { client, sender: no }),          null,            'session.sender must be a string, not null'],
    ['tls',          (m, no) => m.checkRcpt('a@b', { client, tls: no }),             'OK',            'session.tls must be an object, not "OK"'],
    ['verify',       (m, no) => m.checkRcpt('a@b', { client, tls: { verify: no } }), true,            'tls.verify must be a string, not boolean'],
    ['tls',          (m, no) => m.checkRcpt('a@b', { client, tls: no }),             {},              'tls.verify must be a string, not undefined'],
    ['authType',     (m, no) => m.checkRcpt('a@b', { client, authType: no }),        false,           'session.authType must be a string, not boolean'],
    ['tag',          (m, no) => m.accessSetting(no, { name: 'a' }),                  'TLS_Client',    'tag must be one of GreetPause, ClientRate, ClientConn, SRV_Features, CLT_Features, Try_TLS, TLS_Srv, TLS_Clt, TLS_Rcpt, AuthInfo, QGRP, not "TLS_Client"'],
    ['peer',         (m, no) => m.accessSetting('TLS_Srv', no),                      'a.example',     'peer must be an object, not "a.example"'],
    ['privacy',      (m, no) => m.answerExpn('a', [no]),                             'NoExpn',        'an option of privacy must be one of novrfy, noexpn, needvrfyhelo, needexpnhelo, goaway, not "NoExpn"'],
    ['privacy',      (m, no) => m.answerVrfy('a', no),                               'novrfy',        'privacy must be an array of strings, not "novrfy"'],
    ['greeted',      (m, no) => m.answerVrfy('a', [], no),                           0,               'greeted must be true or false, not 0'],
    ['event',        (m, no) => m.on(no, () => {}),                                  'error',         'event must be one of reload, problem, not "error"'],
    ['listener',     (m, no) => m.on('problem', no),                                 undefined,       'listener must be a function, not undefined'],
  ])('a %s of another shape', (_, ask, no, message) => {
    expect(() => ask(open(), no as never)).toThrow(new TypeError(message));
  });

  it.each(['', undefined, '0'])('%j for the address of a client: it may be anybody', (address) => {
    const maps = open();
    const nobody = { address: address as string };
    const message = `client.address must be the client's IP address, or 'local' for mail that this host submits itself, not ${JSON.stringify(address)}`;
    for (const ask of [
      () => maps.checkRelay(nobody),
      () => maps.checkMail('a@b.example', { client: nobody }),
      () => maps.checkRcpt('victim@far.example', { client: nobody }),
    ]) {
      expect(ask).toThrow(new TypeError(message));
    }
  });

  it('mail from this host may go anywhere when it says so', () => {
    const maps = open();
    expect(maps.checkRcpt('victim@far.example', { client: { address: 'local' } }).action).toBe('relay');
    const named = { address: 'local', helo: 'café', name: 'localhost' };
    expect(maps.checkRcpt('victim@far.example', { client: named }).action).toBe('relay');
    expect(() => maps.checkRelay({ address: 'LOCAL' })).toThrow(expect.objectContaining({ code: 'badInput' }));
  });

  it('a field that no bytes spell, by its name', () => {
    const maps = open();
    const named = (name: string): unknown =>
      expect.objectContaining({ code: 'badInput', message: `${name} has an unpaired surrogate` });
    expect(() => maps.checkRelay({ ...client, helo: '\ud800' })).toThrow(named('client.helo'));
    expect(() => maps.checkMail('\ud800', stranger)).toThrow(named('sender'));
    expect(() => maps.expand('\ud800')).toThrow(named('address'));
  });

  it.each<[string, (maps: MailMaps, no: never) => unknown]>([
    ['sender', (maps, no) => maps.checkMail(no, stranger)],
    ['recipient', (maps, no) => maps.checkRcpt(no, stranger)],
    ['address to expand', (maps, no) => maps.expand(no)],
    ['host', (maps, no) => maps.isLocal(no)],
  ])('no text as %s', (_, ask) => {
    const maps = open();
    for (const value of [null, undefined, 5]) expect(() => ask(maps, value as never)).toThrow(TypeError);
  });

  it('an access map that cannot be looked at is not a missing one', () => {
    symlinkSync('access.lmdb', join(directory, 'access.lmdb'));
    expect(() => open()).toThrow(expect.objectContaining({ code: 'unreadable' }));
  });

  it('a directory that cannot be looked at is not taken for a missing one', () => {
    expect(() => open({ directory: join(directory, 'x'.repeat(300)) })).toThrow(
      expect.objectContaining({ code: 'unreadable' }),
    );
    expect(() => open({ directory: join(directory, 'none') })).toThrow(expect.objectContaining({ code: 'missing' }));
  });

  it('a recipient that no bytes spell, and a closed directory', () => {
    const maps = open();
    expect(() => maps.checkRcpt('\ud800@a.example', stranger)).toThrow(expect.objectContaining({ code: 'badInput' }));
    maps.close();
    expect(() => maps.checkRelay(stranger.client)).toThrow(expect.objectContaining({ code: 'closed' }));
  });
});
