/** An M line -> a mailer, or sendmail's complaint. Keeps only the fields that test mode shows and rulesets need. */
import type { ByteString } from '../../core/bytes.ts';
import { isSpace } from '../../core/fold.ts';
import { ownField } from '../../core/own-field.ts';
import { readFields } from '../../source/cf/fields.ts';
import type { Configuration } from '../configuration.ts';

export interface Mailer {
  readonly name: ByteString;
  program: ByteString;
  flags: Set<string>;
  /** Rulesets for senders and recipients, of envelope and header. */
  envelopeSender: number;
  headerSender: number;
  envelopeRecipient: number;
  headerRecipient: number;
  maxSize: number;
  uid: number;
  gid: number;
  lineLimit: number;
  endOfLine: ByteString | undefined;
  charset: ByteString | undefined;
  types: (ByteString | undefined)[];
  maxRecipients: number;
  args: ByteString[] | undefined;
}

const MAX_MAILERS = 25;
const MAX_ARGS = 256;
const DEFAULT_MAX_RECIPIENTS = 100;
const SMTP_LINE = 990;

/** Reads an M line, without its letter. */
export function readMailer(line: ByteString, configuration: Configuration): void {
  const { reports, mailers } = configuration;
  const [whole, name = ''] = /^([^, \t\n\v\f\r]*)[\s\S]?/.exec(line)!;
  if (name === '') {
    reports.system('name required for mailer');
    return;
  }
  const mailer = emptyMailer(name);
  if (!takeFields(line.slice(whole.length), mailer, configuration)) return;
  if (mailer.args === undefined) {
    reports.system(`M${name}: A= argument required`);
    return;
  }
  if (mailer.program === '') {
    reports.system(`M${name}: P= argument required`);
    return;
  }
  const known = mailers.findIndex((each) => each.name.toLowerCase() === name.toLowerCase());
  if (mailers.length >= MAX_MAILERS) {
    reports.system(`too many mailers defined (${MAX_MAILERS} max)`);
    return;
  }
  if (!finish(mailer, mailer.args, configuration)) return;
  if (known < 0) mailers.push(mailer);
  else mailers[known] = mailer;
}

function emptyMailer(name: ByteString): Mailer {
  return {
    name,
    program: '',
    flags: new Set(),
    envelopeSender: 0,
    headerSender: 0,
    envelopeRecipient: 0,
    headerRecipient: 0,
    maxSize: 0,
    uid: -1,
    gid: -1,
    lineLimit: 0,
    endOfLine: undefined,
    charset: undefined,
    types: [undefined, undefined, undefined],
    maxRecipients: 0,
    args: undefined,
  };
}

function takeFields(line: ByteString, mailer: Mailer, configuration: Configuration): boolean {
  for (const field of readFields(line)) {
    if (field === undefined) {
      configuration.reports.system(`mailer ${mailer.name}: \`=' expected`);
      return false;
    }
    if (!takeField(field.code, field.value, mailer, configuration)) return false;
  }
  return true;
}

/** Reads one field; false: the rest of the line is not read. */
type TakeField = (value: ByteString, mailer: Mailer, configuration: Configuration) => unknown;

const needs =
  (what: string, set: (mailer: Mailer, value: ByteString) => void): TakeField =>
  (value, mailer, { reports }) => {
    if (value === '') reports.system(`mailer ${mailer.name}: null ${what}`);
    else set(mailer, value);
  };

const integer = (value: ByteString): number => Number.parseInt(value, 10) || 0;

const FIELDS: Readonly<Record<string, TakeField>> = {
  P: (value, mailer) => {
    if (value !== '') mailer.program = value;
  },
  F: (value, mailer) => {
    for (const flag of value) if (!isSpace(flag.charCodeAt(0))) mailer.flags.add(flag);
  },
  S: (value, mailer, configuration) =>
    rulesets(value, configuration, (envelope, header) => {
      mailer.envelopeSender = envelope;
      mailer.headerSender = header;
    }),
  R: (value, mailer, configuration) =>
    rulesets(value, configuration, (envelope, header) => {
      mailer.envelopeRecipient = envelope;
      mailer.headerRecipient = header;
    }),
  E: needs('end-of-line string', (mailer, value) => {
    mailer.endOfLine = value;
  }),
  A: (value, mailer) => {
    if (value !== '') mailer.args = splitArgs(value);
  },
  M: (value, mailer) => {
    mailer.maxSize = integer(value);
  },
  m: () => undefined,
  r: (value, mailer) => {
    mailer.maxRecipients = integer(value);
  },
  L: (value, mailer) => {
    mailer.lineLimit = Math.max(0, integer(value));
  },
  N: () => undefined,
  D: needs('working directory', () => undefined),
  C: needs('charset', (mailer, value) => {
    mailer.charset = value;
  }),
  Q: (value, mailer, { reports, queues }) => {
    if (value === '') reports.system(`mailer ${mailer.name}: null queue`);
    else if (!queues.has(value.toLowerCase())) reports.system(`mailer ${mailer.name}: unknown queue ${value}`);
  },
  T: (value, mailer) => {
    const [mta = '', address = '', diagnostic] = splitTypes(value);
    mailer.types = [mta || 'dns', address || 'rfc822', diagnostic || 'smtp'];
  },
  U: readUser,
  W: () => undefined,
  '/': needs('root directory', () => undefined),
};

function takeField(code: string, value: ByteString, mailer: Mailer, configuration: Configuration): boolean {
  const field = ownField(FIELDS, code);
  if (field === undefined) {
    configuration.reports.system(`M${mailer.name}: unknown mailer equate ${code}=`);
    return true;
  }
  return field(value, mailer, configuration) !== false;
}

/** `S=envelope/header`. False: the complaint is reported, and the mailer is dropped. */
function rulesets(
  value: ByteString,
  { rulesets: all }: Configuration,
  set: (envelope: number, header: number) => void,
): boolean {
  const { number: envelope, next } = all.enter(value);
  if (envelope < 0) return false;
  set(envelope, envelope);
  if (value[next] !== '/') return true;
  const { number: header } = all.enter(value.slice(next + 1));
  if (header < 0) return false;
  set(envelope, header);
  return true;
}

function splitArgs(value: ByteString): ByteString[] {
  const args: ByteString[] = [];
  for (const [, word = ''] of value.matchAll(/([^ \t\n\v\f\r]*)[ \t\n\v\f\r]*/g)) {
    if (args.length >= MAX_ARGS) break;
    args.push(word);
  }
  // matchAll ends with an empty match at the end of the text
  args.pop();
  return args;
}

function splitTypes(value: ByteString): string[] {
  const [mta = '', rest] = cut(value);
  const [address = '', diagnostic = ''] = rest === undefined ? [] : cut(rest);
  return [mta, address, diagnostic];
}

function cut(text: ByteString): [ByteString, ByteString?] {
  const slash = text.indexOf('/');
  return slash < 0 ? [text] : [text.slice(0, slash), text.slice(slash + 1)];
}

function readUser(value: ByteString, mailer: Mailer, { machine, reports }: Configuration): void {
  const [whole, name = ''] = /^([A-Za-z0-9_-]*)[ \t]*[\s\S]?[ \t]*/.exec(value)!;
  if (/^[0-9]/.test(value)) mailer.uid = integer(value);
  else {
    if (name === '') {
      reports.system(`mailer ${mailer.name}: null user name`);
      return;
    }
    const found = machine.user(name);
    if (found === undefined) {
      reports.system(`readcf: mailer U= flag: unknown user ${name}`);
      return;
    }
    mailer.uid = found.uid;
    mailer.gid = found.gid;
  }
  const rest = value.slice(whole.length);
  if (rest === '') return;
  if (/^[0-9]/.test(rest)) {
    mailer.gid = integer(rest);
    return;
  }
  const group = /^[A-Za-z0-9_.-]*/.exec(rest)![0];
  if (group === '') {
    reports.system(`mailer ${mailer.name}: null group name`);
    return;
  }
  const gid = machine.groupId(group);
  if (gid === undefined) reports.system(`readcf: mailer U= flag: unknown group ${group}`);
  else mailer.gid = gid;
}

/** Settles the fields that depend on each other. */
function finish(mailer: Mailer, args: readonly ByteString[], { options, reports }: Configuration): boolean {
  const complain = (words: string): false => {
    reports.system(`M${mailer.name}: ${words}`);
    return false;
  };
  if (mailer.maxRecipients <= 0) mailer.maxRecipients = DEFAULT_MAX_RECIPIENTS;
  if (mailer.flags.has('L')) {
    if (mailer.lineLimit === 0) mailer.lineLimit = SMTP_LINE;
    if (options.level < 2) mailer.flags.add('7');
  }
  if (mailer.program === '[TCP]') return complain('P=[TCP] must be replaced by P=[IPC]');
  if (mailer.program === '[IPC]') {
    if ((args[1] ?? '') === '') return complain('too few parameters for [IPC] mailer');
    if (args[0] !== 'TCP' && args[0] !== 'FILE')
      reports.plain(`M${mailer.name}: Warning: first argument in [IPC] mailer must be TCP or FILE`);
    const [mta = 'dns', address = 'rfc822', diagnostic = args[0] === 'FILE' ? 'x-unix' : 'smtp'] = mailer.types;
    mailer.types = [mta, address, diagnostic];
  } else if (mailer.program === '[FILE]') {
    if (args.length !== 2) return complain(`too ${args.length < 2 ? 'few' : 'many'} parameters for [FILE] mailer`);
    if (args[0] !== 'FILE') return complain('first argument in [FILE] mailer must be FILE');
  }
  mailer.endOfLine ??= args.some((arg) => arg.includes('\x81u')) ? '\n' : '\r\n';
  return true;
}
