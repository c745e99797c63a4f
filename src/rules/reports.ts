/**
 * sendmail's complaints: the text of a complaint -> the line that sendmail prints for it, given to a function.
 *
 * While a file is read, its name and line come first; complaints about an address name the address; bytes lose their top
 * bit. Nothing here is an error of ours: sendmail prints them and goes on.
 */
import type { ByteString } from '../core/bytes.ts';
import { EX_OK, EX_OSERR, EX_SOFTWARE } from '../core/sysexits.ts';
import { type Complaint, type ComplaintKind, type Printed, statusOf } from './complaint.ts';

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
  onComplaint: ((complaint: Complaint) => void) | undefined;
  readonly #print: (line: ByteString, complaint: Printed) => void;

  constructor(print: (line: ByteString, complaint: Printed) => void) {
    this.#print = print;
  }

  /** A complaint about the configuration. @param cause the text of the system error, if there was one */
  system(text: string, cause?: string): void {
    this.#complain('other', text, cause);
  }

  /** A complaint of the rulesets themselves, which the daemon answers with a status of its own. */
  rules(kind: ComplaintKind, text: string): void {
    this.#complain(kind, text);
  }

  /** A class file that cannot be opened. */
  classFile(text: string, cause: string | undefined): void {
    this.#complain('classFile', text, cause);
  }

  #complain(kind: ComplaintKind, text: string, cause?: string): void {
    const why = cause ?? this.lastCause;
    this.lastCause = undefined;
    if (this.exitStatus === EX_OK) this.exitStatus = why === undefined ? EX_SOFTWARE : EX_OSERR;
    this.onComplaint?.({ kind, text: sevenBits(text) });
    this.#printed(kind, `${sevenBits(text)}${why === undefined ? '' : `: ${why}`}`);
  }

  /** A complaint about an address. */
  address(address: ByteString, text: string, kind: ComplaintKind = 'other'): void {
    const name = address === '' ? '' : `${sevenBits(shortened(address, SHOWN_ADDRESS))}... `;
    // the daemon shows the address of the command before some complaints
    const isShown = statusOf(kind)?.[2] === true;
    this.onComplaint?.({ kind, text: `${isShown ? '' : name}${sevenBits(text)}` });
    this.#printed(kind, `${name}${sevenBits(text)}`);
  }

  /** Words that sendmail prints as they are. */
  plain(text: string, kind: ComplaintKind = 'other'): void {
    this.lastCause = undefined;
    this.#print(text, { kind, text });
  }

  #printed(kind: ComplaintKind, text: string): void {
    const { file, line } = this;
    if (file === undefined) this.#print(text, { kind, text });
    else this.#print(`${shortened(file, SHOWN_FILE)}: line ${line}: ${text}`, { kind, text, line });
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
