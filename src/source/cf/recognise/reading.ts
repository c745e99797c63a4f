/** A sendmail.cf in the form that recognition reads: its K, C, F, D, O and M lines, and its rules by ruleset. */
import type { ByteString } from '../../../core/bytes.ts';
import type { MapLine, SendmailCf } from '../parse.ts';
import { mapNamed } from '../parse.ts';
import type { CfPlace, MailerText, RulesetTexts, RuleText } from '../rulesets.ts';

/**
 * A FEATURE, table, host or class, written as in a sendmail.mc: `blocklist_recipients`, `define:SMART_HOST=relay:x`.
 */
export interface Item {
  readonly item: string;
  /** The line that shows it. */
  readonly line: number;
}

export class CfReading {
  readonly cf: SendmailCf;
  readonly #texts: RulesetTexts;

  constructor(cf: SendmailCf, texts: RulesetTexts) {
    this.cf = cf;
    this.#texts = texts;
  }

  /** The rules of a ruleset; empty if there is no such ruleset. */
  rules(ruleset: string): readonly RuleText[] {
    return this.#texts.rulesets.get(ruleset)?.rules ?? [];
  }

  /** The line at which a ruleset begins. */
  ruleset(name: string): CfPlace | undefined {
    return this.#texts.rulesets.get(name);
  }

  /** The first rule of a ruleset that holds all parts, in `left => right`. */
  rule(ruleset: string, ...parts: readonly string[]): RuleText | undefined {
    return this.rules(ruleset).find(({ left, right }) => parts.every((part) => `${left} => ${right}`.includes(part)));
  }

  /** The first rule of a ruleset with this left side. */
  left(ruleset: string, left: string): RuleText | undefined {
    return this.rules(ruleset).find((rule) => rule.left === left);
  }

  /** The line of a ruleset that exists and has no matching rule. */
  lacking(ruleset: string, fits: (rule: RuleText) => boolean): CfPlace | undefined {
    const rules = this.rules(ruleset);
    return rules.length > 0 && !rules.some(fits) ? this.ruleset(ruleset) : undefined;
  }

  map(name: string): (MapLine & CfPlace) | undefined {
    const map = mapNamed(this.cf, name);
    return map && { ...map, line: map.line ?? 0 };
  }

  /** The last value of a macro, unless it is empty. */
  macro(name: string): (CfPlace & { readonly value: ByteString }) | undefined {
    const found = this.macroLine(name);
    return found === undefined || found.value === '' ? undefined : found;
  }

  macroLine(name: string): (CfPlace & { readonly value: ByteString }) | undefined {
    const found = this.cf.macroLines.findLast((line) => line.name === name);
    return found && { value: found.value, line: found.line ?? 0 };
  }

  /** The words that C lines give to a class, without copies. */
  words(className: string): readonly (CfPlace & { readonly word: ByteString })[] {
    const own = this.cf.wordLines.filter((member) => member.className === className && member.line !== undefined);
    return own.map(({ word, line }) => ({ word, line: line! }));
  }

  /** The files of a class, as in the F lines: `-o /etc/mail/relay-domains %[^#]`. */
  files(className: string): readonly (CfPlace & { readonly spec: ByteString })[] {
    const own = this.cf.members(className).files.filter((file) => file.className === className);
    return own.map(({ path, optional, format, line }) => ({
      spec: `${optional ? '-o ' : ''}${path}${format === '%s' ? '' : ` ${format}`}`,
      line: line ?? 0,
    }));
  }

  mailer(name: string): MailerText | undefined {
    return this.#texts.mailers.get(name);
  }
}
