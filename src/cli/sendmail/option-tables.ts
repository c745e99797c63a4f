/**
 * The options of sendmail's four programs, as getopt.ts reads them: letters in getopt's notation, and our long options. A colon
 * means that the option takes a value.
 */
export interface OptionTable {
  readonly letters: string;
  readonly words: readonly string[];
}

export const MAKEMAP: OptionTable = {
  letters: 'C:Nc:D:defi:lorst:uvx',
  words: ['help', 'version', 'json', 'strict', 'check', 'lmdb-format:', 'no-verify', 'progress', 'cidr'],
};

/** The letters that have an effect; newaliases accepts all of sendmail's. */
export const NEWALIASES: OptionTable = {
  letters: 'C:O:o:v',
  words: ['help', 'version', 'json', 'strict', 'check', 'no-verify', 'progress', 'lmdb-format:', 'type:'],
};

export const PRALIASES: OptionTable = { letters: 'C:f:', words: ['help', 'version'] };

export const EDITMAP: OptionTable = { letters: 'C:Nfqux', words: ['help', 'version', 'lmdb-format:', 'no-verify'] };
