/**
 * A command line -> the reason why the restricted shell (smrsh) refuses it. It runs only commands of one directory, whatever
 * directory the command line names, and allows no shell metacharacter but `&&` and `||` after a blank.
 *
 * Runs nothing. Source: sendmail 8.17's smrsh, its texts and the order of its checks. Its limit of a thousand bytes does not
 * matter: no address is that long.
 */
import { isSpace } from '../core/fold.ts';

/** The entry of the restricted shell's directory under a name. */
export type ShellCommand = 'runnable' | 'missing' | 'notAFile' | 'notExecutable';
export type RestrictedShell = (name: string) => ShellCommand;

const REFUSALS: Readonly<Record<ShellCommand, string | undefined>> = {
  runnable: undefined,
  missing: ' (stat failed)',
  notAFile: ' (not a file)',
  notExecutable: '',
};
/** Shell builtins that it allows; `exec` counts only before a further word. */
const BUILT_IN = ['exit', 'echo'];
/** Also with the eighth bit set, which some shells drop. */
const SPECIAL = /[<|>^();&`$\r\n\xbc\xfc\xbe\xde\xa8\xa9\xbb\xa6\xe0\xa4\x8d\x8a]/;
const LAST_SLASH = /^.*[/\xaf]/s;

/** Why the restricted shell refuses a command line, a byte string; undefined: it runs it. */
export function refusedByRestrictedShell(commandLine: string, look: RestrictedShell): string | undefined {
  let rest = withoutLeadingSpace(commandLine);
  if (rest === '') return 'no command';
  while (rest !== '') {
    const [word, tail] = firstWord(rest);
    if (word === 'exec' && tail !== '') {
      rest = withoutLeadingSpace(tail);
      if (rest === '') return 'missing command to exec';
      continue;
    }
    const refusal = BUILT_IN.includes(word) ? undefined : judge(word.replace(LAST_SLASH, ''), look);
    if (refusal !== undefined) return refusal;
    const end = tail.search(SPECIAL);
    if (end < 0) return undefined;
    if (!/^(?:&&|\|\|)/.test(tail.slice(end))) return `cannot use ${tail[end]} in command`;
    rest = withoutLeadingSpace(tail.slice(end + 2));
  }
  return undefined;
}

function judge(name: string, look: RestrictedShell): string | undefined {
  const refusal = REFUSALS[look(name)];
  return refusal === undefined ? undefined : `"${name}" not available for sendmail programs${refusal}`;
}

function withoutLeadingSpace(text: string): string {
  let start = 0;
  while (start < text.length && isSpace(text.charCodeAt(start))) start++;
  return text.slice(start);
}

function firstWord(text: string): [word: string, tail: string] {
  const end = text.search(/[ \t]/);
  return end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end)];
}
