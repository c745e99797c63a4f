/** Runs a program in-process, as tests and the comparison with sendmail do. */
import type { Io, Program } from '../../src/cli/program/io.ts';

export interface Run {
  readonly rc: number;
  /** Byte strings. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: Uint8Array | string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly argv0?: string;
  readonly isTerminal?: boolean;
}

/** Arguments and a string as input are byte strings. */
export async function runProgram(main: Program, argv: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { stdin = '', env = {}, argv0 = 'program', isTerminal = false } = options;
  const input = typeof stdin === 'string' ? Buffer.from(stdin, 'latin1') : stdin;
  let stdout = '';
  let stderr = '';
  const text = (data: string | Uint8Array) => (typeof data === 'string' ? data : Buffer.from(data).toString('latin1'));
  const io: Io = {
    stdin: input.length > 0 ? [input] : [],
    out: (data) => {
      stdout += text(data);
    },
    err: (data) => {
      stderr += text(data);
    },
    env,
    argv0,
    isTerminal,
  };
  const rc = await main(argv, io);
  return { rc, stdout, stderr };
}
