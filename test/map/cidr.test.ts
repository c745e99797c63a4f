/** Networks in the text of an access map -> the keys that sendmail's search meets. */
import { describe, expect, it } from 'vitest';
import { type CidrOptions, withNetworkKeys } from '../../src/map/cidr.ts';

async function made(text: string, options: CidrOptions = {}): Promise<string[]> {
  let out = '';
  for await (const chunk of withNetworkKeys([Buffer.from(text)], options)) out += Buffer.from(chunk).toString('utf8');
  return out.split('\n').filter((line) => line !== '');
}

describe('networks become keys', () => {
  it.each<[text: string, lines: readonly string[]]>([
    ['Connect:192.0.2.0/24 OK', ['Connect:192.0.2 OK']],
    ['Connect:192.0.2.0/23\tOK', ['Connect:192.0.2\tOK', 'Connect:192.0.3\tOK']],
    ['10.0.0.0/8 RELAY', ['10 RELAY']],
    ['172.16.0.0/15 RELAY', ['172.16 RELAY', '172.17 RELAY']],
    ['192.0.2.4/30 OK', ['192.0.2.4 OK', '192.0.2.5 OK', '192.0.2.6 OK', '192.0.2.7 OK']],
    ['192.0.2.7/32 OK', ['192.0.2.7 OK']],
    ['Connect:2001:DB8::/32 OK', ['Connect:IPv6:2001:db8 OK']],
    ['IPv6:2001:db8:0:2::/63 OK', ['IPv6:2001:db8:0:2 OK', 'IPv6:2001:db8:0:3 OK']],
    ['Connect:IPv6:2001:DB8::5 OK', ['Connect:IPv6:2001:db8:0:0:0:0:0:5 OK']],
    ['Connect:[2001:db8::5] OK', ['Connect:IPv6:2001:db8:0:0:0:0:0:5 OK']],
    ['To:bücher.example OK', ['To:xn--bcher-kva.example OK']],
    ['From:x@bücher.example OK', ['From:x@xn--bcher-kva.example OK']],
    ['192.0.2 OK', ['192.0.2 OK']],
    ['# 192.0.2.0/24', ['# 192.0.2.0/24']],
    ['a.example OK', ['a.example OK']],
  ])('%s', async (text, lines) => {
    expect(await made(text)).toEqual(lines);
  });

  it('lets the longer prefix win, and a key of the text before all', async () => {
    const text = '192.0.2.0/23 REJECT\n192.0.3.0/24 OK\n192.0.2 RELAY\n';
    expect(await made(text)).toEqual(['192.0.2 RELAY', '192.0.3 OK']);
  });

  it('covers every address of a network, and no other', async () => {
    const keys = (await made('192.0.2.64/26 OK')).map((line) => line.split(' ')[0]);
    expect(keys).toEqual(Array.from({ length: 64 }, (_, i) => `192.0.2.${64 + i}`));
  });

  it.each([
    ['192.0.2.7/24 OK', /no network/],
    ['2001:db8::/33 OK', /needs 32768 keys/],
  ])('refuses %s', async (text, complaint) => {
    await expect(made(text)).rejects.toThrow(complaint);
  });

  it('counts the keys', async () => {
    const counts: number[] = [];
    await made('10.0.0.0/9 OK\n', { onKeys: (networks, keys) => counts.push(networks, keys) });
    expect(counts).toEqual([1, 128]);
  });
});
