/**
 * The real process as {@link Io}, and the start of a program on it.
 *
 * Reads input and writes output synchronously in large chunks: that is several times faster than streams, and loads no modules.
 * If the reader of the output goes away (`| head`), output ends silently.
 */
import { fstatSync, readFileSync, readSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { type ByteString, encodeText } from '../../core/bytes.ts';
import { EX_IOERR, EX_SOFTWARE } from '../../core/sysexits.ts';
import { systemText } from '../../core/system-error.ts';
import type { Io, Program } from './io.ts';

const CHUNK = 256 * 1024;
/** Output is written in pieces of about this many bytes. */
const FLUSH_AT = 64 * 1024;
/** Where the number of a device has its major part, and the major number of /dev/null on Linux. */
const MAJOR_SHIFT = 8;
const MEMORY_DEVICES = 1;
const RETRY_MS = 2;
/** Bytes of a log that wait for its reader. */
const MAX_WAITING = 64 * 1024;

/**
 * Runs a program on this process and sets its exit status.
 *
 * @param words makes the program's text safe for a terminal; absent: the program does so itself
 */
export function runProgram(name: string, main: Program, words: Words = (text) => text): void {
  // By default Node opens a debugger on SIGUSR1, through which every user of this host could run code as this user.
  process.on('SIGUSR1', () => undefined);
  const output = new Output();
  const io: Io = {
    stdin: readChunks(0, () => output.flush()),
    ...(isTerminal(0) && isTerminal(1) && { typedLines: (prompt) => typedAtTerminal(prompt, output) }),
    out: (data) => output.write(1, isHarmful(data) && process.stdout.isTTY ? words(data) : data),
    err: (data) => output.write(2, isHarmful(data) && process.stderr.isTTY ? words(data) : data),
    log: (data) => {
      output.flush();
      return writeWithoutWaiting(data);
    },
    flush: () => output.flush(),
    env: process.env,
    argv0: name,
    // Few programs ask, and creating process.stderr takes time.
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
    // All output is written: exit at once, so that Node does not free its heap (3 % of newaliases over 200,000 aliases).
    process.exit(status);
  };
  const fail = (error: unknown): void => {
    const isStream = error instanceof StreamFailure;
    const internal = `internal error: ${error instanceof Error ? error.stack : String(error)}`;
    io.err(encodeText(`${name}: ${isStream ? error.message : internal}\n`.toWellFormed()));
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

/** Readline writes to the terminal itself, so buffered output is flushed first. It is loaded only for a terminal. */
async function* typedAtTerminal(prompt: string, output: Output): AsyncGenerator<ByteString> {
  const { typedLines } = await import('./typed-lines.ts');
  output.flush();
  for await (const line of typedLines(prompt)) {
    yield line;
    output.flush();
  }
}

/** Text of a program may contain control characters; the bytes of a map are passed unchanged. */
function isHarmful(data: string | Uint8Array): data is string {
  return typeof data === 'string' && /[^\t\n\x20-\x7e]/.test(data);
}

/** Most runs have files, pipes or /dev/null, and do without the module `tty`, which brings all kinds of streams. */
function isTerminal(fd: number): boolean {
  try {
    const stats = fstatSync(fd);
    return stats.isCharacterDevice() && stats.rdev >> MAJOR_SHIFT !== MEMORY_DEVICES && isatty(fd);
  } catch {
    return false;
  }
}

/** The arguments as bytes. Node decodes them as UTF-8 and replaces other bytes; then the originals are read from the system. */
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

/** Standard input that cannot be read, or output that cannot be written: a full disk, a directory. */
class StreamFailure extends Error {
  constructor(stream: string, cause: unknown) {
    super(`${stream}: ${systemText(cause)}`, { cause });
  }
}

/** Waits for a descriptor that is in non-blocking mode and not ready. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
}

/** A signal that does not end the process may interrupt a call (EINTR). */
function isNotReady(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EAGAIN' || code === 'EINTR';
}

/** Reads to the end. Calls `beforeWaiting` before each read, which may wait for a person. */
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

/** Buffers output for both streams, in order. Text for standard error is written before the process waits. */
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
