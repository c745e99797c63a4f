/**
 * `mailmaps test`: an interactive session. Each line is a `check` or `expand` command without `mailmaps`; options stay
 * set for the lines that follow, and a line of options alone only sets them. An empty value (`--cf ''`) takes an option
 * back, `#` begins a comment, `quit` or the end of the input ends it.
 */
import type { Command } from 'commander';
import type yargsParser from 'yargs-parser';
import type { MailMaps } from '../config/mailmaps.ts';
import { decodeText, encodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { EX_OK } from '../core/sysexits.ts';
import { type CheckSettings, DOMAIN_WORDS, RESOLVE_WORDS, runCheck } from './check.ts';
import { type ExpandSettings, GRAPH_LANGUAGES, runExpand } from './expand-command.ts';
import type { Io } from './io.ts';
import { addMailOptions, DEFAULT_SETTINGS, openSettings } from './mail-settings.ts';

const TEXTS = [
  ...['directory', 'cf', 'host-name', 'passwd', 'color', 'client', 'client-name', 'client-resolve', 'helo', 'sender'],
  ...['auth-type', 'auth-authen', 'sender-domain', 'forward-path', 'graph', 'client-ptr', 'daemon-flags'],
  ...['tls-verify', 'cert-issuer', 'cert-subject'],
];
/** Options for which an empty value (`--client ''`: from this host) is one; others are no longer set with it. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set([...['client', 'sender', 'helo', 'forwardPath', 'directory']]);
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  clientResolve: RESOLVE_WORDS,
  senderDomain: DOMAIN_WORDS,
  graph: GRAPH_LANGUAGES,
  color: ['auto', 'always', 'never'],
};
/** Options that name the configuration: it is opened anew when one changes. */
const WHERE = [
  'directory',
  'cf',
  'access',
  'feature',
  'hostName',
  'passwd',
  'forwardPath',
  'maxAliasRecursion',
] as const;

const HELP = 'check relay|mail|rcpt [ADDRESS] [options], expand ADDRESS..., options alone to set them, quit\n';

/** Adds the sub-command; `finish` takes its exit status. */
export function addTest(program: Command, io: Io, finish: (status: number) => void): void {
  const command = program.command('test').description('answer check and expand commands typed one after another');
  addMailOptions(command).action(async () => finish(await runTest(command.opts<CheckSettings>(), io)));
}

/** Answers the lines of the input; always ends with 0, as a session of a person does. */
export async function runTest(settings: CheckSettings, io: Io): Promise<number> {
  // loaded here: no other command needs it
  const { default: parser } = await import('yargs-parser');
  using session = new TestSession({ ...DEFAULT_SETTINGS, ...settings }, io, parser);
  session.prompt();
  let rest = '';
  for await (const chunk of io.stdin) {
    const lines = (rest + Buffer.from(chunk).toString('latin1')).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (!session.answer(decodeText(line))) return EX_OK;
      session.prompt();
    }
  }
  session.answer(decodeText(rest));
  return EX_OK;
}

class TestSession implements Disposable {
  #settings: CheckSettings & ExpandSettings;
  readonly #io: Io;
  readonly #parser: typeof yargsParser;
  #maps: MailMaps | undefined;

  constructor(settings: CheckSettings & ExpandSettings, io: Io, parser: typeof yargsParser) {
    this.#parser = parser;
    this.#settings = settings;
    this.#io = io;
  }

  prompt(): void {
    if (this.#io.isTerminal) this.#io.err('> ');
  }

  /** Answers a line; false: the session is over. */
  answer(line: string): boolean {
    if (line.trimStart().startsWith('#')) return true;
    try {
      const { words, options } = parseLine(line, this.#parser);
      this.#set(options);
      const [command, ...rest] = words;
      if (command === 'quit' || command === 'exit') return false;
      if (command !== undefined) this.#run(command, rest);
    } catch (error) {
      if (!(error instanceof MapError)) throw error;
      this.#io.err(encodeText(`mailmaps: ${error.message}\n`));
    }
    return true;
  }

  [Symbol.dispose](): void {
    this.#maps?.close();
  }

  /** Takes options; those with which there is no configuration to open change nothing. */
  #set(options: Partial<CheckSettings & ExpandSettings>): void {
    const settings = { ...this.#settings, ...options };
    if (WHERE.some((name) => String(this.#settings[name]) !== String(settings[name]))) {
      const maps = openSettings(settings);
      this.#maps?.close();
      this.#maps = maps;
    }
    this.#settings = settings;
  }

  #run(command: string, words: readonly string[]): void {
    this.#maps ??= openSettings(this.#settings);
    if (command === 'check') runCheck(words, this.#settings, this.#maps, this.#io);
    else if (command === 'expand') runExpand(words, this.#settings, this.#maps, this.#io);
    else this.#io.err(encodeText(command === 'help' ? HELP : `mailmaps: no command '${command}': ${HELP}`));
  }
}

/** Splits a line into words and options. @throws MapError `badInput` for options that there are not */
function parseLine(
  line: string,
  parser: typeof yargsParser,
): { words: readonly string[]; options: Partial<CheckSettings & ExpandSettings> } {
  const { _: words, ...given } = parser(line, {
    string: [...TEXTS, 'feature', '_'],
    array: ['feature'],
    boolean: ['json', 'access'],
    number: ['max-alias-recursion'],
    alias: { directory: ['d'] },
    configuration: {
      'parse-positional-numbers': false,
      'greedy-arrays': false,
      'strip-dashed': true,
      'strip-aliased': true,
      'duplicate-arguments-array': false,
    },
  });
  const known = new Set([...TEXTS, 'feature', 'json', 'access', 'max-alias-recursion'].map(camelCase));
  for (const [name, value] of Object.entries(given)) {
    if (!known.has(name)) throw new MapError('badInput', `no option '${name}'`);
    if (value === '' && lacksValue(line, name)) throw new MapError('badInput', `option '${name}' needs a value`);
    if (Number.isNaN(value)) throw new MapError('badInput', `${name} takes a whole number`);
    const choices = CHOICES[name];
    if (choices && value !== '' && !choices.includes(String(value))) {
      throw new MapError('badInput', `${name} is none of ${choices.join(', ')}`);
    }
  }
  const options = Object.entries(given).map(([name, value]) => [name, emptied(name, value)]);
  return { words: words.map(unquoted), options: Object.fromEntries(options) };
}

/** Whether an option stands without anything behind it; yargs-parser gives it the same value as for `''`. */
function lacksValue(line: string, name: string): boolean {
  const dashed = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return new RegExp(`(?:^|\\s)--?(?:${dashed}|${name[0]})(?:\\s+-|\\s*$)`).test(line);
}

function emptied(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== '');
  return value === '' && !MAY_BE_EMPTY.has(name) ? undefined : value;
}

/** yargs-parser keeps the quotes of a quoted word. */
function unquoted(word: string | number): string {
  return String(word).replace(/^(['"])(.*)\1$/s, (whole, quote, inner) => (quote === "'" ? inner : whole));
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
