/** Networks in the text of an access map or of relay-domains -> the keys that sendmail's search meets. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MakeMapReport, makeMap, openMailMaps, openMap } from '../../src/index.ts';
import { lint } from '../../src/review.ts';
import { parseClassFile } from '../../src/source/class-file.ts';
import { scanFormat } from '../../src/source/scan-format.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-cidr.'));
});
afterAll(() => rmSync(directory, { recursive: true }));

interface Made {
  readonly report: MakeMapReport;
  readonly lines: readonly string[];
}

async function made(text: string, options: Parameters<typeof makeMap>[2] = { cidr: true }): Promise<Made> {
  const path = join(directory, 'access');
  const all = await makeMap([Buffer.from(text)], path, options);
  // /tmp is a directory that others may write.
  const report = { ...all, problems: all.problems.filter(({ line }) => line !== undefined) };
  using map = openMap(path);
  return { report, lines: Array.from(map.entries(), ({ key, value }) => `${key} ${value}`) };
}

describe('networks become keys', () => {
  it.each<[text: string, lines: readonly string[]]>([
    ['Connect:192.0.2.0/24 OK', ['connect:192.0.2 OK']],
    ['Connect:192.0.2.0/23\tOK', ['connect:192.0.2 OK', 'connect:192.0.3 OK']],
    ['10.0.0.0/8 RELAY', ['10 RELAY']],
    ['172.16.0.0/15 RELAY', ['172.16 RELAY', '172.17 RELAY']],
    ['192.0.2.4/30 OK', ['192.0.2.4 OK', '192.0.2.5 OK', '192.0.2.6 OK', '192.0.2.7 OK']],
    ['192.0.2.7/32 OK', ['192.0.2.7 OK']],
    ['Connect:2001:DB8::/32 OK', ['connect:ipv6:2001:db8 OK']],
    ['IPv6:2001:db8:0:2::/63 OK', ['ipv6:2001:db8:0:2 OK', 'ipv6:2001:db8:0:3 OK']],
    ['[2001:db8::]/32 OK', ['ipv6:2001:db8 OK']],
    ['::ffff:192.0.2.0/120 OK', ['192.0.2 OK']],
    ['dead:beef::/32 OK', ['ipv6:dead:beef OK']],
    ['MyTag:192.0.2.0/24 OK', ['mytag:192.0.2 OK']],
    ['Connect:IPv6:2001:DB8::5 OK', ['connect:ipv6:2001:db8:0:0:0:0:0:5 OK']],
    ['Connect:2001:db8::5/128 OK', ['connect:ipv6:2001:db8:0:0:0:0:0:5 OK']],
    ['Connect:[2001:db8::5] OK', ['connect:ipv6:2001:db8:0:0:0:0:0:5 OK']],
    ['IPv6:2001:0DB8:0000 OK', ['ipv6:2001:db8:0 OK']],
    ['::ffff:192.0.2.7 OK', ['192.0.2.7 OK']],
    ['To:[IPv6:2001:db8::5] OK', ['to:[ipv6:2001:db8::5] OK']],
    ['To:bücher.example OK', ['to:xn--bcher-kva.example OK']],
    ['From:x@bücher.example OK', ['from:x@xn--bcher-kva.example OK']],
    ['192.0.2 OK', ['192.0.2 OK']],
    ['# 192.0.2.0/24 OK', []],
    ['a.example OK', ['a.example OK']],
    ['CERTISSUER:/C=DE/O=Example OK', ['certissuer:/c=de/o=example OK']],
  ])('%s', async (text, lines) => {
    expect((await made(text)).lines).toEqual(lines);
  });

  it('lets the longer prefix win, and a key of the text before all', async () => {
    const text = '192.0.2.0/23 REJECT\n192.0.3.0/24 OK\n192.0.2 RELAY\n';
    expect((await made(text)).lines).toEqual(['192.0.2 RELAY', '192.0.3 OK']);
  });

  it('covers every address of a network, and no other', async () => {
    const keys = (await made('192.0.2.64/26 OK')).lines.map((line) => line.split(' ')[0]);
    expect(keys.toSorted()).toEqual(Array.from({ length: 64 }, (_, i) => `192.0.2.${64 + i}`).toSorted());
  });

  it('counts networks and their keys', async () => {
    const { report } = await made('10.0.0.0/9 OK\na.example OK\n');
    expect(report).toMatchObject({ networks: 1, networkKeys: 128, records: 129 });
  });
});

describe('bad networks', () => {
  it.each([
    ['192.0.2.7/24 OK', 'MM311', '192.0.2.7/24 has bits set after its prefix: it is no network'],
    ['2001:db8::/33 OK', 'MM312', '2001:db8::/33 needs 32768 keys, more than 4096: name a longer prefix'],
    ['192.0.2.0/33 OK', 'MM311', '192.0.2.0/33 is no network: '],
    ['Connect:10/8 OK', 'MM311', 'Connect:10/8 is no network: '],
    ['10.0.0.0/255.0.0.0 OK', 'MM311', '10.0.0.0/255.0.0.0 is no network: '],
    ['192.0.2.0/24', 'MM301', 'no RHS for LHS 192.0.2.0/24'],
  ])('%s is a bad line', async (line, code, text) => {
    const { report, lines } = await made(`a.example OK\n${line}\n`);
    expect(report.problems).toMatchObject([{ line: 2, code, text: expect.stringContaining(text), severity: 'error' }]);
    expect([report.errors, ...lines]).toEqual([1, 'a.example OK']);
  });

  it('has no keys for IPv6 networks with compressed addresses, and spells addresses so', async () => {
    const text = '2001:db8::/32 OK\n2001:DB8:0:0::5 OK\n';
    const { report, lines } = await made(text, { cidr: true, compressedAddresses: true });
    expect(report.problems.map(({ code }) => code)).toEqual(['MM311']);
    expect(lines).toEqual(['ipv6:2001:db8::5 OK']);
  });

  it('warns once of a value of a network, with its line', async () => {
    const { report } = await made('\n192.0.2.0/25 RELYA\n');
    expect(report.problems).toMatchObject([{ line: 2, code: 'MM202' }]);
  });

  it('warns of networks without the option', async () => {
    const { report } = await made('192.0.2.0/25 RELAY\n', {});
    expect(report.problems).toMatchObject([{ line: 1, code: 'MM101' }]);
  });
});

describe('the directive', () => {
  it.each<[text: string, lines: readonly string[]]>([
    ['#makemap --cidr\n192.0.2.0/24 OK\n', ['192.0.2 OK']],
    ['# makemap  --cidr \r\n192.0.2.0/24 OK\n', ['192.0.2 OK']],
    ['192.0.2.0/24 OK\n#makemap --cidr\n', ['192.0.2.0/24 OK']],
    ['#makemap --cidr is good\n192.0.2.0/24 OK\n', ['192.0.2.0/24 OK']],
  ])('%j', async (text, lines) => {
    expect((await made(text, {})).lines).toEqual(lines);
  });

  it('begins with the comment character', async () => {
    const { lines } = await made(';makemap --cidr\n192.0.2.0/24 OK\n', { comment: ';' });
    expect(lines).toEqual(['192.0.2 OK']);
  });

  it('counts in texts in memory', () => {
    using maps = openMailMaps({ texts: { access: '#makemap --cidr\nConnect:192.0.2.64/26 REJECT\n' } });
    const actions = ['192.0.2.63', '192.0.2.64', '192.0.2.127', '192.0.2.128'].map(
      (address) => maps.checkRelay({ address }).action,
    );
    expect(actions).toEqual(['ok', 'reject', 'reject', 'ok']);
  });
});

describe('relay-domains', () => {
  const format = scanFormat('%s');

  it.each<[text: string, words: readonly string[]]>([
    ['#makemap --cidr\n192.0.2.0/23\n', ['192.0.2', '192.0.3']],
    ['#makemap --cidr\n2001:DB8::/32\n2001:db8::5\n', ['IPv6:2001:db8', 'IPv6:2001:db8:0:0:0:0:0:5']],
    ['#makemap --cidr\nb\xc3\xbccher.example\n', ['xn--bcher-kva.example']],
    ['192.0.2.0/23\n', ['192.0.2.0/23']],
  ])('%j', (text, words) => {
    expect(parseClassFile(text, format)).toEqual(words);
  });

  it('relays for the addresses of a network', () => {
    using maps = openMailMaps({ texts: { 'relay-domains': '#makemap --cidr\n192.0.2.64/26\n2001:db8::/32\n' } });
    const action = (address: string): string =>
      maps.checkRcpt('bob@far.example', { client: { address }, sender: 'a@b.example' }).action;
    expect(['192.0.2.63', '192.0.2.64', '2001:db8::1', '2001:db9::1'].map(action)).toEqual([
      'reject',
      'relay',
      'relay',
      'reject',
    ]);
  });
});

describe('lint', () => {
  const codes = (access: string, relay: string): (string | undefined)[] =>
    lint({ texts: { access, 'relay-domains': relay }, hostName: 'mx.example' }).findings.map(({ code }) => code);

  it('finds networks that the directive does not make keys of', () => {
    const [access, relay] = ['Connect:192.0.2.0/23\tREJECT\n', '198.51.100.0/23\n'];
    expect(codes(access, relay)).toEqual(['MM101', 'MM502']);
    expect(codes(`#makemap --cidr\n${access}`, `#makemap --cidr\n${relay}`)).toEqual([]);
  });
});
