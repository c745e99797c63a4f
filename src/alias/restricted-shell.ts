/**
 * The restricted shell's rule (smrsh): it runs commands of one folder only and knows no shell metacharacters beside
 * `&&` and `||`.
 */
import { trimBytes } from '../core/fold.ts';

/** Whether the folder of the restricted shell holds a command of that name. */
export type RestrictedShell = (command: string) => boolean;

/** Commands of the shell itself that it lets pass. */
const BUILT_IN = new Set(['exec', 'exit', 'echo']);

/** Why the restricted shell would not run a command line; undefined: it would. */
export function refusedByRestrictedShell(commandLine: string, has: RestrictedShell): string | undefined {
  for (const part of commandLine.split(/&&|\|\|/)) {
    const special = /[<|>^();&`$\r\n]/.exec(part);
    if (special !== null) return `cannot use ${special[0]} in command`;
    const words = trimBytes(part).split(/[ \t\v\f]+/);
    const word = words[0] === 'exec' ? words[1] : words[0];
    const command = word?.replace(/^.*\//s, '') ?? '';
    if (!BUILT_IN.has(command) && !has(command)) return `"${command}" not available for sendmail programs`;
  }
  return undefined;
}
