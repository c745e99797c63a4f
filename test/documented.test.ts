/**
 * Examples in documents and docstrings have the types that they use and run, in a copy of examples/etc-mail, and print
 * what they show: in JavaScript `expression; // => value`, in a console `$ command` and its output. Each promise of
 * SECURITY.md names existing tests. The README has every sub-command and function, mailmaps(1) every option. Links lead
 * to files, and the files that ARCHITECTURE.md and CONTRIBUTING.md name exist.
 */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../src/cli/mailmaps/main.ts';
import * as library from '../src/index.ts';
import * as review from '../src/review.ts';
import { runProgram } from './cli/run-program.ts';
import { subCommandsIn } from './cli/sub-commands.ts';
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
const PAGES = readdirSync('docs').map((name) => join('docs', name));
const EXAMPLES = ['README.md', ...PAGES, ...sources.sort().map((name) => join('src', name))].flatMap(examplesOf);
const FUNCTIONS = Object.entries(library).flatMap(([name, value]) =>
  typeof value === 'function' && !name.startsWith('Map') ? name : [],
);

/** The options of a strict user, over our source. */
const TYPES_OF_EXAMPLES = {
  extends: '../../tsconfig.json',
  compilerOptions: {
    ...{ noEmit: true, isolatedDeclarations: false, declaration: false, noUnusedLocals: false },
    paths: { mailmaps: ['../../src/index.ts'], 'mailmaps/review': ['../../src/review.ts'] },
  },
  include: ['*.ts'],
};

/** The import that an example leaves out. */
function importsFor({ code }: Example): string {
  return code.includes("from 'mailmaps'") ? '' : `import { ${FUNCTIONS.join(', ')} } from 'mailmaps';\n`;
}

/** A program of the example: with its missing imports, and its promises as assertions. */
async function programOf(example: Example, directory: string, dns: string): Promise<string> {
  const imports = importsFor(example);
  const checked = example.code
    .replace(/^(.*?);? \/\/ => (.*)$/gm, 'assert.deepEqual($1, $2);')
    .replaceAll('/etc/mail', directory)
    .replaceAll('new Resolver()', 'ourResolver()');
  const ours = `function ourResolver() {
    const resolver = new Resolver();
    resolver.setServers(['${dns}']);
    return resolver;
  }\n`;
  const program = `import assert from 'node:assert/strict';\n${imports}${checked}${checked.includes('ourResolver') ? ours : ''}`;
  return (await transform(program, { loader: 'ts', target: 'node20.19', format: 'esm' })).code;
}

describe('examples', { tags: ['slow'] }, () => {
  let etcMail: string;
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
    etcMail = mkdtempSync(join(tmpdir(), 'mailmaps-documented.'));
    cpSync('examples/etc-mail', etcMail, { recursive: true });
    await library.makeMap([readFileSync(join(etcMail, 'access'))], join(etcMail, 'access'));
    await library.makeAliases(join(etcMail, 'aliases'));
    return () => rmSync(etcMail, { recursive: true });
  });

  it.each(EXAMPLES)('$where', async (example) => {
    const program = await programOf(example, etcMail, dns.address);
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  });

  it('have the types that they use', async () => {
    mkdirSync('.cache', { recursive: true });
    const directory = mkdtempSync(join('.cache', 'examples-'));
    try {
      for (const [i, example] of EXAMPLES.entries())
        writeFileSync(
          join(directory, `${i}.ts`),
          `// ${example.where}\n${importsFor(example)}${example.code}export {};\n`,
        );
      writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(TYPES_OF_EXAMPLES));
      const said = await promisify(execFile)('node_modules/.bin/tsc', ['-p', directory]).then(
        () => '',
        (error: { readonly stdout: string }) => error.stdout,
      );
      expect(said).toBe('');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it.each(FUNCTIONS)('show %s', (name) => {
    expect(EXAMPLES.some(({ where, code }) => where.startsWith('src/') && code.includes(`${name}(`))).toBe(true);
  });
});

/** Programs under their own names, as an installed package has them. */
function programsIn(directory: string): string {
  const bin = join(directory, '.bin');
  mkdirSync(bin);
  for (const name of ['makemap', 'newaliases', 'praliases', 'editmap', 'mailmaps']) {
    const program = join(process.cwd(), 'bin', `${name}.cjs`);
    writeFileSync(join(bin, name), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, { mode: 0o755 });
  }
  return bin;
}

/** The page as it should be: each command of its consoles, with the output of that command now. */
function rendered(page: string, directory: string): string {
  const env = { ...process.env, LC_ALL: 'C', PATH: `${programsIn(directory)}:${process.env.PATH}` };
  const commandsOf = (block: string): string[] => block.match(/^\$ (?:.*\\\n)*.*\n/gm) ?? [];
  const answered = (command: string): string => {
    const run = spawnSync('sh', ['-c', `exec 2>&1\n${command.slice(2)}`], { cwd: directory, env, encoding: 'utf8' });
    return command + run.stdout;
  };
  return readFileSync(page, 'utf8').replace(/^```console\n(.*?)^```/gms, (_, block: string) =>
    ['```console\n', ...commandsOf(block).map(answered), '```'].join(''),
  );
}

describe('pages', { tags: ['slow'] }, () => {
  // `npx vitest run test/documented.test.ts -u` writes new output into the pages
  it.each(PAGES)('%s shows commands with their real output', async (page) => {
    const directory = mkdtempSync(join(tmpdir(), 'mailmaps-documented.'));
    try {
      cpSync('examples/etc-mail', directory, { recursive: true });
      await expect(rendered(page, directory)).toMatchFileSnapshot(join(process.cwd(), page));
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

async function helpOf(command: readonly string[]): Promise<string> {
  return (await runProgram(main, [...command, '--help'])).stdout;
}

async function subCommandsOf(command: readonly string[]): Promise<(readonly string[])[]> {
  return subCommandsIn(await helpOf(command)).map((name) => [...command, name]);
}

describe('every sub-command', async () => {
  const commands = [...(await subCommandsOf([])), ...(await subCommandsOf(['serve']))];

  it('stands in the README', () => {
    const readme = readFileSync('README.md', 'utf8');
    const leaves = commands.filter((command) => command.join() !== 'serve');
    expect(leaves.filter((command) => !readme.includes(`\`mailmaps ${command.join(' ')}\``))).toEqual([]);
  });

  it.each(commands.map((command) => [command.join(' '), command] as const))(
    '%s has its options in mailmaps(1)',
    async (_, command) => {
      const page = readFileSync('bin/mailmaps.1', 'utf8');
      const options = [...(await helpOf(command)).matchAll(/^ +(?:-\w, )?-(-[\w-]+)/gm)].map(([, option]) => option!);
      expect(options.filter((option) => !new RegExp(`Fl ${option}(?![\\w-])`).test(page))).toEqual([]);
    },
  );
});

describe('the README', () => {
  it.each([
    ['mailmaps', library],
    ['mailmaps/review', review],
  ])('names every function of %s', (_, face) => {
    const readme = readFileSync('README.md', 'utf8');
    expect(Object.keys(face).filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('files and directories', () => {
  it.each(['ARCHITECTURE.md', 'CONTRIBUTING.md'])('that %s names exist', (document) => {
    const text = readFileSync(document, 'utf8');
    const names = [...text.matchAll(/`([\w./-]*(?:\/|\w\.ts))`/g)].map(([, name]) => name!);
    const places = ['.', 'src', 'test', ...readdirSync('src').map((name) => join('src', name))];
    const exists = (name: string): boolean => places.some((place) => existsSync(join(place, name)));
    expect(names.filter((name) => !exists(name) && !name.startsWith('dist/'))).toEqual([]);
  });
});

describe('links', () => {
  const documents = readdirSync('.').filter((name) => name.endsWith('.md'));
  const readmes = readdirSync('examples').map((name) => join('examples', name, 'README.md'));

  it.each([...documents, ...PAGES, ...readmes.filter((file) => existsSync(file))])('of %s lead to files', (file) => {
    const links = [...readFileSync(file, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, to]) =>
      join(file, '..', to!),
    );
    expect(links.filter((to) => !existsSync(to))).toEqual([]);
  });
});

describe('SECURITY.md', () => {
  const [, promises = ''] =
    /^## What a mail server may rely on$(.*?)^## /ms.exec(readFileSync('SECURITY.md', 'utf8')) ?? [];

  it.each(promises.split(/^- /m).slice(1))('%s', (promise) => {
    const tests = [...promise.matchAll(/`(test\/(?:\w+\/)?)?([\w-]+(?:\.test)?\.ts)`/g)];
    expect(tests).not.toEqual([]);
    let place = '';
    for (const [, named = place, file] of tests) {
      place = named;
      expect(existsSync(join(place, file!)), file).toBe(true);
    }
  });
});
