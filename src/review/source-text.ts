/** A source file of a configuration: what it is for, its name and its text. */
import type { ByteString } from '../core/bytes.ts';

export type SourceKind = 'access' | 'aliases' | 'localHostNames' | 'relayDomains' | 'list' | 'table' | 'class' | 'cf';

export interface SourceText {
  readonly kind: SourceKind;
  /** The name that findings carry. */
  readonly file: string;
  readonly text: ByteString;
  /** Of a class file that is about the tables: `VirtHost`, `G`. */
  readonly className?: string;
  /** Of a table: the name of its FEATURE. */
  readonly table?: string;
  /** Of a class file: the format of its F line. */
  readonly format?: ByteString;
}

export interface SourceLines extends SourceText {
  /** The lines without their newlines. A newline at the end of the file does not add an empty line. */
  readonly lines: readonly ByteString[];
}
