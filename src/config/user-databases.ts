/**
 * `O UserDatabaseSpec` of a sendmail.cf -> the databases in which sendmail looks up a local name after the aliases, in order:
 * maps of `name:maildrop` entries, and `@host`, which takes all names.
 *
 * Limits: of several entries with one key, only the first counts. Databases on other machines (`+host`, `*host`, `hesiod`) are
 * not followed: a name that reaches one fails for now. Source: "Installation and Operation Guide", option U.
 */
import { type ByteString, decodeText } from '../core/bytes.ts';
import { type Lookup, NOT_FOUND } from '../core/lookup.ts';
import { type Problem, problemError } from '../core/problem.ts';
import type { MapSetting, TextReader } from '../map/followed-map.ts';
import type { SendmailCf } from '../source/cf/parse.ts';
import type { Sources } from './sources.ts';

/** A map, or a function that takes a name without a map. */
export type UserDatabaseSetting = MapSetting | Lookup;

export function userDatabases(cf: SendmailCf | undefined, unfollowed: Problem[]): UserDatabaseSetting[] {
  const line = cf?.options.findLast(({ name }) => name.toLowerCase() === 'userdatabasespec');
  if (line === undefined) return [];
  const { file, line: number, value } = line;
  const place = { ...(file !== undefined && { file }), ...(number !== undefined && { line: number }) };
  return value.split(/[\s,]+/).flatMap((spec) => databaseOf(spec, place, unfollowed));
}

function databaseOf(
  spec: ByteString,
  place: Pick<Problem, 'file' | 'line'>,
  unfollowed: Problem[],
): UserDatabaseSetting[] {
  if (spec === '') return [];
  if (spec.startsWith('/')) {
    const name = decodeText(spec.replace(/\.db$/, ''));
    return [{ name, absence: 'optional', implicit: false, fills: false, flags: { keepCase: true } }];
  }
  if (spec.startsWith('@')) return [(name) => ({ status: 'found', value: name + spec })];
  const text = `user database ${decodeText(spec)} is not followed: every name that is no alias fails temporarily`;
  const problem: Problem = { severity: 'warning', code: 'MM703', ...place, text, ours: true };
  unfollowed.push(problem);
  const error = problemError(problem);
  return [() => ({ status: 'tempFail', error })];
}

/** The answers for the name of a user. */
export function openUserDatabase(setting: UserDatabaseSetting, sources: Sources, readText: TextReader): Lookup {
  if (typeof setting === 'function') return setting;
  const table = sources.table(setting, readText);
  return (name) => (name.startsWith('\\') || name.startsWith(':') ? NOT_FOUND : table(`${name}:maildrop`));
}
