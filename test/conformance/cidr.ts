/**
 * Random networks in an access map and in relay-domains, and random addresses: the longest prefix that holds an address, counted
 * in bits, against the decision through the map that makemap makes of them, and against sendmail's with the keys of that map.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeMap } from '../../src/map/make-map.ts';
import { lookupOf } from '../../src/map/table.ts';
import { parseClassFile } from '../../src/source/class-file.ts';
import { openMapFile } from '../../src/store/open-map-file.ts';
import { ask, ours, theirs } from '../access/answer.ts';
import { checksOf } from '../machine.ts';
import type { DecisionAnswer, RcptQuery, RelayQuery } from '../oracle/jobs.ts';
import type { Comparison } from './comparison.ts';
import { type Random, random } from './random.ts';

/** Questions of one configuration. */
const QUESTIONS = 60;
const DIRECTIVE = '#makemap --cidr\n';
const CLIENT = { clientName: 'h.example', clientResolve: 'OK' } as const;

interface Net {
  readonly isSix: boolean;
  readonly address: bigint;
  readonly bits: number;
}

const sizeOf = (isSix: boolean): number => (isSix ? 128 : 32);
const prefixOf = (address: bigint, bits: number, isSix: boolean): bigint => address >> BigInt(sizeOf(isSix) - bits);

/** Few beginnings, so that networks overlap and addresses fall into them. */
function anyAddress(r: Random, isSix: boolean): bigint {
  const parts = isSix
    ? [0x2001, r.pick([0xdb8, 0xdb9, 0xdba]), ...r.list(6, () => r.pick([0, 1, 0x8000, r.int(0, 0xffff)]))]
    : [r.pick([10, 10, 192, 172]), r.pick([0, 1, 2, 128]), r.int(0, 255), r.int(0, 255)];
  return parts.reduce((whole, part) => (whole << (isSix ? 16n : 8n)) | BigInt(part), 0n);
}

function anyNet(r: Random): Net {
  const isSix = r.chance(0.4);
  // No more than 256 keys each: sendmail reads all of them.
  const whole = isSix ? r.pick([16, 32, 48, 64, 112, 128]) : r.pick([8, 16, 24, 32]);
  const bits = r.chance(0.03) && !isSix ? 0 : whole - r.int(0, isSix ? 8 : 7);
  const cut = BigInt(sizeOf(isSix) - bits);
  return { isSix, bits, address: (anyAddress(r, isSix) >> cut) << cut };
}

/** An address in or near a network, or anywhere. */
function asked(r: Random, nets: readonly Net[]): { readonly isSix: boolean; readonly address: bigint } {
  const isSix = r.chance(0.4);
  const near = nets.filter((net) => net.isSix === isSix);
  if (near.length === 0 || r.chance(0.3)) return { isSix, address: anyAddress(r, isSix) };
  const { address, bits } = r.pick(near);
  const size = 1n << BigInt(sizeOf(isSix) - bits);
  const edge = r.pick([0n, size - 1n, size, -1n, BigInt(r.int(0, 0xffff)) % size]);
  return { isSix, address: BigInt.asUintN(sizeOf(isSix), address + edge) };
}

function partsOf(address: bigint, isSix: boolean): number[] {
  const [count, bits] = isSix ? [8, 16n] : [4, 8n];
  return Array.from({ length: count }, (_, i) =>
    Number(BigInt.asUintN(Number(bits), address >> (bits * BigInt(count - 1 - i)))),
  );
}

function textOf(address: bigint, isSix: boolean): string {
  return partsOf(address, isSix)
    .map((part) => part.toString(isSix ? 16 : 10))
    .join(isSix ? ':' : '.');
}

/** A spelling that people use. */
function spelled(r: Random, { address, isSix }: Pick<Net, 'address' | 'isSix'>): string {
  if (!isSix) return textOf(address, false);
  const groups = partsOf(address, true).map((part) => part.toString(16).padStart(r.pick([1, 4]), '0'));
  const plain = groups.join(':');
  // the longest run of zeros, as people shorten it
  const short = plain.replace(/(?:^|:)0+(?::0+)+(?:$|:)/, '::');
  const shown = r.chance(0.6) ? short : plain;
  const text = r.chance(0.3) ? shown.toUpperCase() : shown;
  return r.pick([text, `IPv6:${text}`, `[${text}]`]);
}

function lineOf(r: Random, net: Net): string {
  const isWhole = net.isSix && net.bits === 128 && r.chance(0.5);
  return `${spelled(r, net)}${isWhole ? '' : `/${net.bits}`}`;
}

/** The network with the longest prefix that holds an address: its index. */
function holderOf(nets: readonly Net[], { address, isSix }: { isSix: boolean; address: bigint }): number | undefined {
  let best: number | undefined;
  for (const [i, net] of nets.entries()) {
    if (net.isSix !== isSix || prefixOf(net.address, net.bits, isSix) !== prefixOf(address, net.bits, isSix)) continue;
    if (best === undefined || nets[best]!.bits < net.bits) best = i;
  }
  return best;
}

/** The map that makemap makes, as a Lookup and as makemap's input. */
async function compiled(text: string): Promise<Disposable & { lookup: ReturnType<typeof lookupOf>; keys: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'mailmaps-cidr-'));
  const path = join(directory, 'access');
  const { errors, problems } = await makeMap([Buffer.from(text, 'latin1')], path);
  if (errors > 0) throw new Error(JSON.stringify([text, problems]));
  const map = openMapFile(`${path}.lmdb`);
  const keys = Array.from(map.entries(), ({ key, value }) => `${key}\t${value}\n`).join('');
  return {
    lookup: lookupOf(map),
    keys,
    [Symbol.dispose]: () => {
      map.close();
      rmSync(directory, { recursive: true });
    },
  };
}

export const cidrComparison: Comparison = {
  name: 'cidr',
  shortCases: 240,
  async run(oracle, seed, cases, report) {
    for (let done = 0, round = 0; done < cases; round++) {
      const r = random(seed, round);
      const denied = r.list(r.int(1, 12), () => anyNet(r));
      const relayed = r.list(r.int(1, 6), () => anyNet(r));
      const tag = r.pick(['Connect:', '', 'connect:']);
      const access = denied.map((net, i) => `${tag}${lineOf(r, net)}\tERROR:5.7.1:"550 net ${i}"\n`).join('');
      const relays = DIRECTIVE + relayed.map((net) => `${lineOf(r, net)}\n`).join('');
      using map = await compiled(DIRECTIVE + access);
      const words = parseClassFile(relays).map((word) => `${word}\n`);
      const clients = r.list(QUESTIONS, () => asked(r, r.chance(0.5) ? denied : relayed));
      const queries = clients.map(({ address, isSix }, i): RelayQuery | RcptQuery => {
        const clientAddr = `${isSix ? 'IPv6:' : ''}${textOf(address, isSix)}`;
        return i % 2 === 0
          ? { kind: 'relay', clientAddr, ...CLIENT, macros: { f: '' } }
          : { kind: 'rcpt', clientAddr, ...CLIENT, rcpt: 'x@far.example', sender: 's@far.example' };
      });
      const { results } = await oracle.ask({
        features: ['accept_unresolvable_domains'],
        files: { access: map.keys, 'relay-domains': words.join('') },
        newaliases: false,
        queries,
      });
      const features = ['accept_unresolvable_domains'];
      const own = checksOf(
        features,
        { 'relay-domains': relays },
        { maps: new Map([['/etc/mail/access', map.lookup]]) },
      );
      const inMemory = checksOf(features, { access: DIRECTIVE + access, 'relay-domains': relays });
      for (const [i, query] of queries.entries()) {
        const isRelay = query.kind === 'relay';
        const holder = holderOf(isRelay ? denied : relayed, clients[i]!);
        const counted = isRelay
          ? holder === undefined
            ? 'ok'
            : `net ${firstOf(denied, holder)}`
          : `${holder !== undefined}`;
        const said = (line: string): string =>
          isRelay ? (/net \d+/.exec(line)?.[0] ?? 'ok') : `${!line.includes('Relaying denied')}`;
        const their = said(theirs(results[i] as DecisionAnswer));
        const answers = [own, inMemory].map((checks) => said(ours(ask(checks, query), query)));
        const isSame = [their, ...answers].every((answer) => answer === counted);
        report.compared(
          isSame ? undefined : { asked: { access, relays, query, counted }, theirs: their, ours: answers },
        );
        done++;
      }
    }
  },
};

/** Of equal networks the first counts, as of equal keys. */
function firstOf(nets: readonly Net[], index: number): number {
  const { address, bits, isSix } = nets[index]!;
  return nets.findIndex((net) => net.isSix === isSix && net.bits === bits && net.address === address);
}
