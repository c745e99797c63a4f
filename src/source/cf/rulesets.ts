/**
 * The S, R and M lines of a sendmail.cf -> the rules of each ruleset, and the mailers, as text: runs of blanks become
 * one, and the comment after the second tab is removed. For comparing rules; `rules/` runs them.
 *
 * Source: sendmail's "Installation and Operation Guide", sections 5.1 and 5.2. Pure, linear; never fails.
 */
import type { ByteString } from '../../core/bytes.ts';
import { configurationLines } from './lines.ts';

/** A line of the file. */
export interface CfPlace {
  readonly line: number;
}

export interface RuleText extends CfPlace {
  readonly left: ByteString;
  readonly right: ByteString;
}

export interface RulesetText extends CfPlace {
  readonly rules: readonly RuleText[];
}

export interface MailerText extends CfPlace {
  readonly text: ByteString;
}

export interface RulesetTexts {
  readonly rulesets: ReadonlyMap<string, RulesetText>;
  readonly mailers: ReadonlyMap<string, MailerText>;
  /** Header lines that call a ruleset. */
  readonly headerChecks: readonly CfPlace[];
}

export function readRulesets(text: ByteString): RulesetTexts {
  const rulesets = new Map<string, CfPlace & { rules: RuleText[] }>();
  const mailers = new Map<string, MailerText>();
  const headerChecks: CfPlace[] = [];
  let current: { rules: RuleText[] } | undefined;
  for (const { text: content, line } of configurationLines(text)) {
    const rest = content.slice(1);
    if (content.startsWith('S')) {
      const name = /^\s*(\w+)/.exec(rest)?.[1] ?? '';
      current = rulesets.get(name) ?? { rules: [] };
      if (!rulesets.has(name)) rulesets.set(name, { line, rules: current.rules });
    } else if (content.startsWith('R')) {
      const [left = '', right = ''] = rest.replaceAll('\n', ' ').split(/\t+/);
      current?.rules.push({ left: fold(left), right: fold(right), line });
    } else if (content.startsWith('M')) {
      const [name = '', ...fields] = rest.split(',');
      mailers.set(name.trim(), { text: fields.join(','), line });
    } else if (content.startsWith('H') && content.includes('$>')) headerChecks.push({ line });
  }
  return { rulesets, mailers, headerChecks };
}

function fold(text: ByteString): ByteString {
  return text.replace(/[\t-\r ]+/g, ' ').replace(/^ | $/g, '');
}
