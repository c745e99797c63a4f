/**
 * The socketmap protocol of Postfix (`socketmap:`, socketmap_table(5)) and sendmail (`K... socket`) for the maps of a
 * directory: netstring `NAME KEY` -> netstring `OK VALUE`, `NOTFOUND ` or `TEMP REASON`.
 *
 * Keys and values are bytes of any kind. The blank after a status is always sent: sendmail crashes on an `OK` without
 * it. `PERM` is never sent: sendmail takes it for "not found", and a broken map would let in those whom it should
 * keep out.
 */
import type { ByteString } from '../core/bytes.ts';
import { decodeText, encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import type { LookupResult } from '../core/lookup.ts';
import type { Answered, OnAnswer } from './answered.ts';
import type { Protocol } from './conversation.ts';
import { NetstringReader, netstring } from './netstring.ts';

/** Postfix looks up whole message headers (header_checks), which it cuts at about this size. */
export const MAX_SOCKETMAP_REQUEST = 110_000;
/**
 * sendmail refuses longer replies; Postfix refuses those over 100,000 bytes. Both treat that as a temporary failure.
 */
const MAX_REPLY = 1_000_000;

/** Looks up a key in a map. */
export type MapLookup = (name: ByteString, key: ByteString) => LookupResult;

export interface SocketmapEvents {
  /** Called for a request that could not be answered. */
  readonly onProblem: (error: MapError) => void;
  readonly onAnswer?: OnAnswer;
}

export function socketmapProtocol(lookup: MapLookup, { onProblem, onAnswer }: SocketmapEvents): Protocol {
  const answer = (request: ByteString): ByteString => {
    const began = onAnswer && performance.now();
    const result = resultOf(request, lookup);
    if (result.status === 'tempFail') onProblem(result.error);
    if (began !== undefined) onAnswer?.(answered(request, result, performance.now() - began));
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
      get held() {
        return requests.held;
      },
    };
  };
}

const WORDS = { found: 'OK', notFound: 'NOTFOUND', tempFail: 'TEMP' } as const;

/** The map of a failed request is not reported: it may not exist, and its name comes from the peer. */
function answered(request: ByteString, { status }: LookupResult, milliseconds: number): Answered {
  const map = status === 'tempFail' ? '' : decodeText(request.slice(0, request.indexOf(' ')));
  return { service: 'socketmap', answer: WORDS[status], milliseconds, asked: { map } };
}

function resultOf(request: ByteString, lookup: MapLookup): LookupResult {
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
