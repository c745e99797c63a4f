/**
 * owner- aliases: the envelope sender of what a list sends on.
 */
import type { AddressRules } from '../source/address-canonical.ts';
import { stripQuotes } from '../source/address-parse.ts';
import { parseList } from './parse-list.ts';

/** Longer names have no owner of their own (sendmail's MAXNAME, less the prefix). */
const MAX_OWNED_NAME_BYTES = 257;

/** The alias that names the owner of an alias. */
export function ownerName(alias: string): string {
  return alias.startsWith('owner-') || alias.length > MAX_OWNED_NAME_BYTES ? 'owner-owner' : `owner-${alias}`;
}

/** The envelope sender: the owner's value when it is one plain address, else the name of the owner alias itself. */
export function ownerAddress(value: string, name: string, rules: AddressRules): string {
  if (/[,:/|"]/.test(value)) return name;
  const [first] = parseList(value, false, rules);
  const { mailer, user } = first?.target ?? { mailer: 'error', user: '' };
  return mailer === 'local' || mailer === 'remote' ? stripQuotes(user) : value.trim();
}
