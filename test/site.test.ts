/**
 * The site of the documents: built, with every link and heading looked up, and read in a real browser.
 *
 * @module-tag slow
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { program } from './oracle/programs.ts';

const SITE = '.cache/site-html';

describe.runIf(program('man'))('the site', () => {
  let said: string;
  beforeAll(() => {
    said = execFileSync('npm', ['run', '--silent', 'docs:site'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  });

  it('has no link that leads nowhere', () => {
    const [, pages = 0, links = 0] = /(\d+) pages, (\d+) links/.exec(said) ?? [];
    expect(Number(pages)).toBeGreaterThan(25);
    expect(Number(links)).toBeGreaterThan(1000);
  });

  it('has every export of the package in its reference', () => {
    const exported = [...readFileSync('dist/index.d.ts', 'utf8').matchAll(/^export (?:declare )?\w+ (\w+)/gm)];
    const page = readFileSync(join(SITE, 'docs/reference.html'), 'utf8');
    expect(exported.length).toBeGreaterThan(50);
    expect(exported.filter(([, name]) => !page.includes(` id="${name}"`))).toEqual([]);
  });

  it.runIf(program('chromium'))('shows pages and a search in Chromium', async () => {
    const server = createServer((request, response) => {
      const path = (request.url ?? '/').replace(/[?#].*/, '');
      const type = path.endsWith('.js') ? 'text/javascript' : path.endsWith('.css') ? 'text/css' : 'text/html';
      const file = join(SITE, path);
      if (existsSync(file) && !file.endsWith('/'))
        response.writeHead(200, { 'content-type': type }).end(readFileSync(file));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const profile = mkdtempSync(join(tmpdir(), 'mailmaps-site.'));
    onTestFinished(() => {
      server.close();
      rmSync(profile, { recursive: true, force: true });
    });
    const { port } = server.address() as AddressInfo;
    const flags =
      '--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
    const url = `http://127.0.0.1:${port}/docs/reference.html`;
    const browser = spawn('chromium', [
      ...flags.split(' '),
      `--user-data-dir=${profile}`,
      '--virtual-time-budget=5000',
      '--dump-dom',
      url,
    ]);
    let dom = '';
    for await (const chunk of browser.stdout) dom += chunk;
    expect(dom).toMatch(/id="openMailMaps"/);
    expect(dom).toMatch(/DocSearch-Button|VPNavBarSearch/);
    expect(dom).not.toMatch(/PAGE NOT FOUND/);
  });
});
