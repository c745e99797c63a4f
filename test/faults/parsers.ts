/**
 * All parsers, over text that nobody should write. They may throw only a documented MapError; each parser has further promises
 * of its own.
 */
import fc from 'fast-check';
import { parseReply } from '../../src/access/reply.ts';
import { parseAccessValue } from '../../src/access/value.ts';
import { joinTokens } from '../../src/address/tokens.ts';
import { parseGroups, parsePasswd, parseShells, userDatabase } from '../../src/config/users.ts';
import { decodeText, encodeText } from '../../src/core/bytes.ts';
import { listLines } from '../../src/source/aliases/list-lines.ts';
import { expandMacros } from '../../src/source/cf/macros.ts';
import { parseAliasFiles, parseMapLine, parseMapSpec } from '../../src/source/cf/map-spec.ts';
import { parseSendmailCf } from '../../src/source/cf/parse.ts';
import { scanCf } from '../../src/source/cf/scan.ts';
import { parseClassFile } from '../../src/source/class-file.ts';
import { scanFormat } from '../../src/source/scan-format.ts';
import { keptCases } from './corpus.ts';
import type { Family } from './fault.ts';
import { fuzz, fuzzText } from './fuzz.ts';
import { hostileText } from './hostile-text.ts';
import {
  addressHolds,
  aliasesHold,
  aliasLinesHold,
  listHolds,
  makemapHolds,
  must,
  same,
  textHolds,
} from './parser-promises.ts';

interface Parser {
  readonly name: string;
  readonly words: readonly string[];
  readonly samples: readonly string[];
  /** Takes milliseconds, on purpose: fewer of it. */
  readonly slow?: true;
  /** Throws when a promise breaks. */
  holds(text: string): void;
}

// biome-ignore format: words of a kind on a line
const ADDRESS_WORDS = ['a', 'Bob', 'list', 'host.example', 'localhost', 'x.UUCP', '[192.0.2.1]', '[IPv6:::1]', '@', '@', '%', '!', '.', ':', ';', ',', '<', '>', '(', ')', '+', '/', '|', ':include:', '/dev/null', '"|a b"', '\\', '"', '*LOCAL*', '::', '<@', '@,', '@:'];
const ADDRESS_SAMPLES = [
  'alice@host.example',
  '"a b"@[192.0.2.1]',
  '<@a.example,@b.example:c@d.example>',
  'a%b%c@localhost',
  'x!y!z@host.example',
  'Al (comment (nested)) <al@h.example>',
  ':include:/etc/mail/list',
  '"|/bin/prog -x, y"',
  '/var/mail/archive',
  'group: a, b;',
  'user+detail@host',
  '\\root',
  'a@[1.2.3.4]:smtp:relay.example',
];
const LIST_SAMPLES = [
  'alice, bob@host.example, "|prog a,b", :include:/list',
  ...ADDRESS_SAMPLES,
  `${'a@b.example, '.repeat(40)}c`,
];
const CF_WORDS = [
  '\n',
  '\n ',
  '\n\t',
  'K',
  'F',
  'C',
  'D',
  'O',
  'T',
  'V10/Berkeley',
  'access',
  ' hash ',
  '-o ',
  '-T<TMPF>',
  '/etc/mail/x',
  'w',
  '{name}',
  '{',
  '}',
  '$j',
  '${',
  '$?',
  '$|',
  '$.',
  '$&',
  '$=',
  ' AliasFile=',
  '|/bin/x',
  '@map',
  '#',
  '\\#',
  '"',
  '-k',
  '-z,',
  '%[^#]',
];
const CF_SAMPLES = [
  'V10/Berkeley\nDjmail.test\nCwlocalhost $w\nFw-o /etc/mail/local-host-names\nKaccess hash -T<TMPF> /etc/mail/access\nO AliasFile=hash:-o /etc/mail/aliases, btree:/etc/more\n# comment\nSparse\nR$*\t$: $1\tx\n',
  'Kmacro macro\nKarith arith\nC{w2} a b\nF{x} -o /f %[^\\#]\nD{q}"a\\"b"\nOA/etc/aliases\nTroot daemon\n',
];

const PARSERS: readonly Parser[] = [
  {
    name: 'makemap-input',
    words: ['key', 'To:a.example', '\t', ' ', ':', '\n', '#', 'REJECT', 'K', '\r\n'],
    samples: [
      'To:a.example\tRELAY\n# c\nFrom:b@ 550 no\n',
      'a b\n\n c\nd\n',
      `${'x'.repeat(1022)}\ny z`,
      'a\0b c\nd e',
    ],
    holds: makemapHolds,
  },
  {
    name: 'aliases',
    // biome-ignore format: words of a kind on a line
    words: ['root', ': ', ':', '\n', '\n ', '\\\n', 'a, b', '"', '(', '#', ':include:/x', '|prog', '@', 'owner-', '\x01,'],
    samples: [
      'root: alice, bob\n  , carol\n# c\nlist: :include:/l\n',
      '"a b": c\nd: "|x y", \\e\n',
      `long: ${'a@b.example, '.repeat(60)}c\n`,
      `x: ${'y\\\n'.repeat(30)}z\n`,
    ],
    holds: aliasesHold,
  },
  {
    name: 'alias-lines',
    words: ['a', ': ', '\n', '\n ', '\n\t', '\\', '\\\n', '#'],
    samples: ['a: b\n c\n', `${'x'.repeat(8190)}\ny: z\n`, `${'x'.repeat(8191)}\n y: z\n`],
    holds: aliasLinesHold,
  },
  { name: 'address', words: ADDRESS_WORDS, samples: ADDRESS_SAMPLES, holds: addressHolds },
  { name: 'address-list', words: [...ADDRESS_WORDS, ', ', ',', ' '], samples: LIST_SAMPLES, holds: listHolds },
  {
    name: 'list-lines',
    words: ['a', ',', '\n', '\r\n', '#', ' #@# ', '\0', ':include:/x'],
    samples: ['# c\na, b\nc #@# d\n', 'a\r\n\r\nb'],
    holds: (text) => {
      let before = 0;
      for (const { number, text: line } of listLines(text)) {
        must(number > before && !/[\n\0]/.test(line), 'a line that is none');
        before = number;
      }
    },
  },
  {
    name: 'access-value',
    // biome-ignore format: words of a kind on a line
    words: ['REJECT', 'OK', 'ERROR', ':', '5.7.1', '550 ', '"', '\\', '(', ')', '<TMPF>', 'QUARANTINE', 'SKIP', '<', '>', '.', '?'],
    samples: ['ERROR:5.7.1:"550 no"', 'QUARANTINE:virus', '550 5.7.1 go away', 'REJECT (x)', 'a <TMPF>'],
    holds: (text) => {
      const value = parseAccessValue(text);
      if ('text' in value) must(!/[\r\n\0]/.test(parseReply(joinTokens(value.text)).text), 'a line break in a reply');
    },
  },
  {
    name: 'class-file',
    words: ['host', ' ', '\n', '#', '\t', '\r', 'a.example'],
    samples: ['a.example\n# c\nb.example c # d\n'],
    holds: (text) => {
      for (const format of ['%s', '%[^#]'])
        for (const word of parseClassFile(text, scanFormat(format)))
          must(/^[^ \t\v\f\r\n]+$/.test(word), 'a word with blanks');
    },
  },
  {
    name: 'sendmail-cf',
    words: CF_WORDS,
    samples: CF_SAMPLES,
    holds: (text) => {
      const cf = parseSendmailCf(text, { file: 'f', hostName: 'mail.test' });
      const lines = text.split('\n').length;
      for (const { line = 0 } of [...cf.maps, ...cf.options, ...cf.macroLines, ...cf.problems])
        must(line >= 1 && line <= lines, 'a place outside of the file');
      must(expandMacros('$j $w', cf.macros).length < 3e6, 'macros that multiply');
    },
  },
  {
    name: 'map-settings',
    words: CF_WORDS,
    samples: CF_SAMPLES,
    holds: (text) => {
      const { maps, aliasFiles } = scanCf(text);
      for (const { file } of maps) must(text.includes(file), 'a file that is not named');
      for (const value of aliasFiles) parseAliasFiles(value);
    },
  },
  {
    name: 'map-spec',
    words: ['-', '-o', '-f', '-N', '-T<TMPF>', '-k ', '-z\\t', ' ', 'hash:', ',', '"', '/etc/x', '-a.'],
    samples: ['-o -T<TMPF> /etc/mail/access', 'hash:-o /a, btree:/b', '-k 1 -v 2 -z, text:/c'],
    holds: (text) => {
      must(!/[ \t-\r]/.test(parseMapSpec(text).file), 'a file with blanks');
      parseMapLine(text);
      must(parseAliasFiles(text).length <= text.length + 1, 'files from nowhere');
    },
  },
  {
    name: 'macros',
    slow: true,
    words: ['$', '$$', '$a', '$b', '${n', '$?a', '$?{', '}', '$|', '$.', '$&b', 'x', '$c'],
    samples: ['$?a yes $| no $.', '$a$b$c', '$?a$?b$?c$.$.$.'],
    holds: (text) => {
      const few = 48;
      const values = new Map([
        ['a', text.slice(0, few)],
        ['b', text.slice(-few)],
        ['c', text.slice(0, 4 * few)],
        ['name', 'value'],
      ]);
      must(expandMacros(text, (name) => values.get(name)).length < 3e6, 'macros that multiply');
    },
  },
  {
    name: 'users',
    words: ['root', ':', '0', '\n', '/home/x', '/bin/sh', ',', '&', '#', '*'],
    samples: [
      'root:x:0:0:root,,,:/root:/bin/bash\nal:x:1:1:A&,b:/h:\n',
      'mail:x:8:al,bo\n',
      '/bin/sh\n# c\n/bin/x y\n',
    ],
    holds: (text) => {
      const users = parsePasswd(text);
      const database = userDatabase(users, parseShells(text));
      for (const { name, uid } of users)
        must(database.byName(name) !== undefined && database.byId(uid) !== undefined, 'a user that is lost');
      parseGroups(text);
    },
  },
  {
    name: 'bytes',
    words: ['\xc3', '\xa9', '\xed', '\xa0', '\xf0', '\x9f', '\x98', '\x80', 'a', '\xe2\x82'],
    samples: ['caf\xc3\xa9', '\xf0\x9f\x98\x80', '\xed\xb2\x80', '\xc3'],
    holds: (text) => same(encodeText(decodeText(text)), text, 'bytes, text and bytes again'),
  },
];

const unit = fc.oneof(
  fc.constantFrom('\ud800', '\udcff', '\udc80', '\udcc3', '\udca9', 'é', 'a'),
  fc.nat(0xffff).map((code) => String.fromCharCode(code)),
);
const TEXT = fc.array(unit, { maxLength: 12 }).map((parts) => parts.join(''));

const SHORT = 60;
const LONG = 6_200;
const SLOW = 20;

export const parsers: Family = {
  name: 'parsers',
  promise: 'hostile text never makes a parser throw, hang or lose its place, and what is written again reads the same',
  async run(round) {
    const runs = round.long ? LONG : SHORT;
    for (const { name, words, samples, slow, holds } of PARSERS) {
      const kept = keptCases(name);
      fuzzText(
        round,
        name,
        hostileText(words, [...samples, ...kept]),
        slow ? Math.ceil(runs / SLOW) : runs,
        holds,
        kept,
      );
    }
    fuzz(round, 'text', TEXT, runs, textHolds);
  },
};
