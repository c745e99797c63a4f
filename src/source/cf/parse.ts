/**
 * The text of a sendmail.cf -> maps, classes, macros and options, each with its place.
 *
 * Reads `K`, `F`, `C`, `D`, `O` and `T` lines. rulesets.ts reads rules and mailers; headers are ignored. `C` and `K`
 * lines are expanded with the macros defined so far. All other values are as written, with `$`, because sendmail
 * expands them when it uses them (`expandMacros`).
 *
 * Limits: class members from programs (`Fw|...`) and from maps are not supported.
 * Errors: every invalid line is a problem; never throws. Pure.
 * Source: sendmail's "Installation and Operation Guide", chapter 5, and the behaviour of sendmail 8.17.
 */

import type { AddressRules } from '../../address/canonify.ts';
import type { ByteString } from '../../core/bytes.ts';
import type { Place } from '../../core/errors.ts';
import { foldCase, trimBytes } from '../../core/fold.ts';
import { ownField } from '../../core/own-field.ts';
import type { Problem } from '../../core/problem.ts';
import { EX_SOFTWARE } from '../../core/sysexits.ts';
import { scanFormat } from '../scan-format.ts';
import { Classes, type ClassMembers, type ClassWord } from './classes.ts';
import { type ConfigurationLine, configurationLines } from './lines.ts';
import { CLASS_SYMBOL, expandMacros, expandWhenRead, type Macros } from './macros.ts';
import { opensFile } from './map-classes.ts';
import { type MapFlags, type MapSpec, parseMapLine, parseMapSpec } from './map-spec.ts';
import { takeName } from './name.ts';
import { findOption, OPTION_LETTERS } from './options.ts';

/** A `K` line: a map's name, class, flags and file. */
export interface MapLine extends Place {
  /** In lower case: for sendmail `Access` and `access` are the same. */
  readonly name: ByteString;
  /** In lower case. */
  readonly mapClass: ByteString;
  /** `-o`: a missing map counts as empty. */
  readonly optional: boolean;
  readonly flags: MapFlags;
  readonly mapFile: ByteString;
  /** Class, flags and file as written. */
  readonly spec: ByteString;
}

/** A `D` line. */
export interface MacroLine extends Place {
  readonly name: string;
  /** Not yet expanded. */
  readonly value: ByteString;
}

/** An `O` line, with the option's long name in its usual spelling. */
export interface OptionLine extends Place {
  readonly name: string;
  readonly value: ByteString;
}

export interface SendmailCf {
  readonly maps: readonly MapLine[];
  readonly macroLines: readonly MacroLine[];
  readonly options: readonly OptionLine[];
  /** The words of C and T lines, in order; `members` has copies, too. */
  readonly wordLines: readonly ClassWord[];
  /** The members of a class by its name: `w`, `R`, `VirtHost`. */
  readonly members: (className: string) => ClassMembers;
  /** Macros at the end of the file, with those for the host's names; values are not expanded. */
  readonly macros: Macros;
  readonly problems: readonly Problem[];
}

export interface SendmailCfOptions {
  /** The file name in places and problems. */
  readonly file: string;
  /** The host's full name: `$j`, `$w` and `$m` come from it. */
  readonly hostName: ByteString;
  /** Members of class w before the file is read. */
  readonly ownNames?: readonly ByteString[];
  /** True: `$j` stays the host name, even if the file sets it. */
  readonly keepHostName?: boolean;
}

/** Known lines that are ignored here. */
const PASSED_OVER = 'RSHMPQEXL';
/** Characters of a macro's value that sendmail keeps. */
const MAX_VALUE = 2047;
/** From this level of the file on, `$w` is the host's name up to the first dot. */
const SHORT_NAME_LEVEL = 5;

export function parseSendmailCf(text: ByteString, options: SendmailCfOptions): SendmailCf {
  const reader = new CfReader(options);
  for (const line of configurationLines(text)) reader.take(line);
  return reader.result();
}

/** The map with a name: the last line counts. */
export function mapNamed(cf: SendmailCf, name: string): MapLine | undefined {
  return cf.maps.findLast((map) => map.name === name);
}

/** The value of an option that may occur once: the last line counts. Names are compared without case. */
export function optionValue(cf: SendmailCf, name: string): ByteString | undefined {
  const wanted = name.toLowerCase();
  return cf.options.findLast((option) => option.name.toLowerCase() === wanted)?.value;
}

/** All values of an option that may occur several times, such as AliasFile. */
export function optionValues(cf: SendmailCf, name: string): ByteString[] {
  const wanted = name.toLowerCase();
  return cf.options.filter((option) => option.name.toLowerCase() === wanted).map((option) => option.value);
}

/** The value of a boolean option: t, T, y, Y and an empty value mean yes, as in sendmail. */
export function isTrue(value: ByteString | undefined): boolean {
  return value !== undefined && /^(?:$|[tTyY])/.test(value);
}

/** The settings of a sendmail.cf for parsing addresses. */
export type AddressReading = Required<Pick<AddressRules, 'percentHack' | 'bangPath' | 'blank' | 'blanksSeparate'>>;

/** With FEATURE(nopercenthack) and FEATURE(nouucp), class O has no `%` and no `!`. */
export function addressReading(cf: SendmailCf): AddressReading {
  const operators = cf.members('O').words.map(({ word }) => word);
  const has = (operator: string): boolean => operators.length === 0 || operators.includes(operator);
  const [blank = ' '] = optionValue(cf, 'BlankSub') ?? '.';
  const blanksSeparate = isTrue(optionValue(cf, 'OldStyleHeaders') ?? 'True');
  return { percentHack: has('%'), bangPath: has('!'), blank, blanksSeparate };
}

class CfReader {
  readonly #file: string;
  readonly #keepsHostName: boolean;
  readonly #macros: Map<string, ByteString>;
  readonly #maps: MapLine[] = [];
  readonly #macroLines: MacroLine[] = [];
  readonly #classes = new Classes();
  readonly #options: OptionLine[] = [];
  readonly #problems: Problem[] = [];

  constructor({ file, hostName, ownNames = [], keepHostName = false }: SendmailCfOptions) {
    this.#file = file;
    this.#keepsHostName = keepHostName;
    for (const word of ownNames) this.#classes.addWord({ className: 'w', word });
    const dot = hostName.indexOf('.');
    this.#macros = new Map([
      ['j', hostName],
      ['w', hostName],
      ['m', dot < 0 ? '' : hostName.slice(dot + 1)],
      ['k', hostName],
      ['n', 'MAILER-DAEMON'],
    ]);
  }

  result(): SendmailCf {
    return {
      maps: this.#maps,
      macroLines: this.#macroLines,
      options: this.#options,
      wordLines: this.#classes.written,
      members: (className) => this.#classes.members(className),
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
    else if (kind === 'T') this.#addWords('t', rest, place);
    else if (kind === 'D') this.#takeMacro(rest, place);
    else if (kind === 'O') this.#takeOption(rest, place);
    else if (kind === 'V') this.#takeLevel(rest);
    else if (!PASSED_OVER.includes(kind)) this.#fail(place, `unknown configuration line "${text}"`);
  }

  #takeLevel(text: ByteString): void {
    const name = this.#macros.get('w') ?? '';
    if (Number.parseInt(text, 10) >= SHORT_NAME_LEVEL) this.#macros.set('w', name.split('.', 1)[0]!);
  }

  /** A name and the text after it; complaints become problems. */
  #takeName(text: ByteString, place: Place): readonly [name: string | undefined, rest: ByteString] {
    const { name, rest, complaints } = takeName(text);
    for (const complaint of complaints) this.#fail(place, complaint);
    return [name, rest];
  }

  #takeMacro(text: ByteString, place: Place): void {
    const [name, rest] = this.#takeName(text, place);
    if (name === undefined || (name === 'j' && this.#keepsHostName)) return;
    const value = unquote(rest);
    this.#macros.set(name, value);
    this.#macroLines.push({ name, value, ...place });
    if (name === 'j') this.#addWords('w', expandMacros(value, this.#macro), place);
  }

  #fail(place: Place, text: string): void {
    this.#problems.push({ severity: 'error', code: 'MM701', text, status: EX_SOFTWARE, ...place });
  }

  #refuse(place: Place, text: string): void {
    this.#problems.push({ severity: 'warning', code: 'MM702', text, ours: true, ...place });
  }

  #takeMap(rest: ByteString, place: Place): void {
    const { name, mapClass, spec } = parseMapLine(expandWhenRead(rest, this.#macro));
    if (name === undefined) this.#fail(place, 'readcf: config K line: no map name');
    else if (mapClass === undefined) this.#fail(place, `readcf: config K line, map ${name}: no map class`);
    else {
      const { optional, flags, file, illegal } = this.#inherited(foldCase(name), parseMapSpec(spec));
      // Other classes (macro, dequote, arith ...) have their own flags; only those over files are checked.
      const isOverFile = opensFile(foldCase(mapClass));
      const problems = isOverFile ? illegal.map((flag) => `Illegal option ${flag} map ${name}`) : [];
      if (isOverFile && file === '') problems.push(`No file name for ${mapClass} map ${name}`);
      for (const problem of problems) this.#fail(place, problem);
      this.#maps.push({
        name: foldCase(name),
        mapClass: foldCase(mapClass),
        optional,
        flags,
        mapFile: file,
        spec: `${mapClass} ${spec}`,
        ...place,
      });
    }
  }

  /** A map that is defined again keeps its flags and its file, except `-N` and `-O`. */
  #inherited(name: ByteString, spec: MapSpec): MapSpec {
    const earlier = this.#maps.findLast((map) => map.name === name);
    if (earlier === undefined) return spec;
    const { onlyWithNul: _, onlyWithoutNul: __, ...flags } = earlier.flags;
    return {
      ...spec,
      optional: spec.optional || earlier.optional,
      flags: { ...flags, ...spec.flags },
      file: spec.file || earlier.mapFile,
    };
  }

  #takeClassFile(text: ByteString, place: Place): void {
    const [className, rest] = this.#takeName(text, place);
    if (className === undefined) return;
    const [, flag, spec = ''] = /^[\t-\r ]*(-o[^\t-\r ]*[\t-\r ]*)?(.*)$/s.exec(rest)!;
    if (spec.startsWith('|')) {
      this.#refuse(place, `class ${className}: members from a program are not supported: ${spec}`);
    } else if (/^[^/@]*@[^:]*:/.test(spec)) {
      this.#refuse(place, `class ${className}: members from a map are not supported: ${spec}`);
    } else {
      const [, path = '', format] = /^([^ ]*)[\t-\r ]*(.*)$/s.exec(spec)!;
      if (path === '') this.#fail(place, 'fileclass: missing file name');
      else if (scanFormat(format || '%s') === undefined) {
        this.#refuse(place, `class ${className}: no members are found by the format ${format}`);
      } else this.#classes.addFile({ className, path, optional: flag !== undefined, format: format || '%s', ...place });
    }
  }

  #takeClass(text: ByteString, place: Place): void {
    const [className, rest] = this.#takeName(text, place);
    if (className !== undefined) this.#addWords(className, expandWhenRead(rest, this.#macro), place);
  }

  #addWords(className: string, text: ByteString, place: Place): void {
    for (const word of splitWords(text)) {
      const copied = word.startsWith(CLASS_SYMBOL) ? takeName(word.slice(1)).name : undefined;
      if (copied !== undefined) this.#classes.copy(copied, className);
      else this.#classes.addWord({ className, word, ...place });
    }
  }

  #takeOption(rest: ByteString, place: Place): void {
    const option = rest.startsWith(' ') ? parseLongOption(rest) : parseLetterOption(rest);
    if (option === undefined) return;
    if (option.name === '') this.#fail(place, 'readcf: null option name');
    else this.#options.push({ ...option, name: this.#optionName(option.name, place), ...place });
  }

  /** The option's full name; the given name if there is none. */
  #optionName(given: string, place: Place): string {
    const [name = '', ...suboption] = given.split('.');
    const found = findOption(name);
    if (found.is === 'unknown') this.#fail(place, `readcf: unknown option name ${name}`);
    if (found.is === 'ambiguous') {
      this.#fail(place, `readcf: ambiguous option name ${name} (matches ${found.names.join(' and ')})`);
    }
    if (found.is === 'abbreviation') this.#refuse(place, `Option ${name} used as abbreviation for ${found.name}`);
    return 'name' in found ? [found.name, ...suboption].join('.') : given;
  }
}

/** `AliasFile=/etc/aliases`, the text after `O ` and after the programs' `-O`. */
export function parseLongOption(text: ByteString): { readonly name: ByteString; readonly value: ByteString } {
  const equals = text.indexOf('=');
  const name = (equals < 0 ? text : text.slice(0, equals)).trim();
  return { name, value: equals < 0 ? '' : trimBytes(text.slice(equals + 1)) };
}

/** `A/etc/aliases`, the text after `O` and after the programs' `-o`; undefined: the letter is no option. */
export function parseLetterOption(
  text: ByteString,
): { readonly name: ByteString; readonly value: ByteString } | undefined {
  const name = ownField(OPTION_LETTERS, text[0] ?? '');
  return name === undefined ? undefined : { name, value: trimBytes(text.slice(1)) };
}

/** The value of a `D` line: quotes are removed, and a character after a backslash is literal. */
function unquote(value: ByteString): ByteString {
  const whole = value.replace(
    /\\([\s\S]?)|"/g,
    (_, escaped?: string) => ownField(ESCAPES, escaped ?? '') ?? escaped ?? '',
  );
  return whole.slice(0, MAX_VALUE);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', f: '\f', b: '\b' };

function splitWords(text: ByteString): ByteString[] {
  return text.split(/[\t-\r ]+/).filter((word) => word !== '');
}
