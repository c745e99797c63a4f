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

/** The results of a DNS list are patterns: `127.0.0.2.`, `127.0.$-.$-.` */
function plainLeft(left: ByteString): ByteString {
  return /^<\?>[\d.$*+-]+$/.test(left) && /\d/.test(left) ? '<?>*' : left;
}

function plainRight(left: ByteString, right: ByteString): ByteString {
  if (left === '$+' && /^\$@ \$1 < @ [^$]+ >$/.test(right)) return '$@ $1 < @ * >';
  const isListing = left.startsWith('<?>');
  if (right.startsWith('$#error')) return plainRefusal(right, isListing);
  if (right.startsWith('$#discard')) return '$#discard';
  return right
    .replace(/^\$# ?[^\s$]+/, '$#*')
    .replace(/^(\$: <\?> \$\((?:dnsbl|ednsbl|host) \$(?:4\.\$3\.\$2\.\$1|2)\.)\S+?\. /, '$1*. ')
    .replace(/^(\$: <\?> \$\(mtamark )\S+?\.\$4\./, '$1*.$4.');
}

/**
 * A text that does not begin with 4 or 5 may be something else than a refusal, or a refusal from a macro. The message of a DNS
 * list may be a text without a code, or the name of the list.
 */
function plainRefusal(right: ByteString, isListing: boolean): ByteString {
  const [, head = right, text = ''] = /^(\$#error(?: \$@ \S+)?) \$: ?"?([\s\S]*)$/.exec(right) ?? [];
  const isMessage = isListing && (/^[^\d$]/.test(text) || head.endsWith(' quarantine'));
  const isRefusal = /^[45]/.test(text) || isMessage;
  return `${head} $: ${isRefusal ? 'refused' : text.slice(0, 1)}`;
}

function fnv(text: ByteString): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
