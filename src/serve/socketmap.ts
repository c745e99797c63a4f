/**
 * The socketmap protocol of Postfix (`socketmap:`, socketmap_table(5)) and sendmail (`K... socket`) over the maps of a
 * folder: netstring `NAME KEY` in, netstring `OK VALUE`, `NOTFOUND ` or `TEMP REASON` out. Keys and values are bytes of
 * any kind; the blank behind a status is never left out, for sendmail dies of an `OK` without one.
 *
 * `PERM` is never said: sendmail takes it for "not found", and so would let in whom a broken map should keep out.
 */
import type { ByteString } from '../core/bytes.ts';
import { encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import type { LookupResult } from '../core/lookup.ts';
import type { Protocol } from './conversation.ts';
import { NetstringReader, netstring } from './netstring.ts';

/** Postfix asks for whole message headers (header_checks), which it cuts at about this size. */
export const MAX_SOCKETMAP_REQUEST = 110_000;
/** sendmail refuses longer replies; Postfix those over 100,000 bytes. Both take that for a temporary failure. */
const MAX_REPLY = 1_000_000;

/** Answers one look-up. */
export type FolderLookup = (name: ByteString, key: ByteString) => LookupResult;

export function socketmapProtocol(lookup: FolderLookup, onProblem: (error: MapError) => void): Protocol {
  const answer = (request: ByteString): ByteString => {
    const result = resultOf(request, lookup);
    if (result.status === 'tempFail') onProblem(result.error);
    return netstring(replyTo(result));
  };
  return () => {
    const requests = new NetstringReader(MAX_SOCKETMAP_REQUEST);
    return {
      push: (bytes) => requests.push(bytes),
      next: () => {
        const request = requests.next();
        return request === undefined ? undefined : answer(request);
      },
      get isPartial() {
        return requests.isPartial;
      },
    };
  };
}

function resultOf(request: ByteString, lookup: FolderLookup): LookupResult {
  const blank = request.indexOf(' ');
  if (blank < 0) return { status: 'tempFail', error: new MapError('badInput', 'a request without a key') };
  return lookup(request.slice(0, blank), request.slice(blank + 1));
}

function replyTo(result: LookupResult): ByteString {
  switch (result.status) {
    case 'notFound':
      return 'NOTFOUND ';
    case 'found':
      return result.value.length + 3 > MAX_REPLY ? 'TEMP the value is too long' : `OK ${result.value}`;
    case 'tempFail':
      return `TEMP ${encodeText(result.error.message).replace(/[\x00-\x1f\x7f]/g, '?')}`;
  }
}
