/**
 * An address -> the name of its host: the hosts file, then the PTR record.
 */
import { isIPv4 } from 'node:net';
import type { Canonical } from '../../address/host-name.ts';
import type { ByteString } from '../../core/bytes.ts';
import { EX_NOHOST, EX_OK, EX_TEMPFAIL } from '../../core/sysexits.ts';
import { groups, nibbles } from '../maps/ipv6.ts';
import type { MapContext } from '../maps/map-context.ts';
import { cLines } from '../maps/text.ts';

/** @param literal an address, with `IPv6:` before it or not */
export function addressOwner(literal: ByteString, context: MapContext): Canonical {
  const address = literal.replace(/^ipv6:/i, '');
  const is4 = isIPv4(address) && address === literal;
  const reverse = is4
    ? `${address.split('.').reverse().join('.')}.in-addr.arpa`
    : nibbles(address)?.concat('.ip6.arpa');
  if (reverse === undefined) return { status: EX_NOHOST };
  const name = ownerInFile(address, context);
  if (name !== undefined) return { name, status: EX_OK };
  if (!context.options.usesDns) return { status: EX_NOHOST };
  const reply = context.machine.dns(reverse, 'PTR');
  if (reply.status === 'tempFail') return { status: EX_TEMPFAIL };
  const owner = reply.status === 'found' ? reply.records.find((record) => record.type === 'PTR') : undefined;
  return owner === undefined ? { status: EX_NOHOST } : { name: owner.value, status: EX_OK };
}

function ownerInFile(address: string, { machine }: MapContext): ByteString | undefined {
  const read = machine.readFile('/etc/hosts');
  if ('cause' in read) return undefined;
  const wanted = key(address);
  for (const line of cLines(read.text)) {
    const [first = '', name] = line
      .replace(/#[\s\S]*/, '')
      .trim()
      .split(/[ \t]+/);
    if (name !== undefined && key(first) === wanted) return name;
  }
  return undefined;
}

function key(address: string): string {
  return groups(address)?.join(':') ?? address;
}
