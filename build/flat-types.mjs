/**
 * `node build/flat-types.mjs DIRECTORY`: its **.d.ts, as tsc writes them -> one file for each entry of package.json's `exports`:
 * what the entry exports and what that refers to, and nothing else. So users need neither @types/node nor a `lib` in their
 * tsconfig, and see no insides.
 *
 * Fails for a type that comes from somewhere else than this package.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseSync } from 'oxc-parser';

const DIRECTORY = resolve(process.argv[2]);
/** Newer parts of the language's own library than a compiler has by default. */
const LIBS = ['es2022', 'esnext.disposable'];

const modules = new Map();
/** Declarations in the order in which they are met. */
const placed = new Map();
const names = new Set();

function moduleOf(file) {
  if (!modules.has(file)) modules.set(file, readModule(file));
  return modules.get(file);
}

function readModule(file) {
  const code = readFileSync(file, 'utf8');
  const { program, comments, errors } = parseSync(file, code);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`);
  const module = { file, code, declared: new Map(), imported: new Map(), exported: new Map() };
  for (const statement of program.body) readStatement(module, statement, comments);
  return module;
}

function readStatement(module, statement, comments) {
  const source = statement.source?.value;
  if (statement.type === 'ImportDeclaration') {
    for (const { local, imported } of statement.specifiers) {
      module.imported.set(local.name, { source, name: imported?.name ?? local.name });
    }
  } else if (statement.type === 'ExportNamedDeclaration' && statement.declaration === null) {
    for (const { local, exported } of statement.specifiers)
      module.exported.set(exported.name, { source, name: local.name });
  } else {
    const node = statement.declaration ?? statement;
    const start = node.start;
    const doc = comments.find(
      ({ type, value, end }) =>
        type === 'Block' &&
        value.startsWith('*') &&
        end <= statement.start &&
        module.code.slice(end, statement.start).trim() === '',
    );
    for (const name of namesOf(node)) {
      const before = module.declared.get(name) ?? [];
      module.declared.set(name, [...before, { node, start, end: node.end, doc: doc && `/*${doc.value}*/\n` }]);
    }
  }
}

function namesOf(node) {
  return node.type === 'VariableDeclaration' ? node.declarations.map(({ id }) => id.name) : [node.id.name];
}

/** The module and name that a name in a module stands for; undefined: the language's own. */
function resolveName(module, name) {
  if (module.declared.has(name)) return { module, name };
  const from = module.imported.get(name) ?? module.exported.get(name);
  if (from === undefined) return undefined;
  if (from.source === undefined) return resolveName(module, from.name);
  if (!from.source.startsWith('.')) throw new Error(`${module.file}: ${name} comes from ${from.source}`);
  const file = join(module.file, '..', from.source.replace(/\.[jt]s$/, '.d.ts'));
  return resolveName(moduleOf(file), from.name);
}

/** Identifiers of a declaration that may stand for types and values: all but the names of members. */
function* identifiersIn(node) {
  if (node === null || typeof node !== 'object') return;
  if (Array.isArray(node)) {
    for (const each of node) yield* identifiersIn(each);
    return;
  }
  if (node.type === 'Identifier') yield node;
  for (const [field, value] of Object.entries(node)) {
    if ((field === 'key' && !node.computed) || field === 'label') continue;
    yield* identifiersIn(value);
  }
}

/** The name that a declaration has in the flat file. */
function place(module, name, wanted = name) {
  const key = `${module.file} ${name}`;
  const known = placed.get(key);
  if (known !== undefined) return known.name;
  let free = wanted;
  for (let i = 1; names.has(free); i++) free = `${wanted}${i}`;
  names.add(free);
  const entry = { name: free, text: '' };
  placed.set(key, entry);
  entry.text = module.declared
    .get(name)
    .map((declaration) => textOf(module, declaration))
    .join('\n');
  return free;
}

function textOf(module, { node, start, end, doc = '' }) {
  const edits = [];
  for (const identifier of identifiersIn(node)) {
    const found = resolveName(module, identifier.name);
    if (found !== undefined)
      edits.push([identifier.start, identifier.start + identifier.name.length, place(found.module, found.name)]);
  }
  let text = module.code.slice(start, end);
  for (const [from, to, name] of edits.sort((a, b) => b[0] - a[0])) {
    text = text.slice(0, from - start) + name + text.slice(to - start);
  }
  const isValue = /^(?:function|class|const|let|abstract)\b/.test(text);
  return `${doc}@@${isValue ? 'declare ' : ''}${text}`;
}

/** The flat text of what a module exports. */
function flat(file) {
  placed.clear();
  names.clear();
  const index = moduleOf(file);
  const exported = [...index.exported.keys()].map((name) => {
    const found = resolveName(index, name);
    return place(found.module, found.name, name);
  });
  const body = [...placed.values()]
    .map(({ name, text }) => text.replaceAll('@@', exported.includes(name) ? 'export ' : ''))
    .join('\n\n');
  const libs = LIBS.map((lib) => `/// <reference lib="${lib}" />\n`).join('');
  return `${libs}\n${body}\n\nexport {};\n`;
}

const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
const entries = Object.values(exports)
  .flatMap(({ types }) => types ?? [])
  .map((entry) => join(DIRECTORY, relative('dist', entry)));
const texts = entries.map((entry) => [entry, flat(entry)]);
for (const file of readdirSync(DIRECTORY, { recursive: true, encoding: 'utf8' })) {
  if (file.endsWith('.d.ts')) rmSync(join(DIRECTORY, file));
}
for (const [file, text] of texts) writeFileSync(file, text);
