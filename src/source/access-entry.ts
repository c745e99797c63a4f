/**
 * The lines of an access map's source file -> entries: tag, subject, value, and their columns. Lines are split as in
 * makemap; a line that makes no record gives no entry. Pure; never throws.
 */
import type { ByteString } from '../core/bytes.ts';
import { trimEndBytes } from '../core/fold.ts';
import { networkKeys, readAddressWord } from '../core/networks.ts';
import { isCidrDirective } from './cidr-directive.ts';

/** Tags that sendmail's rules look up, in their usual spelling. */
export const ACCESS_TAGS = [
  'Connect',
  'From',
  'To',
  'Spam',
  'Compat',
  'GreetPause',
  'ClientRate',
  'ClientConn',
  'SRV_Features',
  'CLT_Features',
  'Srv_Features',
  'Clt_Features',
  'Try_TLS',
  'TLS_Srv',
  'TLS_Clt',
  'TLS_Rcpt',
  'AuthInfo',
  'CERTISSUER',
  'CERTSubject',
  'CITag',
  'QGRP',
  'RHS',
] as const;

/** The form of a subject. */
export type SubjectKind = 'address' | 'user' | 'network' | 'ipv6' | 'literal' | 'host' | 'empty';

export interface AccessEntry {
  /** Counted from 1. */
  readonly line: number;
  /** As written; undefined: the key has no known tag. */
  readonly tag: (typeof ACCESS_TAGS)[number] | undefined;
  readonly key: ByteString;
  /** The key without its tag. */
  readonly subject: ByteString;
  readonly kind: SubjectKind;
  readonly value: ByteString;
  /** Columns, counted from 1. */
  readonly keyColumn: number;
  readonly subjectColumn: number;
  readonly valueColumn: number;
}

const KEY_AND_BLANKS = /^([^ \t\v\f\r]+)([ \t\v\f\r]+)/;
const TAG = new Map(ACCESS_TAGS.map((tag) => [tag.toLowerCase(), tag] as const));

/** Parses all entries, in order. After the line `#makemap --cidr` a network has an entry for each of its keys. */
export function accessEntries(lines: readonly ByteString[]): readonly AccessEntry[] {
  let isCidr = false;
  return lines.flatMap((text, i) => {
    if (text.startsWith('#')) isCidr ||= isCidrDirective(text.slice(1));
    const entry = accessEntry(text, i + 1);
    return entry !== undefined && isCidr ? withKeys(entry) : (entry ?? []);
  });
}

function withKeys(entry: AccessEntry): AccessEntry[] {
  const read = readAddressWord(entry.subject, false);
  const tag = entry.key.slice(0, entry.key.length - entry.subject.length);
  const withSubject = (subject: ByteString): AccessEntry => ({
    ...entry,
    key: tag + subject,
    subject,
    kind: subjectKind(subject),
  });
  if (read?.kind === 'network') return Array.from(networkKeys(read.network), withSubject);
  return [read?.kind === 'key' ? withSubject(read.key) : entry];
}

function accessEntry(text: ByteString, line: number): AccessEntry | undefined {
  const [, key, blanks = ''] = (!text.startsWith('#') && KEY_AND_BLANKS.exec(text)) || [];
  if (key === undefined) return undefined;
  const value = trimEndBytes(text.slice(key.length + blanks.length));
  if (value === '') return undefined;
  const colon = key.indexOf(':');
  const tag = TAG.get(key.slice(0, Math.max(colon, 0)).toLowerCase());
  const start = tag === undefined ? 0 : colon + 1;
  const subject = key.slice(start);
  return {
    line,
    tag,
    key,
    subject,
    kind: subjectKind(subject),
    value,
    keyColumn: 1,
    subjectColumn: 1 + start,
    valueColumn: 1 + key.length + blanks.length,
  };
}

function subjectKind(subject: ByteString): SubjectKind {
  if (subject === '') return 'empty';
  if (subject.endsWith('@')) return 'user';
  if (subject.includes('@')) return 'address';
  if (/^\[.*\]$/.test(subject)) return 'literal';
  if (/^\d+(?:\.\d+){0,3}$/.test(subject)) return 'network';
  return /^ipv6:/i.test(subject) ? 'ipv6' : 'host';
}
