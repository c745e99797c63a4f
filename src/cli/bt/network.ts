/**
 * The questions of rulesets to the network -> answers. Rulesets run without waiting: a question without a known answer ends the
 * run, is asked here, and the run is repeated. Answers are kept for the whole session.
 */
import { Resolver } from 'node:dns/promises';
import { connect, type NetConnectOpts } from 'node:net';
import { type ByteString, encodeText, isAscii } from '../../core/bytes.ts';
import type { DnsRecord, DnsReply } from '../../core/dns-reply.ts';
import { ownField } from '../../core/own-field.ts';
import { type Question, type SocketReply, Unanswered } from '../../rules/machine.ts';
import { NetstringReader, netstring } from '../../serve/netstring.ts';

/** Most bytes of a server's reply. */
const MAX_REPLY = 100_000;
const SOCKET_MS = 10_000;
const DNS_MS = 5000;
const DNS_TRIES = 2;

const NO_NAME: DnsReply = { status: 'noName' };
const NO_DATA: DnsReply = { status: 'noData' };
const CANNOT_TELL: DnsReply = { status: 'tempFail' };

export class Network {
  readonly #resolver = new Resolver({ timeout: DNS_MS, tries: DNS_TRIES });
  readonly #dns = new Map<string, DnsReply>();
  readonly #sockets = new Map<string, SocketReply>();

  /** @throws Unanswered */
  dns(name: ByteString, type: string): DnsReply {
    const known = this.#dns.get(`${type} ${name}`);
    if (known !== undefined) return known;
    throw new Unanswered({ kind: 'dns', name, type });
  }

  /** @throws Unanswered */
  socket(address: ByteString, request: ByteString): SocketReply {
    const key = `${address}\0${request}`;
    if (this.#sockets.has(key)) return this.#sockets.get(key);
    throw new Unanswered({ kind: 'socket', address, request });
  }

  /** Finds the answer to a question. */
  async ask(question: Question): Promise<void> {
    if (question.kind === 'dns') {
      const { name, type } = question;
      this.#dns.set(`${type} ${name}`, await this.#resolve(name, type));
    } else {
      const { address, request } = question;
      this.#sockets.set(`${address}\0${request}`, await askSocket(address, request));
    }
  }

  /** The records of a name, and the alias that the name is; Node follows aliases without reporting them. */
  async #resolve(name: ByteString, type: string): Promise<DnsReply> {
    if (!isAscii(name) || name === '') return NO_NAME;
    const [own, alias] = await Promise.all([
      this.#records(name, type),
      type === 'CNAME' || type === 'PTR' ? NO_DATA : this.#records(name, 'CNAME'),
    ]);
    if (alias.status !== 'found') return own;
    return { status: 'found', records: [...alias.records, ...(own.status === 'found' ? own.records : [])] };
  }

  async #records(name: string, type: string): Promise<DnsReply> {
    // For a type that Node cannot ask for, the answer only says whether the name exists.
    const ask = ownField(ASK, type);
    try {
      const records = await (ask ?? ASK.A!)(this.#resolver, name);
      return records.length === 0 || ask === undefined ? NO_DATA : { status: 'found', records };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOTFOUND') return NO_NAME;
      return code === 'ENODATA' || code === 'EBADNAME' ? NO_DATA : CANNOT_TELL;
    }
  }
}

type Ask = (resolver: Resolver, name: string) => Promise<readonly DnsRecord[]>;

const ASK: Readonly<Record<string, Ask>> = {
  A: async (resolver, name) => plain('A', await resolver.resolve4(name)),
  AAAA: async (resolver, name) => plain('AAAA', await resolver.resolve6(name)),
  CNAME: async (resolver, name) => plain('CNAME', await resolver.resolveCname(name)),
  NS: async (resolver, name) => plain('NS', await resolver.resolveNs(name)),
  PTR: async (resolver, name) => plain('PTR', await resolver.resolvePtr(name)),
  MX: async (resolver, name) =>
    (await resolver.resolveMx(name)).map(({ exchange, priority }) => ({
      type: 'MX',
      value: encodeText(exchange),
      preference: priority,
    })),
  SRV: async (resolver, name) =>
    plain(
      'SRV',
      (await resolver.resolveSrv(name)).map((record) => record.name),
    ),
  TXT: async (resolver, name) =>
    plain(
      'TXT',
      (await resolver.resolveTxt(name)).map(([first = '']) => first),
    ),
};

function plain(type: string, values: readonly string[]): readonly DnsRecord[] {
  return values.map((value) => ({ type, value: encodeText(value) }));
}

/** Sends one request of the socketmap protocol; an empty one only connects. */
function askSocket(address: ByteString, request: ByteString): Promise<SocketReply> {
  const where = placeOf(address);
  if (where === undefined) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const reader = new NetstringReader(MAX_REPLY);
    const socket = connect(where);
    const finish = (reply: SocketReply): void => {
      socket.destroy();
      resolve(reply);
    };
    socket.setTimeout(SOCKET_MS, () => finish(undefined));
    socket.on('error', () => finish(undefined));
    socket.on('close', () => resolve(undefined));
    socket.on('connect', () => (request === '' ? finish('') : socket.write(netstring(request), 'latin1')));
    socket.on('data', (bytes) => {
      try {
        reader.push(bytes.toString('latin1'));
        const reply = reader.next();
        if (reply !== undefined) finish(reply);
      } catch {
        finish(undefined);
      }
    });
  });
}

/** `unix:/path`, `inet:port@host`. */
function placeOf(address: ByteString): NetConnectOpts | undefined {
  const [, kind = '', rest = ''] = /^([^:]*):([\s\S]*)$/.exec(address) ?? [];
  if (/^(?:|unix|local)$/i.test(kind)) return { path: rest };
  const at = rest.indexOf('@');
  const port = Number(rest.slice(0, at));
  if (at < 0 || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  return { port, host: rest.slice(at + 1).replace(/^\[|\]$/g, '') };
}
