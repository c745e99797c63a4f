/**
 * The text of a verify file (YAML or JSON) -> expectations, each with its line.
 *
 *     configuration: { directory: ., features: [blocklist_recipients], hostName: mail.example.com, users: [alice] }
 *     never:
 *       - strangers relay to strangers
 *       - anyone reaches: "|/usr/bin/*"
 *     expect:
 *       - name: the office may send anywhere
 *         client: 192.0.2.0/24
 *         recipient: bob@elsewhere.example
 *         action: relay
 *       - expand: postmaster
 *         reaches: [alice]
 *
 * Errors: MapError `badInput` with file and line for anything that it does not know; nothing is ignored.
 */
import { isIP, isIPv4 } from 'node:net';
import { isAlias, isMap, isSeq, LineCounter, type Node, parseDocument, type YAMLError, type YAMLMap } from 'yaml';
import { MapError } from '../../core/errors.ts';

/** The configuration that a file of expectations names. */
export interface PolicyConfiguration {
  readonly directory?: string;
  readonly cf?: string;
  readonly features?: readonly string[];
  readonly hostName?: string;
  readonly users?: readonly string[];
}

/** A statement about all questions of a kind. */
export type Never =
  | { readonly kind: 'strangersRelay'; readonly line: number }
  | { readonly kind: 'reaches'; readonly pattern: string; readonly line: number };

/** One question and what its answer must be. */
export interface Expectation {
  readonly name: string;
  readonly line: number;
  readonly client?: string;
  readonly clientName?: string;
  readonly sender?: string;
  readonly recipient?: string;
  readonly authType?: string;
  readonly action?: string;
  readonly reply?: { readonly code?: number; readonly enhanced?: string; readonly text?: string };
  readonly expand?: string;
  readonly reaches?: readonly string[];
  readonly reachesAtLeast?: readonly string[];
  readonly neverReaches?: readonly string[];
}

/** A parsed file of expectations. */
export interface Policy {
  readonly configuration: PolicyConfiguration;
  readonly never: readonly Never[];
  readonly expect: readonly Expectation[];
}

const MAX_BYTES = 4 * 1024 * 1024;

/** @param file the name for errors. @throws MapError `badInput` with file and line */
export function parsePolicy(text: string, file: string): Policy {
  if (text.length > MAX_BYTES) throw new MapError('badInput', `${file} is longer than ${MAX_BYTES} bytes`, { file });
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true });
  const reader = new Reader(file, lines);
  const [error] = document.errors;
  if (error !== undefined) throw reader.bad(whyNot(error), error.pos[0]);
  return reader.policy(document.contents);
}

/** The message of the YAML parser, without its own place and its advice to programmers. */
function whyNot({ code, message }: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'the file holds more than one document';
  return message.split('\n')[0]!.replace(/ at line \d+, column \d+:$/, '');
}

type Value = Node | null | undefined;

class Reader {
  readonly #file: string;
  readonly #lines: LineCounter;

  constructor(file: string, lines: LineCounter) {
    this.#file = file;
    this.#lines = lines;
  }

  policy(contents: Value): Policy {
    const top = this.#fields(contents, ['configuration', 'never', 'expect'], 'a verify file');
    const never = this.#items(top.get('never')).map((item) => this.#never(item));
    const expect = this.#items(top.get('expect')).map((item, i) => this.#expectation(item, i));
    if (never.length + expect.length === 0) throw this.bad('the file expects nothing: it has neither never nor expect');
    return { configuration: this.#configuration(top.get('configuration')), never, expect };
  }

  bad(why: string, position = 0): MapError {
    const { line } = this.#lines.linePos(position);
    return new MapError('badInput', `${this.#file}: line ${line}: ${why}`, { file: this.#file, line });
  }

  #configuration(value: Value): PolicyConfiguration {
    if (value === undefined) return {};
    const fields = this.#fields(value, ['directory', 'cf', 'features', 'hostName', 'users'], 'configuration');
    const text = (name: string): object => (fields.has(name) ? { [name]: this.#text(fields.get(name)) } : {});
    const list = (name: string): object =>
      fields.has(name) ? { [name]: this.#items(fields.get(name)).map((item) => this.#text(item)) } : {};
    return { ...text('directory'), ...text('cf'), ...list('features'), ...text('hostName'), ...list('users') };
  }

  #never(item: Value): Never {
    const line = this.#line(item);
    if (!isMap(item)) {
      if (this.#text(item) === 'strangers relay to strangers') return { kind: 'strangersRelay', line };
      throw this.bad('never knows "strangers relay to strangers" and "anyone reaches: PATTERN"', item?.range?.[0]);
    }
    const fields = this.#fields(item, ['anyone reaches'], 'never');
    return { kind: 'reaches', pattern: this.#text(fields.get('anyone reaches')), line };
  }

  #expectation(item: Value, index: number): Expectation {
    const fields = this.#fields(item, [...TEXT_FIELDS, ...LIST_FIELDS, 'reply'], 'an expectation');
    const found: Record<string, unknown> = { name: `expectation ${index + 1}`, line: this.#line(item) };
    for (const name of TEXT_FIELDS) if (fields.has(name)) found[name] = this.#text(fields.get(name));
    for (const name of LIST_FIELDS)
      if (fields.has(name)) found[name] = this.#items(fields.get(name)).map((value) => this.#text(value));
    if (fields.has('reply')) found.reply = this.#reply(fields.get('reply'));
    const expectation = found as unknown as Expectation;
    this.#checkWhole(expectation, item);
    return expectation;
  }

  /** An expectation asks one thing, and says what the answer is. */
  #checkWhole({ expand, client, sender, recipient, action, reply, ...lists }: Expectation, item: Value): void {
    const reaches = LIST_FIELDS.some((name) => lists[name] !== undefined);
    const at = item?.range?.[0];
    if (client !== undefined && !isClient(client))
      throw this.bad(`client ${client} is no IP address, no network of IPv4, and none of ${CLIENTS.join(', ')}`, at);
    if (expand !== undefined) {
      if (!reaches) throw this.bad('expand needs reaches, reachesAtLeast or neverReaches', at);
      if (client ?? sender ?? recipient ?? action ?? reply) throw this.bad('expand stands alone', at);
    } else {
      if (reaches) throw this.bad('reaches needs expand', at);
      if ((client ?? sender ?? recipient) === undefined)
        throw this.bad('name a client, a sender, a recipient, or expand', at);
      if (action === undefined && reply === undefined) throw this.bad('say which action or reply is expected', at);
      if (action !== undefined && !ACTIONS.includes(action))
        throw this.bad(`there is no action ${action}; there are ${ACTIONS.join(', ')}`, at);
    }
  }

  #reply(value: Value): object {
    const fields = this.#fields(value, ['code', 'enhanced', 'text'], 'reply');
    const code = fields.has('code') ? Number(this.#text(fields.get('code'))) : undefined;
    if (code !== undefined && !(code >= 200 && code <= 599))
      throw this.bad('code must be a reply code', value?.range?.[0]);
    return {
      ...(code !== undefined && { code }),
      ...(fields.has('enhanced') && { enhanced: this.#text(fields.get('enhanced')) }),
      ...(fields.has('text') && { text: this.#text(fields.get('text')) }),
    };
  }

  #fields(value: Value, known: readonly string[], what: string): Map<string, Value> {
    if (!isMap(value)) throw this.bad(`${what} must be a map`, value?.range?.[0]);
    const found = new Map<string, Value>();
    for (const { key, value: field } of (value as YAMLMap<Node, Node>).items) {
      const name = this.#text(key);
      if (!known.includes(name))
        throw this.bad(`${what} has no ${name}; there are ${known.join(', ')}`, key?.range?.[0]);
      found.set(name, field);
    }
    return found;
  }

  #items(value: Value): readonly Value[] {
    if (value === undefined) return [];
    if (!isSeq(value)) throw this.bad('a list is needed here', value?.range?.[0]);
    return value.items as readonly Value[];
  }

  #text(value: Value): string {
    if (isAlias(value)) throw this.bad('an alias of YAML is not taken here', value.range?.[0]);
    const scalar = (value as { value?: unknown } | null | undefined)?.value;
    if (typeof scalar === 'string' || typeof scalar === 'number') return String(scalar);
    throw this.bad('a text is needed here', value?.range?.[0]);
  }

  #line(value: Value): number {
    return this.#lines.linePos(value?.range?.[0] ?? 0).line;
  }
}

const TEXT_FIELDS = ['name', 'client', 'clientName', 'sender', 'recipient', 'authType', 'action', 'expand'] as const;
const LIST_FIELDS = ['reaches', 'reachesAtLeast', 'neverReaches'] as const;
const ACTIONS: readonly string[] = ['ok', 'local', 'relay', 'reject', 'tempFail', 'discard', 'quarantine'];

const CLIENTS: readonly string[] = ['any', 'stranger', 'local'];

function isClient(client: string): boolean {
  const [, net, bits] = /^([\d.]+)\/(\d{1,2})$/.exec(client) ?? [];
  if (net !== undefined) return isIPv4(net) && Number(bits) <= 32;
  return CLIENTS.includes(client) || isIP(client.replace(/^IPv6:/i, '')) > 0;
}
