/**
 * sendmail's test mode: a typed line -> what `sendmail -bt` prints for it.
 *
 * `rulesets address`, `.Dx`, `.Cx`, `=Sx`, `=M`, `$x`, `$=x`, `-d21.12`, `/parse`, `/try`, `/tryflags`, `/map`, `/mx`,
 * `/canon`, `/quit`.
 */
import type { ByteString } from '../core/bytes.ts';
import { foldCase, trimEndBytes } from '../core/fold.ts';
import { EX_OK } from '../core/sysexits.ts';
import { readLine } from '../source/cf/lines.ts';
import { shown } from '../source/cf/symbols.ts';
import { addWords } from './cf/class-line.ts';
import type { Mailer } from './cf/mailer-line.ts';
import type { Configuration } from './configuration.ts';
import { DebugTrace } from './debug-trace.ts';
import { canonicalName } from './dns/canonical.ts';
import { mailExchangers } from './dns/exchangers.ts';
import { OutOfBudget } from './engine.ts';
import { addressFor, crack, parseAddress } from './mail/address.ts';
import { hasBadBytes } from './mail/characters.ts';
import { printMailer } from './mail/show.ts';
import { VALUE_ROOM } from './tokens.ts';
import type { Tokens } from './vocabulary.ts';

/** sendmail's first line. */
export const BANNER: string = 'ADDRESS TEST MODE (ruleset 3 NOT automatically invoked)\nEnter <ruleset> <address>\n';
export const PROMPT = '> ';
/** Bytes of a typed line that are read. */
const MAX_LINE = 2046;

type Print = (text: string) => void;

/** A session. Its output goes to a function. */
export class TestMode {
  #isSender = false;
  #isHeader = false;
  readonly #configuration: Configuration;
  readonly #debug: DebugTrace;
  readonly #print: Print;

  /** @param configuration just read, and not asked yet */
  constructor(configuration: Configuration, print: Print) {
    this.#configuration = configuration;
    this.#print = (text) => {
      // the text of the last system error is forgotten with every output
      configuration.reports.lastCause = undefined;
      print(text);
    };
    this.#debug = new DebugTrace(this.#print, configuration);
    configuration.trace = this.#debug;
  }

  /** Answers a line; false: it was `/quit`. @throws Unanswered */
  answer(typed: ByteString): boolean {
    const cut = typed.slice(0, MAX_LINE);
    const zero = cut.indexOf('\0');
    const line = (zero < 0 ? cut : cut.slice(0, zero)).replace(/^ +/, '');
    this.#configuration.engine.begin();
    try {
      return this.#answer(line);
    } catch (error) {
      if (!(error instanceof OutOfBudget)) throw error;
      this.#say('rewrite: the rulesets take too long');
      return true;
    }
  }

  #say(line: string): void {
    this.#print(`${line}\n`);
  }

  #answer(line: ByteString): boolean {
    switch (line[0]) {
      case undefined:
      case '#':
        return true;
      case '?':
        this.#say(`Sendmail ${this.#configuration.machine.version} -- HELP not implemented`);
        return true;
      case '.':
        this.#define(line);
        return true;
      case '=':
        this.#dump(line);
        return true;
      case '-':
        if (line[1] === 'd') this.#debug.set(line.slice(2));
        else this.#say(line.length === 1 ? 'Usage: -d{debug arguments}' : `Unknown "-" command ${line}`);
        return true;
      case '$':
        this.#show(line);
        return true;
      case '/':
        return this.#command(line);
      default:
        this.#rewrite(line);
        return true;
    }
  }

  /** `.Dxvalue`, `.Cxwords` */
  #define(line: ByteString): void {
    const { macros, options } = this.#configuration;
    const letter = line[1];
    if (letter === undefined) {
      this.#say('Usage: .[DC]macro value(s)');
      return;
    }
    if (letter !== 'D' && letter !== 'C') {
      this.#say(`Unknown "." command ${line}`);
      return;
    }
    if (letter === 'C' && line.length === 2) return;
    const { id, next } = macros.parseName(line, 2);
    if (id === 0) return;
    const value = readLine(line.slice(next), macros, options.level);
    if (letter === 'D') macros.set(id, value);
    else addWords(id, macros.expand(value), this.#configuration);
  }

  /** `=Sruleset`, `=M` */
  #dump(line: ByteString): void {
    const { rulesets, mailers } = this.#configuration;
    if (line[1] === undefined) {
      this.#say('Usage: =Sruleset or =M');
      return;
    }
    if (line[1] === 'M') {
      for (const [i, mailer] of mailers.entries()) this.#print(printMailer(i, mailer, this.#configuration));
      return;
    }
    if (line[1] !== 'S') {
      this.#say(`Unknown "=" command ${line}`);
      return;
    }
    const number = rulesets.find(line.slice(2));
    if (number < 0) {
      this.#say(`Undefined ruleset ${line.slice(2)}`);
      return;
    }
    for (const { left, right } of rulesets.rules[number] ?? [])
      this.#say(`R${this.#written(left)}\t\t${this.#written(right)}`);
  }

  #written(tokens: readonly string[]): string {
    return tokens.map((token) => `${this.#shown(token)} `).join('');
  }

  #shown(text: string): string {
    return shown(text, (id) => this.#configuration.macros.name(id));
  }

  /** `$x`, `$=x` */
  #show(line: ByteString): void {
    const { macros, words } = this.#configuration;
    if (line[1] === '=') {
      const { id } = macros.parseName(line, 2);
      if (id !== 0) for (const word of words.members(id)) this.#say(word);
      return;
    }
    const { id } = macros.parseName(line, 1);
    if (id === 0) return;
    const value = macros.value(id);
    this.#say(value === undefined ? 'Undefined' : this.#shown(value));
  }

  #command(given: ByteString): boolean {
    const line = trimEndBytes(given);
    const [, command = '', rest = ''] = /^\/([^ \t]*)[ \t]?[ \t\n\v\f\r]*([\s\S]*)$/.exec(line)!;
    const name = foldCase(command);
    if (name === '') this.#say('Usage: /[canon|map|mx|parse|try|tryflags]');
    else if (name === 'quit') return false;
    else if (Object.hasOwn(COMMANDS, name)) this.#run(name as CommandName, rest);
    else this.#say(`Unknown "/" command /${command}`);
    return true;
  }

  #run(name: CommandName, rest: ByteString): void {
    const usage = COMMANDS[name];
    if (rest === '') {
      this.#say(`Usage: /${usage}`);
      return;
    }
    switch (name) {
      case 'mx':
        this.#mx(rest);
        return;
      case 'canon':
        this.#canon(rest);
        return;
      case 'map':
        this.#map(rest);
        return;
      case 'try':
        this.#try(rest);
        return;
      case 'tryflags':
        this.#tryFlags(rest);
        return;
      case 'parse':
        this.#parse(rest);
        return;
      case 'expand':
        this.#print(this.#shown(this.#configuration.macros.expand(rest)));
        return;
    }
  }

  #mx(host: ByteString): void {
    const found = mailExchangers(host, { searches: true, takesFallback: true }, this.#configuration.context);
    if (found.takesNone) {
      this.#say(`getmxrr(${host}) returns null MX (See RFC7505)`);
      return;
    }
    this.#say(`getmxrr(${host}) returns ${found.failed ? -1 : found.hosts.length} value(s):`);
    for (const name of found.hosts) this.#say(`\t${name}`);
  }

  #canon(host: ByteString): void {
    if (host.length >= 256) {
      this.#say('Name too long');
      return;
    }
    const { options, context } = this.#configuration;
    const found = canonicalName(host, !options.hasWildcardMx, context);
    this.#say(`getcanonname(${host}) returns ${found.name ?? found.left ?? host}`);
  }

  #map(rest: ByteString): void {
    const blank = rest.search(/[ \t\n\v\f\r]/);
    if (blank < 0) {
      this.#say('No key specified');
      return;
    }
    const [name, key] = [rest.slice(0, blank), rest.slice(blank + 1)];
    const { context } = this.#configuration;
    const map = context.map(name);
    if (map === undefined) {
      this.#say(`Map named "${name}" not found`);
      return;
    }
    if (!map.isOpen(context)) {
      this.#say(`Map named "${name}" not open`);
      return;
    }
    this.#print(`map_lookup: ${name} (${key}) `);
    const { value, status } = map.ask(key, [], context);
    this.#say(value === undefined ? `no match (${status})` : `returns ${value} (${status})`);
  }

  #role(): string {
    return `${this.#isHeader ? 'header' : 'envelope'} ${this.#isSender ? 'sender' : 'recipient'}`;
  }

  #try(rest: ByteString): void {
    const [, name = '', address = ''] = /^([^ \t]*)[ \t\n\v\f\r]*([\s\S]*)$/.exec(rest)!;
    if (address === '') {
      this.#say('Usage: /try mailer address');
      return;
    }
    const mailer: Mailer | undefined = this.#configuration.mailer(name);
    if (mailer === undefined) {
      this.#say(`Unknown mailer ${name}`);
      return;
    }
    this.#say(`Trying ${this.#role()} address ${address} for mailer ${name}`);
    const role = { isSender: this.#isSender, isHeader: this.#isHeader };
    const { text, status } = addressFor(address, mailer, role, this.#configuration);
    this.#say(`Rcode = ${status}, addr = ${text}`);
  }

  #tryFlags(letters: ByteString): void {
    for (const letter of foldCase(letters)) {
      if (letter === 'h' || letter === 'e') this.#isHeader = letter === 'h';
      if (letter === 's' || letter === 'r') this.#isSender = letter === 's';
    }
    const { macros } = this.#configuration;
    macros.set(macros.id('addr_type'), `${this.#isHeader ? 'h' : 'e'} ${this.#isSender ? 's' : 'r'}`);
  }

  #parse(address: ByteString): void {
    this.#say(`Cracked address = ${this.#shown(crack(address, this.#configuration.options))}`);
    this.#say(`Parsing ${this.#role()} address`);
    const found = parseAddress(address, { isSender: this.#isSender, isHeader: this.#isHeader }, this.#configuration);
    if (found === undefined) {
      this.#say('Cannot parse');
      return;
    }
    const host = found.host === '' ? '' : `, host ${found.host}`;
    this.#say(`mailer ${found.mailer}${host}, user ${found.user}`);
  }

  /** `rulesets address, address ...` */
  #rewrite(line: ByteString): void {
    const [, rulesets = '', text] = /^[ \t\n\v\f\r]*([^ \t\n\v\f\r]*)(?:[ \t\n\v\f\r]([\s\S]*))?$/.exec(line)!;
    if (text === undefined) {
      this.#say('No address!');
      return;
    }
    const { reports, options } = this.#configuration;
    if (hasBadBytes(text, reports, '')) return;
    const alphabet = this.#configuration.alphabet();
    const reading = options.level >= 9 ? 'rule' : 'value';
    for (let start = 0; ; ) {
      const rest = text.slice(start);
      reports.lastCause = undefined;
      const scan = { reading, room: VALUE_ROOM, end: ',', asIs: false } as const;
      const { tokens, next } = alphabet.scan(rest, 0, scan, (words, kind) => reports.address(rest, words, kind));
      if (tokens !== undefined) this.#rewriteOne(rulesets, tokens);
      if (next >= rest.length) return;
      start += next + 1;
    }
  }

  #rewriteOne(list: ByteString, given: readonly string[]): void {
    const { engine, rulesets, vocabulary } = this.#configuration;
    let tokens: Tokens = vocabulary.numbers(given);
    for (let rest = list; rest !== ''; ) {
      const number = rulesets.find(rest);
      if (number < 0) {
        this.#say(`Undefined ruleset ${rest}`);
        return;
      }
      tokens = engine.runNumbers(tokens, number);
      if (engine.status !== EX_OK) this.#say(`== Ruleset ${rest} (${number}) status ${engine.status}`);
      const comma = rest.indexOf(',');
      rest = comma < 0 ? '' : rest.slice(comma + 1);
    }
  }
}

/** Commands and their usage; `''`: no argument. */
const COMMANDS = {
  mx: 'mx address',
  canon: 'canon address',
  map: 'map mapname key',
  try: 'try mailer address',
  tryflags: 'tryflags [Hh|Ee][Ss|Rr]',
  parse: 'parse address',
  expand: 'expand string',
} as const;

type CommandName = keyof typeof COMMANDS;
