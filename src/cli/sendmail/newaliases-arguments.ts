/**
 * newaliases' command line -> the few of sendmail's options that matter here, and our long ones. Other options of sendmail are
 * accepted without effect. Options end at the first word that is not one, as in sendmail; further words are ignored.
 *
 * Source: sendmail 8.17, called as newaliases.
 */

import { ownField } from '../../core/own-field.ts';
import { EX_OK, EX_SOFTWARE, EX_USAGE } from '../../core/sysexits.ts';
import { type ReadOption, readLetterOption, readLongOption } from '../../source/cf/options.ts';
import { fullName, type OptionLine } from '../../source/cf/parse.ts';
import { NEWALIASES } from './option-tables.ts';

export interface NewaliasesArguments {
  /** `-C`: the named configuration file. */
  readonly cf: string | undefined;
  /** `-o` and `-O`: they override the configuration. */
  readonly options: readonly OptionLine[];
  /** A message that sendmail prints before it goes on. */
  readonly remark: string | undefined;
  /** Our long options; a switch has the value `''`. */
  readonly words: ReadonlyMap<string, string>;
  /** The run ends with this status, after these texts on standard error or output. */
  readonly ended?: { readonly status: number; readonly err?: string; readonly out?: string };
}

const WITH_VALUE = 'ABDFLMNORVXbefhopr';
/** `-C` at the end of the line is ignored. */
const WITH_OPTIONAL_VALUE = 'C';
/** Their value, if any, is in the same word. */
const WITH_ATTACHED_VALUE = 'dqQ';
const WITHOUT_VALUE = 'GTcimnstv';
/** sendmail stops silently here. */
const SILENT_STOP = 'IU';
const SUBMIT_CF = '/etc/mail/submit.cf';

const WORDS = NEWALIASES.words.filter((word) => !word.endsWith(':'));
const WORDS_WITH_VALUE = NEWALIASES.words.flatMap((word) => (word.endsWith(':') ? [word.slice(0, -1)] : []));

/** Values that sendmail checks although newaliases does not use them -> the message about a wrong one. */
const CHECKED_VALUES: Readonly<Record<string, (value: string) => string | undefined>> = {
  N: (value) => {
    const wrong = value.toLowerCase() === 'never' ? [] : value.split(',').filter((word) => !NOTIFY.test(word));
    return wrong.length > 0 ? 'Invalid -N argument\n'.repeat(wrong.length) : undefined;
  },
  R: (value) => (/^(?:full|hdrs)$/i.test(value) ? undefined : 'Invalid -R value\n'),
  V: (value) => (XTEXT.test(value) ? undefined : 'Invalid syntax in -V flag\n'),
  h: (value) => (/^(?:\s*[-+]?\d+)?$/.test(value) ? undefined : `Bad hop count (${value})\n`),
};
const NOTIFY = /^(?:success|failure|delay)$/i;
/** RFC 3461, section 4. */
const XTEXT = /^(?:[!-*,-<>-~]|\+[0-9a-f]{2})*$/i;
const BODY_TYPE = /^(?:7bit|8bitmime)$/i;

/** Reads the arguments; messages of getopt begin with `argv0`. */
export function readNewaliasesArguments(argv: readonly string[], argv0: string): NewaliasesArguments {
  const scan = new ArgumentScan(argv, argv0);
  scan.run();
  return scan;
}

class ArgumentScan implements NewaliasesArguments {
  cf: string | undefined = undefined;
  readonly options: OptionLine[] = [];
  readonly words = new Map<string, string>();
  #abbreviations = '';
  #bodyType: string | undefined = undefined;
  #said = '';
  #status: number = EX_OK;
  #hasSender = false;
  #hasReturn = false;
  ended?: { readonly status: number; readonly err?: string; readonly out?: string };
  readonly #rest: string[];
  readonly #argv0: string;

  constructor(argv: readonly string[], argv0: string) {
    this.#rest = [...argv];
    this.#argv0 = argv0;
  }

  get remark(): string | undefined {
    return `${this.#abbreviations}${this.#bodyType ?? ''}` || undefined;
  }

  run(): void {
    while (this.ended === undefined) {
      const word = this.#rest.shift();
      if (word === undefined || !word.startsWith('-') || word === '-' || word === '--') break;
      if (word.startsWith('--')) this.#takeWord(word.slice(2));
      else this.#takeLetters(word.slice(1));
    }
    if (this.ended === undefined && this.#said !== '') this.#stop(this.#status);
  }

  /** The run ends after all options are read: errors in later ones are printed too. */
  #say(text: string, status = EX_USAGE): void {
    this.#said += text;
    if (this.#status !== EX_USAGE) this.#status = status;
  }

  #stop(status: number, err = ''): void {
    this.ended = { status, ...(err && { err }), ...(this.#said && { out: this.#said }) };
  }

  #complain(text: string): void {
    this.#stop(EX_USAGE, `${this.#argv0}: ${text}\n`);
  }

  #takeWord(word: string): void {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    if (WORDS.includes(name) && equals < 0) {
      this.words.set(name, '');
      if (name === 'help' || name === 'version') this.ended = { status: EX_OK };
    } else if (WORDS_WITH_VALUE.includes(name)) {
      const value = equals < 0 ? this.#rest.shift() : word.slice(equals + 1);
      if (value === undefined) this.#complain(`option '--${name}' requires an argument`);
      else this.words.set(name, value);
    } else {
      this.#complain(`unrecognized option '--${name}'`);
    }
  }

  #takeLetters(letters: string): void {
    for (let i = 0; i < letters.length && this.ended === undefined; i++) {
      const letter = letters[i]!;
      const attached = letters.slice(i + 1);
      if (WITH_ATTACHED_VALUE.includes(letter)) {
        this.#use(letter);
        return;
      }
      if (WITH_VALUE.includes(letter) || WITH_OPTIONAL_VALUE.includes(letter)) {
        const value = attached || this.#rest.shift();
        if (value !== undefined) this.#useValue(letter, value);
        else if (letter === 'b') this.#useValue(letter, ' ');
        else if (WITH_VALUE.includes(letter)) this.#complain(`option requires an argument -- ${letter}`);
        return;
      }
      if (SILENT_STOP.includes(letter)) this.#stop(EX_USAGE);
      else if (!WITHOUT_VALUE.includes(letter)) this.#complain(`illegal option -- ${letter}`);
    }
  }

  #use(letter: string): void {
    if (letter !== 'd') this.#say(`Can not use -${letter} with -bi\n`);
  }

  #takeSender(): void {
    if (this.#hasSender) this.#say('More than one "from" person\n');
    this.#hasSender = true;
  }

  #useValue(letter: string, value: string): void {
    const complaint = ownField(CHECKED_VALUES, letter)?.(value);
    if (letter === 'R' && this.#hasReturn) this.#say('Duplicate -R flag\n');
    else if (complaint !== undefined) this.#say(complaint);
    else if (letter === 'R') this.#hasReturn = true;
    else if (letter === 'f' || letter === 'r') this.#takeSender();
    else if (letter === 'B') this.#bodyType = BODY_TYPE.test(value) ? undefined : `Illegal body type ${value}\n`;
    else if (letter === 'C') this.cf = value;
    else if (letter === 'A' && value.startsWith('c')) this.cf ??= SUBMIT_CF;
    else if (letter === 'O' || letter === 'o') {
      this.#takeOption(letter === 'O' ? readLongOption(value) : readLetterOption(value));
    } else if (letter === 'b' && !value.startsWith('i')) {
      this.ended = { status: EX_USAGE, out: `Invalid operation mode ${value[0]}\n` };
    }
  }

  #takeOption({ option, complaint }: ReadOption): void {
    if (option === undefined) this.#say(`${complaint}\n`, EX_SOFTWARE);
    else {
      if (complaint !== undefined) this.#abbreviations += `${complaint}\n`;
      this.options.push({ file: 'command line', name: fullName(option), value: option.value });
    }
  }
}
