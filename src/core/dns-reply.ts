/** The answer of DNS to one question: a name and a type of records. */
import type { ByteString } from './bytes.ts';

/** A record of DNS. */
export interface DnsRecord {
  /** `A`, `MX` ... */
  readonly type: string;
  /** The record's value as text: an address, a name without final dot, the text of a TXT record. */
  readonly value: ByteString;
  /** Of MX. */
  readonly preference?: number;
}

/** DNS's answer: records (with an alias of the name, and its target), no such name, no such record, or a failure. */
export type DnsReply =
  | { readonly status: 'found'; readonly records: readonly DnsRecord[] }
  | { readonly status: 'noName' | 'noData' | 'tempFail' };
