/**
 * Users -> their .forward files, read as each user and only where sendmail would use them. Only files of ForwardPath below the
 * home are found.
 *
 * Limit: {@link MOST_USERS}.
 */
import { join } from 'node:path';
import type { AliasContext, LocalUser } from '../alias/context.ts';
import { type ByteString, decodeText } from '../core/bytes.ts';
import type { SourceText } from './source-text.ts';

const MOST_USERS = 10_000;

/** A .forward file, and the user whose mail it takes, or the reason why sendmail does not use it. */
export type Forward = { readonly user: ByteString } & (
  | { readonly source: SourceText }
  | { readonly file: string; readonly refused: string }
);

export function forwardsOf(users: Iterable<LocalUser>, { files, options }: AliasContext): readonly Forward[] {
  const patterns = options.forwardPath.split(':').filter((pattern) => /^\$z\/[^$]*$/.test(pattern));
  const found: Forward[] = [];
  const asked = new Set<string>();
  for (const user of users) {
    if (asked.size >= MOST_USERS) break;
    if (asked.has(user.name) || user.home === '') continue;
    asked.add(user.name);
    for (const pattern of patterns) {
      const path = join(user.home, pattern.slice('$z/'.length));
      const opened = files.readForward(path, { uid: user.uid, gid: user.gid, name: user.name });
      const file = decodeText(path);
      if (opened.status === 'opened')
        found.push({ user: user.name, source: { kind: 'list', file, text: opened.text } });
      else if (opened.why === undefined) found.push({ user: user.name, file, refused: opened.reason });
      if (opened.status === 'opened') break;
    }
  }
  return found;
}
