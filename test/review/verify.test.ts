/** Verify files: expectations that hold and that do not, and mistakes in the file itself. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyJunit, verifyText } from '../../src/review/verify/format.ts';
import { parsePolicy } from '../../src/review/verify/policy.ts';
import { type VerifyResult, verify } from '../../src/review/verify/verify.ts';
import { checkStatements } from '../conformance/verify.ts';
import { SMALL_CF } from '../small-cf.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-verify.'));
  cpSync('examples/etc-mail', directory, { recursive: true });
});
afterEach(() => rmSync(directory, { recursive: true }));

function verified(text: string): VerifyResult {
  const policy = parsePolicy(text, 'policy.yaml');
  const configuration = {
    directory,
    hostName: 'mail.example.com',
    users: ['alice', 'bob', 'carol'],
    features: ['blocklist_recipients'],
    ...policy.configuration,
  };
  return verify({ ...policy, configuration });
}

// biome-ignore format: one case per line
const CASES: readonly (readonly [string, string, boolean])[] = [
  ['strangers do not relay', 'never: [strangers relay to strangers]', true],
  ['nobody reaches a shell', 'never: [{ anyone reaches: "|/bin/*" }]', true],
  ['somebody reaches a program', 'never: [{ anyone reaches: "|/usr/local/*" }]', false],
  ['the office may send anywhere', 'expect: [{ client: 192.0.2.0/24, sender: any, recipient: x@far.example, action: relay }]', true],
  ['guests may not', 'expect: [{ client: 198.51.100.3, action: reject }]', true],
  ['backup MX', 'expect: [{ recipient: bob@backup.example, sender: a@b.example, action: relay }]', true],
  ['a reply', 'expect: [{ sender: spam@example.net, reply: { code: 550, enhanced: 5.7.1 } }]', true],
  ['another reply', 'expect: [{ sender: spam@example.net, reply: { code: 450 } }]', false],
  ['postmaster reaches exactly', 'expect: [{ expand: postmaster, reaches: [alice, admin@example.net] }]', true],
  ['postmaster reaches more', 'expect: [{ expand: postmaster, reaches: [alice] }]', false],
  ['postmaster reaches at least', 'expect: [{ expand: postmaster, reachesAtLeast: [alice] }]', true],
  ['postmaster does not reach bob', 'expect: [{ expand: postmaster, neverReaches: [bob] }]', true],
];

describe('an expectation', () => {
  it.each(CASES)('%s', (_, text, holds) => {
    expect(verified(text).verdicts).toMatchObject([{ holds }]);
  });

  it('that does not hold shows the question', () => {
    const { verdicts } = verified('expect:\n  - client: 203.0.113.66\n    action: ok\n');
    expect(verdicts[0]).toMatchObject({ line: 2, why: expect.stringContaining('client 203.0.113.66') });
  });

  it.each([
    ['let in', 'R$*\t$@ OK\n', false],
    ['keep out', 'R$*\t$#error $@ 5.7.1 $: "550 no"\n', true],
  ])('is decided by the rules of a sendmail.cf, and is sampled: strangers that they %s', (_, rule, holds) => {
    writeFileSync(join(directory, 'sendmail.cf'), `${SMALL_CF}Scheck_rcpt\n${rule}`);
    const policy = parsePolicy('never: [strangers relay to strangers]', 'policy.yaml');
    const cf = join(directory, 'sendmail.cf');
    const result = verify({ ...policy, configuration: { cf, hostName: 'mx.example.com', users: [] } });
    expect(result).toMatchObject({ verdicts: [{ holds }], isSampled: true });
    expect(verifyText(result, 'policy.yaml', false)).toContain('Sampled');
  });

  it('about strangers is proved on an open relay', () => {
    writeFileSync(join(directory, 'relay-domains'), 'com\n');
    const { verdicts } = verified('expect: [{ sender: a@b.example, recipient: x@big.com, action: reject }]');
    expect(verdicts[0]).toMatchObject({ holds: false, why: expect.stringContaining('relay') });
  });

  it('that is asked for a key covers it', () => {
    const { untouched } = verified('expect: [{ sender: spam@example.net, action: reject }]');
    expect(untouched).toContain('to:backup.example');
    expect(untouched).not.toContain('from:spam@example.net');
  });

  it('is escaped in JUnit', () => {
    const result = verified('expect: [{ name: "<a & \\"b\\">", client: 203.0.113.9, action: reject }]');
    expect(verifyJunit(result, 'p')).toContain('name="&lt;a &amp; &quot;b&quot;&gt;"');
  });
});

it.each([144, 148, 149, 7001, 7002])(
  'statements about all questions hold for random ones, or show one: seed %i',
  { tags: ['slow'] },
  async (seed) => {
    const found = await checkStatements(seed);
    expect(found.filter((difference) => difference !== undefined).slice(0, 2)).toEqual([]);
  },
);

it('JUnit is well formed, whatever names say', { tags: ['slow'] }, () => {
  const name = '\u0001\ufffe\ud800 <&"\'> ]]> \n';
  const verdicts = [{ name, line: 1, holds: false, why: name, questions: 1 }];
  const text = verifyJunit({ verdicts }, 'a"b.yaml');
  expect(text).toContain('<testsuite name="a&quot;b.yaml" tests="1" failures="1" errors="0"');
  expect(text).toContain('classname="mailmaps.verify"');
  // a parser for XML of the same strictness as those of build servers
  expect(
    spawnSync('python3', ['-c', 'import sys,xml.dom.minidom as m; m.parse(sys.stdin.buffer)'], { input: text }).status,
  ).toBe(0);
});

describe('with a DNS list', () => {
  it('nobody is on it', () => {
    const text = 'configuration: { features: ["dnsbl:bl.example"] }\nexpect: [{ client: stranger, action: ok }]';
    expect(verified(text).verdicts).toMatchObject([{ holds: true }]);
  });
});

describe('a hostile file', () => {
  const bomb = `a: &a [x]\n${Array.from({ length: 40 }, (_, i) => `k${i}: &k${i} [${`*${i === 0 ? 'a' : `k${i - 1}`}, `.repeat(9)}]`).join('\n')}\nexpect: *k39`;
  // biome-ignore format: one case per line
  it.each([
    ['a bomb of aliases', bomb, 'a verify file has no a'],
    ['an alias for a list', 'never: &n [strangers relay to strangers]\nexpect: *n', 'line 2'],
    ['an alias inside', 'never: [&n strangers relay to strangers, *n]', 'an alias of YAML is not taken here'],
    ['a tag of another language', 'expect: !!js/function "x"', 'line 1'],
    ['a tag of a program', 'expect: !!python/object/apply:os.system ["id"]', 'line 1'],
    ['a merge key', 'x: &x { client: 1.2.3.4 }\nexpect: [{ <<: *x, action: ok }]', 'a verify file has no x'],
    ['a prototype', '__proto__: { expect: [] }\nexpect: []', 'a verify file has no __proto__'],
    ['a key that is a list', '? [a, b]\n: 1', 'line 1'],
    ['two documents', 'never: [strangers relay to strangers]\n---\nnever: []', 'line 2: the file holds more than one document'],
    ['keys twice', 'never: []\nnever: [strangers relay to strangers]', 'line 2'],
    ['deep lists', `expect: ${'['.repeat(20_000)}`, 'line 1'],
    ['a binary value', 'never: [!!binary c3RyYW5nZXJz]', 'line 1'],
    ['nothing', '', 'a verify file must be a map'],
  ])('is refused: %s', (_, text, message) => {
    expect(() => parsePolicy(text, 'p.yaml')).toThrow(expect.objectContaining({ code: 'badInput', message: expect.stringContaining(message) }));
  });
});

describe('a file that is wrong is refused with its line', () => {
  // biome-ignore format: one case per line
  it.each([
    ['expect: [', 'line 1'],
    ['nothing: 1', 'a verify file has no nothing'],
    ['{}', 'the file expects nothing'],
    ['expect:\n  - client: 1.2.3.4\n', 'line 2: say which action or reply is expected'],
    ['expect:\n  - client: 1.2.3.4\n    acton: ok\n', 'line 3: an expectation has no acton'],
    ['expect:\n  - client: 1.2.3.4\n    action: okay\n', 'there is no action okay'],
    ['expect:\n  - expand: a\n', 'expand needs reaches'],
    ['expect:\n  - action: ok\n', 'name a client'],
    ['never: [relays]', 'never knows'],
    ['a: &a [1]\nexpect: *a', 'a verify file has no a'],
    ['expect: 5', 'a list is needed here'],
    ['expect:\n  - client: 192.0.2.0/40\n    action: ok\n', 'line 2: client 192.0.2.0/40 is no IP address'],
    ['expect:\n  - client: mx.example\n    action: ok\n', 'line 2: client mx.example is no IP address'],
    ['expect:\n  - expand: a\n    reaches: b\n', 'line 3: a list is needed here'],
    ['expect: [{ client: 1.2.3.4, client: 5.6.7.8, action: ok }]', 'line 1'],
  ])('%j', (text, message) => {
    expect(() => parsePolicy(text, 'p.yaml')).toThrow(expect.objectContaining({ code: 'badInput', message: expect.stringContaining(message) }));
  });
});
