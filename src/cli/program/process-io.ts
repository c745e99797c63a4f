/**
 * The real process as {@link Io}, and the wiring of a program to it.
 *
 * Input is read and output written synchronously in large chunks: that is several times faster than streams and loads
 * nothing. A reader of the output that goes away (`| head`) ends the output without a word.
 */
import { readFileSync, readSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { type ByteString, encodeText } from '../../core/bytes.ts';
import { EX_IOERR, EX_SOFTWARE } from '../../core/sysexits.ts';
import { systemText } from '../../core/system-error.ts';
import type { Io, Program } from './io.ts';

const CHUNK = 256 * 1024;
/** Output is handed to the system in pieces of about this many bytes. */
const FLUSH_AT = 64 * 1024;
const RETRY_MS = 2;
/** Bytes of a log that wait for its reader. */
const MAX_WAITING = 64 * 1024;

/**
 * Runs a program on this process and sets its exit status.
 *
 * @param words what becomes of its words on a terminal; without it, the program sees to that itself
 */
export function runProgram(name: string, main: Program, words: Words = (text) => text): void {
  // Node's own answer is a debugger, at which everybody on this host may run what he likes as us.
  process.on('SIGUSR1', () => undefined);
  const output = new Output();
  const io: Io = {
    stdin: readChunks(0, () => output.flush()),
    ...(isatty(0) && isatty(1) && { typedLines: (prompt) => typedAtTerminal(prompt, output) }),
    out: (data) => output.write(1, isHarmful(data) && process.stdout.isTTY ? words(data) : data),
    err: (data) => output.write(2, isHarmful(data) && process.stderr.isTTY ? words(data) : data),
    log: (data) => {
      output.flush();
      return writeWithoutWaiting(data);
    },
    flush: () => output.flush(),
    env: process.env,
    argv0: name,
    // Asked for by few, and process.stderr takes a while to be made.
    get isTerminal() {
      return process.stderr.isTTY === true;
    },
    get takesColor() {
      const { NO_COLOR = '', TERM } = process.env;
      return process.stdout.isTTY === true && NO_COLOR === '' && TERM !== 'dumb';
    },
  };
  const finish = (status: number): void => {
    try {
      output.flush();
    } catch (error) {
      fail(error);
    }
    // Everything is written: Node need not take its heap apart (3 in 100 of newaliases over 200,000 aliases).
    process.exit(status);
  };
  const fail = (error: unknown): void => {
    const isStream = error instanceof StreamFailure;
    const internal = `internal error: ${error instanceof Error ? error.stack : String(error)}`;
    output.write(2, `${name}: ${isStream ? error.message : internal}\n`);
    finish(isStream ? EX_IOERR : EX_SOFTWARE);
  };
  try {
    const status = main(argumentBytes(), io);
    if (typeof status === 'number') finish(status);
    else status.then(finish, fail);
  } catch (error) {
    fail(error);
  }
}

/** Node writes to a file at once, and to a pipe, socket or terminal when it is ready. */
function writeWithoutWaiting(data: string): boolean {
  const { stderr } = process;
  if (stderr.writableLength > MAX_WAITING) return false;
  if (stderr.listenerCount('error') === 0) stderr.on('error', () => undefined);
  stderr.write(data, 'latin1');
  return true;
}

type Words = (text: ByteString) => ByteString;

/** Readline writes to the terminal by itself: what is held back goes before it. It is loaded for those who type. */
async function* typedAtTerminal(prompt: string, output: Output): AsyncGenerator<ByteString> {
  const { typedLines } = await import('./typed-lines.ts');
  output.flush();
  for await (const line of typedLines(prompt)) {
    yield line;
    output.flush();
  }
}

/** What a program says, other than the bytes of a map, may hold more than letters. */
function isHarmful(data: string | Uint8Array): data is string {
  return typeof data === 'string' && /[^\t\n\x20-\x7e]/.test(data);
}

/**
 * The arguments as bytes. Node decodes them as UTF-8 and replaces what is not; then the system still knows the originals.
 */
function argumentBytes(): string[] {
  const argv = process.argv.slice(2);
  if (!argv.some((word) => word.includes('\ufffd'))) return argv.map((word) => encodeText(word));
  try {
    const words = readFileSync('/proc/self/cmdline', 'latin1').split('\0').slice(0, -1);
    return words.slice(words.length - argv.length);
  } catch {
    return argv.map((word) => encodeText(word));
  }
}

/** Standard input that cannot be read, or output that cannot be written: a full disk, a folder. */
class StreamFailure extends Error {
  constructor(stream: string, cause: unknown) {
    super(`${stream}: ${systemText(cause)}`, { cause });
  }
}

/** Waits, for a descriptor that is in non-blocking mode and not ready. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
}

/** A signal that does not end the process may interrupt a call (EINTR). */
function isNotReady(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EAGAIN' || code === 'EINTR';
}

/** Reads to the end; `beforeWaiting` is called before each read, which may take as long as a person thinks. */
function* readChunks(fd: number, beforeWaiting: () => void): Generator<Uint8Array> {
  const chunk = new Uint8Array(CHUNK);
  for (;;) {
    beforeWaiting();
    let length: number;
    try {
      length = readSync(fd, chunk, 0, CHUNK, null);
    } catch (error) {
      if (!isNotReady(error)) throw new StreamFailure('standard input', error);
      pause();
      continue;
    }
    if (length === 0) return;
    yield chunk.subarray(0, length);
  }
}

/** Collects output for both streams, in order. What goes to standard error gets there before the process waits. */
class Output {
  #fd = 1;
  #pieces: Uint8Array[] = [];
  #size = 0;
  readonly #gone = new Set<number>();

  write(fd: number, data: string | Uint8Array): void {
    if (fd !== this.#fd) this.flush();
    if (fd === 2 && this.#size === 0) setImmediate(() => this.#fd === 2 && this.flush());
    this.#fd = fd;
    const piece = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
    this.#pieces.push(piece);
    this.#size += piece.length;
    if (this.#size >= FLUSH_AT) this.flush();
  }

  flush(): void {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#size = 0;
    if (pieces.length > 0 && !this.#gone.has(this.#fd))
      this.#send(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces));
  }

  #send(bytes: Uint8Array): void {
    for (let sent = 0; sent < bytes.length; ) {
      try {
        sent += writeSync(this.#fd, bytes, sent);
      } catch (error) {
        if (isNotReady(error)) {
          pause();
          continue;
        }
        this.#gone.add(this.#fd);
        if (this.#fd === 2 || (error as NodeJS.ErrnoException).code === 'EPIPE') return;
        throw new StreamFailure('standard output', error);
      }
    }
  }
}
