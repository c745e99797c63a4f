/**
 * Collects the errors of one expansion, each with the file and line that was being read when it came up.
 */
import type { ExpansionError, ExpansionErrorCode } from './expansion.ts';

/** What is wrong, in sendmail's words, with its reply codes and the exit status it remembers (sysexits). */
export interface Fault {
  readonly code: ExpansionErrorCode;
  readonly reply: number;
  readonly enhanced: string;
  readonly reason: string;
  readonly status?: number;
}

export interface ListPlace {
  readonly file: string;
  readonly line: number;
}

export class ErrorLog {
  readonly errors: ExpansionError[] = [];
  readonly #places: ListPlace[] = [];

  /** Does what is to be done while a line of a file is read. */
  at<T>({ file, line }: ListPlace, action: () => T): T {
    this.#places.push({ file, line });
    try {
      return action();
    } finally {
      this.#places.pop();
    }
  }

  report(fault: Fault, address?: string, path?: readonly string[]): void {
    const said = address === undefined ? fault.reason : `${address}... ${fault.reason}`;
    const place = this.#places.at(-1);
    this.errors.push({
      code: fault.code,
      ...(address !== undefined && { address }),
      text: place === undefined ? said : `${place.file}: line ${place.line}: ${said}`,
      reply: { code: fault.reply, enhanced: fault.enhanced, text: said },
      ...(fault.status !== undefined && { status: fault.status }),
      ...place,
      ...(path !== undefined && { path }),
    });
  }
}
