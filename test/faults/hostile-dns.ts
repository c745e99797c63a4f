/**
 * A DNS server on a loopback port, over UDP and TCP, that answers as a hostile or broken one does. Each question gets its reply by
 * a plan; `honest` replies come from a table.
 */
import type { Socket as UdpSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { listenOnBoth } from '../free-port.ts';

/** Replies that tell nothing: whatever was to be known stays unknown. */
export const FAILURES = [
  'servfail',
  'refused',
  'notImplemented',
  'silence',
  'late',
  'wrongId',
  'truncated',
  'garbage',
  'short',
  'cut',
  'lyingCounts',
  'lyingLength',
  'pointerLoop',
  'otherQuestion',
] as const;
/** Replies of an owner of the zone who means harm. */
export const LIES = [
  'honest',
  'noName',
  'huge',
  'aliasLoop',
  'aliasChain',
  'otherName',
  'otherType',
  'truncatedTwice',
] as const;
export type Reply = (typeof FAILURES)[number] | (typeof LIES)[number];

/** Records by `TYPE name`, as bytes of their data. */
export type Zone = Readonly<Record<string, readonly Buffer[]>>;

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 5: 'CNAME', 12: 'PTR', 15: 'MX', 16: 'TXT', 28: 'AAAA' };
const CNAME = 5;
const LATE_MS = 400;
/** Records of a huge reply: 64 KB over TCP, and what fits in a datagram. */
const HUGE = 3800;

const uint16 = (n: number): Buffer => Buffer.from([n >> 8, n & 0xff]);

export function nameData(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([...labels.map((each) => Buffer.from(String.fromCharCode(each.length) + each)), Buffer.of(0)]);
}

export const addressData = (address: string): Buffer => Buffer.from(address.split('.').map(Number));
export const mxData = (preference: number, host: string): Buffer => Buffer.concat([uint16(preference), nameData(host)]);

interface Asked {
  readonly id: Buffer;
  readonly name: string;
  readonly type: number;
  readonly question: Buffer;
}

function asked(packet: Buffer): Asked | undefined {
  const labels: string[] = [];
  let at = 12;
  for (let length = packet[at]; length; length = packet[at]) {
    labels.push(packet.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  if (at + 5 > packet.length) return undefined;
  const name = labels.join('.').toLowerCase();
  return { id: packet.subarray(0, 2), name, type: packet.readUInt16BE(at + 1), question: packet.subarray(12, at + 5) };
}

function record(owner: Buffer, type: number, data: Buffer, length: number = data.length): Buffer {
  return Buffer.concat([owner, uint16(type), Buffer.from([0, 1, 0, 0, 0, 60]), uint16(length), data]);
}

/** Where the name of the question stands. */
const OWNER = Buffer.from([0xc0, 12]);

function message({ id, question }: Asked, answers: readonly Buffer[], flags = 0x8580, count = answers.length): Buffer {
  return Buffer.concat([id, uint16(flags), uint16(1), uint16(count), uint16(0), uint16(0), question, ...answers]);
}

/** The bytes of each reply; undefined: none. @param random numbers below a limit */
function replyTo(reply: Reply, given: Asked, zone: Zone, random: (below: number) => number): Buffer | undefined {
  const { name, type } = given;
  const records = (zone[`${TYPES[type]} ${name}`] ?? []).map((data) => record(OWNER, type, data));
  const aliases = (zone[`CNAME ${name}`] ?? []).map((data) => record(OWNER, CNAME, data));
  const honest = message(given, type === CNAME ? aliases : [...aliases, ...records]);
  const a = record(OWNER, 1, addressData('127.0.0.2'));
  const of = (chain: readonly string[]): Buffer[] =>
    chain.slice(1).map((target, i) => record(nameData(chain[i]!), CNAME, nameData(target)));
  switch (reply) {
    case 'silence':
      return undefined;
    case 'servfail':
      return message(given, [], 0x8182);
    case 'refused':
      return message(given, [], 0x8185);
    case 'notImplemented':
      return message(given, [], 0x8184);
    case 'wrongId':
      return Buffer.concat([uint16(given.id.readUInt16BE(0) ^ 1), honest.subarray(2)]);
    case 'truncated':
    case 'truncatedTwice':
      return message(given, [], 0x8780);
    case 'garbage':
      return Buffer.concat([given.id, Buffer.from(Array.from({ length: random(500) }, () => random(256)))]);
    case 'short':
      return honest.subarray(0, random(12));
    case 'cut':
      return message(given, [a, a]).subarray(0, -1 - random(20));
    case 'lyingCounts':
      return message(given, [a], 0x8580, 0xffff);
    case 'lyingLength':
      return message(given, [record(OWNER, type, addressData('127.0.0.2'), 0xffff)]);
    case 'pointerLoop':
      return message(given, [record(Buffer.from([0xc0, 12 + given.question.length]), type, Buffer.from([0xc0, 12]))]);
    case 'otherQuestion':
      return message({ ...given, question: Buffer.concat([nameData('other.example'), uint16(type), uint16(1)]) }, [a]);
    case 'honest':
    case 'late':
      return honest;
    case 'noName':
      return message(given, [], 0x8583);
    case 'huge':
      return message(
        given,
        Array.from({ length: HUGE }, () => records[0] ?? a),
      );
    case 'aliasLoop':
      return message(given, of([name, 'loop.example', name]));
    case 'aliasChain':
      return message(given, of([name, ...Array.from({ length: 200 }, (_, i) => `c${i}.loop.example`)]));
    case 'otherName':
      return message(given, [record(nameData('mail.here.example'), 1, addressData('127.0.0.1'))]);
    case 'otherType':
      return message(given, [record(OWNER, 257, Buffer.alloc(20, 0xff))]);
  }
}

export type Plan = (name: string, type: string) => Reply;

export class HostileDns {
  /** As `Resolver.setServers` takes it. */
  readonly address: string;
  readonly close: () => void;
  plan: Plan = () => 'honest';
  zone: Zone = {};

  private constructor(address: string, close: () => void) {
    this.address = address;
    this.close = close;
  }

  static async start(random: (below: number) => number): Promise<HostileDns> {
    const peers = new Set<Socket>();
    const tcp = createServer((peer) => {
      peers.add(peer.on('error', () => undefined).on('close', () => peers.delete(peer)));
      peer.on('data', (bytes) => {
        const reply = bytes.length < 14 ? undefined : server.#answer(bytes.subarray(2), random);
        // what was truncated is not told over TCP either
        if (reply?.kind === 'truncated') peer.destroy();
        else if (reply !== undefined) peer.end(Buffer.concat([uint16(reply.bytes.length & 0xffff), reply.bytes]));
      });
    });
    const udp = await listenOnBoth(tcp, 0);
    const server = new HostileDns(`127.0.0.1:${udp.address().port}`, () => {
      udp.close();
      tcp.close();
      for (const peer of peers) peer.destroy();
    });
    udp.on('message', (packet, from) => {
      const reply = server.#answer(packet, random);
      if (reply === undefined) return;
      // what is too long for a datagram asks for TCP
      const bytes =
        reply.bytes.length > 1232 && reply.kind !== 'garbage' ? message(reply.asked, [], 0x8780) : reply.bytes;
      const send = (): void => server.#send(udp, bytes, from.port);
      if (reply.kind === 'late') setTimeout(send, LATE_MS).unref();
      else send();
    });
    return server;
  }

  #send(udp: UdpSocket, bytes: Buffer, port: number): void {
    try {
      udp.send(bytes, port, '127.0.0.1');
    } catch {
      // closed in the meantime
    }
  }

  #answer(packet: Buffer, random: (below: number) => number): { kind: Reply; asked: Asked; bytes: Buffer } | undefined {
    const given = asked(packet);
    if (given === undefined) return undefined;
    const kind = this.plan(given.name, TYPES[given.type] ?? 'other');
    const bytes = replyTo(kind, given, this.zone, random);
    return bytes && { kind, asked: given, bytes };
  }
}
