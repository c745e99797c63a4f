/**
 * The text of a sendmail.cf -> its sendmail.mc: FEATUREs, tables, hosts and classes in the words of that file, each
 * with the line that shows it.
 *
 * Comments are ignored; only lines with an effect count. Files that m4 wrote are recognised exactly; foreign-rules.ts
 * finds rules that are not m4's. Pure.
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

/** @param cf the result of `parseSendmailCf` for the same text */
export function recognise(text: ByteString, cf: SendmailCf): Recognised {
  const texts = readRulesets(text);
  const reading = new CfReading(cf, texts);
  return {
    items: [...relayingItems(reading), ...routingItems(reading), ...dnsListItems(reading), ...otherItems(reading)],
    texts,
  };
}
