/**
 * The fields of an M or Q line, `P=/bin/sh, F=lsou, A=sh -c $u` -> letter and value of each, without quotes and backslashes.
 * Source: sendmail's "Installation and Operation Guide", section 5.4, and sendmail 8.17 itself. Pure, linear.
 */
import type { ByteString } from '../../core/bytes.ts';
import { unquote } from './unquote.ts';

export interface Field {
  /** The first character of the field's name; only that counts. */
  readonly code: string;
  readonly value: ByteString;
}

/** Yields the fields up to the first one without `=`; for that one undefined, because sendmail ignores the line there. */
export function* readFields(text: ByteString): Generator<Field | undefined> {
  for (let rest = text; rest !== ''; ) {
    rest = rest.replace(/^[, \t\n\v\f\r]+/, '');
    const equals = rest.search(/[=,]/);
    if (equals < 0 || rest[equals] !== '=') {
      yield undefined;
      return;
    }
    const given = rest.slice(equals + 1).replace(/^[ \t\n\v\f\r]+/, '');
    const { text: value, end } = unquote(given, ',');
    yield { code: rest[0]!, value };
    rest = given.slice(end);
  }
}
