/**
 * The documents -> site/pages: the pages that site/ renders, with the same names and links. The reference of the library is made
 * of dist/*.d.ts, the manual pages of bin/.
 *
 * Fails for an export without a docstring. vitepress fails for a link that leads nowhere.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSync } from 'oxc-parser';

const TO = 'site/pages';

const documents = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...readdirSync('docs').map((name) => join('docs', name)),
  ...readdirSync('examples')
    .map((name) => join('examples', name, 'README.md'))
    .filter((name) => existsSync(name)),
];
const manuals = readdirSync('bin').filter((name) => /\.[18]$/.test(name));

rmSync(TO, { recursive: true, force: true });
for (const name of documents) copyLinked(name);
for (const name of documents)
  put(name, fenced(readFileSync(name, 'utf8')).replace(/\]\(([^)#:]*bin\/[\w-]+\.[18])\)/g, ']($1.md)'));
for (const name of manuals)
  put(`bin/${name}.md`, `# ${name.replace(/\.(\d)$/, '($1)')}\n\n\`\`\`text\n${manual(name)}\n\`\`\`\n`);
put('docs/reference.md', reference('mailmaps', 'dist/index.d.ts'));
put('docs/reference-review.md', reference('mailmaps/review', 'dist/review.d.ts'));
put('index.md', home());

function put(name, text) {
  const path = join(TO, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Indented commands in fences: the theme knows these only. */
function fenced(text) {
  const isInFence = (index) => index % 2 === 1;
  return text
    .split(/^(?=```)/m)
    .map((part, index) =>
      isInFence(index)
        ? part
        : part.replace(
            /(?<=\n\n)(?: {4}.*\n(?:\n(?= {4}))?)+/g,
            (lines) => `\`\`\`text\n${lines.replace(/^ {4}/gm, '')}\`\`\`\n`,
          ),
    )
    .join('');
}

/** Files that a page links to and that are no pages themselves. */
function copyLinked(name) {
  for (const [, link] of readFileSync(name, 'utf8').matchAll(/\]\((?!\w+:)([^)#\s]+)/g)) {
    const file = join(dirname(name), link);
    if (existsSync(file) && statSync(file).isFile() && !documents.includes(file) && !/^bin\//.test(file))
      cpSync(file, join(TO, 'public', file));
  }
}

function manual(name) {
  const env = { ...process.env, MANWIDTH: '100', MAN_KEEP_FORMATTING: '', LC_ALL: 'C.UTF-8' };
  const text = execFileSync('man', ['-P', 'cat', '-l', join('bin', name)], { encoding: 'utf8', env });
  // overstriking and the escapes of grotty
  return text
    .replace(/.\x08/g, '')
    .replace(/\x1b\[[\d;]*m/g, '')
    .trimEnd();
}

/** Functions first, then types, each by name. */
function reference(module, file) {
  const all = declarations(file);
  const undocumented = all.filter(({ about }) => about === '').map(({ name }) => name);
  if (undocumented.length > 0) throw new Error(`${module}: exports without a docstring: ${undocumented.join(', ')}`);
  const section = (title, isFunction) => {
    const entries = all.filter((each) => each.isFunction === isFunction).map(entry);
    return entries.length === 0 ? '' : `## ${title}\n\n${entries.join('\n')}\n`;
  };
  const about = 'Every export, from its docstrings. [The library](library.md) explains them.';
  return `---\noutline: [2, 3]\n---\n\n# ${module}\n\n${about}\n\n${section('Functions and classes', true)}${section('Types', false)}`;
}

function declarations(file) {
  const code = readFileSync(file, 'utf8');
  const { program, comments } = parseSync(file, code);
  const found = program.body.flatMap((statement) => {
    const declared = statement.declaration;
    if (statement.type !== 'ExportNamedDeclaration' || !declared) return [];
    const name = declared.id?.name ?? declared.declarations?.[0]?.id.name;
    const comment = comments.findLast(
      ({ end }) => end <= statement.start && code.slice(end, statement.start).trim() === '',
    );
    const isFunction = !declared.type.startsWith('TS') || declared.type === 'TSDeclareFunction';
    return [
      {
        name,
        isFunction,
        about: comment ? docText(comment.value) : '',
        code: code.slice(statement.start, statement.end),
      },
    ];
  });
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The text of a docstring; @param and the like become a list, @example its code. */
function docText(comment) {
  const text = comment
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, ''))
    .join('\n')
    .trim();
  return text
    .replace(/^@example\s*$/gm, '')
    .replace(/^@(param) (\S+) /gm, '\n- `$2`: ')
    .replace(/^@returns /gm, '\n- returns ')
    .replace(/^@throws /gm, '\n- throws ')
    .replace(/\{@link (\w+)\}/g, '[$1](#$1)');
}

function entry({ name, about, code }) {
  return `### ${name} {#${name}}\n\n${about}\n\n\`\`\`ts\n${code}\n\`\`\`\n`;
}

function home() {
  const [, rows] = /\| --- \| --- \|\n((?:\|.*\n)+)/.exec(readFileSync('docs/README.md', 'utf8'));
  return `# mailmaps\n\nsendmail's map tools without Berkeley DB, and a library that answers a mail server's questions from the maps.\n
- [Install and try](README.md), then [serve Postfix](examples/serve/README.md)
- [Reference of the library](docs/reference.md) and of [mailmaps/review](docs/reference-review.md), manual pages: ${manuals.map((name) => `[${name.replace(/\.(\d)$/, '($1)')}](bin/${name}.md)`).join(', ')}

| you want to | read |
| --- | --- |
${rows.replace(/\]\(/g, '](docs/')}`;
}
