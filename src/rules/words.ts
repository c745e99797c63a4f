/**
 * Classes: words -> the classes that they are in. Words are compared without case, and keep their first spelling.
 *
 * Members are listed in the order in which sendmail lists them, which is that of its hash table.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import type { NameId } from './macros.ts';

const BUCKETS = 2003;
/** What sendmail's hash begins with for words of classes. */
const SEED = 1;

interface Word {
  readonly spelling: ByteString;
  readonly classes: Set<NameId>;
}

/** The words of all classes of a configuration. */
export class Words {
  readonly #words = new Map<ByteString, Word>();
  readonly #longest = new Map<NameId, number>();

  add(id: NameId, word: ByteString): void {
    const folded = foldCase(word);
    let entry = this.#words.get(folded);
    if (entry === undefined) {
      entry = { spelling: word, classes: new Set() };
      this.#words.set(folded, entry);
    }
    entry.classes.add(id);
    this.#longest.set(id, Math.max(word.length, this.longest(id)));
  }

  /** Puts what is in one class now into another. */
  copy(from: NameId, to: NameId): void {
    for (const { spelling, classes } of [...this.#words.values()]) if (classes.has(from)) this.add(to, spelling);
  }

  has(id: NameId, word: ByteString): boolean {
    return this.#words.get(foldCase(word))?.classes.has(id) === true;
  }

  /** The length of the longest member. */
  longest(id: NameId): number {
    return this.#longest.get(id) ?? 0;
  }

  /** The members in sendmail's order. */
  members(id: NameId): ByteString[] {
    const found: { readonly bucket: number; readonly spelling: ByteString }[] = [];
    for (const [folded, { spelling, classes }] of this.#words)
      if (classes.has(id)) found.push({ bucket: bucketOf(folded), spelling });
    return found.sort((a, b) => a.bucket - b.bucket).map(({ spelling }) => spelling);
  }
}

function bucketOf(folded: ByteString): number {
  let hash = SEED;
  for (let i = 0; i < folded.length; i++) hash = ((hash << 1) ^ (folded.charCodeAt(i) & 0xff)) % BUCKETS;
  return hash;
}
