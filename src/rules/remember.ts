/** A function of a text -> the same function, which keeps its last result: an unchanged file is not parsed again. */
import type { ByteString } from '../core/bytes.ts';

export function remembered<T>(parse: (text: ByteString) => T): (text: ByteString) => T {
  let last: { readonly text: ByteString; readonly result: T } | undefined;
  return (text) => {
    if (last === undefined || last.text !== text) last = { text, result: parse(text) };
    return last.result;
  };
}
