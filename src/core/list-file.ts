/** The result of opening an :include: or .forward file: its text, or the reason why it may not be used. */
import type { ByteString } from './bytes.ts';

/** Largest :include: or .forward file in bytes: room for a list of a million members. */
export const MAX_LIST_FILE_BYTES: number = 32 * 1024 * 1024;

/** The user who opens a file. */
export interface Reader {
  readonly uid: number;
  readonly gid: number;
  /** The user's name; its groups count as well. */
  readonly name?: string;
}

export type ListFile =
  | {
      readonly status: 'opened';
      readonly text: ByteString;
      readonly uid: number;
      readonly gid: number;
      /** Others may change the file: its addresses count, its programs and files do not. */
      readonly unsafe: boolean;
      /** False: others may have put the file in its place, so the owner proves nothing. */
      readonly ownerCertain: boolean;
    }
  | {
      readonly status: 'refused';
      readonly reason: string;
      /**
       * `missing`: there is no such file. `later`: a later attempt may succeed. `rights`: this process lacks the
       * rights to find out whether the reader may read it. Absent: the file exists, and is unsafe or not readable for
       * the reader.
       */
      readonly why?: 'missing' | 'later' | 'rights';
    };

/** Opens :include: and .forward files, and decides which are safe. */
export interface FileReader {
  readInclude(path: string, reader: Reader): ListFile;
  readForward(path: string, reader: Reader): ListFile;
}
