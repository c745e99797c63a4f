/**
 * `mailmaps test`: an interactive session. Each line is a `check`, `expand`, `route` or `rewrite` command without `mailmaps`.
 * Options stay set for later lines; a line of options alone only sets them. An empty value (`--cf ''`) removes a setting, `#`
 * begins a comment, and `quit` or the end of input ends the session.
 */
import type { Command } from 'commander';
import type yargsParser from 'yargs-parser';
import type { MailMaps } from '../../config/mailmaps.ts';
import { decodeText, encodeText } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import { EX_OK } from '../../core/sysexits.ts';
import { inputLines, MAX_INPUT_LINE } from '../program/input-lines.ts';
import type { Io } from '../program/io.ts';
import { printable } from '../program/printable.ts';
import { type CheckSettings, runCheck } from './check.ts';
import { messageOf } from './error-status.ts';
import { runExpand } from './expand-command.ts';
import { addDnsOption, addMailOptions, DEFAULT_SETTINGS, openSettings } from './options.ts';
import { writeRewritten, writeRoute } from './route.ts';
import { parseTestLine, type TestSettings } from './test-line.ts';

/** Options that name the configuration: a change opens it again. */
const WHERE = [
  'directory',
  'cf',
  'access',
  'feature',
  'hostName',
  'passwd',
  'forwardPath',
  'unreadableForward',
  'rules',
  'maxAliasRecursion',
] as const;

const HELP =
  'check relay|mail|rcpt|compat|features [ADDRESS] [options], expand|route|rewrite ADDRESS..., options alone to set them, quit\n';

/** Adds the sub-command; `finish` takes its exit status. */
export function addTest(program: Command, io: Io, finish: (status: number) => void): void {
  const command = program
    .command('test')
    .description('answer check, expand, route and rewrite commands typed one after another');
  addMailOptions(addDnsOption(command)).action(async () => finish(await runTest(command.opts<CheckSettings>(), io)));
}

/** Answers the lines of the input. Always returns 0, as for a session of a person. */
export async function runTest(settings: CheckSettings, io: Io): Promise<number> {
  // Loaded here, because no other command needs it.
  const { default: parser } = await import('yargs-parser');
  using session = new TestSession({ ...DEFAULT_SETTINGS, ...settings }, io, parser);
  session.prompt();
  for await (const line of inputLines(io.stdin)) {
    if (!(await session.answer(line))) break;
    session.prompt();
  }
  return EX_OK;
}

class TestSession implements Disposable {
  #settings: TestSettings;
  readonly #io: Io;
  readonly #parser: typeof yargsParser;
  #maps: MailMaps | undefined;

  constructor(settings: TestSettings, io: Io, parser: typeof yargsParser) {
    this.#parser = parser;
    this.#settings = settings;
    this.#io = io;
  }

  prompt(): void {
    if (this.#io.isTerminal) this.#io.err('> ');
  }

  /** Answers a line, undefined for one that is too long. False: the session is over. */
  async answer(line: string | undefined): Promise<boolean> {
    if (line?.trimStart().startsWith('#')) return true;
    try {
      if (line === undefined) throw new MapError('limit', `a line of more than ${MAX_INPUT_LINE} bytes`);
      const { words, options } = parseTestLine(decodeText(line), this.#parser);
      this.#set(options);
      const [command, ...rest] = words;
      if (command === 'quit' || command === 'exit') return false;
      if (command !== undefined) await this.#run(command, rest);
    } catch (error) {
      if (!(error instanceof MapError)) throw error;
      this.#io.err(encodeText(`mailmaps: ${printable(messageOf(error))}\n`));
    }
    return true;
  }

  [Symbol.dispose](): void {
    this.#maps?.close();
  }

  /** Sets options; if no configuration can be opened with them, they are not set. */
  #set(options: Partial<TestSettings>): void {
    // Here an empty client was typed, and is not an empty shell variable: it removes the setting.
    const client = options.client === '' ? { client: 'local' } : {};
    const settings = { ...this.#settings, ...options, ...client };
    if (WHERE.some((name) => String(this.#settings[name]) !== String(settings[name]))) {
      const maps = openSettings(settings, this.#io);
      this.#maps?.close();
      this.#maps = maps;
    }
    this.#settings = settings;
  }

  async #run(command: string, words: readonly string[]): Promise<void> {
    this.#maps ??= openSettings(this.#settings, this.#io);
    if (command === 'check') await runCheck(words, this.#settings, this.#maps, this.#io);
    else if (command === 'expand') await runExpand(words, this.#settings, this.#maps, this.#io);
    else if (command === 'route' || command === 'rewrite') await this.#show(command, words, this.#maps);
    else this.#io.err(encodeText(command === 'help' ? HELP : `mailmaps: no command '${printable(command)}': ${HELP}`));
  }

  async #show(command: 'route' | 'rewrite', addresses: readonly string[], maps: MailMaps): Promise<void> {
    if (addresses.length === 0) throw new MapError('badInput', `${command} needs an address`);
    const write = command === 'route' ? writeRoute : writeRewritten;
    for (const address of addresses) await write(maps, address, this.#settings, this.#io);
  }
}
