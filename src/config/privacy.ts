/** `O PrivacyOptions` of a sendmail.cf -> the options that affect answers, and problems for words that sendmail does not know. */
import { PRIVACY_OPTIONS, type PrivacyOption } from '../alias/smtp.ts';
import { foldCase } from '../core/fold.ts';
import { didYouMean } from '../core/nearest.ts';
import type { Problem } from '../core/problem.ts';
import { optionValues, type SendmailCf } from '../source/cf/parse.ts';

/** The words of a list option, separated by anything but letters and digits. */
export function optionWords(cf: SendmailCf | undefined, option: string): string[] {
  return (cf ? optionValues(cf, option) : []).flatMap((value) => value.split(/[^a-z0-9]+/i));
}

export function privacyOf(cf: SendmailCf | undefined): PrivacyOption[] {
  const words = optionWords(cf, 'PrivacyOptions').map(foldCase);
  return PRIVACY_OPTIONS.filter((option) => words.includes(option));
}

/** sendmail's other PrivacyOptions, which have no effect here. */
const OTHER_PRIVACY: readonly string[] = [
  ...['public', 'needmailhelo', 'restrictmailq', 'restrictqrun', 'restrictexpand', 'noetrn', 'noverb', 'authwarnings'],
  ...['noreceipts', 'nobodyreturn', 'noactualrecipient'],
];

/** Words that sendmail does not know: they have no effect, so nothing is hidden. */
export function privacyProblems(cf: SendmailCf | undefined): Problem[] {
  const known = [...PRIVACY_OPTIONS, ...OTHER_PRIVACY];
  const lines = cf?.options.filter(({ name }) => foldCase(name) === 'privacyoptions') ?? [];
  return lines.flatMap(({ value, file, line }) =>
    value
      .split(/[^a-z0-9]+/i)
      .filter((word) => word !== '' && !known.includes(foldCase(word)))
      .map((word) => ({
        severity: 'warning',
        code: 'MM704',
        ...(file !== undefined && { file }),
        ...(line !== undefined && { line }),
        text: `there is no PrivacyOption ${word}${didYouMean(word, known)}`,
        ours: true,
      })),
  );
}
