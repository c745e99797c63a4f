/** Collects the errors of one expansion, each with the file and line that was being read. */
import { shortenAddress } from '../address/show.ts';
import type { ExpansionError } from './expansion.ts';
import { type Fault, tooMany } from './faults.ts';
import { MAX_ERROR_PATHS, MAX_ERRORS } from './limits.ts';

export interface ListPlace {
  readonly file: string;
  readonly line: number;
}

export class ErrorLog {
  readonly errors: ExpansionError[] = [];
  readonly #places: ListPlace[] = [];

  /** The errors that follow, until `leave`, have this place. */
  enter(place: ListPlace): void {
    this.#places.push(place);
  }

  leave(): void {
    this.#places.pop();
  }

  /** @param path called only if the error is kept */
  report(fault: Fault, address?: string, path?: () => readonly string[]): void {
    if (this.errors.length === MAX_ERRORS) this.#add(tooMany('errors', MAX_ERRORS), undefined, undefined);
    else if (this.errors.length < MAX_ERRORS) this.#add(fault, address, path);
  }

  #add(fault: Fault, address: string | undefined, path: (() => readonly string[]) | undefined): void {
    const said = address === undefined ? fault.reason : `${shortenAddress(address)}... ${fault.reason}`;
    const place = this.#places.at(-1);
    this.errors.push({
      code: fault.code,
      ...(address !== undefined && { address }),
      text: place === undefined ? said : `${place.file}: line ${place.line}: ${said}`,
      reply: { code: fault.reply, enhanced: fault.enhanced, text: said },
      ...(fault.status !== undefined && { status: fault.status }),
      ...(place !== undefined && { file: place.file, line: place.line }),
      ...(path !== undefined && this.errors.length < MAX_ERROR_PATHS && { path: path() }),
    });
  }
}
