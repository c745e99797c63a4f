/**
 * The examples in README.md and in the comments of public functions run, in examples/etc-mail, and give what they say:
 * `expression; // => value`. Each promise of SECURITY.md names tests that there are.
 */
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as library from '../src/index.ts';
import { DnsServer } from './oracle/dns.ts';

interface Example {
  readonly where: string;
  readonly code: string;
}

function examplesOf(file: string): Example[] {
  const text = readFileSync(file, 'utf8').replace(/^ \* ?/gm, '');
  return [...text.matchAll(/^```js\n(.*?)^```/gms)].map(({ 1: code, index }) => ({
    where: `${file}:${text.slice(0, index).split('\n').length}`,
    code: code!,
  }));
}

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const EXAMPLES = ['README.md', ...sources.sort().map((name) => join('src', name))].flatMap(examplesOf);
const FUNCTIONS = Object.entries(library).flatMap(([name, value]) =>
  typeof value === 'function' && !name.startsWith('Map') ? name : [],
);

/** A program of the example: what it does not import, and its promises as assertions. */
async function programOf({ code }: Example, folder: string, dns: string): Promise<string> {
  const imports = code.includes("from 'mailmaps'") ? '' : `import { ${FUNCTIONS.join(', ')} } from 'mailmaps';\n`;
  const checked = code
    .replace(/^(.*?);? \/\/ => (.*)$/gm, 'assert.deepEqual($1, $2);')
    .replaceAll('/etc/mail', folder)
    .replaceAll('new Resolver()', 'ourResolver()');
  const ours = `function ourResolver() {
    const resolver = new Resolver();
    resolver.setServers(['${dns}']);
    return resolver;
  }\n`;
  const program = `import assert from 'node:assert/strict';\n${imports}${checked}${checked.includes('ourResolver') ? ours : ''}`;
  return (await transform(program, { loader: 'ts', target: 'node20.19', format: 'esm' })).code;
}

describe('examples', () => {
  let folder: string;
  let dns: DnsServer;

  beforeAll(async () => {
    if (!existsSync('dist/index.js')) execFileSync('npm', ['run', 'build'], { stdio: 'pipe' });
    dns = await DnsServer.start(0);
    dns.answerFrom({
      '192.0.2.7': { PTR: ['mx.here.example'] },
      'mx.here.example': { A: ['192.0.2.7'] },
      'here.example': { MX: [[10, 'mx.here.example']] },
    });
  });
  afterAll(() => dns.close());
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mailmaps-documented.'));
    cpSync('examples/etc-mail', folder, { recursive: true });
    await library.makeMap([readFileSync(join(folder, 'access'))], join(folder, 'access'));
    await library.makeAliases(join(folder, 'aliases'));
    return () => rmSync(folder, { recursive: true });
  });

  it.each(EXAMPLES)('$where', async (example) => {
    const program = await programOf(example, folder, dns.address);
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  });

  it.each(FUNCTIONS)('show %s', (name) => {
    expect(EXAMPLES.some(({ where, code }) => where.startsWith('src/') && code.includes(`${name}(`))).toBe(true);
  });
});

describe('SECURITY.md', () => {
  const [, promises = ''] =
    /^## What a mail server may rely on$(.*?)^## /ms.exec(readFileSync('SECURITY.md', 'utf8')) ?? [];

  it.each(promises.split(/^- /m).slice(1))('%s', (promise) => {
    const tests = [...promise.matchAll(/`(test\/(?:\w+\/)?)?([\w-]+(?:\.test)?\.ts)`/g)];
    expect(tests).not.toEqual([]);
    let folder = '';
    for (const [, named = folder, file] of tests) {
      folder = named;
      expect(existsSync(join(folder, file!)), file).toBe(true);
    }
  });
});
