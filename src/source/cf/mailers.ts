/**
 * The M lines of a sendmail.cf -> the mailers: their flags (F=) and the rulesets that rewrite senders (S=) and
 * recipients (R=), for envelopes and headers. Other fields are ignored. Pure.
 */
import type { ByteString } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';
import { readFields } from './fields.ts';
import type { MailerText } from './rulesets.ts';

export interface CfMailer {
  readonly flags: string;
  /** The rulesets for envelope and header; '': none. */
  readonly sender: readonly [envelope: string, header: string];
  readonly recipient: readonly [envelope: string, header: string];
}

/** By their folded names. */
export function parseMailers(texts: ReadonlyMap<string, MailerText>): ReadonlyMap<string, CfMailer> {
  return new Map([...texts].map(([name, { text }]) => [foldCase(name), mailerOf(text)]));
}

function mailerOf(text: ByteString): CfMailer {
  const values = new Map<string, ByteString>();
  for (const field of readFields(text)) if (field !== undefined) values.set(field.code, field.value);
  const of = (letter: string): ByteString => (values.get(letter) ?? '').trim();
  return { flags: of('F'), sender: pairOf(of('S')), recipient: pairOf(of('R')) };
}

/** `EnvFromSMTP/HdrFromSMTP`; a single name counts for both. */
function pairOf(text: string): readonly [string, string] {
  const [envelope = '', header = envelope] = text.split('/').map((part) => part.trim());
  return [envelope, header];
}
