/** Subjects of growth.ts: the parsers, readers of whole files, and a configuration directory that is asked. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseReply } from '../../src/access/reply.ts';
import { parseAccessValue } from '../../src/access/value.ts';
import { parseAddress } from '../../src/address/parse.ts';
import { readSmtpAddress } from '../../src/address/smtp-syntax.ts';
import { joinTokens } from '../../src/address/tokens.ts';
import { parseList } from '../../src/alias/parse-list.ts';
import { openMailMaps } from '../../src/config/mailmaps.ts';
import { parseGroups, parsePasswd, parseShells, userDatabase } from '../../src/config/users.ts';
import { decodeText, encodeText } from '../../src/core/bytes.ts';
import { openMap } from '../../src/map/keyed-map.ts';
import { makeAliases } from '../../src/map/make-aliases.ts';
import { makeMap } from '../../src/map/make-map.ts';
import { expandMacros } from '../../src/source/cf/macros.ts';
import { parseAliasFiles, parseMapLine, parseMapSpec } from '../../src/source/cf/map-spec.ts';
import { parseSendmailCf } from '../../src/source/cf/parse.ts';
import { scanCf } from '../../src/source/cf/scan.ts';
import { parseClassFile } from '../../src/source/class-file.ts';
import { scanFormat } from '../../src/source/scan-format.ts';
import { mailingSubjects, programSubjects, questionSubjects } from './growth-questions.ts';
import { IN_ADDRESS, PLAIN, type Subject, unlessRefused } from './growth-shapes.ts';
import { RULES } from './parser-promises.ts';

export interface Subjects extends AsyncDisposable {
  readonly all: readonly Subject[];
}

export async function makeSubjects(scratch: string): Promise<Subjects> {
  const directory = join(scratch, 'mail');
  mkdirSync(directory);
  for (const [name, text] of Object.entries({
    passwd: 'alice:x:0:0::/nonexistent:/bin/sh\n',
    'local-host-names': 'mail.test\n',
    aliases: 'list: a, b\n',
  }))
    writeFileSync(join(directory, name), text);
  await makeMap([Buffer.from('To:far.example RELAY\n')], join(directory, 'access'));
  await makeAliases(join(directory, 'aliases'));
  const maps = openMailMaps({
    directory,
    hostName: 'mail.test',
    users: join(directory, 'passwd'),
    features: ['relay_entire_domain'],
  });
  const access = openMap(join(directory, 'access'));
  return {
    all: [
      ...fileSubjects(scratch),
      ...PARSERS,
      ...questionSubjects(),
      ...mailingSubjects(),
      ...programSubjects(maps, directory),
      { name: 'openMap().lookup', around: PLAIN, run: (text) => access.lookup(text) },
    ],
    [Symbol.asyncDispose]: async () => {
      access.close();
      maps.close();
    },
  };
}

function fileSubjects(scratch: string): readonly Subject[] {
  const made = join(scratch, 'made');
  const aliases = join(scratch, 'made-aliases');
  const chunk = (text: string): Buffer[] => [Buffer.from(text, 'latin1')];
  return [
    {
      name: 'makeMap',
      isFile: true,
      around: [
        ['', ''],
        ['a ', '\n'],
      ],
      run: (text) => makeMap(chunk(text), made, { verify: false }),
    },
    {
      name: 'makeMap -d',
      isFile: true,
      around: PLAIN,
      run: (text) => makeMap(chunk(text), made, { verify: false, duplicates: 'last', delimiter: ':' }),
    },
    {
      name: 'makeAliases',
      isFile: true,
      around: [
        ['', ''],
        ['a: ', '\n'],
      ],
      run: (text) => {
        writeFileSync(aliases, text, 'latin1');
        return makeAliases(aliases, { verify: false, checkAliases: true, hostName: 'mail.test' });
      },
    },
  ];
}

const PARSERS: readonly Subject[] = [
  {
    name: 'parseAddress',
    around: IN_ADDRESS,
    run: (text) => ['', ',', ' '].map((end) => parseAddress(text, RULES, end)),
  },
  {
    name: 'readSmtpAddress',
    around: IN_ADDRESS,
    run: (text) => (['MAIL', 'RCPT'] as const).map((command) => readSmtpAddress(command, text, RULES)),
  },
  {
    name: 'parseList',
    isFile: true,
    around: PLAIN,
    run: (text) => parseList(text, false, RULES),
  },
  {
    name: 'parseList of what is asked for',
    isFile: true,
    around: PLAIN,
    run: (text) => parseList(text, true, RULES),
  },
  {
    name: 'parseAccessValue',
    shapes: ['ERROR:', '5.7.1:', '550 ', 'QUARANTINE:'],
    around: [
      ['', ''],
      ['ERROR:', ''],
      ['ERROR:5.7.1:"', '"'],
      ['550 ', ''],
      ['QUARANTINE:', ''],
    ],
    run: (text) => {
      const value = parseAccessValue(text);
      return 'text' in value && parseReply(joinTokens(value.text));
    },
  },
  {
    name: 'parseClassFile',
    isFile: true,
    around: PLAIN,
    run: (text) => ['%[^#]', '%s'].map((format) => parseClassFile(text, scanFormat(format))),
  },
  {
    name: 'parseSendmailCf',
    isFile: true,
    shapes: [
      'Cw a b\n',
      'Fw /x\n',
      'Kx hash /x\n',
      `D{a}\${a}\${a}\n`,
      'Da$b\nDb$a\n',
      'O AliasFile=/x\n',
      '\n ',
      '\\\n',
      `\${a}`,
      '$?a',
      '$.',
      '$|',
      '$&a',
      'Troot\n',
      'K{x} sequence x\n',
    ],
    around: [
      ['', ''],
      ['Da', '\nDb$a$a\n'],
      ['Cw', '\n'],
      ['Fw', '\n'],
      ['Kx ', '\n'],
      ['O AliasFile=', '\n'],
    ],
    run: (text) => {
      const { macros } = parseSendmailCf(text, { file: 'f', hostName: 'mail.test' });
      expandMacros('$a $b $j', macros);
    },
  },
  {
    name: 'scanCf',
    isFile: true,
    shapes: ['Kx hash /x\n', 'O AliasFile=/x\n'],
    around: [
      ['', ''],
      ['Kx ', '\n'],
      ['O AliasFile=', '\n'],
    ],
    run: (text) => scanCf(text).aliasFiles.map(parseAliasFiles),
  },
  {
    name: 'parseMapSpec',
    shapes: ['-o ', '-k 1 ', '-z, ', 'hash:/x,'],
    around: [
      ['', ''],
      ['hash ', ''],
      ['-z', ''],
    ],
    run: (text) => [parseMapSpec(text), parseMapLine(text), parseAliasFiles(text)],
  },
  {
    name: 'expandMacros',
    shapes: ['$a', `\${a}`, '$?a', '$?a$|', '$.', '$&a'],
    around: [
      ['', ''],
      ['$?a', '$.'],
    ],
    run: (text) => expandMacros(text, (name) => (name === 'a' ? text.slice(0, 5000) : undefined)),
  },
  {
    name: 'parsePasswd',
    isFile: true,
    shapes: ['a:x:1:1:A&:/h:/s\n', 'a:x:1:b,c\n', '/bin/sh\n'],
    around: [
      ['', ''],
      ['a:x:1:1:', ':/h:/s\n'],
    ],
    run: (text) => [userDatabase(parsePasswd(text), parseShells(text)), parseGroups(text)],
  },
  {
    name: 'text and bytes',
    shapes: ['\ud83d\ude00', '\u20ac'],
    around: PLAIN,
    run: (text) => unlessRefused(() => decodeText(encodeText(text))),
  },
];
