/** The words of random command lines: configurations, map names, options and their values, keys, texts, input lines. */
import { wordsOf } from '../read-data.ts';

const words = wordsOf('command-words');

/** Configurations beside the machine's own. */
export const CONFIGURATIONS: readonly string[] = words('configurations');

export const MAIN_LINES: readonly string[] = words('mainLines');

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

export const NAMES: readonly string[] = words('names');

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

export const LINES: readonly string[] = words('lines');

export const KEYS: readonly string[] = words('keys');

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

export const ALIAS_SPECS: readonly string[] = words('aliasSpecs');

/** Alias files that are not trusted, and options that make them trusted. */
export const NEWALIASES_FILES: readonly string[] = words('newaliasesFiles');
/** Options that are understood. */
export const NEWALIASES_WORDS: readonly string[] = words('newaliasesWords');

/** Options that end the run, or that are for another program. */
export const NEWALIASES_ENDS: readonly string[] = words('newaliasesEnds');

export const ALIAS_LINES: readonly string[] = words('aliasLines');
