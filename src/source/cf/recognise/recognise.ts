/**
 * The text of a sendmail.cf -> what it was made with: the FEATUREs, tables, hosts and classes of its sendmail.mc, in the
 * words of that, each with the line that tells it. Comments are not believed, only what has an effect.
 *
 * Pure. Files that m4 wrote are recognised exactly; `rule-marks.ts` tells which rules are not m4's.
 */
import type { ByteString } from '../../../core/bytes.ts';
import type { SendmailCf } from '../parse.ts';
import { type RulesetTexts, readRulesets } from '../rulesets.ts';
import { type DnsListItem, dnsListItems } from './dns-lists.ts';
import { otherItems } from './others.ts';
import { CfReading } from './reading.ts';
import { relayingItems } from './relaying.ts';
import { routingItems } from './routing.ts';

export interface Recognised {
  readonly items: readonly DnsListItem[];
  readonly texts: RulesetTexts;
}

/** @param cf what `parseSendmailCf` made of the same text */
export function recognise(text: ByteString, cf: SendmailCf): Recognised {
  const texts = readRulesets(text);
  const reading = new CfReading(cf, texts);
  return {
    items: [...relayingItems(reading), ...routingItems(reading), ...dnsListItems(reading), ...otherItems(reading)],
    texts,
  };
}
