/**
 * An :include: or .forward file, as expansion asks for it: who opens it, and the text or the refusal.
 */
import type { ByteString } from './bytes.ts';

/** Bytes of one :include: or .forward file: a list of a million members. */
export const MAX_LIST_FILE_BYTES: number = 32 * 1024 * 1024;

/** As whom a file is opened. */
export interface Reader {
  readonly uid: number;
  readonly gid: number;
  /** For the groups that the user is a member of. */
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
      /** False: others may have put the file there, whoever owns it. */
      readonly ownerCertain: boolean;
    }
  | {
      readonly status: 'refused';
      readonly reason: string;
      /**
       * `missing`: there is none. `later`: it may be opened later. `rights`: this process may not look, so that nobody can
       * tell whether the reader may. Absent: the file is there, and not to be believed or read by the reader.
       */
      readonly why?: 'missing' | 'later' | 'rights';
    };

/** Opens :include: and .forward files; decides what is safe. */
export interface FileReader {
  readInclude(path: string, reader: Reader): ListFile;
  readForward(path: string, reader: Reader): ListFile;
}
