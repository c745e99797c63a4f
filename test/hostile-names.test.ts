/**
 * Names that JavaScript objects have by themselves (`__proto__`, `constructor` ...), given from outside wherever a name can be:
 * they are names like others. Each scene is played with such a name and with a plain one of the same length; but for the name,
 * both results are the same.
 */
import { Resolver } from 'node:dns/promises';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { main as mailmaps } from '../src/cli/mailmaps/main.ts';
import { main as makemap } from '../src/cli/sendmail/makemap.ts';
import { main as newaliases } from '../src/cli/sendmail/newaliases.ts';
import { makeAliases, makeMap, openMailMaps, openMap } from '../src/index.ts';
import { diff, lint, parsePolicy } from '../src/review.ts';
import { runProgram } from './cli/run-program.ts';
import { SMALL_CF } from './small-cf.ts';

/** Names, and plain ones of the same length: a setter, and values that every object inherits. */
const NAMES = [
  ['__proto__', '__prata__'],
  ['constructor', 'constructed'],
  ['toString', 'toStrand'],
  ['valueOf', 'valueBy'],
  ['hasOwnProperty', 'hasOldProperty'],
] as const;

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-names.'));
  // the name servers of this machine may answer for one of two names, and be silent for the other
  for (const method of ['resolveMx', 'resolveCname'] as const)
    vi.spyOn(Resolver.prototype, method).mockRejectedValue(Object.assign(new Error('none'), { code: 'ENOTFOUND' }));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true });
});

/** Rulesets without which a file is none of sendmail-cf's. */
const CORE = 'canonify Canonify2 parse Parse0 Parse1 Basic_check_mail Basic_check_rcpt Rcpt_ok'.split(' ');

function written(files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

/** The result of something, or its error, as text without the directory. */
async function played(work: () => unknown): Promise<string> {
  let result: unknown;
  try {
    result = await work();
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string };
    result = { name, code, message };
  }
  return JSON.stringify(result, (_, value) => (value instanceof Map ? [...value] : value)).replaceAll(directory, 'DIR');
}

const ALICE = { name: 'alice', uid: 1, gid: 1, home: '/home/alice', shell: '/bin/sh' };
const client = { address: '203.0.113.9', name: 'mx.far.example', helo: 'mx.far.example' };
const session = { client, sender: 'eve@far.example' };

function byFile(lines: string, texts: Readonly<Record<string, string>> = {}, switchFile = '', parse = ''): unknown {
  const files = {
    ...texts,
    'my.cf': SMALL_CF.replace('Djmx', () => `${lines}Djmx`).replace('S0\n', () => `S0\n${parse}`),
    '/etc/mail/service.switch': switchFile,
  };
  const maps = openMailMaps({ cf: '/etc/mail/my.cf', texts: files });
  return [
    ...[maps.problems, maps.features],
    ...[
      maps.checkRelay(client),
      maps.checkMail('eve@far.example', session),
      maps.checkRcpt('bob@far.example', session),
    ],
    ...[maps.route('bob@far.example'), maps.expand('alice@example.com')],
  ];
}

function byText(texts: Readonly<Record<string, string>>, name = 'x'): unknown {
  const maps = openMailMaps({
    directory: '/etc/mail',
    hostName: 'mail.example.com',
    users: (name) => (name === 'alice' ? ALICE : undefined),
    texts,
  });
  const named = { client: { ...client, name, helo: name }, sender: `${name}@${name}.example` };
  return [
    ...[maps.problems, maps.checkRelay(named.client), maps.checkMail(named.sender, named)],
    ...[`${name}@mail.example.com`, name, `${name}@${name}`, `x@${name}.example`].flatMap((address) => [
      maps.checkRcpt(address, named),
      maps.route(address),
      maps.expand(address),
    ]),
    maps.accessSetting('ClientRate', { name, address: '192.0.2.7' }),
    maps.checkCompat(named.sender, `${name}@far.example`),
  ];
}

function run(words: readonly string[], stdin = ''): Promise<unknown> {
  return runProgram(mailmaps, words, { stdin });
}

const decide = (rules: string): string => `Scheck_rcpt\n${rules}`;

const SCENES: Readonly<Record<string, (name: string) => unknown>> = {
  'keys and values of a map': async (name) => {
    const map = join(directory, 'm');
    await makeMap([Buffer.from(`${name} ${name}\n`)], map);
    using opened = openMap(map);
    return [opened.lookup(name), opened.lookup(`x${name}`)];
  },
  'keys of makemap': (name) =>
    runProgram(makemap, ['hash', join(directory, 'm')], { stdin: `${name} ${name}\n${name} y\n` }),
  'the type of makemap': (name) => runProgram(makemap, [name, join(directory, 'm')], { stdin: 'a b\n' }),
  'an option of makemap': (name) =>
    runProgram(makemap, [`--${name}`, 'hash', join(directory, 'm')], { stdin: 'a b\n' }),
  'names of aliases': async (name) => {
    const aliases = join(written({ aliases: `${name}: x\nx: ${name}, a+${name}\nowner-${name}: y\n` }), 'aliases');
    return [await makeAliases(aliases), await runProgram(newaliases, [`-oA${aliases}`])];
  },
  'a class of AliasFile': (name) => runProgram(newaliases, [`-oA${name}:${join(directory, 'aliases')}`]),
  // -C: never the files of this machine
  'an option of newaliases': (name) => runProgram(newaliases, ['-C/dev/null', `-O${name}=x`]),
  'names in all texts': (name) =>
    byText(
      {
        access: `Connect:${name} REJECT\nFrom:${name}@ DISCARD\nTo:${name} RELAY\n${name}: OK\nClientRate:${name} ${name}\n`,
        aliases: `${name}: alice, x@${name}\nalice: :include:/${name}\n`,
        'relay-domains': `${name}\n`,
        'local-host-names': `mail.example.com\n${name}\n`,
        virtusertable: `${name}@${name} alice\n@${name}.example error:${name} no\n`,
        mailertable: `${name}.example ${name}:${name}\n`,
        genericstable: `${name} x@far.example\n`,
        domaintable: `${name} x.example\n`,
      },
      name,
    ),
  'a status of the error mailer': (name) => byText({ virtusertable: `x@mail.example.com error:${name} no\n` }, 'x'),
  'a mailer of mailertable': (name) => byText({ mailertable: `x.example ${name}:x\n.example error:${name} no\n` }),
  'an access value': (name) => byText({ access: `From:x@x.example ${name}\nTo:x.example ERROR:${name}\n` }),
  'the name of a text': (name) => byText({ [name]: 'x y\n' }),
  'a feature': (name) => openMailMaps({ texts: {}, features: [name as never] }),
  'an option of the library': (name) => openMailMaps({ texts: {}, [name]: true } as never),
  'a field of a session': (name) => {
    const given = JSON.parse(`{"client":{"address":"192.0.2.1"},"${name}":"x"}`);
    return openMailMaps({ texts: {} }).checkRcpt('a@b.example', given);
  },
  'a ruleset of a sendmail.cf': (name) => byFile(`S${name}\nR$*\t$@ x\n${decide(`R$*\t$: $>${name} $1\n`)}`),
  'a ruleset that there is not': (name) => byFile(decide(`R$*\t$: $>${name} $1\n`)),
  'a mailer of a sendmail.cf': (name) =>
    byFile(`M${name}, P=/bin/true, F=lm, ${name}=x, A=y\n`.concat(decide(`R$*\t$#${name} $@ x $: y\n`))),
  'a mailer that rules choose': (name) =>
    byFile(`M${name}, P=/bin/true, F=lm, A=y\n`, {}, '', `R$+\t$#${name} $@ ${name} $: ${name}\n`),
  'a ruleset that sendmail-cf does not write': (name) => {
    const cf = `${SMALL_CF}${[...CORE, name].map((each) => `S${each}\nR$*\t$@ $1\n`).join('')}`;
    return openMailMaps({ cf: '/etc/mail/my.cf', rules: 'built-in', texts: { 'my.cf': cf } }).problems;
  },
  'the result of rules': (name) => byFile(decide(`R$*\t$#${name} $@ ${name} $: ${name}\n`)),
  'a status of rules': (name) => byFile(decide(`R$*\t$#error $@ ${name} $: ${name}\n`)),
  'a macro and a class': (name) =>
    byFile(
      `D{${name}}v\nC{${name}}w\nC{x}$={${name}}\n${decide(`R$*\t$: $&{${name}}\nR$={${name}}\t$#error $: "550 \${${name}}"\n`)}`,
    ),
  'a class of maps': (name) => byFile(`Kx ${name} /etc/mail/x\n${decide('R$*\t$: $(x a $: none $)\n')}`),
  'a map of a sendmail.cf': (name) =>
    byFile(`K${name} hash /etc/mail/${name}\n${decide(`R$*\t$: $(${name} ${name} $: none $)\n`)}`, {
      [name]: `${name} bad\n`,
    }),
  'a map that there is not': (name) => byFile(decide(`R$*\t$: $(${name} x $: none $)\n`)),
  'a sequence of maps': (name) => byFile(`Kx sequence ${name} ${name}\n${decide('R$*\t$: $(x a $: none $)\n')}`),
  'a class of a regular expression': (name) =>
    byFile(`Kx regex [[:${name}:]]\n${decide('R$*\t$: $(x a $: none $)\n')}`),
  'an operation of arith': (name) => byFile(`Kx arith\n${decide(`R$*\t$: $(x ${name} $@ 1 $@ 2 $: none $)\n`)}`),
  'an option of a sendmail.cf': (name) =>
    byFile(`O ${name}=x\nO Timeout.${name}=1h\nO ResolverOptions=${name}\nO PrivacyOptions=${name}\n`),
  'DontBlameSendmail and trusted users': (name) =>
    byFile(`O DontBlameSendmail=${name}\nT${name}\nQ${name}, ${name}=x\nE${name}=x\nX${name}, ${name}=y\n`),
  'a service': (name) =>
    byFile('O ServiceSwitchFile=/etc/mail/service.switch\n', {}, `aliases ${name}\nhosts ${name}\n${name} files\n`),
  ForwardPath: (name) => byFile(`O ForwardPath=/\${${name}}/.forward\n`),
  'test mode': (name) => {
    written({ 'sendmail.cf': SMALL_CF, 'service.switch': `aliases ${name}\n` });
    const lines = [
      `/${name}`,
      `/try ${name} a@b`,
      `/map ${name} x`,
      `/mx ${name}`,
      `=S${name}`,
      `=M${name}`,
      `=${name}`,
      `$={${name}}`,
    ];
    const more = [
      `${name} a`,
      `3,${name} a@b`,
      `$${name}`,
      `\${${name}}`,
      `.D{${name}}x`,
      `.C${name} y`,
      `-d${name}.1`,
      `/parse ${name}@${name}`,
    ];
    return run(['bt', '--cf', join(directory, 'sendmail.cf')], [...lines, ...more].map((line) => `${line}\n`).join(''));
  },
  'a line of mailmaps test': (name) =>
    run(['test', '-d', written({ access: 'x OK\n' })], `${name} a@b\nrcpt a@b --${name} x\nset --${name} y\n`),
  'options and words of mailmaps': async (name) => [
    await run([name]),
    await run(['check', name]),
    await run(['check', 'rcpt', 'a@b', `--${name}`]),
  ],
  'questions in JSON': (name) =>
    run(
      ['check', '-d', written({ access: 'x OK\n' }), '--batch'],
      [
        `{"kind":"${name}"}`,
        `{"${name}":1,"kind":"relay"}`,
        `{"kind":"relay","client":{"address":"192.0.2.1","${name}":"x"}}`,
        `{"kind":"relay","client":"${name}"}`,
      ]
        .map((line) => `${line}\n`)
        .join(''),
    ),
  lint: async (name) =>
    (
      await lint({
        directory: written({
          access: `${name}:x OK\nConnect:${name} ${name}\n# mailmaps-ignore ${name}\n`,
          aliases: `${name}: ${name}\n`,
          mailertable: `x ${name}:x\n`,
        }),
      })
    ).findings,
  diff: (name) => {
    const texts = { access: `Connect:${name} RELAY\n`, aliases: `${name}: a@b.example\n` };
    // half as many questions: a sender without a domain is a sender like others
    const common = { hostName: 'a.example', features: ['accept_unqualified_senders'] } as const;
    return diff({ ...common, texts: {} }, { ...common, texts });
  },
  'keys of a verify file': (name) => parsePolicy(`${name}: 1\nexpect: [{ ${name}: 2, expand: x }]\n`, 'p.yaml'),
  'names in a verify file': (name) =>
    parsePolicy(
      `never: [{ anyone reaches: ${name} }]\nexpect: [{ name: ${name}, client: ${name}, action: ${name} }]\n`,
      'p.yaml',
    ),
  logs: (name) => {
    const line = `Nov 30 12:00:00 mx sendmail[1]: ${name}: ruleset=${name}, arg1=<${name}>, ${name}=${name}, relay=${name} [192.0.2.1], reject=550 5.7.1 ${name}\n`;
    const json = `{"${name}":"x","MESSAGE":"${name}: from=<${name}>","SYSLOG_IDENTIFIER":"${name}"}\n`;
    written({
      log: line + json + line.replace('sendmail[1]', 'postfix/smtpd[2]').replace('ruleset', 'NOQUEUE'),
      'etc/access': '',
    });
    return run(['replay', join(directory, 'log'), '--new', join(directory, 'etc'), '--json']);
  },
};

describe('a name that every object has is a name like others', () => {
  const cases = NAMES.flatMap(([hostile, plain]) =>
    Object.keys(SCENES).map((scene) => [hostile, scene, plain] as const),
  );

  const play = async (hostile: string, scene: string, plain: string): Promise<void> => {
    const other = await played(() => SCENES[scene]!(plain));
    rmSync(directory, { recursive: true });
    mkdirSync(directory);
    const mine = await played(() => SCENES[scene]!(hostile));
    // sendmail takes the underscores away, and yargs-parser adds some to __proto__
    const leveled = (text: string, name: string): string =>
      [name, name.toLowerCase(), name.replaceAll('_', '')].reduce((all, each) => all.replaceAll(each, 'NAME'), text);
    const plainly = (text: string): string => text.replaceAll('_NAME_', 'NAME');
    expect(plainly(leveled(mine, hostile))).toBe(leveled(other, plain));
  };

  // the fast lane has one name of each kind, and no comparisons, which ask thousands of questions
  const isQuick = ([name, scene]: (typeof cases)[number]): boolean =>
    ['__proto__', 'constructor'].includes(name) && scene !== 'diff';
  it.each(cases.filter(isQuick))('%s: %s', play);
  it.each(cases.filter((each) => !isQuick(each)))('%s: %s', { tags: ['slow'] }, play);
});

it('no table with names from outside is indexed without ownField', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const indexed = files.flatMap((file) => {
    const code = readFileSync(join('src', file), 'utf8');
    const tables = [...code.matchAll(/const ([A-Z_]+): (?:Readonly<)?Record<(?:string|ByteString),/g)].map(
      ([, name]) => name!,
    );
    return tables.filter((name) => code.includes(`${name}[`)).map((name) => `${file}: ${name}`);
  });
  expect(indexed).toEqual([]);
});
