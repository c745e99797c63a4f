/**
 * `--report`: one page that needs nothing else, whatever names an attacker chose; opened in a real browser.
 *
 * @module-tag slow
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/mailmaps/main.ts';
import { lint } from '../../src/review/lint/lint.ts';
import { lintPage } from '../../src/review/report/pages.ts';
import { runProgram } from '../cli/run-program.ts';

const CHROMIUM = '/usr/bin/chromium';
const HOSTILE = '"><script>document.title="taken"</script><img/src=x/onerror=alert(1)>';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-report.'));
  const files = {
    access: `Connect:192.0.2.0/24\tRELAY\n${HOSTILE}\tREJECT # why\n`,
    'local-host-names': 'here.test\n',
    'relay-domains': '',
    aliases: `postmaster: bob\nlist: ${HOSTILE.replaceAll('"', '')}@far.example\n`,
    'mail.log': `Nov 30 10:10:44 mail sendmail[1]: 6AUAAitG030553: from=<a@b.example>, size=1, class=0, nrcpts=1, proto=ESMTP, daemon=MTA, relay=good.example [192.0.2.1]\nNov 30 10:10:44 mail sendmail[1]: 6AUAAitG030553: to=<"<script>x</script>"@elsewhere.example>, delay=00:00:00, mailer=esmtp, pri=1, stat=Sent\n`,
    'policy.yaml': `expect:\n  - name: '${HOSTILE}'\n    client: 192.0.2.1\n    sender: a@b.example\n    recipient: x@elsewhere.example\n    action: relay\n`,
  };
  mkdirSync(join(directory, 'old'));
  for (const name of ['access', 'aliases', 'local-host-names', 'relay-domains'])
    writeFileSync(join(directory, 'old', name), '');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
});
afterAll(() => rmSync(directory, { recursive: true }));

const COMMANDS = {
  lint: () => ['lint', '-d', directory],
  diff: () => ['diff', join(directory, 'old'), directory],
  replay: () => ['replay', join(directory, 'mail.log'), '--new', directory],
  verify: () => ['verify', join(directory, 'policy.yaml'), '-d', directory],
} as const;

async function report(
  name: keyof typeof COMMANDS,
): Promise<{ file: string; page: string; rc: number; stderr: string }> {
  const file = join(directory, `${name}.html`);
  const host = name === 'verify' ? [] : ['--host-name', 'mail.here.test'];
  const { rc, stderr } = await runProgram(main, [...COMMANDS[name](), ...host, '--report', file]);
  return { file, page: readFileSync(file, 'utf8'), rc, stderr };
}

/** The elements of a picture. */
const DRAWN: readonly string[] = ['title', 'g', 'rect', 'text', 'path', 'polygon'];
const NAMES = Object.keys(COMMANDS) as (keyof typeof COMMANDS)[];

describe.each(NAMES)('the report of %s', (name) => {
  it('has no script, no link and no element that a name brought in', async () => {
    const { page, rc } = await report(name);
    expect(rc).toBe(1);
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|<img|<a |<link|https?:/i);
    expect(page).toContain('&lt;script&gt;');
  });

  it('has a picture, of which no element is of a name', async () => {
    const { page } = await report(name);
    const pictures = page.split('<svg').slice(1);
    expect(pictures.length).toBeGreaterThan(0);
    for (const picture of pictures) {
      const elements = [...picture.split('</svg>')[0]!.matchAll(/<([a-z]+)/g)].map(([, element]) => element!);
      const others = elements.filter((element) => !DRAWN.includes(element));
      expect(others).toEqual([]);
    }
  });

  it.runIf(existsSync(CHROMIUM))('is shown by a browser as it is, wide and narrow', async () => {
    const { file } = await report(name);
    for (const width of [1280, 400]) {
      const options = [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        `--user-data-dir=${directory}/browser`,
      ];
      const dom = execFileSync(CHROMIUM, [...options, `--window-size=${width},800`, '--dump-dom', `file://${file}`], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        timeout: 200_000,
      });
      expect(dom).not.toContain('<title>taken');
      expect(dom).toMatch(/<title>[A-Z]/);
      expect(dom).not.toMatch(/<script|<img/);
    }
  });
});

it('without the package that draws, a page has its tables', () => {
  const page = lintPage(lint({ directory, hostName: 'mail.here.test' }));
  expect(page).toContain('<table>');
  expect(page).not.toMatch(/<svg|Pictures/);
});

it('a report that cannot be written is an error', async () => {
  const { rc, stderr } = await runProgram(main, ['lint', '-d', directory, '--report', '/proc/none/report.html']);
  expect({ rc, stderr }).toEqual({
    rc: 73,
    stderr: expect.stringContaining('/proc/none/report.html cannot be written'),
  });
});
