/** SMTP sessions, command by command, against what the real daemon answered. */

import { Resolver } from 'node:dns/promises';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeliveryTarget, LocalUser, MailMaps, RcptReply, SmtpReply, SmtpSession } from '../../src/index.ts';
import { makeMap, openMailMaps } from '../../src/index.ts';
import { FEATURES, HOST_NAME, makeDirectory, SESSIONS, startDns } from '../examples/relay-host.ts';
import type { DnsServer } from '../oracle/dns.ts';
import { fc } from '../property.ts';
import { readData } from '../read-data.ts';

interface Recorded {
  readonly question: { readonly clientAddr: string; readonly lines: readonly string[] };
  readonly answer: { readonly replies: readonly (readonly string[])[]; readonly held?: string };
}
interface Group {
  readonly features: never;
  readonly files: { readonly access: string };
  readonly cases: readonly Recorded[];
}
const [order] = readData<{ groups: readonly [Group] }>('session').groups;

type Say = (session: SmtpSession, command: string, argument: string) => SmtpReply | Promise<SmtpReply>;

/** Every command at once. */
const say: Say = (session, command, argument) => {
  if (command === 'MAIL') return session.mail(argument);
  if (command === 'RCPT') return session.rcpt(argument);
  if (command === 'VRFY') return session.vrfy(argument);
  if (command === 'EXPN') return session.expn(argument);
  if (command === 'DATA') return session.data();
  if (command === 'RSET') return session.reset();
  session.helo(argument);
  return { lines: [], accepted: true };
};

/** MAIL and RCPT with what DNS says. */
const sayWith =
  (resolver: Resolver): Say =>
  (session, command, argument) => {
    if (command === 'MAIL') return session.ask({ kind: 'mail', sender: argument }, { resolver });
    if (command === 'RCPT') return session.ask({ kind: 'rcpt', recipient: argument }, { resolver });
    return say(session, command, argument);
  };

function parsed(line: string): readonly [string, string] {
  const [command = '', ...rest] = line.split(' ');
  const argument = rest.join(' ');
  return [command, /<(.*)>/.exec(argument)?.[1] ?? argument];
}

/** The daemon shows a repeated recipient in the form in which it was first given. */
const shown = (line: string | undefined): string | undefined => (line?.startsWith('250') ? line.toLowerCase() : line);

const USERS: Readonly<Record<string, LocalUser>> = Object.fromEntries(
  ['alice', 'bob'].map((name, i) => [name, { name, uid: 2001 + i, gid: 2001, home: '/nonexistent' }]),
);

function openOrder(): MailMaps {
  const { features, files } = order;
  return openMailMaps({
    texts: files,
    features,
    hostName: HOST_NAME,
    localHostNames: [HOST_NAME],
    users: (name) => USERS[name],
  });
}

describe('commands in any order', () => {
  it.each(order.cases)('$question', async ({ question, answer }) => {
    for (const means of [say, sayWith(new Resolver())]) {
      const session = openOrder().session({ address: question.clientAddr, name: `[${question.clientAddr}]` });
      session.connect();
      for (const [i, line] of question.lines.entries()) {
        if (/^(?:HELO|EHLO|Subject)/.test(line) && !answer.replies[i + 1]![0]!.startsWith('250')) continue;
        const [command, argument] = parsed(line);
        const reply = await means(session, command, argument);
        if (reply.lines.length > 0) expect([line, reply.lines]).toEqual([line, answer.replies[i + 1]]);
        if ('message' in reply) expect(reply.message).toMatchObject(held(answer.held));
      }
    }
  });

  const held = (reason: string | undefined): object =>
    reason === undefined ? { action: 'deliver' } : { action: 'hold', reason };
});

/** Addresses that a list would split, with the daemon's replies to RCPT from a stranger. */
const ONE_ADDRESS: readonly (readonly [recipient: string, reply: string])[] = [
  ['alice "x@far.example"', '550 5.1.1 <alice "x@far.example">... User unknown'],
  ['"x@far.example" alice', '550 5.1.1 <"x@far.example" alice>... User unknown'],
  ['alice "x%far.example"', '550 5.1.1 <alice "x%far.example">... User unknown'],
  ['alice "far.example!x"', '550 5.1.1 <alice "far.example!x">... User unknown'],
  ['alice bob', '550 5.1.1 <alice bob>... User unknown'],
  ['alice "|prog"', '550 5.1.1 <alice "|prog">... User unknown'],
  ['alice /tmp/file', '550 5.1.1 <alice /tmp/file>... User unknown'],
  ['alice :include:/etc/passwd', '550 5.1.1 <alice :include:/etc/passwd>... User unknown'],
  ['alice x\\@far.example', '550 5.1.1 <alice x\\@far.example>... User unknown'],
  ['alice\\,x', '550 5.1.1 <alice\\,x>... User unknown'],
  ['alice,', '550 5.1.1 <alice,>... User unknown'],
  [', ', '550 5.1.1 <, >... User unknown'],
  ['alice bob@localhost', '550 5.1.1 <alice bob@localhost>... User unknown'],
  ['alice, bob', '553 5.1.3 <alice, bob>... Invalid route address'],
  ['alice (bob) "x@far.example"', '550 5.1.1 <alice (bob) "x@far.example">... User unknown'],
  ['alice;bob', '550 5.1.1 <alice;bob>... User unknown'],
  ['alice', '250 2.1.5 <alice>... Recipient ok'],
  ['"alice"', '250 2.1.5 <"alice">... Recipient ok'],
];

/** Recorded: for a message that it throws away the daemon takes every user. */
describe('a user who does not exist', () => {
  const openWith = (access: string, features: readonly ['delay_checks'] | readonly []): MailMaps =>
    openMailMaps({ texts: { access }, hostName: 'mail.oracle.test', features, users: (name) => USERS[name] });

  it.each([
    ['is accepted for a sender whose mail is thrown away', 'From:far.example DISCARD\n', [], '250 2.1.5'],
    ['is accepted so when the sender is checked at RCPT', 'From:far.example DISCARD\n', ['delay_checks'], '250 2.1.5'],
    ['is accepted for a client whose mail is thrown away', 'Connect:192.0.2.7 DISCARD\n', [], '250 2.1.5'],
    ['is refused if mail is held', 'From:far.example QUARANTINE:look\n', [], '550 5.1.1'],
    ['is refused', '', [], '550 5.1.1'],
  ] as const)('%s', (_what, access, features, code) => {
    const session = openWith(access, features).session({ address: '192.0.2.7' });
    session.connect();
    session.mail('eve@far.example');
    expect(session.rcpt('nosuch').lines[0]).toContain(`${code} <nosuch>`);
    expect(session.rcpt('alice').accepted).toBe(true);
    expect(session.data().message?.action).toBe(
      access.includes('DISCARD') ? 'discard' : access === '' ? 'deliver' : 'hold',
    );
  });
});

describe('RCPT names one recipient, and not a list', () => {
  const openOne = (): MailMaps =>
    openMailMaps({ texts: {}, hostName: 'mail.oracle.test', users: (name) => USERS[name] });
  const STRANGER = { address: '203.0.113.9', name: '[203.0.113.9]' };

  it.each(ONE_ADDRESS)('<%s>', async (recipient, reply) => {
    for (const means of [say, sayWith(new Resolver())]) {
      const session = openOne().session(STRANGER);
      session.connect();
      session.mail('eve@stranger.example');
      const { lines, targets } = (await means(session, 'RCPT', recipient)) as RcptReply;
      expect(lines).toEqual([reply]);
      expect(targets).toEqual(reply.startsWith('250') ? [{ kind: 'user', name: 'alice' }] : []);
    }
  });

  it('a server that expands by itself can ask for the same', () => {
    const address = 'alice "x@far.example"';
    const maps = openOne();
    expect(maps.checkRcpt(address, { client: STRANGER, sender: 'eve@stranger.example' }).action).toBe('local');
    expect(maps.expand(address, { as: 'recipient' }).recipients).toEqual([]);
    expect(maps.expand(address).recipients).toHaveLength(2);
    expect(() => maps.expand(address, { as: 'recipent' } as never)).toThrow(/^as must be one of list, recipient/);
  });
});

describe('with DNS', () => {
  let directory: string;
  let dns: DnsServer;
  let maps: MailMaps;
  let resolver: Resolver;

  beforeAll(async () => {
    directory = await makeDirectory();
    dns = await startDns();
    resolver = new Resolver();
    resolver.setServers([dns.address]);
    maps = openMailMaps({
      directory,
      features: FEATURES as never,
      hostName: HOST_NAME,
      users: join(directory, 'passwd'),
      reloadCheckMs: 0,
    });
  });
  afterAll(() => {
    maps.close();
    dns.close();
    rmSync(directory, { recursive: true });
  });

  it.each(SESSIONS.map((session, i) => [i, session.client, session] as const))(
    'session %i, from %s, goes as with the daemon',
    async (_, address, { greeting, exchanges }) => {
      const session = maps.session({ address });
      const { lines } = await session.ask({ kind: 'connect' }, { resolver });
      expect(lines[0] ?? '220').toBe(greeting.startsWith('220') ? '220' : greeting);
      for (const { says, hears } of greeting.startsWith('220') ? exchanges : []) {
        const reply = await sayWith(resolver)(session, ...parsed(says));
        if (reply.lines.length > 0) expect([says, shown(reply.lines.at(-1))]).toEqual([says, shown(hears)]);
        expect(reply.accepted).toBe(hears.startsWith('2'));
      }
    },
  );

  /** A transaction: its message, or the last refusal. */
  async function send(address: string, recipients: readonly string[]): Promise<unknown> {
    const session = maps.session({ address });
    const [, ...replies] = await Promise.all([
      session.ask({ kind: 'mail', sender: 'ann@good.example' }, { resolver }),
      ...recipients.map((recipient) => session.ask({ kind: 'rcpt', recipient }, { resolver })),
    ]);
    return session.data().message ?? replies.at(-1)!.lines[0];
  }

  const ALICE: DeliveryTarget = { kind: 'user', name: 'alice' };
  const BOB: DeliveryTarget = { kind: 'user', name: 'bob' };
  const SOMEONE: DeliveryTarget = { kind: 'address', localPart: 'someone', domain: 'far.example' };

  it.each([
    ['127.0.0.2', ['staff@local.example', 'alice@local.example'], { action: 'deliver', targets: [ALICE, BOB] }],
    ['127.0.0.2', ['remote@local.example'], { action: 'deliver', targets: [SOMEONE] }],
    ['127.0.0.2', ['half@local.example', 'bob@local.example'], { action: 'deliver', targets: [BOB] }],
    ['127.0.0.2', ['broken@local.example', 'half@local.example'], { action: 'deliver', targets: [ALICE] }],
    ['127.0.0.2', ['x@far.example', 'bob@local.example'], { action: 'deliver', targets: [BOB] }],
    ['127.0.0.9', ['bob@local.example'], { action: 'hold', reason: 'odd client', targets: [BOB] }],
    ['127.0.0.10', ['bob@local.example'], { action: 'discard' }],
  ])('a message from %s to %j', async (address, recipients, message) => {
    expect(await send(address, recipients)).toMatchObject(message);
  });

  it('refuses an alias with a bad member', async () => {
    expect(await send('127.0.0.2', ['half@local.example'])).toBe('550 5.1.1 nosuchuser... User unknown');
  });

  it('refuses an alias that leads to nobody', async () => {
    expect(await send('127.0.0.2', ['loop@local.example'])).toMatch(/^554 /);
  });

  it('answers a transaction by the configuration of its MAIL', async () => {
    const session = maps.session({ address: '127.0.0.2', name: 'mx.good.example' });
    session.mail('ann@good.example');
    await makeMap([Buffer.from('To:far.example\tRELAY\n')], join(directory, 'access'));
    expect(maps.checkRcpt('x@far.example', { client: session.client }).action).toBe('relay');
    expect(session.rcpt('x@far.example').accepted).toBe(false);
    session.reset();
    session.mail('ann@good.example');
    expect(session.rcpt('x@far.example').accepted).toBe(true);
  });
});

describe('what cannot be answered', () => {
  it('is refused for now, and starts no transaction', () => {
    const maps = openOrder();
    const session = maps.session({ address: '192.0.2.1' });
    expect(session.mail('\ud800@good.example')).toMatchObject({ accepted: false, error: { code: 'badInput' } });
    maps.close();
    expect(session.mail('ann@good.example').lines[0]).toMatch(/^451 4\.3\.0 /);
    expect(session.data().lines).toEqual(['503 5.0.0 Need MAIL command']);
  });

  it('is a TypeError for arguments of another type, and for a command while another one waits', async () => {
    const session = openOrder().session({ address: '192.0.2.1', name: 'h.example' });
    expect(() => session.mail('a@b.example', { authTyp: 'PLAIN' } as never)).toThrow('authTyp');
    const waits = session.ask({ kind: 'mail', sender: '' });
    expect(() => session.data()).toThrow(TypeError);
    await waits;
    expect(session.data().lines).toEqual(['503 5.0.0 Need RCPT (recipient)']);
  });
});

describe('any commands', { tags: ['slow'] }, () => {
  const command = fc.constantFrom(
    ...['MAIL ann@good.example', 'MAIL x@bad.example', 'MAIL ', 'RCPT alice@mail.oracle.test', 'RCPT x@far.example'],
    ...['RCPT nosuch', 'DATA', 'RSET', 'HELO x', 'VRFY alice', 'EXPN bob'],
  );

  it('give a message only to recipients that were accepted since an accepted MAIL', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 12 }), fc.constantFrom('192.0.2.1', '192.0.2.7'), (lines, address) => {
        const session = openOrder().session({ address });
        session.connect();
        let [sender, accepted] = [false, 0];
        for (const line of lines) {
          const [name, argument] = parsed(line);
          const reply = say(session, name, argument) as SmtpReply;
          if (name === 'DATA') expect(reply.accepted).toBe(sender && accepted > 0);
          if (name === 'RCPT' && reply.accepted) accepted += 1;
          if (name === 'MAIL') sender ||= reply.accepted;
          else if (name === 'RSET' || name === 'HELO' || (name === 'DATA' && reply.accepted))
            [sender, accepted] = [false, 0];
          if (address === '192.0.2.7' && !/RSET|HELO/.test(name))
            expect(reply.lines).toEqual(['550 5.7.1 Access denied']);
        }
      }),
    );
  });
});
