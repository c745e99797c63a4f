/**
 * sendmail's complaints: the text of a complaint -> the line that sendmail prints for it, given to a function.
 *
 * While a file is read, its name and line come first; complaints about an address name the address; bytes lose their top
 * bit. Nothing here is an error of ours: sendmail prints them and goes on.
 */
import type { ByteString } from '../core/bytes.ts';
import { EX_OK, EX_OSERR, EX_SOFTWARE } from '../core/sysexits.ts';

/** Addresses are shortened to this many bytes in a complaint. */
const SHOWN_ADDRESS = 203;
const SHOWN_FILE = 83;

/** Receives complaints, and knows the file and line that they are about. */
export class Reports {
  /** The file that is being read, and the number of lines read of it. */
  file: string | undefined;
  line = 0;
  /** The text of the last system error, which sendmail adds to its next complaint, even if they are not related. */
  lastCause: string | undefined;
  /** The exit status of sendmail, set by its first complaint. */
  exitStatus: number = EX_OK;
  /** Gets each complaint without its place and cause, as the daemon sends it to a client. */
  onComplaint: ((text: ByteString) => void) | undefined;
  readonly #print: (line: ByteString) => void;

  constructor(print: (line: ByteString) => void) {
    this.#print = print;
  }

  /** A complaint about the configuration. @param cause the text of the system error, if there was one */
  system(text: string, cause?: string): void {
    const why = cause ?? this.lastCause;
    this.lastCause = undefined;
    if (this.exitStatus === EX_OK) this.exitStatus = why === undefined ? EX_SOFTWARE : EX_OSERR;
    this.onComplaint?.(sevenBits(text));
    this.#print(`${this.#place()}${sevenBits(text)}${why === undefined ? '' : `: ${why}`}`);
  }

  /** A complaint about an address. */
  address(address: ByteString, text: string): void {
    const name = address === '' ? '' : `${sevenBits(shortened(address, SHOWN_ADDRESS))}... `;
    this.onComplaint?.(`${name}${sevenBits(text)}`);
    this.#print(`${this.#place()}${name}${sevenBits(text)}`);
  }

  /** Words that sendmail prints as they are. */
  plain(text: string): void {
    this.lastCause = undefined;
    this.#print(text);
  }

  #place(): string {
    return this.file === undefined ? '' : `${shortened(this.file, SHOWN_FILE)}: line ${this.line}: `;
  }
}

/** A long text with its middle left out. */
export function shortened(text: string, limit: number): string {
  if (text.length < limit) return text;
  const kept = Math.trunc((limit - 3) / 2);
  return `${text.slice(0, kept)}...${text.slice(text.length - kept)}`;
}

function sevenBits(text: string): string {
  return text.replace(/[^\x00-\x7f]/g, (byte) => String.fromCharCode(byte.charCodeAt(0) & 0x7f));
}
