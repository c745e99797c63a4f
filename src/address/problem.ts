/**
 * A fault of an address -> its code, and sendmail's complaint about it. A code keeps its meaning; texts come from sendmail, or
 * from the tables of the configuration.
 */

/** The codes, and the meaning of each. */
export const ADDRESS_FAULTS = {
  unbalanced: 'a quote, comment or bracket that does not balance',
  noRoom: 'a text that is too long to be read',
  tokens: 'a word that is too long, or too many words',
  tooLong: 'an address that is longer than 255 bytes',
  eightBit: 'a byte from 0x80 to 0x9f',
  undeliverable: 'an address that no mailer can deliver to: control characters, an odd quote, a final backslash',
  illegal: 'an address that the rules do not accept',
  refused: 'an address that a table, a relay or a rule refuses (the mailer `error`)',
  value: 'a value of a table that does not balance',
  recursion: 'entries or rules that lead to one another without end',
  mailer: 'a mailer that does not exist',
  configuration: 'rules that come to no end, or to no mailer or host',
  dns: 'an address for which DNS has no answer for now',
} as const;

/** Why an address is refused: the code of an `error:` reply about its form. */
export type AddressFault = keyof typeof ADDRESS_FAULTS;

/** The codes of an address that is not read at all. */
const UNREADABLE: ReadonlySet<AddressFault> = new Set(['unbalanced', 'noRoom', 'tokens', 'tooLong', 'eightBit']);

/** True if the address could not be read; false if it was read and then refused. */
export function isUnreadable({ fault }: AddressProblem): boolean {
  return UNREADABLE.has(fault);
}

/**
 * sendmail's complaint about an address: `553 5.1.3 <x@>... Hostname required` is code, enhanced, the address, text.
 */
export interface AddressProblem {
  readonly fault: AddressFault;
  readonly code: number;
  readonly enhanced: string;
  readonly text: string;
  /** The exit status; 0: the problem sets none. */
  readonly status: number;
  /** True: shown without the address before it. */
  readonly bare?: true;
  /** True: shown after the whole text that was being parsed, with the rest of the list. */
  readonly whole?: true;
}
