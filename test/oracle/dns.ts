/**
 * A very small DNS server on a loopback port, over UDP and TCP: a table in, answers out. One question a packet, no compression, the last
 * word on everything: it follows aliases (CNAME) as a recursive server does, and a name that the table lacks does not
 * exist (rcode 3).
 */
import type { Socket } from 'node:dgram';
import { createServer, isIPv4, isIPv6, type Server } from 'node:net';
import { listenOnBoth } from '../free-port.ts';
import { groupsOf } from './ipv6.ts';
import type { DnsEntry, DnsTable } from './jobs.ts';

const TYPES = { A: 1, CNAME: 5, PTR: 12, MX: 15, TXT: 16, AAAA: 28 } as const;
type RecordType = keyof typeof TYPES;
const ANY = 255;
const NO_SUCH_NAME = 3;
const SERVER_FAILURE = 2;
const MAX_ALIASES = 8;
const CLASS_IN_TTL_60 = Buffer.from([0, 1, 0, 0, 0, 60]);

const uint16 = (n: number): Buffer => Buffer.from([n >> 8, n & 0xff]);

function encodeName(name: string): Buffer {
  const labels = name.split('.').filter(Boolean);
  return Buffer.concat([...labels.map((l) => Buffer.from(String.fromCharCode(l.length) + l, 'latin1')), Buffer.of(0)]);
}

function recordData(type: RecordType, value: string | readonly [number, string]): Buffer {
  if (typeof value !== 'string') return Buffer.concat([uint16(value[0]), encodeName(value[1])]);
  if (type === 'A') return Buffer.from(value.split('.').map(Number));
  if (type === 'AAAA') return Buffer.concat(groupsOf(value)!.map(uint16));
  if (type === 'TXT') return Buffer.from(String.fromCharCode(value.length) + value, 'latin1');
  return encodeName(value);
}

/** The name under which the table's key is asked for: addresses are asked for by their reverse name. */
function askedName(key: string): string {
  if (isIPv4(key)) return `${key.split('.').reverse().join('.')}.in-addr.arpa`;
  if (isIPv6(key)) {
    const digits = groupsOf(key)!.map((group) => group.toString(16).padStart(4, '0'));
    return `${[...digits.join('')].reverse().join('.')}.ip6.arpa`;
  }
  return key.toLowerCase().replace(/\.$/, '');
}

function records(name: string, entry: DnsEntry, asked: number): readonly Buffer[] {
  const out: Buffer[] = [];
  for (const type of Object.keys(TYPES) as RecordType[]) {
    const values = entry[type];
    if (values === undefined || !(TYPES[type] === asked || type === 'CNAME' || asked === ANY)) continue;
    for (const value of typeof values === 'string' ? [values] : values) {
      const data = recordData(type, value);
      out.push(Buffer.concat([encodeName(name), uint16(TYPES[type]), CLASS_IN_TTL_60, uint16(data.length), data]));
    }
  }
  return out;
}

function question(packet: Buffer): { name: string; type: number; bytes: Buffer } {
  const labels: string[] = [];
  let i = 12;
  while (packet[i]) {
    labels.push(packet.toString('latin1', i + 1, i + 1 + packet[i]!));
    i += packet[i]! + 1;
  }
  return { name: labels.join('.').toLowerCase(), type: packet.readUInt16BE(i + 1), bytes: packet.subarray(12, i + 5) };
}

export class DnsServer {
  readonly #socket: Socket;
  readonly #tcp: Server;
  #table = new Map<string, DnsEntry>();

  private constructor(socket: Socket, tcp: Server) {
    this.#socket = socket.unref();
    this.#tcp = tcp.unref();
    socket.on('message', (packet, from) => {
      const reply = this.#reply(packet);
      if (reply !== undefined) socket.send(reply, from.port, from.address);
    });
    tcp.on('connection', (peer) => {
      peer.on('error', () => undefined);
      peer.on('data', (bytes) => {
        const reply = bytes.length > 14 ? this.#reply(bytes.subarray(2)) : undefined;
        if (reply !== undefined) peer.write(Buffer.concat([uint16(reply.length), reply]));
      });
    });
  }

  /** @param port 0 takes any that is free */
  static async start(port: number): Promise<DnsServer> {
    const tcp = createServer();
    return new DnsServer(await listenOnBoth(tcp, port), tcp);
  }

  /** As `Resolver.setServers` takes it. */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  close(): void {
    this.#socket.close();
    this.#tcp.close();
  }

  answerFrom(table: DnsTable): void {
    this.#table = new Map(Object.entries(table).map(([key, entry]) => [askedName(key), entry]));
  }

  #reply(packet: Buffer): Buffer | undefined {
    const asked = question(packet);
    const answers: Buffer[] = [];
    let entry = this.#table.get(asked.name);
    for (let name = asked.name, aliases = 0; entry !== undefined; aliases++) {
      answers.push(...records(name, entry, asked.type));
      if (entry.CNAME === undefined || asked.type === TYPES.CNAME || aliases === MAX_ALIASES) break;
      name = askedName(entry.CNAME);
      entry = this.#table.get(name);
    }
    const rcode = entry === undefined ? NO_SUCH_NAME : rcodeOf(entry, asked.type);
    if (rcode === 'silence') return undefined;
    if (rcode === 'truncated') answers.length = 0;
    const head = [
      packet.subarray(0, 2),
      rcode === 'truncated' ? Buffer.of(0x87, 0x80) : Buffer.of(0x85, 0x80 | rcode),
      uint16(1),
      uint16(answers.length),
      Buffer.alloc(4),
    ];
    return Buffer.concat([...head, asked.bytes, ...answers]);
  }
}

function rcodeOf(entry: DnsEntry, asked: number): number | 'silence' | 'truncated' {
  const failing = entry.failing?.some((type) => TYPES[type] === asked) ?? false;
  return failing ? SERVER_FAILURE : (entry.rcode ?? 0);
}
