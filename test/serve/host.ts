/**
 * A separate Debian host (host.sh) on which a user follows examples/serve/README.md: files below a scratch directory,
 * Postfix on a port of 127.0.0.1, and commands that run as root. DNS and passwords come from the test process.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../free-port.ts';
import { postfixAvailable } from './postfix.ts';

const PROJECT = join(import.meta.dirname, '../..');
/** Another one for each process of the tests. */
const NAME_SERVER = `127.${64 + ((process.pid >> 16) & 63)}.${(process.pid >> 8) & 255}.${process.pid & 255}`;

/** True if such a host can run on this machine. */
export const hostAvailable: boolean =
  postfixAvailable &&
  existsSync('/usr/lib/postfix/configure-instance.sh') &&
  existsSync('/etc/postfix/master.cf.proto') &&
  ['unshare --mount', 'systemd-socket-activate --version', 'setpriv --version'].every(
    (command) => spawnSync('sh', ['-c', `${command} </dev/null`]).status === 0,
  );

/**
 * Postfix as its user has configured it before. Clients may choose their identity (XCLIENT), and mail to other hosts
 * is discarded.
 */
const MAIN_CF = `compatibility_level = 3.6
myhostname = mail.example.com
inet_interfaces = 127.0.0.1
mynetworks = 127.0.0.0/8 192.0.2.0/24
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_authorized_xclient_hosts = 127.0.0.1
smtpd_client_connection_rate_limit = 0
smtpd_error_sleep_time = 0
default_transport = discard:
maillog_file = /var/spool/postfix/log
maillog_file_prefixes = /var/spool/postfix
`;

export class Host implements AsyncDisposable {
  readonly scratch: string = mkdtempSync(join(tmpdir(), 'mailmaps-host.'));
  readonly port: number;
  readonly #shell: ChildProcess;
  readonly #output: AsyncIterator<string>;
  readonly #nameServer = createSocket('udp4', () => undefined);
  readonly #passwords: Server = createServer(answerLogins);
  readonly #units: string[] = [];

  private constructor(port: number) {
    this.port = port;
    chmodSync(this.scratch, 0o755);
    writeFileSync(join(this.scratch, 'resolv.conf'), `nameserver ${NAME_SERVER}\n`);
    const namespace = ['--mount', '--propagation', 'private', 'sh', join(import.meta.dirname, 'host.sh')];
    const args = [...namespace, this.scratch, PROJECT, process.execPath, String(port)];
    this.#shell = spawn('unshare', args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#output = createInterface({ input: this.#shell.stdout! })[Symbol.asyncIterator]();
  }

  static async start(): Promise<Host> {
    const host = new Host(await freePort());
    await host.run('true');
    host.#nameServer.on('message', (question, { address, port }) => {
      host.#nameServer.send(answerName(question), port, address);
    });
    await once(host.#nameServer.bind(53, NAME_SERVER), 'listening');
    writeFileSync(join(host.scratch, 'etc/postfix/main.cf'), MAIN_CF);
    return host;
  }

  /** Runs one command, or several separated by `;`. Returns the output. @throws Error if it fails */
  async run(command: string): Promise<string> {
    this.#shell.stdin!.write(`${command.replaceAll('\n', ' ; ')}\n`);
    let output = '';
    for (;;) {
      const { value, done } = await this.#output.next();
      const status = /^(.*)\[status (\d+)\]$/s.exec(String(value));
      if (done) throw new Error(`the host ended: ${output}`);
      if (status?.[2] === '0') return output + status[1];
      if (status) throw new Error(`${command}: ${output}${status[1]}`);
      output += `${value}\n`;
    }
  }

  /** Starts a .socket and its .service of a directory, as `systemctl enable --now` does. */
  async startUnit(unit: string): Promise<void> {
    const script = join(import.meta.dirname, 'start-unit.sh');
    this.#units.push((await this.run(`sh ${script} ${unit} ${this.scratch}/journal`)).trim());
  }

  async startPostfix(): Promise<void> {
    await this.run('/usr/lib/postfix/configure-instance.sh -');
    await this.run('postfix start 2>/dev/null');
    this.#passwords.listen(join(this.scratch, 'spool/private/auth'));
    await once(this.#passwords, 'listening');
    chmodSync(join(this.scratch, 'spool/private/auth'), 0o666);
  }

  /** The messages of the services. */
  get journal(): string {
    return this.#read('journal');
  }

  /** The messages of Postfix. */
  get log(): string {
    return this.#read('spool/log');
  }

  #read(name: string): string {
    const path = join(this.scratch, name);
    return existsSync(path) ? readFileSync(path, 'latin1') : '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run('postfix stop 2>/dev/null ; true');
    for (const pid of this.#units) await this.run(`kill ${pid} ; true`);
    this.#shell.stdin!.end();
    await once(this.#shell, 'close');
    this.#nameServer.close();
    this.#passwords.close();
    rmSync(this.scratch, { recursive: true, force: true });
  }
}

/** DNS: every name has the address 192.0.2.1, and no other record. */
function answerName(question: Buffer): Buffer {
  const end = question.indexOf(0, 12) + 5;
  const isAddress = question.readUInt16BE(end - 4) === 1;
  const header = Buffer.from(question.subarray(0, 12));
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(isAddress ? 1 : 0, 6);
  header.writeUInt32BE(0, 8);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]);
  return Buffer.concat([header, question.subarray(12, end), ...(isAddress ? [record] : [])]);
}

/** Dovecot's authentication protocol: a client that sends PLAIN is alice. */
function answerLogins(socket: import('node:net').Socket): void {
  socket.on('error', () => undefined);
  socket.write(
    'VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t00112233445566778899aabbccddeeff\nDONE\n',
  );
  createInterface({ input: socket }).on('line', (line) => {
    const [command, id] = line.split('\t');
    if (command === 'AUTH') socket.write(`OK\t${id}\tuser=alice\n`);
  });
}
