/**
 * A sender and a recipient -> whether this sender may send to this recipient. sendmail asks at delivery, for each recipient
 * after aliases, and never for the null sender.
 *
 * The key is `Compat:sender<@>recipient`, exactly. `ERROR:text` refuses, `TEMP:text` keeps the mail in the queue, `DISCARD`
 * drops it; other values let it pass, and so does everything without the FEATURE. A code in a text is part of the text.
 * Source: ruleset check_compat of FEATURE(compat_check).
 */
import { keyText, messageText, tokensOf } from '../address/parts.ts';
import { match, pattern } from '../address/pattern.ts';
import type { ByteString } from '../core/bytes.ts';
import type { CheckContext } from './check-context.ts';
import type { Decision } from './decision.ts';
import { parseReply } from './reply.ts';
import { cannotTell, decide, pass } from './verdict.ts';

const RULE = 'compat_check';
const DISCARD = pattern('DISCARD $*');
const TEMP = pattern('TEMP : $*');
const ERROR = pattern('ERROR : $*');

/** @param sender with or without brackets, like `recipient` @param isInForce the FEATURE is there */
export function checkCompat(
  context: CheckContext,
  sender: ByteString,
  recipient: ByteString,
  isInForce: boolean,
): Decision {
  const { search } = context;
  if (!isInForce) {
    search.trace.push({ kind: 'note', rule: RULE, text: 'FEATURE(compat_check) is not in force' });
    return decide('compat', pass(RULE), search.trace);
  }
  const [from, to] = [bare(sender), bare(recipient)];
  if (from.length === 0 || to.length === 0) return decide('compat', pass(RULE), search.trace);
  const found = search.exact(`Compat:${keyText([...from, '<', '@', '>', ...to])}`);
  if (found.status === 'tempFail') return decide('compat', cannotTell({ rule: RULE, key: found.key }), search.trace);
  if (found.status === 'notFound') return decide('compat', pass(RULE), search.trace);
  const because = { rule: RULE, key: found.key, value: found.raw };
  const value = tokensOf(found.text);
  if (match(DISCARD, value) !== undefined) return decide('compat', { kind: 'discard', because }, search.trace);
  const [temporary, refused] = [match(TEMP, value)?.[0], match(ERROR, value)?.[0]];
  const text = temporary ?? refused;
  if (text === undefined) return decide('compat', { ...pass(RULE), because }, search.trace);
  const tail = temporary === undefined ? '' : '. Try again later';
  const reply = parseReply(messageText([...text, `" error from check_compat${tail}"`]));
  const action = temporary === undefined ? 'reject' : 'tempFail';
  return { question: 'compat', action, reply, final: true, because, trace: search.trace };
}

function bare(address: ByteString): readonly ByteString[] {
  const tokens = tokensOf(address);
  return tokens[0] === '<' && tokens.at(-1) === '>' ? tokens.slice(1, -1) : tokens;
}
