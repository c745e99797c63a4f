/**
 * An address -> the name of its host: the hosts file, then the PTR record.
 */
import type { Canonical } from '../../address/host-name.ts';
import type { ByteString } from '../../core/bytes.ts';
import { ownerName } from '../../core/owner-name.ts';
import { EX_NOHOST, EX_OK, EX_TEMPFAIL } from '../../core/sysexits.ts';
import { groups, nibbles } from '../maps/ipv6.ts';
import type { MapContext } from '../maps/map-context.ts';
import { cLines } from '../maps/text.ts';

/** @param literal an address, with `IPv6:` before it or not */
export function addressOwner(literal: ByteString, context: MapContext): Canonical {
  const four = inetAddress(literal);
  const address = four ?? literal.replace(/^ipv6:/i, '');
  const reverse =
    four === undefined ? nibbles(address)?.concat('.ip6.arpa') : `${four.split('.').reverse().join('.')}.in-addr.arpa`;
  if (reverse === undefined) return { status: EX_NOHOST };
  const name = ownerInFile(address, context);
  if (name !== undefined) return { name, status: EX_OK };
  if (!context.options.usesDns) return { status: EX_NOHOST };
  const reply = context.machine.dns(reverse, 'PTR');
  if (reply.status === 'tempFail') return { status: EX_TEMPFAIL };
  const owner = reply.status === 'found' ? reply.records.find((record) => record.type === 'PTR') : undefined;
  const owned = owner && ownerName(owner.value);
  return owned === undefined ? { status: EX_NOHOST } : { name: owned, status: EX_OK };
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

/**
 * Reads an address as inet_addr(3) does: one to four numbers, also octal and hexadecimal; the last one fills the remaining
 * bytes.
 */
function inetAddress(text: ByteString): string | undefined {
  const parts = text.split('.');
  if (parts.length > 4 || !parts.every((part) => /^(?:0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)$/i.test(part))) return undefined;
  const numbers = parts.map((part) => (/^0[0-7]/.test(part) ? Number.parseInt(part, 8) : Number(part)));
  const last = numbers.pop()!;
  const room = 4 - numbers.length;
  if (numbers.some((number) => number > 255) || last >= 256 ** room) return undefined;
  const bytes = Array.from({ length: room }, (_, i) => Math.floor(last / 256 ** (room - 1 - i)) % 256);
  const address = [...numbers, ...bytes].join('.');
  return address === '255.255.255.255' ? undefined : address;
}
