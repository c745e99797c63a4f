/**
 * The text of a sendmail.cf -> the lines of it that say where maps, class members and alias files are and what options
 * hold, each with its place, in file order.
 *
 * Read are `K`, `F`, `C`, `D`, `O`, `T` and `V` lines; rewriting rules, mailers and headers are passed over. What a line
 * is, is in `cf-lines.ts`. Words of `C` lines are expanded with the macros defined so far; every other value is as
 * written, `$` included, for sendmail expands those when it uses them: see `expandMacros`.
 *
 * Defined by sendmail's "Installation and Operation Guide", chapter 5, and the behaviour of sendmail 8.17. Pure; never
 * throws, what it cannot take is a problem. Not taken: class members from programs (`Fw|...`) and from maps.
 */

import type { AddressRules } from '../../address/canonify.ts';
import type { ByteString } from '../../core/bytes.ts';
import type { Place } from '../../core/errors.ts';
import { trimBytes } from '../../core/fold.ts';
import type { Problem } from '../../core/problem.ts';
import { EX_SOFTWARE } from '../../core/sysexits.ts';
import { type ConfigurationLine, configurationLines } from './lines.ts';
import { expandMacros, type Macros } from './macros.ts';
import { parseMapLine, parseMapSpec } from './map-spec.ts';
import { OPTION_LETTERS } from './options.ts';

/** A `K` line: a map's name, class, flags and file. */
export interface MapLine extends Place {
  readonly name: ByteString;
  readonly mapClass: ByteString;
  /** `-o`: a missing map is an empty one. */
  readonly optional: boolean;
  readonly mapFile: ByteString;
}

/** An `F` line: members of a class are in a file. */
export interface ClassFileLine extends Place {
  /** `w`, `R`, `{name}`. */
  readonly className: ByteString;
  readonly path: ByteString;
  /** `-o`: the file may be missing. */
  readonly optional: boolean;
  /** scanf format that takes the member out of a line; `%s`, the first word, unless given. */
  readonly format: ByteString;
}

/** A `C` line (or `T`, for class t): members of a class. */
export interface ClassLine extends Place {
  readonly className: ByteString;
  readonly words: readonly ByteString[];
}

/** An `O` line under the option's long name, as it is spelled there. */
export interface OptionLine extends Place {
  readonly name: ByteString;
  readonly value: ByteString;
}

export interface SendmailCf {
  readonly maps: readonly MapLine[];
  readonly classFiles: readonly ClassFileLine[];
  readonly classes: readonly ClassLine[];
  readonly options: readonly OptionLine[];
  /** Macros at the end of the file, the host's own names among them; values not yet expanded. */
  readonly macros: Macros;
  readonly problems: readonly Problem[];
}

export interface SendmailCfOptions {
  /** The name that places carry. */
  readonly file: string;
  /** The host's full name: `$j`, `$w` and `$m` come from it. */
  readonly hostName: ByteString;
}

const NAMELESS = 'Name required for macro/class';

/** Lines that are known and of no interest here. */
const PASSED_OVER = 'RSHMPQEXLV';

export function parseSendmailCf(text: ByteString, options: SendmailCfOptions): SendmailCf {
  const reader = new CfReader(options);
  for (const line of configurationLines(text)) reader.take(line);
  return reader.result();
}

/** The value of an option that may stand once: the last line counts. Names are compared without case. */
export function optionValue(cf: SendmailCf, name: string): ByteString | undefined {
  const wanted = name.toLowerCase();
  return cf.options.findLast((option) => option.name.toLowerCase() === wanted)?.value;
}

/** All values of an option that may stand several times, such as AliasFile. */
export function optionValues(cf: SendmailCf, name: string): ByteString[] {
  const wanted = name.toLowerCase();
  return cf.options.filter((option) => option.name.toLowerCase() === wanted).map((option) => option.value);
}

/** The truth of a boolean option: sendmail takes t, T, y, Y and nothing at all as yes. */
export function isTrue(value: ByteString | undefined): boolean {
  return value !== undefined && /^(?:$|[tTyY])/.test(value);
}

/** What of a sendmail.cf decides how addresses are read. */
export type AddressReading = Required<Pick<AddressRules, 'percentHack' | 'bangPath' | 'blank' | 'blanksSeparate'>>;

/** With FEATURE(nopercenthack) and FEATURE(nouucp) class O lacks `%` and `!`. */
export function addressReading(cf: SendmailCf): AddressReading {
  const operators = cf.classes.filter(({ className }) => className === 'O').flatMap(({ words }) => words);
  const has = (operator: string): boolean => operators.length === 0 || operators.includes(operator);
  const [blank = ' '] = optionValue(cf, 'BlankSub') ?? '.';
  const blanksSeparate = isTrue(optionValue(cf, 'OldStyleHeaders') ?? 'True');
  return { percentHack: has('%'), bangPath: has('!'), blank, blanksSeparate };
}

class CfReader {
  readonly #file: string;
  readonly #macros: Map<string, ByteString>;
  readonly #maps: MapLine[] = [];
  readonly #classFiles: ClassFileLine[] = [];
  readonly #classes: ClassLine[] = [];
  readonly #options: OptionLine[] = [];
  readonly #problems: Problem[] = [];

  constructor({ file, hostName }: SendmailCfOptions) {
    this.#file = file;
    const dot = hostName.indexOf('.');
    this.#macros = new Map([
      ['j', hostName],
      ['w', dot < 0 ? hostName : hostName.slice(0, dot)],
      ['m', dot < 0 ? '' : hostName.slice(dot + 1)],
      ['k', hostName],
    ]);
  }

  result(): SendmailCf {
    return {
      maps: this.#maps,
      classFiles: this.#classFiles,
      classes: this.#classes,
      options: this.#options,
      macros: this.#macro,
      problems: this.#problems,
    };
  }

  readonly #macro = (name: string): ByteString | undefined => this.#macros.get(name);

  take({ text, line }: ConfigurationLine): void {
    const place = { file: this.#file, line };
    const rest = text.slice(1);
    const kind = text[0] ?? '';
    if (kind === 'K') this.#takeMap(rest, place);
    else if (kind === 'F') this.#takeClassFile(rest, place);
    else if (kind === 'C') this.#takeClass(rest, place);
    else if (kind === 'T') this.#classes.push({ className: 't', words: splitWords(rest), ...place });
    else if (kind === 'D') this.#takeMacro(rest, place);
    else if (kind === 'O') this.#takeOption(rest, place);
    else if (!PASSED_OVER.includes(kind)) this.#fail(place, `unknown configuration line "${text}"`);
  }

  #takeMacro(rest: ByteString, place: Place): void {
    const [name, value] = takeName(rest);
    if (name === undefined) this.#fail(place, NAMELESS);
    else this.#macros.set(bareName(name), unquote(value));
  }

  #fail(place: Place, text: string): void {
    this.#problems.push({ severity: 'error', text, status: EX_SOFTWARE, ...place });
  }

  #refuse(place: Place, text: string): void {
    this.#problems.push({ severity: 'warning', text, ours: true, ...place });
  }

  #takeMap(rest: ByteString, place: Place): void {
    const { name, mapClass, spec } = parseMapLine(rest);
    if (name === undefined) this.#fail(place, 'readcf: config K line: no map name');
    else if (mapClass === undefined) this.#fail(place, `readcf: config K line, map ${name}: no map class`);
    else {
      const { optional, file, illegal } = parseMapSpec(spec);
      // Other classes (macro, dequote, arith ...) have flags of their own; only those over files matter here.
      const problems = DATABASE_CLASSES.has(mapClass)
        ? illegal.map((flag) => `Illegal option ${flag} map ${name}`)
        : [];
      if (DATABASE_CLASSES.has(mapClass) && file === '') problems.push(`No file name for ${mapClass} map ${name}`);
      for (const problem of problems) this.#fail(place, problem);
      this.#maps.push({ name, mapClass, optional, mapFile: file, ...place });
    }
  }

  #takeClassFile(rest: ByteString, place: Place): void {
    const [className, after] = takeName(rest);
    if (className === undefined) {
      this.#fail(place, NAMELESS);
      return;
    }
    const [, flag, spec = ''] = /^\s*(-o\S*\s*)?(.*)$/s.exec(after) ?? [];
    if (spec.startsWith('|')) {
      this.#refuse(place, `class ${className}: members from a program are not supported: ${spec}`);
    } else if (!spec.startsWith('/') && spec.includes('@')) {
      this.#refuse(place, `class ${className}: members from a map are not supported: ${spec}`);
    } else {
      const [, path = '', format] = /^([^\t-\r ]*)[\t-\r ]*(.*)$/s.exec(spec) ?? [];
      if (path === '') this.#fail(place, 'fileclass: missing file name');
      else this.#classFiles.push({ className, path, optional: flag !== undefined, format: format || '%s', ...place });
    }
  }

  #takeClass(rest: ByteString, place: Place): void {
    const [className, after] = takeName(rest);
    if (className === undefined) this.#fail(place, NAMELESS);
    else this.#classes.push({ className, words: splitWords(expandMacros(after, this.#macro)), ...place });
  }

  #takeOption(rest: ByteString, place: Place): void {
    const option = rest.startsWith(' ') ? parseLongOption(rest) : parseLetterOption(rest);
    if (option === undefined) return;
    if (option.name === '') this.#fail(place, 'readcf: null option name');
    else this.#options.push({ ...option, ...place });
  }
}

/** `AliasFile=/etc/aliases`, as it stands after `O ` and after the programs' `-O`. */
export function parseLongOption(text: ByteString): { readonly name: ByteString; readonly value: ByteString } {
  const equals = text.indexOf('=');
  const name = (equals < 0 ? text : text.slice(0, equals)).trim();
  return { name, value: equals < 0 ? '' : trimBytes(text.slice(equals + 1)) };
}

/** `A/etc/aliases`, as it stands after `O` and after the programs' `-o`; undefined: a letter that is no option. */
export function parseLetterOption(
  text: ByteString,
): { readonly name: ByteString; readonly value: ByteString } | undefined {
  const name = OPTION_LETTERS[text[0] ?? ''];
  return name === undefined ? undefined : { name, value: trimBytes(text.slice(1)) };
}

/** Map classes that are a file of keys and values. */
const DATABASE_CLASSES: ReadonlySet<string> = new Set(['hash', 'btree', 'dbm', 'cdb', 'lmdb', 'implicit', 'text']);

/** A macro's or class's name, one character or `{...}`, off the front of a line. */
function takeName(rest: ByteString): [name: ByteString | undefined, rest: ByteString] {
  const braced = /^\{[^}]*\}/.exec(rest);
  const name = braced?.[0] ?? rest[0];
  return name === undefined || /\s/.test(name) ? [undefined, ''] : [name, rest.slice(name.length)];
}

function bareName(name: ByteString): string {
  return name.startsWith('{') ? name.slice(1, -1) : name;
}

/** A `D` line's value: in double quotes where blanks matter. */
function unquote(value: ByteString): ByteString {
  const quoted = /^\s*"((?:[^"\\]|\\.)*)"/s.exec(value);
  return quoted ? quoted[1]!.replace(/\\(.)/gs, '$1') : trimBytes(value);
}

function splitWords(text: ByteString): ByteString[] {
  return text.split(/[\t-\r ]+/).filter((word) => word !== '');
}
