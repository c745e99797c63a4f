/**
 * OpenSMTPD's table process (smtpd-tables(7), the text protocol since 7.6) for one map: after a handshake, lines
 * `table|0.1|TIME|TABLE|OPERATION|SERVICE|ID|KEY` -> `OPERATION-result|ID|...`.
 *
 * Values of an alias map are parsed as sendmail does and written for smtpd: without phrases and comments. `\name`,
 * the user's own mailbox, becomes `name`, because smtpd delivers an alias that names itself. The mark `@` of a
 * complete map is "not found": for smtpd it would be the key for everybody.
 * Errors: a temporary failure, an empty value and a value of several lines are `error`. smtpd ends if it cannot read
 * a reply, and 7.6 cannot read one with a reason; the reason goes to the log only.
 */
import type { AddressRules } from '../address/canonify.ts';
import { parseList } from '../alias/parse-list.ts';
import type { Target } from '../alias/target.ts';
import type { ByteString } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import type { Lookup, LookupResult } from '../core/lookup.ts';
import { type Protocol, ProtocolError } from './conversation.ts';

const SERVICES = ['alias', 'domain', 'mailaddr', 'mailaddrmap', 'string'];
/** smtpd's keys are parts of an SMTP line. */
const MAX_LINE = 8 * 1024;
const READY = 'config|ready';
const MARK = '@';

export interface TableEvents {
  /** Called for a request that could not be answered. */
  readonly onProblem: (error: MapError) => void;
}

/** @param hostName $j, used to parse the addresses of a value */
export function tableProtocol(lookup: Lookup, hostName: ByteString, { onProblem }: TableEvents): Protocol {
  const rules: AddressRules = { hostName, isLocal: () => false };
  const answer = (line: ByteString): ByteString | undefined => {
    if (line === READY) return [...SERVICES, 'ready'].map((service) => `register|${service}\n`).join('');
    if (line.startsWith('config|')) return undefined;
    const request = readRequest(line);
    const result =
      request.operation === 'lookup' || request.operation === 'check' ? ask(request, lookup, rules) : undefined;
    if (result?.status === 'tempFail') onProblem(result.error);
    return `${request.operation}-result|${request.id}|${replyTo(request, result)}\n`;
  };
  return () => {
    const lines = new LineReader();
    return {
      push: (bytes) => lines.push(bytes),
      next: () => {
        for (;;) {
          const line = lines.next();
          if (line === undefined) return undefined;
          const reply = answer(line);
          if (reply !== undefined) return reply;
        }
      },
      get isPartial() {
        return lines.held > 0;
      },
      get held() {
        return lines.held;
      },
    };
  };
}

interface Request {
  readonly operation: string;
  readonly service: string;
  readonly id: string;
  readonly key: ByteString;
}

/** @throws ProtocolError if it is no request */
function readRequest(line: ByteString): Request {
  const [table, version, _time, _name, operation, ...fields] = line.split('|');
  if (table !== 'table' || version !== '0.1') throw new ProtocolError('a line that is no request of protocol 0.1');
  const [service = '', id, ...key] = operation === 'update' ? ['', ...fields] : fields;
  if (operation === undefined || id === undefined) throw new ProtocolError('a request without an ID');
  if (!['update', 'check', 'lookup', 'fetch'].includes(operation)) throw new ProtocolError('an unknown operation');
  return { operation, service, id, key: key.join('|') };
}

function ask({ service, key }: Request, lookup: Lookup, rules: AddressRules): LookupResult {
  if (!SERVICES.includes(service))
    return { status: 'tempFail', error: new MapError('badInput', `no service ${service}`) };
  if (key === MARK) return { status: 'notFound' };
  const result = lookup(key);
  if (result.status !== 'found') return result;
  const value = service === 'alias' ? membersOf(result.value, rules) : result.value;
  if (value && !/[\0\n\r]/.test(value)) return { status: 'found', value };
  return { status: 'tempFail', error: new MapError('badInput', `${key}: a value that OpenSMTPD cannot read`) };
}

/** A value of an alias map in the form of smtpd; undefined: part of it is no address, program, file or list. */
function membersOf(value: ByteString, rules: AddressRules): ByteString | undefined {
  const members = parseList(value, false, rules);
  if (members.some(({ target, faults }) => target === undefined || target.mailer === 'error' || faults.length > 0)) {
    return undefined;
  }
  return members.map(({ target }) => written(target!)).join(', ');
}

function written({ mailer, user }: Target): ByteString {
  if (mailer === 'include') return `:include:${user}`;
  return mailer === 'local' ? user.replace(/^\\/, '') : user;
}

function replyTo({ operation }: Request, result: LookupResult | undefined): ByteString {
  // maps are followed without a request
  if (operation === 'update') return 'ok';
  if (result === undefined || result.status === 'tempFail') return 'error';
  if (result.status === 'notFound') return 'not-found';
  return operation === 'check' ? 'found' : `found|${result.value}`;
}

class LineReader {
  #text: ByteString = '';

  get held(): number {
    return this.#text.length;
  }

  push(bytes: ByteString): void {
    this.#text += bytes;
  }

  /** @throws ProtocolError for a line that is too long */
  next(): ByteString | undefined {
    const end = this.#text.indexOf('\n');
    if (end > MAX_LINE || (end < 0 && this.#text.length > MAX_LINE)) {
      throw new ProtocolError(`a line of more than ${MAX_LINE} bytes`);
    }
    if (end < 0) return undefined;
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return line;
  }
}
