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
import { foldCase } from '../../core/fold.ts';
import { ownField } from '../../core/own-field.ts';
import type { Problem } from '../../core/problem.ts';
import { EX_SOFTWARE } from '../../core/sysexits.ts';
import { scanFormat } from '../scan-format.ts';
import { readClassSource } from './class-file-line.ts';
import { Classes, type ClassFileLine, type ClassMembers, type ClassWord } from './classes.ts';
import { bytesOf, toInner, written } from './inner-form.ts';
import { type CfLine, cfLines, levelOf, readLine } from './lines.ts';
import { Macros, type MacroText, readValue } from './macros.ts';
import { opensFile } from './map-classes.ts';
import { type MapFlags, type MapSpec, parseMapLine, parseMapSpec } from './map-spec.ts';
import { isTrue, type NamedOption, readOption } from './options.ts';
import { IN_CLASS } from './symbols.ts';

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
  /** The files of F lines, in order. */
  readonly classFiles: readonly ClassFileLine[];
  /** The members of a class by its name: `w`, `R`, `VirtHost`. */
  readonly members: (className: string) => ClassMembers;
  /** Macros at the end of the file, with those for the host's names; values are not expanded. */
  readonly macros: MacroText;
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
/** From this level of the file on, `$w` is the host's name up to the first dot. */
const SHORT_NAME_LEVEL = 5;

export function parseSendmailCf(text: ByteString, options: SendmailCfOptions): SendmailCf {
  const reader = new CfReader(options);
  for (const line of cfLines(text)) reader.take(line);
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
  readonly #macros: Macros;
  readonly #maps: MapLine[] = [];
  readonly #macroLines: MacroLine[] = [];
  readonly #classes = new Classes();
  readonly #options: OptionLine[] = [];
  readonly #problems: Problem[] = [];
  #level = 0;
  /** The line that is being read, and the last one of its continuation lines, which sendmail's complaints name. */
  #place: Place;
  #lastLine = 0;

  constructor({ file, hostName, ownNames = [], keepHostName = false }: SendmailCfOptions) {
    this.#file = file;
    this.#place = { file };
    this.#keepsHostName = keepHostName;
    this.#macros = new Macros((complaint) => this.#fail(complaint));
    for (const word of ownNames) this.#classes.addWord({ className: 'w', word });
    const dot = hostName.indexOf('.');
    const values = { j: hostName, w: hostName, m: dot < 0 ? '' : hostName.slice(dot + 1), k: hostName };
    for (const [name, value] of Object.entries(values)) this.#define(name, toInner(value, this.#macros));
  }

  result(): SendmailCf {
    return {
      maps: this.#maps,
      macroLines: this.#macroLines,
      options: this.#options,
      wordLines: this.#classes.written,
      classFiles: this.#classes.files,
      members: (className) => this.#classes.members(className),
      macros: (name) => this.#value(name),
      problems: this.#problems,
    };
  }

  take({ text, line, lastLine }: CfLine): void {
    if (text === '' || text.startsWith('#') || PASSED_OVER.includes(text[0]!)) return;
    this.#place = { file: this.#file, line };
    // sendmail counts newlines: for a last line without one it names the line before
    this.#lastLine = Math.max(line, lastLine);
    const inner = readLine(text, this.#macros, this.#level);
    const take = ownField(this.#readers, inner[0]!);
    if (take === undefined) this.#fail(`unknown configuration line "${written(inner, this.#macros)}"`);
    else take(inner.slice(1));
  }

  /** The readers of lines by their letter; they get the line without it, in the inner form. */
  readonly #readers: Readonly<Record<string, (rest: ByteString) => void>> = {
    K: (rest) => this.#takeMap(bytesOf(this.#macros.expand(rest), this.#macros)),
    F: (rest) => this.#takeNamed(rest, (name, text) => this.#takeClassFile(name, text)),
    C: (rest) => this.#takeNamed(rest, (name, text) => this.#addWords(name, this.#macros.expand(text))),
    T: (rest) => this.#addWords('t', rest),
    D: (rest) => this.#takeNamed(rest, (name, text) => this.#takeMacro(name, text)),
    O: (rest) => this.#takeOption(rest),
    V: (rest) => this.#takeLevel(rest),
  };

  #fail(text: string): void {
    const place = { ...this.#place, line: this.#lastLine };
    this.#problems.push({ severity: 'error', code: 'MM701', text, status: EX_SOFTWARE, ...place });
  }

  #refuse(text: string): void {
    this.#problems.push({ severity: 'warning', code: 'MM702', text, ours: true, ...this.#place });
  }

  #define(name: string, value: ByteString): void {
    this.#macros.defineInFile(this.#macros.id(name), value);
  }

  /** A macro's value as written; the symbols that sendmail keeps in macros are none. */
  #value(name: string): ByteString | undefined {
    const value = this.#macros.inFile(name);
    return value && written(value, this.#macros);
  }

  #takeNamed(text: ByteString, take: (name: string, rest: ByteString) => void): void {
    const { id, next } = this.#macros.parseName(text, 0);
    if (id !== 0) take(this.#macros.name(id), text.slice(next));
  }

  #takeLevel(text: ByteString): void {
    this.#level = levelOf(text) ?? this.#level;
    const name = this.#value('w') ?? '';
    if (this.#level >= SHORT_NAME_LEVEL) this.#define('w', name.split('.', 1)[0]!);
  }

  #takeMacro(name: string, text: ByteString): void {
    if (name === 'j' && this.#keepsHostName) return;
    const value = readValue(text);
    this.#define(name, value);
    this.#macroLines.push({ name, value: written(value, this.#macros), ...this.#place });
    if (name === 'j') this.#addWords('w', this.#macros.expand(value));
  }

  #takeMap(text: ByteString): void {
    const { name, mapClass, spec, complaint } = parseMapLine(text);
    if (complaint !== undefined) {
      this.#fail(complaint);
      return;
    }
    const { optional, flags, file, illegal } = this.#inherited(foldCase(name), parseMapSpec(spec));
    // Other classes (macro, dequote, arith ...) have their own flags; only those over files are checked.
    const isOverFile = opensFile(foldCase(mapClass));
    if (isOverFile) for (const flag of illegal) this.#fail(`Illegal option ${flag} map ${name}`);
    if (isOverFile && file === '') this.#fail(`No file name for ${mapClass} map ${name}`);
    this.#maps.push({
      name: foldCase(name),
      mapClass: foldCase(mapClass),
      optional,
      flags,
      mapFile: file,
      spec: `${mapClass} ${spec}`,
      ...this.#place,
    });
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

  #takeClassFile(className: string, text: ByteString): void {
    const source = readClassSource(text);
    const shown = written(text, this.#macros).trim();
    if (source.is === 'invalid') this.#fail(source.complaint);
    else if (source.is !== 'file') {
      this.#refuse(`class ${className}: members from a ${source.is} are not supported: ${shown}`);
    } else {
      const [path, format] = [source.path, source.format].map((part) => written(part, this.#macros)) as [
        string,
        string,
      ];
      const file = { className, path, optional: source.isOptional, format, ...this.#place };
      if (scanFormat(format) !== undefined) this.#classes.addFile(file);
      else this.#refuse(`class ${className}: no members are found by the format ${format}`);
    }
  }

  #addWords(className: string, text: ByteString): void {
    for (const word of text.split(/[\t-\r ]+/)) {
      if (word === '') continue;
      const copied = word.startsWith(IN_CLASS) ? this.#macros.parseName(word, 1).id : 0;
      if (copied !== 0) this.#classes.copy(this.#macros.name(copied), className);
      else this.#classes.addWord({ className, word: bytesOf(word, this.#macros), ...this.#place });
    }
  }

  #takeOption(rest: ByteString): void {
    const { option, complaint } = readOption(written(rest, this.#macros));
    if (option === undefined) this.#fail(complaint!);
    else {
      if (complaint !== undefined) this.#refuse(complaint);
      this.#options.push({ name: fullName(option), value: option.value, ...this.#place });
    }
  }
}

/** `Timeout.ident` */
export function fullName({ name, part }: NamedOption): string {
  return part === undefined ? name : `${name}.${part}`;
}
