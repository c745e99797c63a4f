/** The words of random command lines: configurations, map names, options and their values, keys, texts, input lines. */

/** Configurations beside the machine's own. */
export const CONFIGURATIONS: readonly string[] = [
  ...['', '\n', '# nothing\n', 'O TrustedUser=mail\n', 'O TrustedUser=nosuch\n', 'O TrustedUser=2001\n'],
  ...[
    'O TrustedUser=nosuch\nO TrustedUser=mail\n',
    'O TrustedUser = mail\n',
    'O  TrustedUser=mail\n',
    'OTrustedUser=mail',
  ],
  ...[
    'O trusteduser=mail\r\n',
    ' O TrustedUser=mail\n',
    'O TrustedUser\n',
    'O TrustedUser=\n',
    'O TrustedUser=mail # c\n',
  ],
  ...['O AliasFile=/etc/mail/aliases\n', 'OA/etc/mail/aliases\n', 'O AliasFile=/etc/mail/more,/etc/mail/aliases\n'],
  ...['O AliasFile=hash:/etc/mail/aliases, btree:-o /etc/mail/b0\n', 'O AliasFile=\n', 'OA\n', 'OA  /etc/mail/more \n'],
  ...['O AliasFile=dbm:/etc/mail/m0\nO AliasFile=/etc/mail/m1\n', 'O AliasFile=aliases\n', 'O aliasfile = hash:m0\n'],
  ...['Km0 hash /etc/mail/m0\nKb0 btree /etc/mail/b0\n', 'Km0 hash -o /etc/mail/m0.db\nKb0 btree b0\n'],
  ...['Kfoo dbm /etc/mail/m0\n', 'Kfoo nosuch -a. /etc/mail/m0\nKbar hash /etc/mail/m1\n', 'Km0\thash\t/etc/mail/m0\n'],
  ...[
    'K m0 hash /etc/mail/m0\n',
    'Km0 hash /etc/mail/m0   \nKm1 hash -T<TMPF> m1\n',
    'Kaliases implicit -f /x/aliases\n',
  ],
];

export const MAIN_LINES: readonly string[] = [
  ...['', '', 'O TrustedUser=mail', 'Km0 hash -o /etc/mail/m0\nKb0 btree -o /etc/mail/b0', 'O TrustedUser=daemon'],
  ...['Km1 hash -o m1\nKx implicit -o /etc/mail/m0', 'Kx600 hash -o /somewhere/x600.x'],
];

export const ODD_WORDS: readonly string[] = [
  '--',
  '-',
  '-Z',
  '--nosuch',
  '',
  '-9',
  '-\xc3\xa9',
  '--help=x',
  '-?',
  '-:',
];

export const NAMES: readonly string[] = [
  ...['/etc/mail/m0', '/etc/mail/m0', '/etc/mail/m1', '/etc/mail/b0', 'm0', './m1', '/etc/mail/m0.db', 'm1.db', 'd/m2'],
  ...['ww/m3', 'ww//m3', 'x600', 'xmail', 'a.b', 'a.b.db', '/etc/mail/l', 'l2', 'l3', 'd/l', 'l4'],
  ...['dir', '/etc/mail/none/x', 'm0/x', 'ld/m3', '../mail/m0', 'd/e/n', 'aliases', 'more', 'm0/', 'd/../m1'],
];

export const RARE_NAMES: readonly string[] = [
  '',
  '.',
  '/etc/mail/',
  'x'.repeat(300),
  'dir/',
  'm0.d',
  'm0.db.db',
  '.db',
  'M0',
  'm 0',
  '\xc3\xa9',
];

export const VALUES: Readonly<Record<string, readonly string[]>> = {
  C: [
    '/etc/mail/one.cf',
    '/etc/mail/two.cf',
    'one.cf',
    '/etc/mail/none.cf',
    '/etc/mail/secret.cf',
    'directory.cf',
    '',
    '/dev/null',
  ],
  c: ['1000', '0', '-1', 'x', '', '99999999999999999999'],
  D: [';', '#', '', 'k', '##', ' ', '\t', '-', '\xc3\xa9', '\\', '"'],
  i: ['hash', 'implicit', 'nosuch', 'cf', '', 'dbm'],
  t: [':', ',', '', ' ', '\t', '::', '=', 'a', '-', '#', '\\t', '\xc3\xa9', '"', '\x01'],
  f: [],
};

export const LINES: readonly string[] = [
  ...[
    'a 1',
    'b\t2',
    'C three words ',
    'a 4',
    'k: v',
    'x,y,z',
    'k',
    'k  ',
    '  lead',
    '#c',
    ';c',
    '',
    'A:b',
    'a=b',
    '-x -y',
  ],
  ...[
    '"q r" s',
    'k\r',
    'root root',
    '@ @',
    'postmaster root',
    '\xc3\xa9 É',
    'a:b:c d',
    '\tx',
    'kk vv',
    'a\x01b',
    'b ',
    'A 5',
  ],
];

export const KEYS: readonly string[] = [
  ...[
    'a',
    'A',
    'b',
    'c',
    'k',
    'x,y,z',
    'k:',
    'a:b',
    'root',
    'ROOT',
    'postmaster',
    '@',
    '',
    '"a b"',
    '\xc3\xa9',
    '-x',
    'a=b',
    '#c',
  ],
  ...['owner-a', 'a@b', 'a+b', 'a b', "it's", '\\a', '*', '%', 'none', 'a\tb', 'a.b', '"q', ':'],
];

export const TEXTS: readonly string[] = [
  'v',
  'V w',
  '',
  ' lead',
  'trail ',
  'a:b',
  '#',
  '"q"',
  '\xc3\xa9',
  '-v',
  '\\',
  'x'.repeat(500),
  'a\nb',
];

export const ALIAS_SPECS: readonly string[] = [
  ...[
    'aliases',
    '/etc/mail/aliases',
    'hash:aliases',
    'hash:-o aliases',
    'hash: aliases',
    'hash:-f -o more',
    'btree:b0',
  ],
  ...[
    'more.db',
    'dbm:aliases',
    'implicit:aliases',
    'nosuch:x',
    ':aliases',
    'hash:',
    '',
    'none',
    'hash:none',
    'hash:dir',
  ],
  ...['hash:l', 'hash:text', 'm0', 'hash:m0', 'hash:m1', 'x600', 'hash:d/m2', 'dir', 'ld/m3', 'hash:ww/m3'],
  ...['aliases,more', 'hash:aliases,hash:more', 'files:x', 'text:text', 'hash:aliases more', 'hash:-k', 'null:', 'l4'],
];

/** Alias files that may not be believed, and what is believed all the same. */
export const NEWALIASES_FILES: readonly string[] = [
  ...[
    '-OAliasFile=/etc/mail/al1',
    '-OAliasFile=hash:/etc/mail/d/al',
    '-oA/etc/mail/ww/al',
    '-OAliasFile=/etc/mail/ld/al',
  ],
  ...[
    '-OAliasFile=/etc/mail/alink',
    '-OAliasFile=hash:-o /etc/mail/d/al',
    '-OAliasFile=hash:/etc/mail/al1,/etc/mail/d/al',
  ],
  ...['-OAliasFile=/etc/mail/d/../al1', '-OAliasFile=hash:-o /etc/mail/al1', '-OAliasFile=/etc/mail/d/al'],
  ...[
    '-ODontBlameSendmail=GroupWritableAliasFile',
    '-ODontBlameSendmail=WorldWritableAliasFile,GroupWritableAliasFile',
  ],
  ...['-ODontBlameSendmail=AssumeSafeChown', '-ODontBlameSendmail=MapInUnsafeDirPath,GroupWritableDirPathSafe'],
  ...['-ODontBlameSendmail=groupwritabledirpathsafe', '-ODontBlameSendmail=LinkedAliasFileInWritableDir'],
  ...['-ODontBlameSendmail=WriteMapToSymLink', '-ODontBlameSendmail=TrustStickyBit WorldWritableAliasFile'],
];
/** Options that are understood. */
export const NEWALIASES_WORDS: readonly string[] = [
  ...['-v', '-oA/etc/mail/more', '-OAliasFile=/etc/mail/more', '-OAliasFile =/etc/mail/aliases', '-bi'],
  ...[
    '-b i',
    '-OCheckAliases=true',
    '-on',
    '-onT',
    '-onF',
    '-OCheckAliases',
    '-oAhash:/etc/mail/more',
    '-i',
    '-t',
    '-Am',
    '-n',
  ],
  ...[
    '-OAliasFile=hash:-A /etc/mail/more',
    '-OAliasFile=/etc/mail/aliases,/etc/mail/more',
    '-OTrustedUser=mail',
    '-f x',
    '-s',
  ],
  ...[
    '-OAliasFile=/etc/mail/none',
    '-OAliasFile=hash:-o /etc/mail/none',
    '-OAliasFile=/etc/mail/text',
    '-OAliasFile=/etc/mail/d/e/n',
  ],
  ...[
    '-OAliasFile=hash:/etc/mail/l2',
    '-OAliasFile=implicit:/etc/mail/more',
    '-OAliasFile=null:/etc/mail/more',
    '-B8BITMIME',
  ],
  ...[
    '-h5',
    '-pESMTP:x',
    '-Rhdrs',
    '-RFULL',
    '-Nnever',
    '-Nsuccess,delay',
    '-L tag',
    '-OMaxAliasRecursion=1',
    '-Vx+41',
    '-Fname',
  ],
  ...[
    '-OAliasFile=/etc/mail/dir',
    '-OAliasFile=hash:/etc/mail/dir',
    '-r x',
    '-e p',
    '-M ax',
    '-OAliasFile="/etc/mail/more"',
    '-m',
  ],
  ...[
    '-OAliasFile=/etc/mail/more ',
    '-OALIASFILE=/etc/mail/more',
    '-OAliasFile= hash: /etc/mail/more',
    '-OQueueDirectory=/etc/mail/mqueue',
  ],
  ...[
    '-OAliasFile=hash:-o -A -f /etc/mail/more',
    '-OAliasFile=btree:/etc/mail/b0',
    '-B7bit',
    '-Btext',
    '-OAliasFile=hash:-N /etc/mail/more',
  ],
];

/** Options that end the run, or that are for another program. */
export const NEWALIASES_ENDS: readonly string[] = [
  ...[
    '-C/etc/mail/none.cf',
    '-Cfolder.cf',
    '-q',
    '-x',
    '-U',
    '-I',
    '-OTrustedUser=nosuch',
    '-OAliasFile=dbm:/etc/mail/more',
    '-O=',
  ],
  ...[
    '-OAliasFile=nosuch:/x',
    '-OAliasFile=hash:',
    '-OAliasFile=hash:-Ax /etc/mail/more',
    '-hx',
    '-h5x',
    '-h',
    '-Rx',
    '-Nx',
    '-Nnever,delay',
  ],
  ...['-V', '-V=', '-V+4', '-Vx y', '-f', '-F', '-Z', '-N', '-OAliasFile=hash:-x', 'words -v', '-9'],
];

export const ALIAS_LINES: readonly string[] = [
  ...['postmaster: root', 'Root: alice, bob', 'a: b', 'A: c', 'owner-a: root', '"a b": c', 'k: :include:/x/l', 'bad'],
  ...[
    'c: "|/bin/x y"',
    '# c',
    '',
    'a+b: c',
    '  cont',
    'x@far.example: y',
    'e:',
    'a@localhost: z',
    'k\\:x: y',
    '\xc3\xa9: x',
    '*: x',
  ],
];
