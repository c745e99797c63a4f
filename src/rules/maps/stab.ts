/**
 * `stab` maps: a file of aliases, read into memory at the first question. All `stab` maps of a configuration share one table,
 * as in sendmail.
 *
 * The name of an alias goes through rulesets 3 and 0, as every address does; it must lead to a mailer with the flag `A`. The
 * last entry of a name counts. Complaints are sendmail's, with file and line.
 */
import type { ByteString } from '../../core/bytes.ts';
import { foldCase, isSpace } from '../../core/fold.ts';
import { LineReader, type LogicalLine } from '../../source/aliases/lines.ts';
import { shortened } from '../reports.ts';
import { parseFileMap } from './flags.ts';
import type { MapContext } from './map-context.ts';
import { answer, answerKey, type MapClass, NOT_THERE } from './rule-map.ts';

/** Bytes of a line in a complaint. */
const SHOWN_LINE = 40;

export const stabMap: MapClass = {
  parse: parseFileMap,
  open: (map, context) => readAliases(map.file ?? '', context),
  lookup: (map, key, args, { aliases }) => {
    const value = aliases.get(foldCase(key));
    if (value === undefined) return NOT_THERE;
    return map.flags.keyOnly ? answerKey(map, key) : answer(map, value, key, args);
  },
};

/** Adds the aliases of a file to the known ones. False: the file cannot be read. */
function readAliases(file: ByteString, context: MapContext): boolean {
  const read = context.machine.readFile(file, context.safety('map'));
  if ('cause' in read) {
    context.reports.lastCause = read.cause;
    return false;
  }
  const { count, longest, total } = new Reader(context).read(file, read.text);
  context.reports.plain(`${file}: ${count} aliases, longest ${longest} bytes, ${total} bytes total`);
  return true;
}

/** Reads one file of aliases. */
class Reader {
  count = 0;
  longest = 0;
  total = 0;
  readonly #context: MapContext;
  /** The line before was indented and continued no entry; this was reported. */
  #isAdrift = false;

  constructor(context: MapContext) {
    this.#context = context;
  }

  read(file: string, text: ByteString): this {
    const { reports } = this.#context;
    const lines = new LineReader(Buffer.from(text, 'latin1'));
    const { file: before, line: lineBefore } = reports;
    reports.file = file;
    for (let line = lines.next(); line !== undefined; line = lines.next()) {
      reports.line = line.last;
      this.#line(line);
    }
    reports.file = before;
    reports.line = lineBefore;
    return this;
  }

  #line({ text, tooLong }: LogicalLine): void {
    const { reports } = this.#context;
    if (tooLong) {
      reports.system('alias line too long');
      return;
    }
    const isIndented = text[0] === ' ' || text[0] === '\t';
    if (isIndented && !this.#isAdrift) reports.system('Non-continuation line starts with space');
    this.#isAdrift = isIndented;
    if (!isIndented && text !== '' && text[0] !== '#') this.#entry(text);
  }

  #entry(text: ByteString): void {
    const { reports, options } = this.#context;
    const colon = text.indexOf(':');
    if (colon < 0) {
      reports.system('missing colon');
      return;
    }
    const { address: name, shown, next } = this.#context.parseAddress(text, ':');
    if (name === undefined) {
      reports.system(`${(shown + text.slice(next)).slice(0, SHOWN_LINE)}... illegal alias name`);
      return;
    }
    const value = text.slice(skipSpace(text, colon + 1));
    if (options.checksAliases) this.#check(value);
    if (!name.isAliasable) reports.system(`${shown}... cannot alias non-local names`);
    else if (value === '') reports.system(`${text.slice(0, SHOWN_LINE)}... missing value for alias`);
    else this.#store(name.user, value);
  }

  /** `O CheckAliases`: complains of invalid addresses. */
  #check(value: ByteString): void {
    for (let rest = value; ; ) {
      rest = rest.replace(/^[, \t-\r]+/, '');
      if (rest === '') return;
      const { address, next } = this.#context.parseAddress(rest, ',');
      if (address === undefined) this.#context.reports.address(rest, `${shortened(rest, 203)}... bad address`);
      rest = rest.slice(next);
    }
  }

  #store(name: ByteString, value: ByteString): void {
    this.#context.aliases.set(foldCase(name), value);
    this.count++;
    this.total += name.length + value.length;
    this.longest = Math.max(this.longest, value.length);
  }
}

function skipSpace(text: ByteString, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text.charCodeAt(at))) at++;
  return at;
}
