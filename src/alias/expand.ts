/** An address and its context -> the expansion. The entry to alias expansion. */

import type { AliasContext } from './context.ts';
import { Expander } from './expander.ts';
import type { Expansion, ExpansionStep } from './expansion.ts';
import { readOwner, Senders } from './owner.ts';
import { type FinishStep, resultOf } from './result.ts';

/**
 * The recipients of mail to an address.
 *
 * @param address One address or a comma list, as `sendmail -bv` takes it; a list of strings is one message with several
 * recipients: they share one list of recipients.
 * @param finish makes of each step, as soon as it is known, the step of the trace
 */
export function expand(
  address: string | readonly string[],
  context: AliasContext,
  finish: FinishStep = asItIs,
): Expansion {
  const expander = new Expander(context);
  for (const text of typeof address === 'string' ? [address] : address) {
    expander.sendList(text, undefined, { kind: 'asked' }, 0);
  }
  return expansionOf(expander, context, finish);
}

/**
 * The recipients of mail to the address of an RCPT command, without its brackets. It is one address: `alice "x@far.example"`
 * is a name with a blank, and not two recipients, of which check_rcpt has judged neither.
 */
export function expandRecipient(recipient: string, context: AliasContext, finish: FinishStep = asItIs): Expansion {
  const expander = new Expander(context);
  expander.sendRecipient(recipient);
  return expansionOf(expander, context, finish);
}

function asItIs(step: ExpansionStep): ExpansionStep {
  return step;
}

function expansionOf({ asked, log }: Expander, context: AliasContext, finish: FinishStep): Expansion {
  const senders = new Senders(context.rules, log);
  const { recipients, trace } = resultOf(asked, senders, context, finish);
  const [only] = asked.length === 1 ? asked : [];
  const of = only?.details.owner;
  const owner = of && readOwner(of, context.rules).sender;
  const { errors } = log;
  return owner === undefined ? { recipients, errors, trace } : { recipients, errors, owner, trace };
}
