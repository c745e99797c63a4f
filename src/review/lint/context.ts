/**
 * The source files of one configuration -> the context of lint rules, parsed once. Rules see bytes as text of one character a
 * byte, like all code below the public face.
 */
import type { Checks } from '../../access/checks.ts';
import type { Feature } from '../../access/features.ts';
import type { AddressRules } from '../../address/canonify.ts';
import type { Configuration } from '../../config/configuration.ts';
import type { ByteString } from '../../core/bytes.ts';
import { foldCase, trimBytes } from '../../core/fold.ts';
import { networkKeys, readAddressWord } from '../../core/networks.ts';
import type { Problem } from '../../core/problem.ts';
import type { MapSetting } from '../../map/followed-map.ts';
import { type AccessEntry, accessEntries } from '../../source/access-entry.ts';
import { LineReader, type LogicalLine } from '../../source/aliases/lines.ts';
import type { ClassFileLine } from '../../source/cf/classes.ts';
import { isCidrDirective } from '../../source/cidr-directive.ts';
import type { Forward } from '../forwards.ts';
import type { SourceKind, SourceLines, SourceText } from '../source-text.ts';
import type { Place } from './finding.ts';
import { type Warnings, warningsIn } from './warned.ts';

/** A word of a class file. */
export interface ClassWord {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly word: ByteString;
  /** The rest of the line after the word, which is ignored. */
  readonly rest: ByteString;
}

/** A logical line of an aliases file with a colon. */
export interface AliasLine {
  readonly file: string;
  readonly line: number;
  readonly last: number;
  readonly name: ByteString;
  readonly value: ByteString;
  /** Where the name stands; the whole first line if a continuation divides it. */
  readonly place: Place;
}

/** `table`: the name of its FEATURE. */
export type TableEntry = AccessEntry & { readonly file: string; readonly table: string };

export interface LintContext {
  /** The directory of the configuration. */
  readonly directory: string;
  readonly sources: readonly SourceLines[];
  readonly access: readonly (AccessEntry & { readonly file: string })[];
  readonly aliases: readonly AliasLine[];
  /** The entries of the tables, whether these are in force or not. */
  readonly tableEntries: readonly TableEntry[];
  readonly localHosts: readonly ClassWord[];
  readonly relayDomains: readonly ClassWord[];
  /** The domains of VIRTUSER_DOMAIN_FILE. */
  readonly virtualHosts: readonly ClassWord[];
  readonly features: ReadonlySet<string>;
  /** FEATUREs in the sendmail.cf, also those that change no answer here. */
  readonly featuresOfCf: readonly string[];
  readonly hasCf: boolean;
  /** The warnings of makemap, newaliases and the library. */
  readonly warnings: Warnings;
  /** The tables that decide where mail goes, by the names of their FEATUREs. */
  readonly tables: ReadonlySet<string>;
  /** O UseCompressedIPv6Addresses; undefined: not known. */
  readonly compressedAddresses: boolean | undefined;
  /** Answers questions as the server would. */
  readonly configuration: Configuration;
  /** Whether users are known, so that a name can be called unknown. */
  readonly knowsUsers: boolean;
  /** How addresses are read. */
  readonly rules: AddressRules;
  /** Decisions, in byte strings, with facts of DNS. */
  readonly checks: Checks;
  /** The maps on disk; none where the sources are texts in memory. */
  readonly maps: readonly MapSetting[];
  /** O ProgramShell: the directory of the restricted shell. */
  readonly restrictedShell?: string;
  /** The names of Q lines, folded; absent: there is no sendmail.cf. */
  readonly queueGroups?: readonly string[];
  /** Class files that the sendmail.cf needs and that do not exist. */
  readonly missing: readonly ClassFileLine[];
  /** The .forward files of users. */
  readonly forwards: readonly Forward[];
}

export interface ContextOptions {
  readonly directory: string;
  readonly rules: AddressRules;
  readonly checks: Checks;
  readonly maps: readonly MapSetting[];
  readonly restrictedShell?: string;
  readonly queueGroups?: readonly string[];
  readonly missing: readonly ClassFileLine[];
  readonly forwards: readonly Forward[];
  /** The problems of the rules of a sendmail.cf. */
  readonly ownProblems: readonly Problem[];
  readonly compressedAddresses: boolean | undefined;
  readonly features: readonly Feature[];
  readonly hasCf: boolean;
  readonly tables: ReadonlySet<string>;
  readonly configuration: Configuration;
  readonly knowsUsers: boolean;
}

export function lintContext(texts: readonly SourceText[], options: ContextOptions): LintContext {
  const sources = texts.map((source) => ({ ...source, lines: linesOf(source.text) }));
  const of = (kind: SourceKind): SourceLines[] => sources.filter((source) => source.kind === kind);
  return {
    sources,
    access: of('access').flatMap(({ file, lines }) => accessEntries(lines).map((entry) => ({ ...entry, file }))),
    tableEntries: of('table').flatMap(({ file, lines, table = '' }) =>
      accessEntries(lines).map((entry) => ({ ...entry, file, table })),
    ),
    aliases: of('aliases').flatMap(aliasLines),
    localHosts: of('localHostNames').flatMap(classWords),
    relayDomains: of('relayDomains').flatMap(classWords),
    virtualHosts: of('class').flatMap((source) => (source.className === 'VirtHost' ? classWords(source) : [])),
    features: new Set(options.features),
    featuresOfCf: options.configuration.features.filter(({ found }) => found !== 'options').map(({ name }) => name),
    hasCf: options.hasCf,
    warnings: warningsIn(sources, problemsOf(options), options.compressedAddresses),
    tables: options.tables,
    compressedAddresses: options.compressedAddresses,
    configuration: options.configuration,
    knowsUsers: options.knowsUsers,
    directory: options.directory,
    rules: options.rules,
    checks: options.checks,
    maps: options.maps,
    missing: options.missing,
    forwards: options.forwards,
    ...(options.restrictedShell !== undefined && { restrictedShell: options.restrictedShell }),
    ...(options.queueGroups !== undefined && { queueGroups: options.queueGroups }),
  };
}

/** Those of the rules that are not those of the configuration as well. */
function problemsOf({ configuration: { problems }, ownProblems }: ContextOptions): readonly Problem[] {
  const said = new Set(problems.map(nameOf));
  return [...problems, ...ownProblems.filter((problem) => !said.has(nameOf(problem)))];
}

function nameOf({ code, file, line, text }: Problem): string {
  return JSON.stringify([code, file, line, text]);
}

function linesOf(text: ByteString): readonly ByteString[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

const BLANKS_AND_WORD = /^([ \t\v\f\r]*)([^ \t\v\f\r]+)/;

function classWords({ file, lines }: SourceLines): ClassWord[] {
  let isCidr = false;
  return lines.flatMap((text, i) => {
    if (text.startsWith('#')) isCidr ||= isCidrDirective(text.slice(1));
    const [, blanks, word] = (!text.startsWith('#') && BLANKS_AND_WORD.exec(text)) || [];
    if (word === undefined) return [];
    const rest = trimBytes(text.slice(blanks!.length + word.length));
    const found = { file, line: i + 1, column: blanks!.length + 1, rest };
    return (isCidr ? keysOf(word) : [word]).map((each) => ({ ...found, word: each }));
  });
}

function keysOf(word: ByteString): ByteString[] {
  const read = readAddressWord(word, false);
  if (read?.kind === 'network') return [...networkKeys(read.network)];
  return [read?.kind === 'key' ? read.key : word];
}

function aliasLines({ file, text, lines }: SourceLines): AliasLine[] {
  const reader = new LineReader(Buffer.from(text, 'latin1'));
  const found: AliasLine[] = [];
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    const colon = line.text.indexOf(':');
    if (colon < 0 || /^[#\s]/.test(line.text) || line.tooLong) continue;
    const name = line.text.slice(0, colon).trimEnd();
    const place = { file, ...placeIn(lines, line, name) };
    found.push({ file, line: line.first, last: line.last, name, value: line.text.slice(colon + 1).trimStart(), place });
  }
  return found;
}

function placeIn(lines: readonly ByteString[], { first, last }: LogicalLine, name: ByteString): Omit<Place, 'file'> {
  for (let line = first; line <= last; line++) {
    const at = lines[line - 1]?.indexOf(name) ?? -1;
    if (at >= 0) return { line, column: at + 1, length: name.length };
  }
  return { line: first, column: 1, length: lines[first - 1]?.length ?? 1 };
}

type Entry = LintContext['access'][number];

/** A fact about a context that a rule needs for many entries, found once. */
export function onceFor<T>(find: (context: LintContext) => T): (context: LintContext) => T {
  const known = new WeakMap<LintContext, { readonly fact: T }>();
  return (context) => {
    const found = known.get(context) ?? { fact: find(context) };
    known.set(context, found);
    return found.fact;
  };
}

const BY_SUBJECT = new WeakMap<LintContext, Map<AccessEntry['tag'], ReadonlyMap<ByteString, Entry>>>();

/** The entries of a tag, or without a tag, by their folded subject. If there are several, the first one counts, as in the map. */
export function entriesBySubject(context: LintContext, tag: AccessEntry['tag']): ReadonlyMap<ByteString, Entry> {
  const known = BY_SUBJECT.get(context) ?? new Map<AccessEntry['tag'], ReadonlyMap<ByteString, Entry>>();
  BY_SUBJECT.set(context, known);
  const entries = known.get(tag) ?? bySubject(context.access.filter((entry) => entry.tag === tag));
  known.set(tag, entries);
  return entries;
}

function bySubject(entries: readonly Entry[]): ReadonlyMap<ByteString, Entry> {
  return new Map([...entries].reverse().map((entry) => [foldCase(entry.subject), entry]));
}
