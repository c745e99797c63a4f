/**
 * The surroundings of the examples' tests: a configuration directory, its DNS, and sessions from clients at several addresses with
 * what the real daemon answered to each line.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeAliases, makeMap } from '../../src/index.ts';
import { DnsServer } from '../oracle/dns.ts';
import type { DnsTable, SmtpAnswer, SmtpQuery } from '../oracle/jobs.ts';
import { readData } from '../read-data.ts';

interface Group {
  readonly features: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  readonly dns: DnsTable;
  readonly cases: readonly { readonly question: SmtpQuery; readonly answer: SmtpAnswer }[];
}

const [group] = readData<{ groups: readonly [Group] }>('relay-host').groups;

export const FEATURES: readonly string[] = group.features;
export const HOST_NAME = 'mail.oracle.test';

/** A line that a client says, and what it hears: the last line of the reply. */
export interface Exchange {
  readonly says: string;
  readonly hears: string;
}

export interface Session {
  readonly client: string;
  /** The greeting of the server. */
  readonly greeting: string;
  readonly exchanges: readonly Exchange[];
}

export const SESSIONS: readonly Session[] = group.cases.map(({ question, answer }) => ({
  client: question.clientAddr!,
  greeting: answer.replies[0]!.at(-1)!,
  exchanges: question.lines.map((says, i) => ({ says, hears: answer.replies[i + 1]!.at(-1)! })),
}));

/** The directory of the sessions, with its maps. */
export async function makeDirectory(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'mailmaps-example.'));
  mkdirSync(join(directory, 'spool'));
  for (const [name, text] of Object.entries(group.files)) writeFileSync(join(directory, name), text, { mode: 0o644 });
  await makeMap([Buffer.from(group.files.access!)], join(directory, 'access'));
  await makeAliases(join(directory, 'aliases'));
  return directory;
}

/** A feature that asks DNS about a client or a recipient, what DNS says, and what clients then hear. */
export const DNS_FEATURES: readonly string[] = ['dnsbl:bl.example', 'relay_based_on_MX'];

const LISTS: DnsTable = {
  '2.0.0.127.bl.example': { A: ['127.0.0.2'] },
  '6.0.0.127.bl.example': { A: ['127.0.0.2'] },
  'backed-up.example': { MX: [[10, HOST_NAME]] },
};

export const DNS_SESSIONS = [
  {
    fact: 'a listed client',
    client: '127.0.0.2',
    to: 'alice@local.example',
    hears: '550 5.7.1 Rejected: 127.0.0.2 listed at bl.example',
  },
  { fact: 'a listed client with an entry', client: '127.0.0.6', to: 'alice@local.example', hears: '250' },
  { fact: 'a client that is not listed', client: '127.0.0.3', to: 'alice@local.example', hears: '250' },
  { fact: 'a host that has us as mail exchanger', client: '127.0.0.3', to: 'x@backed-up.example', hears: '250' },
  {
    fact: 'a host that has not',
    client: '127.0.0.3',
    to: 'x@far.example',
    hears: '550 5.7.1 <x@far.example>... Relaying denied. IP name possibly forged [127.0.0.3]',
  },
] as const;

/** The reply that ends an attempt to send to a recipient: a refusal, or only the code of what was accepted. */
export async function attempt(port: number, from: string, to: string): Promise<string> {
  const client = new SmtpClient(port, from);
  let reply = await client.reply();
  for (const line of ['EHLO client.example', 'MAIL FROM:<ann@good.example>', `RCPT TO:<${to}>`]) {
    reply = await client.say(line);
    if (!reply.startsWith('2')) break;
  }
  client.end();
  return reply.startsWith('2') ? reply.slice(0, 3) : reply;
}

export async function startDns(): Promise<DnsServer> {
  const server = await DnsServer.start(0);
  server.answerFrom({ ...group.dns, ...LISTS });
  return server;
}

export interface Server {
  readonly port: number;
  /** Its standard error so far. */
  readonly errors: () => string;
  stop(): Promise<number | null>;
}

/** Starts a server; `ready` finds its port in a line of what it prints. */
export async function startServer(
  args: readonly string[],
  ready: (line: string) => number | undefined,
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Server> {
  const env = { ...process.env, ...options.env };
  const child = spawn(process.execPath, args, { ...options, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const port = await portOf(child, ready, () => errors);
  return { port, errors: () => errors, stop: () => stop(child) };
}

function portOf(
  child: ChildProcess,
  ready: (line: string) => number | undefined,
  errors: () => string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    createInterface({ input: child.stdout! }).on('line', (line) => {
      said.push(line);
      const port = ready(line);
      if (port !== undefined) resolve(port);
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code}\n${said.join('\n')}\n${errors()}`)));
  });
}

function stop(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.removeAllListeners('exit');
    child.once('exit', resolve);
    if (!child.kill('SIGTERM')) resolve(child.exitCode);
  });
}

/** An SMTP client that says one line at a time. */
export class SmtpClient {
  readonly #socket: Socket;
  readonly #replies: string[] = [];
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(port: number, from: string) {
    this.#socket = connect({ host: '127.0.0.1', port, localAddress: from });
    createInterface({ input: this.#socket }).on('line', (line) => {
      if (!/^\d{3}-/.test(line)) this.#replies.push(line);
      this.#wake?.();
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#closed = true;
      this.#wake?.();
    });
  }

  /** The last line of the next reply; `closed` when there is none. */
  async reply(): Promise<string> {
    while (this.#replies.length === 0 && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#replies.shift() ?? 'closed';
  }

  async say(line: string): Promise<string> {
    this.#socket.write(`${line}\r\n`);
    return this.reply();
  }

  end(): void {
    this.#socket.destroy();
  }
}
