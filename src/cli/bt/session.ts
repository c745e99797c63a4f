/**
 * Typed lines -> the output of `sendmail -bt`, byte for byte: reads the configuration, answers each line, and prints everything
 * on standard output.
 */
import type { ByteString } from '../../core/bytes.ts';
import { EX_OSFILE } from '../../core/sysexits.ts';
import type { Configuration } from '../../rules/configuration.ts';
import { Unanswered } from '../../rules/machine.ts';
import { type ReadResult, readConfiguration } from '../../rules/read.ts';
import { BANNER, PROMPT, TestMode } from '../../rules/test-mode.ts';
import type { Io } from '../program/io.ts';
import { thisMachine } from './host.ts';
import { Network } from './network.ts';

/** sendmail reads this many bytes at a time; the rest of a longer line is the next line. */
const LINE_ROOM = 2047;

/** Most runs of one line: it is run again after each question to the network. */
const MAX_QUESTIONS = 1000;

/** Typed lines without their newlines; undefined for one that is too long. */
export type TypedLines = AsyncIterable<ByteString | undefined>;

/** Runs the session. Returns its exit status. @param showsPrompt false if the caller shows the prompt */
export async function converse(cf: ByteString, lines: TypedLines, io: Io, showsPrompt = true): Promise<number> {
  const network = new Network();
  const machine = thisMachine(network);
  const file = machine.readFile(cf);
  if ('cause' in file) {
    io.out(`${cf}: line 0: cannot open: ${file.cause}\n`);
    return EX_OSFILE;
  }
  const pending = new Pending(io, network);
  const print = (text: ByteString): void => pending.print(text);
  const read = await pending.settle(
    (): ReadResult => readConfiguration(file.text, cf, { machine, print: (line) => print(`${line}\n`) }),
    () => undefined,
  );
  if ('status' in read) return read.status;
  const { configuration } = read;
  io.out(BANNER);
  const mode = new TestMode(configuration, print);
  const prompt = (): void => {
    if (showsPrompt) io.out(PROMPT);
  };
  prompt();
  for await (const line of lines) {
    for (const piece of pieces(line ?? '')) {
      if (!(await answer(mode, piece, configuration, pending))) return configuration.reports.exitStatus;
      prompt();
    }
  }
  return configuration.reports.exitStatus;
}

async function answer(
  mode: TestMode,
  line: ByteString,
  configuration: Configuration,
  pending: Pending,
): Promise<boolean> {
  const before = configuration.snapshot();
  return pending.settle(
    () => mode.answer(line),
    () => configuration.restore(before),
  );
}

function pieces(line: ByteString): readonly ByteString[] {
  const found: ByteString[] = [];
  for (let start = 0; start === 0 || start < line.length; start += LINE_ROOM)
    found.push(line.slice(start, start + LINE_ROOM));
  return found;
}

/** Output that is held back until the line needs no more answers from the network. */
class Pending {
  readonly #io: Io;
  readonly #network: Network;
  #text: ByteString[] = [];

  constructor(io: Io, network: Network) {
    this.#io = io;
    this.#network = network;
  }

  print(text: ByteString): void {
    this.#text.push(text);
  }

  /** Repeats a run until it needs no more answers; `undo` takes back the changes of an incomplete run. */
  async settle<T>(run: () => T, undo: () => void): Promise<T> {
    for (let questions = 0; ; questions++) {
      try {
        const result = run();
        this.#io.out(this.#text.join(''));
        this.#text = [];
        return result;
      } catch (error) {
        if (!(error instanceof Unanswered) || questions >= MAX_QUESTIONS) throw error;
        this.#text = [];
        undo();
        await this.#network.ask(error.question);
      }
    }
  }
}
