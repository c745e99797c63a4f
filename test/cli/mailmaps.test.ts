import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/mailmaps/main.ts';
import type { Io } from '../../src/cli/program/io.ts';
import { makeMap } from '../../src/map/make-map.ts';

const ACCESS = [
  'Connect:192.0.2 REJECT',
  '# a comment',
  'To:relay.example RELAY',
  'From:spam.example ERROR:5.7.1:"550 go away"',
  'To:hold@local.example QUARANTINE:look',
  'To:drop@local.example DISCARD',
  'To:later@local.example 450 later',
  'CERTISSUER:/CN=ca RELAY',
].join('\n');

let directory = '';

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-check.'));
  writeFileSync(join(directory, 'access'), `${ACCESS}\n`);
  writeFileSync(join(directory, 'local-host-names'), 'local.example\n');
  writeFileSync(join(directory, 'relay-domains'), 'class.example\n');
  await makeMap([Buffer.from(`${ACCESS}\n`)], join(directory, 'access'));
});
afterAll(() => rmSync(directory, { recursive: true }));

interface Run {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function run(line: string, stdin = '', terminals: Partial<Io> = {}): Promise<Run> {
  let out = '';
  let err = '';
  const io: Io = {
    stdin: [Buffer.from(stdin)],
    out: (data) => {
      out += typeof data === 'string' ? data : Buffer.from(data).toString('latin1');
    },
    err: (data) => {
      err += typeof data === 'string' ? data : Buffer.from(data).toString('latin1');
    },
    env: {},
    argv0: 'mailmaps',
    isTerminal: false,
    ...terminals,
  };
  const common = ['-d', directory, '--host-name', 'mail.local.example', '--feature', 'blocklist_recipients'];
  const words = line.split(' ');
  const status = await main(words[0] === '--help' ? words : [...words, ...common], io);
  // as a process does before it ends
  await new Promise((resolve) => setImmediate(resolve));
  return { status, out: out.replaceAll(directory, 'DIR'), err };
}

const FAR = '--client 198.51.100.2 --client-name h.example';

describe('mailmaps check', () => {
  // biome-ignore format: one case per line
  it.each([
    ['check relay --client 192.0.2.7',                  1,  'refused: 550 5.7.1 Access denied'],
    [`check relay ${FAR}`,                              0,  'accepted'],
    [`check mail x@spam.example ${FAR}`,                1,  'refused: 550 5.7.1 <x@spam.example>... go away'],
    [`check rcpt x@relay.example ${FAR}`,               0,  'relayed'],
    [`check relay ${FAR} --client-ptr x.spam.example --feature use_client_ptr`, 0, 'accepted'],
    [`check rcpt x@far.example ${FAR} --tls-verify OK --cert-issuer /CN=ca`, 0, 'relayed'],
    [`check mail user ${FAR} --daemon-flags u`,         0,  'accepted'],
    [`check rcpt x@local.example ${FAR}`,               0,  'accepted'],
    [`check rcpt <x@far.example> ${FAR}`,               1,  'refused: 550 5.7.1 <x@far.example>... Relaying denied'],
    [`check rcpt hold@local.example ${FAR}`,            0,  'quarantined: look'],
    [`check rcpt drop@local.example ${FAR}`,            1,  'discarded'],
    [`check rcpt later@local.example ${FAR}`,           75, 'temporary failure: 450 4.0.0 <later@local.example>... later'],
    [`check rcpt x@ ${FAR}`,                            1,  'refused: 553 5.1.3 <x@>... Hostname required'],
  ])('%s: %i, %s', async (line, status, first) => {
    const result = await run(line);
    expect([result.status, result.out.split('\n')[0]]).toEqual([status, first]);
  });

  it('says which entry decided, and where it stands', async () => {
    const { out } = await run(`check rcpt x@relay.example ${FAR}`);
    expect(out.split('\n').slice(1)).toEqual([
      'because of Rcpt_ok: To:relay.example RELAY, DIR/access:3',
      '  relay.example in class w?   no',
      '  To:x@relay.example   -',
      '  x@relay.example   -',
      '  To:relay.example   RELAY',
      '  relay.example in class w?   no',
      '  relay.example in class R?   no',
      '  To:relay.example   RELAY   <- decides',
      '',
    ]);
  });

  it('answers in JSON', async () => {
    const { out } = await run(`check mail x@spam.example --json ${FAR}`);
    expect(JSON.parse(out)).toMatchObject({
      action: 'reject',
      reply: { code: 550, enhanced: '5.7.1', text: 'go away' },
      because: { key: 'From:spam.example', source: { file: 'DIR/access', line: 4 } },
    });
  });

  // biome-ignore format: one case per line
  it.each([
    ['check rcpt x@y --client nonsense',  65, 'client address is no IP address'],
    ['check relay',                       64, 'check relay needs --client'],
    ['check rcpt x@y --client=',          64, "--client must be the client's IP address, or local, not \"\""],
    ['check rcpt x@y --client 0',         64, "--client must be the client's IP address, or local, not \"0\""],
    ['check rcpt',                        64, 'check rcpt needs an address'],
    ['check',                             64, 'check relay, mail, rcpt or features?'],
    ['check nothing',                     64, "'nothing' is invalid"],
    ['check rcpt x --client-resolve NO',  64, 'Allowed choices are OK, FAIL, FORGED, TEMP'],
    ['check rcpt x --feature relay_all',  65, 'unknown feature "relay_all"'],
    ['check rcpt x --feature blacklist_recipients', 65, "the name is 'blocklist_recipients' since sendmail 8.16"],
    ['check rcpt x --feature delay_check', 65, "did you mean 'delay_checks'? there are blocklist_recipients, "],
    ['check mail a@b --sender c@d',       64, 'check mail does not look at --sender: the sender is the address itself'],
    ['check relay --client 192.0.2.1 --auth-type PLAIN', 64, 'check relay does not look at --auth-type'],
    ['check relay a@b --client 192.0.2.1', 64, 'check relay takes no address: a@b'],
    ['check mail a@b --batch',            64, '--batch reads its questions from standard input'],
    ['nothing',                           64, 'unknown'],
  ])('%s: %i, %s', async (line, status, message) => {
    const result = await run(line);
    expect(result.status).toBe(status);
    expect(result.err).toContain(message);
    expect(result.out).toBe('');
  });

  it('warns of what it cannot use of the configuration, and answers all the same', async () => {
    const cf = join(directory, 'sendmail.cf');
    writeFileSync(cf, 'V10/Berkeley\nFw|/bin/echo a.example\n');
    const { status, err } = await run(`check mail x@far.example ${FAR} --cf ${cf}`);
    expect(status).toBe(0);
    expect(err.replaceAll(directory, 'DIR')).toBe(
      'warning: DIR/sendmail.cf: line 2: class w: members from a program are not supported: |/bin/echo a.example\n',
    );
  });

  it('names a PrivacyOption that there is not', async () => {
    const cf = join(directory, 'sendmail.cf');
    writeFileSync(cf, 'V10/Berkeley\nO PrivacyOptions=authwarnings,novrfi\n');
    const { err } = await run(`check mail x@far.example ${FAR} --cf ${cf}`);
    expect(err.replaceAll(directory, 'DIR')).toBe(
      "warning: DIR/sendmail.cf: line 2: there is no PrivacyOption novrfi; did you mean 'novrfy'?\n",
    );
  });

  it.each<[string, string, Partial<Io>, boolean]>([
    ['a terminal', '', { isTerminal: true, takesColor: true }, true],
    ['a pipe, with errors on a terminal', '', { isTerminal: true }, false],
    ['a pipe, when asked to', ' --color always', {}, true],
    ['a terminal, when asked not to', ' --color never', { takesColor: true }, false],
  ])('colors its answer on %s: %s', async (_, option, terminals, colored) => {
    const { out } = await run(`check relay ${FAR}${option}`, '', terminals);
    expect(out.startsWith('\x1b[1;32maccepted\x1b[0m\n')).toBe(colored);
  });

  it('exits 0 after help', async () => expect(await run('--help')).toMatchObject({ status: 0, err: '' }));
});

describe('what is shown to people', () => {
  // biome-ignore format: one case per line
  it.each([
    ['the escape of terminal commands',    'check rcpt \x1b[2Jx@far.example --client 203.0.113.9', '?[2Jx@far.example'],
    ['its one-byte form, as text',         'check rcpt \xc2\x9b2Jx@far.example --client 203.0.113.9', '?2Jx@far.example'],
    ['escapes in what expands',            'expand \x1b[2Jnobody', '?[2Jnobody'],
    ['escapes in what is no command',      'chec\x1b[2J', "unknown command 'chec?[2J'"],
    ['escapes in what is no option',       'check rcpt x --\x1b[2J', "unknown option '--?[2J'"],
  ])('cannot harm a terminal: %s', async (_, line, shown) => {
    const { out, err } = await run(line);
    expect(out + err).toContain(shown);
    expect(out + err).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80\xae/);
  });
});

describe('mailmaps check --batch', () => {
  it('answers a line whose id cannot be written again with an error, and goes on', async () => {
    const id = '['.repeat(100_000) + ']'.repeat(100_000);
    const line = '{"kind":"relay","client":{"address":"local"}';
    const { status, out } = await run('check --batch', `${line},"id":${id}}\n${line},"id":2}\n`);
    expect(status).toBe(65);
    expect(
      out
        .split('\n')
        .slice(0, 2)
        .map((answer) => JSON.parse(answer)),
    ).toEqual([
      { error: { code: 'limit', message: 'id is nested too deep' } },
      expect.objectContaining({ id: 2, action: 'ok' }),
    ]);
  });

  const client = { address: '198.51.100.2', name: 'h.example' };
  const ask = async (lines: readonly unknown[]): Promise<{ status: number; answers: unknown[] }> => {
    const text = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
    const { status, out } = await run('check --batch', text);
    return {
      status,
      answers: out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    };
  };

  it.each([
    [{ kind: 'mail', sendr: '', session: { client } }, "the question has no field 'sendr'; did you mean 'sender'?"],
    [
      { kind: 'rcpt', recipient: 'a@b', sesion: { client } },
      "the question has no field 'sesion'; did you mean 'session'?",
    ],
    [{ kind: 'relay', client: { ...client, hello: 'x' } }, "client has no field 'hello'; did you mean 'helo'?"],
    [
      { kind: 'expand', address: 'a', session: {} },
      "the question has no field 'session'; there are id, kind, address, as",
    ],
    [{ knd: 'expand', address: 'a' }, expect.stringContaining('kind is none of relay, mail, rcpt, expand')],
  ])('%j is refused by name', async (line, message) => {
    expect(await ask([line])).toEqual({ status: 65, answers: [{ error: { code: 'badInput', message } }] });
  });

  it('answers line by line and gives ids back', async () => {
    const { status, answers } = await ask([
      { kind: 'relay', client: { address: '192.0.2.1' }, id: 1 },
      '',
      { kind: 'mail', sender: '', session: { client }, id: 'two' },
      { kind: 'rcpt', recipient: 'x@far.example', session: { client } },
    ]);
    expect(status).toBe(0);
    expect(answers).toMatchObject([{ id: 1, action: 'reject' }, { id: 'two', action: 'ok' }, { action: 'reject' }]);
  });

  // biome-ignore format: one case per line
  it.each([
    ['no JSON',                 '{bad',                                                    'badInput'],
    ['no object',               '[]',                                                      'badInput'],
    ['no such kind',            { kind: 'x' },                                             'badInput'],
    ['a list for a kind',       { kind: ['relay'], client },                               'badInput'],
    ['no session',              { kind: 'rcpt', recipient: 'x' },                          'badInput'],
    ['no client',               { kind: 'rcpt', recipient: 'x', session: {} },             'badInput'],
    ['no recipient',            { kind: 'rcpt', session: { client } },                     'badInput'],
    ['a text for a session',    { kind: 'rcpt', recipient: 'x', session: 'x' },            'badInput'],
    ['null for a text',         { kind: 'relay', client: { ...client, name: null } },      'badInput'],
    ['no verification',         { kind: 'rcpt', recipient: 'x', session: { client, tls: {} } }, 'badInput'],
    ['a number for a text',     { kind: 'mail', sender: 5, session: { client } },          'badInput'],
    ['an unknown result',       { kind: 'mail', sender: 'x', session: { client, senderDomain: 'NO' } }, 'badInput'],
    ['no address',              { kind: 'relay', client: { address: 'x' } },               'badInput'],
    ['an unpaired surrogate',   { kind: 'mail', sender: '\ud800', session: { client } },   'badInput'],
    ['a megabyte',              ' '.repeat(1024 * 1024 + 1),                               'limit'],
  ])('goes on after %s', async (_, line, code) => {
    const { status, answers } = await ask([line, { kind: 'mail', sender: '', session: { client } }]);
    expect(status).toBe(65);
    expect(answers).toMatchObject([{ error: { code } }, { action: 'ok' }]);
  });
});

describe('mailmaps expand', () => {
  // biome-ignore format: one case per line
  it.each([
    ['expand far@far.example',                          0,  'far@far.example'],
    ['expand far@far.example --json',                   0,  '"recipients":[{'],
    ['expand far@far.example --graph dot',              0,  'digraph'],
    ['expand nobody-here@local.example',                67, 'User unknown'],
  ])('%s: %i, %s', async (line, status, text) => {
    const result = await run(line);
    expect(result.out).toContain(text);
    expect(result.status).toBe(status);
  });
  it.each([
    ['expand', 64, 'expand needs an address'],
    ['expand x --max-alias-recursion many', 64, 'It takes a whole number'],
    ['expand x --graph picture', 64, 'Allowed choices are dot, mermaid'],
  ])('%s: %i, %s', async (line, status, message) => {
    const result = await run(line);
    expect(result.err).toContain(message);
    expect(result.status).toBe(status);
  });
  it('answers in a batch', async () => {
    const { status, out } = await run('expand --batch', '{"kind":"expand","address":"x@far.example","id":3}\n');
    expect([status, JSON.parse(out)]).toMatchObject([0, { id: 3, errors: [] }]);
  });
});

describe('the way to a decision', () => {
  const steps = async (line: string): Promise<string[]> =>
    (await run(line)).out.split('\n').filter((step) => step.includes('<- decides'));
  // biome-ignore format: one case per line
  it.each([
    ['a key that was asked twice, once', 'check rcpt a@relay.example',     ['  To:relay.example   RELAY   <- decides']],
    ['a class',                          'check rcpt a@d.class.example',     ['  d.class.example in class R?   yes   <- decides']],
    ['nothing',                          `check rcpt a@far.example ${FAR}`,  []],
  ])('marks %s', async (_, line, marked) => expect(await steps(line)).toEqual(marked));
});

describe('mailmaps test', () => {
  it('keeps options for the lines that follow', async () => {
    const { status, out, err } = await run(
      'test',
      'check relay --client 192.0.2.7\n--client 198.51.100.2 --client-name h.example\ncheck rcpt x@relay.example\nquit\ncheck relay\n',
    );
    expect(status).toBe(0);
    expect(err).toBe('');
    expect(out.split('\n').filter((line) => /^\w+(:|$)/.test(line))).toEqual([
      'refused: 550 5.7.1 Access denied',
      'relayed',
    ]);
  });
  it('answers route and rewrite', async () => {
    const lines = [
      '--feature define:SMART_HOST=relay:[gate] --feature MASQUERADE_AS:out.example',
      'route x@far.example',
      'rewrite root --where header --mailer local --mailer relay',
      'rewrite root --mailer relay --where envelope',
      'route x@far.example --graph mermaid',
    ];
    const { out, err } = await run('test', `${lines.join('\n')}\n`);
    expect(err).toBe('');
    expect(out.split('\n').filter((line) => /^(?:relay|root|flowchart)/.test(line))).toEqual([
      'relay to [gate]: x@far.example',
      'root@out.example',
      expect.stringMatching(/^root@(?!out)/),
      'flowchart LR',
    ]);
  });
  it('takes features and drops them with the next ones', async () => {
    const { out } = await run(
      'test',
      'check rcpt a@far.example --client 198.51.100.2 --client-name x --feature promiscuous_relay\n',
    );
    expect(out.split('\n')[0]).toBe('relayed');
  });
  it('keeps what it had when an option cannot be, and takes options back', async () => {
    const lines = [
      '--client 192.0.2.7',
      '--cf /nonexistent',
      'check relay',
      '# a comment',
      "--client ''",
      'check relay',
    ];
    const { out, err } = await run('test', `${lines.join('\n')}\n`);
    expect(out.split('\n').filter((line) => /^(refused|accepted)/.test(line))).toEqual([
      'refused: 550 5.7.1 Access denied',
      'accepted',
    ]);
    expect(err).toBe('mailmaps: /nonexistent does not exist\n');
  });
  // biome-ignore format: one case per line
  it.each([
    ['check rcpt x --sender-domain NO',   'senderDomain is none of OK, PERM, TEMP'],
    ['check rcpt x --nonsense 1',         "no option 'nonsense'"],
    ['nothing',                           "no command 'nothing'"],
    ['expand',                            'expand needs an address'],
    ['route',                             'route needs an address'],
    ['rewrite x --where body',            'where is none of envelope, header'],
    ['rewrite x --mailer nosuch',         'Unknown mailer nosuch'],
    ['check relay --client x',            'client address is no IP address'],
    ['check relay --client',              "option 'client' needs a value"],
    ['check relay --client --json',       "option 'client' needs a value"],
    ['--feature nonsense',                'unknown feature "nonsense"'],
    ['--cf /nonexistent',                 '/nonexistent does not exist'],
  ])('%s: %s', async (line, message) => {
    const { status, err } = await run('test', `${line}\nquit\n`);
    expect(status).toBe(0);
    expect(err).toContain(message);
  });
});
