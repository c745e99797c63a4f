/**
 * A line typed into `mailmaps test` -> its words and options, as a shell and the command line would split it. Every option has
 * a value of its type, or the line is refused.
 */
import type yargsParser from 'yargs-parser';
import { RULES, UNREADABLE_FORWARD } from '../../config/options.ts';
import { MapError } from '../../core/errors.ts';
import { ownField } from '../../core/own-field.ts';
import { type CheckSettings, DOMAIN_WORDS, RESOLVE_WORDS } from './check.ts';
import { type ExpandSettings, GRAPH_LANGUAGES } from './expand-command.ts';
import { type RewriteSettings, ROLE_WORDS, type RouteSettings, WHERE_WORDS } from './route.ts';

/** The settings that options of a session may change. */
export type TestSettings = CheckSettings & ExpandSettings & RouteSettings & RewriteSettings;

const TEXTS = [
  ...['directory', 'cf', 'host-name', 'passwd', 'color', 'client', 'client-name', 'client-resolve', 'helo', 'sender'],
  ...['auth-type', 'auth-authen', 'sender-domain', 'forward-path', 'graph', 'client-ptr', 'daemon-flags'],
  ...['tls-verify', 'cert-issuer', 'cert-subject', 'unreadable-forward', 'rules', 'mailer', 'where', 'role'],
];
/** Options that accept an empty value (`--client ''`: from this host); for others it removes the setting. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set([...['client', 'sender', 'helo', 'forwardPath', 'directory']]);
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  clientResolve: RESOLVE_WORDS,
  senderDomain: DOMAIN_WORDS,
  graph: GRAPH_LANGUAGES,
  where: WHERE_WORDS,
  role: ROLE_WORDS,
  unreadableForward: UNREADABLE_FORWARD,
  rules: RULES,
  color: ['auto', 'always', 'never'],
};

const PARSING: Parameters<typeof yargsParser>[1] = {
  string: [...TEXTS, 'feature', '_'],
  array: ['feature'],
  boolean: ['json', 'access', 'full', 'dns'],
  number: ['max-alias-recursion'],
  alias: { directory: ['d'] },
  configuration: {
    'parse-positional-numbers': false,
    'greedy-arrays': false,
    'strip-dashed': true,
    'strip-aliased': true,
    'dot-notation': false,
  },
};

/** If an option is given more than once, the last one counts; of `--feature` all count. */
function lastOf(name: string, value: unknown): unknown {
  return Array.isArray(value) && name !== 'feature' ? (value as readonly unknown[]).at(-1) : value;
}

/** A check of each option's value: the parser changes the type of some odd values. */
const KINDS: ReadonlyMap<string, (value: unknown) => boolean> = new Map<string, (value: unknown) => boolean>([
  ...TEXTS.map((name) => [camelCase(name), isText] as const),
  ['feature', (value) => Array.isArray(value) && value.every(isText)],
  ['json', (value) => typeof value === 'boolean'],
  ['access', (value) => typeof value === 'boolean'],
  ['full', (value) => typeof value === 'boolean'],
  ['dns', (value) => typeof value === 'boolean'],
  ['maxAliasRecursion', (value) => /^\d{1,4}$/.test(String(value))],
]);

/** Splits a line into words and options. @throws MapError `badInput` for unknown options */
export function parseTestLine(
  line: string,
  parser: typeof yargsParser,
): { words: readonly string[]; options: Partial<TestSettings> } {
  if (line.includes('\0')) throw new MapError('badInput', 'a line with a NUL');
  const { _: words, ...all } = takenApart(line, parser);
  const given = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, lastOf(name, value)]));
  for (const [name, value] of Object.entries(given)) checkOption(line, name, value);
  const options = Object.entries(given).map(([name, value]) => [name, emptied(name, value)]);
  return { words: words.map(unquoted), options: Object.fromEntries(options) };
}

/** The parser also accepts `_` as an option, and then throws a TypeError or returns values that are not words. */
function takenApart(line: string, parser: typeof yargsParser): ReturnType<typeof yargsParser> {
  const refused = (cause?: unknown): MapError => new MapError('badInput', "no option '_'", { cause });
  let taken: ReturnType<typeof yargsParser>;
  try {
    taken = parser(line, PARSING);
  } catch (cause) {
    throw refused(cause);
  }
  if (!Array.isArray(taken._)) throw refused();
  return taken;
}

function checkOption(line: string, name: string, value: unknown): void {
  const isKind = KINDS.get(name);
  if (isKind === undefined) throw new MapError('badInput', `no option '${name}'`);
  if (value === '' && lacksValue(line, name)) throw new MapError('badInput', `option '${name}' needs a value`);
  if (name === 'maxAliasRecursion' && !isKind(value)) throw new MapError('badInput', `${name} takes a whole number`);
  if (!isKind(value)) throw new MapError('badInput', `${name} is not used like that`);
  const choices = ownField(CHOICES, name);
  if (choices && value !== '' && !choices.includes(String(value))) {
    throw new MapError('badInput', `${name} is none of ${choices.join(', ')}`);
  }
}

/** Whether an option has no value at all; yargs-parser treats that like `''`. */
function lacksValue(line: string, name: string): boolean {
  const dashed = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const spellings = [`--${dashed}`, `-${dashed}`, `--${name[0]}`, `-${name[0]}`];
  const words = line.trim().split(/\s+/);
  return words.some((word, i) => spellings.includes(word) && (words[i + 1] ?? '-').startsWith('-'));
}

function emptied(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== '');
  return value === '' && !MAY_BE_EMPTY.has(name) ? undefined : value;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

/** yargs-parser keeps the quotes of a quoted word. */
function unquoted(word: string | number): string {
  return String(word).replace(/^(['"])(.*)\1$/s, (whole, quote, inner) => (quote === "'" ? inner : whole));
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
