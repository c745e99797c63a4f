/**
 * Would the restricted shell (smrsh) run this command line? It runs commands of one folder only, in whatever folder they
 * are named, and lets no shell metacharacter pass but `&&` and `||` behind a blank.
 *
 * Nothing is run. Texts and order of the checks are those of sendmail 8.17's smrsh; that a command line of a thousand
 * bytes is too long does not matter, as no address is that long.
 */
import { isSpace } from '../core/fold.ts';

/** What the folder of the restricted shell has under a name. */
export type ShellCommand = 'runnable' | 'missing' | 'notAFile' | 'notExecutable';
export type RestrictedShell = (name: string) => ShellCommand;

const REFUSALS: Readonly<Record<ShellCommand, string | undefined>> = {
  runnable: undefined,
  missing: ' (stat failed)',
  notAFile: ' (not a file)',
  notExecutable: '',
};
/** Commands of the shell itself that it lets pass; `exec` is one only with something behind it. */
const BUILT_IN = ['exit', 'echo'];
/** With their eighth bit set as well, which there are shells that drop. */
const SPECIAL = /[<|>^();&`$\r\n\xbc\xfc\xbe\xde\xa8\xa9\xbb\xa6\xe0\xa4\x8d\x8a]/;
const LAST_SLASH = /^.*[/\xaf]/s;

/** Why the restricted shell would not run a command line, a byte string; undefined: it would. */
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
