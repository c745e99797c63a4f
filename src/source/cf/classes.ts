/**
 * The C, T and F lines of a sendmail.cf, line by line -> the members of each class: words, and files that hold words.
 * `$={x}` among the words copies the present members of class x. Words are compared without case, names of classes
 * with case.
 *
 * Source: sendmail's "Installation and Operation Guide", sections 5.3 and 5.4, and the behaviour of sendmail 8.17.
 */
import type { ByteString } from '../../core/bytes.ts';
import type { Place } from '../../core/errors.ts';
import { foldCase } from '../../core/fold.ts';

/** An `F` line: a file holds members of a class. */
export interface ClassFileLine extends Place {
  /** `w`, `R`, `VirtHost`. */
  readonly className: string;
  readonly path: ByteString;
  /** `-o`: the file may be missing. */
  readonly optional: boolean;
  /** scanf format that takes the members out of a line; default `%s`, the first word. */
  readonly format: ByteString;
}

/** A member of a class, with the place of its line. */
export interface ClassWord extends Place {
  readonly className: string;
  readonly word: ByteString;
}

export interface ClassMembers {
  readonly words: readonly ClassWord[];
  readonly files: readonly ClassFileLine[];
}

const NONE: ClassMembers = { words: [], files: [] };

/**
 * A class while lines are read. A copy of another class continues where the last one ended, so that circular copies
 * end.
 */
class GrowingClass implements ClassMembers {
  readonly words: ClassWord[] = [];
  readonly files: ClassFileLine[] = [];
  readonly #known = new Set<ByteString>();
  readonly #knownFiles = new Set<ClassFileLine>();
  readonly #copied = new Map<GrowingClass, { words: number; files: number }>();

  addWord(member: ClassWord): void {
    const word = foldCase(member.word);
    if (this.#known.has(word)) return;
    this.#known.add(word);
    this.words.push(member);
  }

  addFile(file: ClassFileLine): void {
    if (this.#knownFiles.has(file)) return;
    this.#knownFiles.add(file);
    this.files.push(file);
  }

  copy(from: GrowingClass): void {
    if (from === this) return;
    const { words, files } = this.#copied.get(from) ?? { words: 0, files: 0 };
    this.#copied.set(from, { words: from.words.length, files: from.files.length });
    for (const member of from.words.slice(words)) this.addWord(member);
    for (const file of from.files.slice(files)) this.addFile(file);
  }
}

export class Classes {
  readonly #classes = new Map<string, GrowingClass>();
  /** The words of the lines, without copies. */
  readonly written: ClassWord[] = [];
  /** The F lines, without copies. */
  readonly files: ClassFileLine[] = [];

  /** The present members of a class. */
  members(className: string): ClassMembers {
    return this.#classes.get(className) ?? NONE;
  }

  addWord(member: ClassWord): void {
    this.written.push(member);
    this.#class(member.className).addWord(member);
  }

  addFile(file: ClassFileLine): void {
    this.files.push(file);
    this.#class(file.className).addFile(file);
  }

  copy(from: string, to: string): void {
    this.#class(to).copy(this.#class(from));
  }

  #class(name: string): GrowingClass {
    const known = this.#classes.get(name);
    if (known !== undefined) return known;
    const made = new GrowingClass();
    this.#classes.set(name, made);
    return made;
  }
}
