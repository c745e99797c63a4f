/**
 * The system's name service (LDAP, SSSD, systemd-homed, /usr/lib/passwd ...) -> users and groups, through getent(1), which asks
 * every service in nsswitch.conf(5).
 *
 * getent runs without a shell, with a name that cannot be an option, for a limited time and with limited output. Answers are
 * kept until `refresh`. After a service did not answer, it is not asked again for as long as that took. All questions between
 * two `refresh` share a time limit; after it, every answer is "cannot tell".
 *
 * Limit: getent also says "not found" (2) if a service of nsswitch.conf reports itself unavailable; sendmail calls the same
 * getpwnam(3) and cannot distinguish them either.
 */
import { spawnSync } from 'node:child_process';
import type { LocalUser } from '../alias/context.ts';
import { type ByteString, decodeText } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { systemText } from '../core/system-error.ts';
import { type Group, parseGroups, parsePasswd } from './users.ts';

/** For one question: SSSD and nslcd give up before that if a directory server is down. */
const QUESTION_MS = 10_000;
/** For all questions between two `refresh`. */
const ROUND_MS = 20_000;
/** Room for the members of a very large group. */
const MAX_OUTPUT_BYTES = 16 << 20;
/** No user has a longer name (sendmail's MAXNAME). */
const MAX_NAME_BYTES = 256;
const NOT_FOUND_STATUS = 2;

export interface NameServiceOptions {
  /** The program; default `getent`, from the PATH. */
  readonly program?: string;
  readonly questionMs?: number;
  /** Called once when the service stops answering. */
  readonly onProblem: (error: MapError) => void;
}

export class NameService {
  readonly #program: string;
  readonly #questionMs: number;
  readonly #onProblem: (error: MapError) => void;
  readonly #answers = new Map<string, unknown>();
  #spentMs = 0;
  #silentUntil = 0;
  #trouble: string | undefined;

  constructor({ program = 'getent', questionMs = QUESTION_MS, onProblem }: NameServiceOptions) {
    this.#program = program;
    this.#questionMs = questionMs;
    this.#onProblem = onProblem;
  }

  /** The user of a name or number, and no other; without a key all users that the service lists. */
  users(key?: ByteString | number): readonly LocalUser[] | 'tempFail' {
    const users = this.#ask('passwd', key, parsePasswd);
    // getent treats a name of digits as a number.
    return users === 'tempFail' || key === undefined
      ? users
      : users.filter(({ name, uid }) => [name, uid].includes(key));
  }

  /** The group of a name or number. */
  group(key: ByteString | number): Group | undefined | 'tempFail' {
    const groups = this.#ask('group', key, parseGroups);
    return groups === 'tempFail' ? groups : [...groups.values()].find(({ name, gid }) => [name, gid].includes(key));
  }

  /** Forgets the answers. */
  refresh(): void {
    this.#answers.clear();
    this.#spentMs = 0;
  }

  #ask<T>(database: string, key: ByteString | number | undefined, parse: (text: ByteString) => T): T | 'tempFail' {
    if (!isKey(key)) return parse('');
    const question = `${database} ${key ?? ''}`;
    if (this.#answers.has(question)) return this.#answers.get(question) as T | 'tempFail';
    const output = this.#mayAsk()
      ? this.#run(key === undefined ? [database] : [database, decodeText(`${key}`)])
      : undefined;
    const answer = output === undefined ? 'tempFail' : parse(output);
    this.#answers.set(question, answer);
    return answer;
  }

  #mayAsk(): boolean {
    return this.#spentMs < ROUND_MS && performance.now() >= this.#silentUntil;
  }

  /** The output of getent, empty if it finds nothing; undefined: it cannot tell. */
  #run(args: readonly string[]): ByteString | undefined {
    const began = performance.now();
    const { status, stdout, error, signal } = spawnSync(this.#program, args, {
      stdio: ['ignore', 'pipe', 'ignore'],
      encoding: 'latin1',
      timeout: this.#questionMs,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    const took = performance.now() - began;
    this.#spentMs += took;
    const answered = error === undefined && (status === 0 || status === NOT_FOUND_STATUS);
    if (!answered) this.#silentUntil = began + 2 * took;
    this.#report(answered ? undefined : whyNot(error, status, signal, this.#questionMs), error);
    return answered ? stdout : undefined;
  }

  #report(trouble: string | undefined, cause: unknown): void {
    if (trouble !== undefined && trouble !== this.#trouble) {
      const text = `cannot ask the system for a user or group: ${this.#program}: ${trouble}; a file of users can be named instead`;
      this.#onProblem(new MapError('tempFail', text, { cause }));
    }
    this.#trouble = trouble;
  }
}

/** Whether getent accepts it as a name or number, and as nothing else. */
function isKey(key: ByteString | number | undefined): boolean {
  if (typeof key === 'number') return Number.isSafeInteger(key);
  if (key === undefined) return true;
  return key.length <= MAX_NAME_BYTES && /^[^-\0-\x20:][^\0-\x1f:]*$/.test(key) && decodeText(key).isWellFormed();
}

function whyNot(error: unknown, status: number | null, signal: string | null, questionMs: number): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ETIMEDOUT') return `no answer within ${questionMs} ms`;
  if (code === 'ENOBUFS') return `an answer of more than ${MAX_OUTPUT_BYTES} bytes`;
  if (error !== undefined) return systemText(error);
  return signal === null ? `exit status ${status}` : `ended by ${signal}`;
}
