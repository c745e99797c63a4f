/**
 * `mailmaps expand`: addresses -> the recipients of mail to them, and the steps between.
 *
 * Every address is a message of its own. The exit status is that of `sendmail -bv`: the status of the first error that has one
 * (67 unknown user, 64 or 68 not an address), else 64 for any error, else 0.
 */
import type { Expansion, ExpansionError } from '../../alias/expansion.ts';
import { decodeText, encodeText } from '../../core/bytes.ts';
import { jsonText } from '../../core/json-text.ts';
import { EX_OK, EX_TEMPFAIL, EX_USAGE } from '../../core/sysexits.ts';
import type { Io } from '../program/io.ts';
import { expansionGraph } from './expansion-graph.ts';
import { expansionText } from './expansion-text.ts';
import type { GraphLanguage } from './route-graph.ts';

export interface ExpandOutput {
  /** Prints an Expansion in JSON for each line, instead of text. */
  readonly json?: boolean | undefined;
  /** Prints the source of a graph, instead of text. */
  readonly graph?: GraphLanguage | undefined;
}

/** Expands addresses, given as byte strings, and prints the results. Returns the exit status. */
export async function expandAddresses(
  addresses: readonly string[],
  output: ExpandOutput,
  expand: (address: string) => Promise<Expansion>,
  io: Io,
): Promise<number> {
  const errors: ExpansionError[] = [];
  for (const [i, address] of addresses.entries()) {
    const expansion = await expand(decodeText(address));
    for (const error of expansion.errors) errors.push(error);
    const separator = i > 0 && !output.json && output.graph === undefined ? '\n' : '';
    io.out(separator + encodeText(written(expansion, output)));
  }
  return verifyStatus(errors);
}

function written(expansion: Expansion, { json, graph }: ExpandOutput): string {
  if (graph !== undefined) return expansionGraph(expansion, graph);
  return json ? `${jsonText(expansion)}\n` : expansionText(expansion);
}

/** The exit status of errors; those of owners count only if there are no others, since sendmail reads owners last. */
export function verifyStatus(errors: readonly ExpansionError[]): number {
  const others = errors.filter(({ code }) => code !== 'owner');
  if (others.length > 0) return firstStatus(others) ?? EX_USAGE;
  return firstStatus(errors) ?? EX_OK;
}

/** A temporary error counts only if there is no permanent one. */
function firstStatus(errors: readonly ExpansionError[]): number | undefined {
  const statuses = errors.map(({ status }) => status).filter((status) => status !== undefined);
  return statuses.find((status) => status !== EX_TEMPFAIL) ?? statuses[0];
}
