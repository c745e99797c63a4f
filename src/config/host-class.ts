/**
 * Class w and class R: names given outright and names in files -> one question, "is this word a member?"
 *
 * Comparisons ignore case. The files are followed: sendmail needs a restart to see a changed local-host-names, we do not.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import { FollowedText } from '../files/followed-text.ts';
import type { FollowEvents, Followed } from '../files/following.ts';
import { parseClassFile } from '../source/class-file.ts';
import { scanFormat } from '../source/scan-format.ts';

/** A file with members of a class. */
export interface ClassFileSetting {
  readonly path: string;
  readonly optional: boolean;
  /** scanf format of the F line; by default the first word of each line is a member. */
  readonly format?: ByteString;
}

export interface ClassSetting {
  readonly words: readonly ByteString[];
  readonly files: readonly ClassFileSetting[];
}

const REMEDY = 'create it, it may be empty';

/** Members of a class. */
export class HostClass implements Followed {
  readonly #words: ReadonlySet<ByteString>;
  readonly #files: readonly FollowedText<ReadonlySet<ByteString>>[];

  /** @throws MapError `missing`, `unreadable` for a file that is not optional */
  constructor(setting: ClassSetting, events: FollowEvents) {
    this.#words = memberSet(setting.words);
    this.#files = setting.files.map(
      ({ path, optional, format = '%s' }) =>
        new FollowedText(path, (text) => memberSet(parseClassFile(text, scanFormat(format))), {
          optional,
          remedy: REMEDY,
          ...events,
        }),
    );
  }

  /** @param word folded to lower case */
  has(word: ByteString): boolean {
    if (this.#words.has(word)) return true;
    for (const file of this.#files) if (file.value.has(word)) return true;
    return false;
  }

  refresh(): void {
    for (const file of this.#files) file.refresh();
  }
}

function memberSet(words: readonly ByteString[]): ReadonlySet<ByteString> {
  return new Set(words.map(foldCase));
}

/** What sendmail puts into class w by itself: $j, its first label, and the loopback names. */
export function ownNames(hostName: ByteString): ByteString[] {
  return [hostName, hostName.split('.', 1)[0]!, 'localhost', '[127.0.0.1]'];
}
