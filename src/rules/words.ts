/**
 * Classes: words -> the classes that have them. Words are compared without case, and keep their first spelling.
 *
 * Members are listed in the order in which sendmail lists them, which is that of its hash table. source/cf/classes.ts keeps each
 * word with its line instead, and leaves files unread.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import type { NameId } from '../source/cf/macro-names.ts';

const BUCKETS = 2003;
/** The first value of sendmail's hash for words of classes. */
const SEED = 1;

interface WordClass {
  /** Folded. */
  readonly members: Set<ByteString>;
  longest: number;
  /** The starts of its members, as {@link headOf} gives them. */
  readonly heads: Set<number>;
}

/** Most characters of a start. */
const HEAD = 3;

/** The words of all classes of a configuration. */
export class Words {
  /** First spellings by folded word, in input order. */
  readonly #spellings = new Map<ByteString, ByteString>();
  readonly #classes: (WordClass | undefined)[] = [];

  add(id: NameId, word: ByteString): void {
    const folded = foldCase(word);
    if (!this.#spellings.has(folded)) this.#spellings.set(folded, word);
    this.#classes[id] ??= { members: new Set(), longest: 0, heads: new Set() };
    const found = this.#classes[id];
    found.members.add(folded);
    for (let length = 1; length <= HEAD && length <= folded.length; length++) found.heads.add(headOf(folded, length));
    if (word.length > found.longest) found.longest = word.length;
  }

  /** Copies the present members of one class into another. */
  copy(from: NameId, to: NameId): void {
    for (const folded of [...(this.#classes[from]?.members ?? [])]) this.add(to, this.#spellings.get(folded)!);
  }

  has(id: NameId, word: ByteString): boolean {
    return this.hasFolded(id, foldCase(word));
  }

  /** The same for a word in lower case. */
  hasFolded(id: NameId, folded: ByteString): boolean {
    return this.#classes[id]?.members.has(folded) === true;
  }

  /** False: no member of a class begins with this text, in lower case. */
  mayBegin(id: NameId, folded: ByteString): boolean {
    return folded === '' || this.#classes[id]?.heads.has(headOf(folded, HEAD)) === true;
  }

  /** The number of members. */
  count(id: NameId): number {
    return this.#classes[id]?.members.size ?? 0;
  }

  /** The length of the longest member. */
  longest(id: NameId): number {
    return this.#classes[id]?.longest ?? 0;
  }

  /** The members in sendmail's order. */
  members(id: NameId): ByteString[] {
    const found: { readonly bucket: number; readonly spelling: ByteString }[] = [];
    const members = this.#classes[id]?.members;
    if (members === undefined) return [];
    for (const [folded, spelling] of this.#spellings)
      if (members.has(folded)) found.push({ bucket: bucketOf(folded), spelling });
    return found.sort((a, b) => a.bucket - b.bucket).map(({ spelling }) => spelling);
  }
}

/** The first characters of a word, as a number. */
function headOf(folded: ByteString, length: number): number {
  let head = 0;
  for (let i = 0; i < length && i < folded.length; i++) head = (head << 8) | folded.charCodeAt(i);
  return head;
}

function bucketOf(folded: ByteString): number {
  let hash = SEED;
  for (let i = 0; i < folded.length; i++) hash = ((hash << 1) ^ (folded.charCodeAt(i) & 0xff)) % BUCKETS;
  return hash;
}
