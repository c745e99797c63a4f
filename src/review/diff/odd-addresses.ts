/**
 * Addresses that no entry names, and that the rules answer otherwise than usual ones by their form alone.
 *
 * Limits: one character more than 100 times in a row, and an address inside more than 50 hosts. sendmail's rules give up on them.
 */
import type { ByteString } from '../../core/bytes.ts';
import { FRESH, FRESH_HOST } from '../table-address.ts';

export interface OddAddresses {
  /** Whole addresses. */
  readonly odd: readonly string[];
  /** Local parts whose form counts if the host around them is this host, or is relayed and removed. */
  readonly oddLocals: readonly ByteString[];
}

/** @param differ whether the rules differ, and not only entries and words */
export function oddAddresses(differ: boolean): OddAddresses {
  return differ ? { odd: ODD, oddLocals: [...ODD_LOCALS, ...UNSPLIT] } : { odd: [], oddLocals: ODD_LOCALS };
}

/** A program, a file, a list, and a character that no mailer takes. */
const TARGETS: readonly ByteString[] = [`|${FRESH}`, `/${FRESH}`, `:include:/${FRESH}`, `${FRESH}\x01`];

/** Ends of an address with a host, and with what is no host; the last one says that a user has moved. */
const ENDS: readonly ByteString[] = [
  ...[`%${FRESH_HOST}`, '%', '%[203.0.113.254].', `%[203.0.113.254]:${FRESH}:`, `%.${FRESH}`],
  ...['!', `!${FRESH}`, `.!${FRESH}`, `%${FRESH}.redirect`],
];

/** A local part that is refused at each host that the rules remove. */
export const TELLING: ByteString = '%localhost';

const ODD_LOCALS: readonly ByteString[] = [
  ...TARGETS,
  ...ENDS.map((end) => `${FRESH}${end}`),
  // no user, and users who are addresses
  ...['""', TELLING, '!', `"${FRESH}@@"`, `"${FRESH}@${FRESH}@localhost"`],
];

/** Where `%` or `!` may split an address or not. */
const UNSPLIT: readonly ByteString[] = [...TARGETS, `${FRESH}!${FRESH}`].flatMap((start) =>
  ENDS.map((end) => `${start}${end}`),
);

/** Addresses without a host or local part, of several hosts, and in quotes. */
const ODD: readonly string[] = [
  ...[`${FRESH}%`, `%${FRESH}`, `${FRESH}!`, `!${FRESH}`, `${FRESH}@`, `@${FRESH_HOST}`, '@localhost'],
  ...[
    `${FRESH}%${FRESH_HOST}`,
    `${FRESH_HOST}!${FRESH}`,
    `@${FRESH_HOST}:${FRESH}@${FRESH_HOST}`,
    `${FRESH}::${FRESH}`,
  ],
  ...[
    `"${FRESH} ${FRESH}"@${FRESH_HOST}`,
    `"${FRESH} ${FRESH}"@localhost`,
    `"${FRESH}"`,
    `${FRESH}@${FRESH}@localhost`,
  ],
  ...[`${FRESH}@${FRESH}..invalid`, `${FRESH}@.${FRESH_HOST}`, `<${FRESH}@localhost>`],
];
