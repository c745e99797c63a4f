/**
 * The host that rulesets run on, as functions: files, databases, users, and the network.
 *
 * A network function gives a known answer, or throws {@link Unanswered} with the question. The caller of the rulesets finds the
 * answer and runs them again (Configuration restores what they changed).
 */
import type { ByteString } from '../core/bytes.ts';
import type { DnsReply } from '../core/dns-reply.ts';

/** The reply of a socketmap server without its length; undefined: none. */
export type SocketReply = ByteString | undefined;

export type Question =
  | { readonly kind: 'dns'; readonly name: ByteString; readonly type: string }
  | { readonly kind: 'socket'; readonly address: ByteString; readonly request: ByteString };

/** The version of sendmail that we follow. */
export const SENDMAIL_VERSION = '8.17.1.9';

/** A question whose answer is not known yet. */
export class Unanswered extends Error {
  readonly question: Question;

  constructor(question: Question) {
    super('a question that must be asked first');
    this.question = question;
  }
}

/** A file's text, or the system's reason for failure. */
export type FileRead = { readonly text: ByteString } | { readonly cause: string; readonly isMissing: boolean };

/** A table or user database that cannot answer now: the lookup is a temporary failure. */
export class CannotAnswer extends Error {}

/** The use of a file, and the rules about directories that others may write. */
export interface FileSafety {
  readonly purpose: 'map' | 'class';
  /** The words of DontBlameSendmail, in lower case. */
  readonly allowed: ReadonlySet<string>;
  /** Receives a warning that sendmail prints. */
  warn(words: string): void;
}

/** An open database: the value of a key, with a zero byte behind it or without. @throws CannotAnswer */
export type Database = (key: ByteString, end: '' | '\0') => ByteString | undefined;

/** A database, or the lines that sendmail prints because there is none. */
export type DatabaseOpened =
  | { readonly get: Database }
  | {
      /** `missing`; `unsafe`: the file may not be opened; `format`: the file is of another kind. */
      readonly problem: 'missing' | 'unsafe' | 'format';
      readonly cause: string;
      /** The message of the database library itself. */
      readonly library?: string;
    };

/** The flags of a map that decide how its database is opened and asked. */
export interface DatabaseUse {
  readonly safety: FileSafety;
  /** True: the name has its extension, so no other file is tried. */
  readonly isExact: boolean;
  readonly keepsCase?: boolean | undefined;
  /** `-o` */
  readonly optional?: boolean | undefined;
  /** False with `-O`: only keys without a final zero byte are found. */
  readonly tryZero?: boolean | undefined;
}

/** A user of the machine. */
export interface MachineUser {
  readonly name: ByteString;
  readonly uid: number;
  readonly gid: number;
  readonly fullName: ByteString;
  readonly home: ByteString;
  readonly shell: ByteString;
}

export interface Machine {
  /** Its full name, and the name of the node. */
  readonly hostName: ByteString;
  readonly nodeName: ByteString;
  /** The user of this process. */
  readonly userName: ByteString;
  /** The words of class w before the file is read, and those that the interfaces add after it. */
  readonly ownNames: readonly ByteString[];
  readonly interfaceNames: readonly ByteString[];
  /** The version that `$v` is, and messages name. */
  readonly version: string;
  /** @param safety the rules for the file; absent: every readable file is accepted */
  readFile(path: ByteString, safety?: FileSafety): FileRead;
  openDatabase(kind: 'hash' | 'btree' | 'cdb' | 'dbm', path: ByteString, use: DatabaseUse): DatabaseOpened;
  user(name: ByteString): MachineUser | undefined;
  groupId(name: ByteString): number | undefined;
  /** The answer if it is known. @throws Unanswered */
  dns(name: ByteString, type: string): DnsReply;
  /** The domains that are tried behind a short name. */
  readonly searchDomains: readonly ByteString[];
  /**
   * Asks a server; an empty request only connects, and is answered with an empty reply.
   *
   * @throws Unanswered
   */
  socket(address: ByteString, request: ByteString): SocketReply;
  /** Why a local socket may not be used. */
  socketProblem(path: ByteString): string | undefined;
  random(): number;
}
