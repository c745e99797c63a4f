/**
 * A separate Postfix: configuration, queue and log in a scratch directory, an SMTP server on a port of 127.0.0.1, and
 * no deliveries. Clients choose their identity by XCLIENT.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { Peer } from './peer.ts';

export const postmapAvailable: boolean = existsSync('/usr/sbin/postmap');
/** True if this machine can run a Postfix, which starts its processes as several users. */
export const postfixAvailable: boolean = postmapAvailable && process.getuid?.() === 0;

/** The client of a session. */
export interface PostfixClient {
  readonly address: string;
  /** Verified name. */
  readonly name?: string;
  /** Name by reverse lookup only. */
  readonly reverseName?: string;
  readonly login?: string;
}

const SERVICES = `cleanup unix n - n - 0 cleanup
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`;

/** A main.cf that keeps everything in one directory, enough for programs such as postmap. */
export function configureDirectory(directory: string, lines: readonly string[] = [], services = ''): void {
  const ours = [
    'compatibility_level = 3.6',
    `queue_directory = ${directory}/queue`,
    `data_directory = ${directory}/data`,
    ...lines,
  ];
  writeFileSync(join(directory, 'main.cf'), `${ours.join('\n')}\n`);
  writeFileSync(join(directory, 'master.cf'), services);
}

/** The result of `postmap -q KEY TABLE`. */
export function postmapQuery(
  directory: string,
  key: string,
  table: string,
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('postmap', ['-c', directory, '-q', key, table], { encoding: 'latin1' });
}

export class Postfix implements AsyncDisposable {
  readonly directory: string;
  readonly port: number;

  private constructor(directory: string, port: number) {
    this.directory = directory;
    this.port = port;
  }

  /** Starts a Postfix with these lines in its main.cf, and these services besides its SMTP server. */
  static async start(lines: readonly string[], services = ''): Promise<Postfix> {
    const directory = mkdtempSync(join(tmpdir(), 'mailmaps-postfix.'));
    chmodSync(directory, 0o755);
    for (const name of ['queue', 'data']) mkdirSync(join(directory, name));
    chownSync(join(directory, 'data'), Number(execFileSync('id', ['-u', 'postfix'])), 0);
    const port = await freePort();
    const ours = [
      'inet_interfaces = 127.0.0.1',
      'smtpd_authorized_xclient_hosts = 127.0.0.1',
      'smtpd_peername_lookup = no',
      'smtpd_client_connection_count_limit = 0',
      'smtpd_error_sleep_time = 0',
      // there is no queue manager, which would let mail flow
      'in_flow_delay = 0',
      'smtpd_hard_error_limit = 1000',
      'local_recipient_maps =',
      'alias_maps =',
      'alias_database =',
      'lmtp_host_lookup = native',
      `maillog_file = ${directory}/log`,
      `maillog_file_prefixes = ${directory}`,
    ];
    configureDirectory(
      directory,
      [...ours, ...lines],
      `127.0.0.1:${port} inet n - n - - smtpd\n${SERVICES}${services}`,
    );
    execFileSync('postfix', ['-c', directory, 'start'], { stdio: 'ignore' });
    return new Postfix(directory, port);
  }

  get log(): string {
    return readFileSync(join(this.directory, 'log'), 'latin1');
  }

  /** The number of its first process. */
  get master(): number {
    return Number(readFileSync(join(this.directory, 'queue/pid/master.pid'), 'latin1'));
  }

  /** Messages in the hold queue. */
  get held(): number {
    return readdirSync(join(this.directory, 'queue/hold')).length;
  }

  /** See {@link smtpSession}. */
  session(client: PostfixClient, commands: readonly string[]): Promise<string[]> {
    return smtpSession(this.port, client, commands);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    spawnSync('postfix', ['-c', this.directory, 'stop'], { stdio: 'ignore' });
    rmSync(this.directory, { recursive: true });
  }
}

const LAST_LINE = /^\d{3} .*\r\n$/m;

/** The last line of the reply to each command, from MAIL on; the text of a message is one command. */
export async function smtpSession(port: number, client: PostfixClient, commands: readonly string[]): Promise<string[]> {
  const peer = await Peer.connect({ host: '127.0.0.1', port: port });
  const say = async (command: string): Promise<string> => {
    peer.send(`${command}\r\n`);
    return (await peer.until(LAST_LINE)).trimEnd().split('\r\n').at(-1)!;
  };
  await peer.until(LAST_LINE);
  const { address, name = '[UNAVAILABLE]', reverseName = name, login } = client;
  const family = address.includes(':') ? `IPV6:${address}` : address;
  const xclient = `XCLIENT ADDR=${family} NAME=${name} REVERSE_NAME=${reverseName}${login === undefined ? '' : ` LOGIN=${login}`}`;
  const replies: string[] = [];
  for (const [i, command] of [xclient, 'EHLO client.example', ...commands].entries()) {
    const reply = await say(command);
    if (i > 1 || !reply.startsWith('2')) replies.push(reply);
  }
  await peer.end();
  return replies;
}
