/**
 * A rule -> a short mark that identifies it: a hash of its two sides, without the parts that come from a sendmail.mc
 * (names of DNS lists, texts of refusals, names of mailers).
 */
import type { ByteString } from '../../../core/bytes.ts';
import type { RuleText } from '../rulesets.ts';

/** 32 bits in base 36. */
export function ruleMark({ left, right }: RuleText): string {
  return fnv(`${plainLeft(left)}\t${plainRight(left, right)}`).toString(36);
}

function plainLeft(left: ByteString): ByteString {
  return left.replace(/^<\?>[\d.]+$/, '<?>*');
}

function plainRight(left: ByteString, right: ByteString): ByteString {
  if (left === '$+' && /^\$@ \$1 < @ [^$]+ >$/.test(right)) return '$@ $1 < @ * >';
  if (right.startsWith('$#error')) return plainRefusal(right);
  if (right.startsWith('$#discard')) return '$#discard';
  return right
    .replace(/^\$# ?[^\s$]+/, '$#*')
    .replace(/^(\$: <\?> \$\((?:dnsbl|ednsbl|host) \$(?:4\.\$3\.\$2\.\$1|2)\.)\S+?\. /, '$1*. ')
    .replace(/^(\$: <\?> \$\(mtamark )\S+?\.\$4\./, '$1*.$4.');
}

/** A text that does not begin with 4 or 5 may be something else than a refusal, or a refusal from a macro. */
function plainRefusal(right: ByteString): ByteString {
  const [, head = right, text = ''] = /^(\$#error(?: \$@ \S+)?) \$: ?"?([\s\S]*)$/.exec(right) ?? [];
  return `${head} $: ${/^[45]/.test(text) ? 'refused' : text.slice(0, 1)}`;
}

function fnv(text: ByteString): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
