/** The facts that one look at a machine gives, and the findings that checks make of them. Paths and names are text. */

/** Owner, mode and age of a file. */
export interface FileFacts {
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly mtimeMs: number;
  /** Permission bits. */
  readonly mode: number;
  /** Names, or numbers without a name. */
  readonly owner: string;
  readonly group: string;
}

export interface WritableDirectory {
  readonly path: string;
  /** sendmail's warning: `World writable directory /x`. */
  readonly text: string;
}

/** A map of the configuration. */
export interface MapFacts {
  /** `access`, `aliases`, or the name of a table. */
  readonly role: string;
  /** Whether the configuration names it: a usual name without any file is no map. */
  readonly isExpected: boolean;
  /** The name of its source file, which need not exist. */
  readonly text: string;
  /** The name of the file that is read, which need not exist. */
  readonly file: string;
  readonly textFile?: FileFacts;
  readonly mapFile?: FileFacts;
  /** The format in words; absent: not opened. */
  readonly format?: string;
  readonly records?: number;
  /** Why it cannot be read. */
  readonly error?: string;
  /** Whether it has passwords: `AuthInfo:` in an access map. */
  readonly hasSecrets: boolean;
  /** Files of other formats with the same name. */
  readonly others: readonly FileFacts[];
  /** Directories on its path that others may write. */
  readonly writable: readonly WritableDirectory[];
}

/** The mail server that a program belongs to. */
export type Maker = 'mailmaps' | 'Postfix' | 'sendmail' | 'Exim' | 'OpenSMTPD' | 'unknown';

/** One program in PATH. */
export interface ProgramFacts {
  readonly name: string;
  readonly path: string;
  readonly maker: Maker;
}

/** A table that another program reads. */
export interface TableFacts {
  readonly reader: 'Postfix' | 'sendmail';
  /** The parameter or line that names it. */
  readonly where: string;
  /** `hash`, `lmdb` ... */
  readonly type: string;
  /** The name of its source file. */
  readonly text: string;
  /** The file that the reader opens. */
  readonly file: string;
  readonly textFile?: FileFacts;
  readonly mapFile?: FileFacts;
  /** The format of the file in words; absent: it cannot be read. */
  readonly format?: string;
  /** False: the reader was built without this type. */
  readonly isSupported: boolean;
  /** Why the reader cannot open it, in the reader's words. */
  readonly openError?: string;
  /** Postfix's proxymap is asked for it, and proxy_read_maps does not name it. */
  readonly isForbidden?: boolean;
}

/** A unix socket that another program asks. */
export interface SocketFacts {
  readonly reader: 'Postfix' | 'sendmail' | 'systemd';
  readonly where: string;
  readonly path: string;
  readonly file?: FileFacts;
  /** Why a connection fails; absent: somebody listens. */
  readonly error?: string;
  /** Whether the reader's user may connect; absent: not known, or the reader is root. */
  readonly readerMay?: boolean;
  /** The program in a chroot that looks for the socket under `inside`, where it is not. */
  readonly chrooted?: { readonly program: string; readonly inside: string };
}

/** A map that the user of a service of ours may not read. */
export interface UnreadableMap {
  /** `mailmaps-policy.service`. */
  readonly service: string;
  readonly file: FileFacts;
  /** A group of the service; absent: it has none. */
  readonly group?: string;
}

/** One look at a machine. */
export interface Machine {
  /** The directory or sendmail.cf. */
  readonly configuration: string;
  /** Why the configuration cannot be opened. */
  readonly error?: string;
  /** Parts of the configuration that cannot be used. */
  readonly problems: readonly { readonly about: string; readonly text: string }[];
  readonly maps: readonly MapFacts[];
  /** Other texts of the configuration: the sendmail.cf, class files. */
  readonly texts: readonly FileFacts[];
  /** In the order of PATH. */
  readonly programs: readonly ProgramFacts[];
  readonly tables: readonly TableFacts[];
  readonly sockets: readonly SocketFacts[];
  readonly unreadable: readonly UnreadableMap[];
  /** virtual_alias_expansion_limit of a Postfix that asks for aliases over a socket. */
  readonly expansionLimit?: number;
  /** Required names that lead to nobody, each with the reason. */
  readonly unreachable: readonly { readonly name: string; readonly text: string }[];
  /** Users that the configuration names and the system does not know. */
  readonly unknownUsers: readonly { readonly name: string; readonly where: string }[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

export const SEVERITIES = ['error', 'warning'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A fault of the machine. */
export interface Trouble {
  /** The file, program or name that it is about. */
  readonly about: string;
  readonly text: string;
  /** The remedy. */
  readonly help: string;
}

/** A trouble with its code, whose meaning never changes. */
export interface Diagnosis extends Trouble {
  readonly code: string;
  readonly severity: Severity;
}
