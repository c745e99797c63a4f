/**
 * One entry of an access map -> findings: keys that no lookup uses, and values that the rules do not know.
 *
 * Limits: only findings that hold for every configuration of sendmail's m4.
 * Source: the keys that its rulesets look up (access/search.ts) and their reading of values (access/value.ts), tried
 * with sendmail 8.17.
 */
import { isIPv6 } from 'node:net';
import { ACCESS_KEYWORDS, ACCESS_VALUES, HOST_TAGS, OTHER_TAGS, RELAY_TAGS } from '../../core/access-words.ts';
import { type ByteString, decodeText, isAscii } from '../../core/bytes.ts';
import { foldCase, trimEndBytes } from '../../core/fold.ts';
import { didYouMean } from '../../core/nearest.ts';
import { characterFindings } from './characters.ts';
import type { Finding } from './finding.ts';

const TAGS: ReadonlyMap<string, string> = new Map(
  [...RELAY_TAGS, ...HOST_TAGS, ...OTHER_TAGS].map((tag) => [tag.toLowerCase(), tag]),
);
const WORDS: readonly string[] = ACCESS_VALUES;
/** Words that only the lookups of Spam: know. */
const SPAM_WORDS: readonly string[] = ['FRIEND', 'HATER', 'SPAMFRIEND', 'SPAMHATER'];

const OCTET = /^(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;

/** @param compressed UseCompressedIPv6Addresses, if it is known */
export function accessFindings(key: ByteString, value: ByteString, compressed?: boolean): Finding[] {
  const characters = characterFindings(key);
  const { tag, rest } = takenApart(key);
  const wrongKey = (characters.length > 0 ? characters : keyFindings(key, tag, rest, value, compressed)).map(
    aboutKey(key, rest),
  );
  const wrongValue =
    tag === '' || RELAY_TAGS.includes(tag)
      ? valueFindings(value, tag).map((finding) => ({ about: trimEndBytes(value), ...finding }))
      : [];
  return [...wrongKey, ...wrongValue];
}

/** The `instead` of a rule is the name; that of a finding is the key. */
function aboutKey(key: ByteString, name: ByteString): (finding: Finding) => Finding {
  const tag = key.slice(0, key.length - name.length);
  return ({ instead, ...finding }) => ({
    ...finding,
    about: key,
    ...(instead !== undefined && { instead: `${tag}${instead}` }),
  });
}

/** Splits off a tag: letters before a colon. A known tag is returned in its usual spelling. */
function takenApart(key: ByteString): { tag: string; rest: ByteString } {
  const [whole, letters] = /^([a-z][a-z0-9_-]*):/i.exec(key) ?? [];
  if (whole === undefined || foldCase(letters!) === 'ipv6' || hasHexGroups(key)) return { tag: '', rest: key };
  return { tag: TAGS.get(foldCase(letters!)) ?? letters!, rest: key.slice(whole.length) };
}

/** `fe80::1`, `2001:db8:`: an IPv6 address or network without `IPv6:`. */
function hasHexGroups(text: ByteString): boolean {
  return isIPv6(text) || /^[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){2,7}:?$/i.test(text);
}

function keyFindings(
  key: ByteString,
  tag: string,
  rest: ByteString,
  value: ByteString,
  compressed: boolean | undefined,
): Finding[] {
  if (OTHER_TAGS.includes(tag)) return [];
  if (tag !== '' && !TAGS.has(foldCase(tag))) {
    return [{ code: 'MM110', text: `sendmail looks up no tag ${tag}:${didYouMean(tag, TAGS.values())}` }];
  }
  if (rest === '') {
    if (!RELAY_TAGS.includes(tag)) return [];
    return [{ code: 'MM118', text: `the key ${key} ends at the blank, so no lookup finds it` }];
  }
  const second = /^([a-z][a-z0-9_-]*):/i.exec(rest)?.[1];
  if (second !== undefined && foldCase(second) !== 'ipv6' && !hasHexGroups(rest))
    return [{ code: 'MM110', text: `sendmail looks up no tag ${key.slice(0, key.length - rest.length)}${second}:` }];
  if (tag === '' && BARE_TAG.test(key) && / (?:OK|RELAY|REJECT|DISCARD|SKIP)$/i.test(value.replaceAll('\t', ' ')))
    return [{ code: 'MM118', text: `${key} lacks its colon: it is the key, and the rest is a text` }];
  if ((tag === 'From' || tag === 'To') && /^\d+(?:\.\d+){0,3}$/.test(rest))
    return [{ code: 'MM121', text: `${key}: only a client has an address or a network: Connect:${rest}` }];
  const finding = KEY_RULES.reduce<Finding | undefined>((found, rule) => found ?? rule(rest, compressed), undefined);
  return finding === undefined ? [] : [{ ...finding, text: `${key}: ${finding.text}` }];
}

type KeyRule = (name: ByteString, compressed: boolean | undefined) => Finding | undefined;

/** The first rule that applies counts. */
const KEY_RULES: readonly KeyRule[] = [
  (name) => when(/^<.*>$/.test(name), 'MM117', 'an address is written without its angle brackets'),
  (name) =>
    when(/^\/.+\/[a-z]*$/.test(name), 'MM113', 'a regular expression is an ordinary key, and no lookup finds it'),
  (name) => when(isNetwork(name), 'MM101', 'a network is not written with a slash', octetsOf(name)),
  ipv6Rule,
  (name) => when(name.startsWith('@'), 'MM107', 'a domain is written without @', name.slice(1)),
  (name) =>
    when(/\*/.test(name.replace(/\+\*@/, '')), 'MM105', 'there are no wildcards; a name stands for all names below it'),
  (name) => when(/^\d[\d.]*\.$/.test(name), 'MM102', 'a net is written without the last dot', name.slice(0, -1)),
  (name) => when(/[^.]\.$/.test(name), 'MM102', 'a lookup never ends in a dot', name.slice(0, -1)),
  (name) => when(isOddAddress(name), 'MM112', 'the parts of an address or net are whole numbers from 0 to 255'),
  notAscii,
  (name) => when(isOddName(name), 'MM120', 'one name is one key, and no name has such a character'),
];

const BARE_TAG = /^(?:connect|from|to|spam)$/i;

/** Characters that stand in no host or domain. A local part may have any. */
function isOddName(name: ByteString): boolean {
  const host = name.slice(name.lastIndexOf('@') + 1);
  return /[,;=?()<>{}|'"`!&#$^~\\/]/.test(host);
}

/** @param instead the name as it should be */
function when(holds: boolean, code: Finding['code'], text: string, instead?: ByteString): Finding | undefined {
  if (!holds) return undefined;
  return instead === undefined ? { code, text } : { code, text: `${text}: ${instead}`, instead };
}

function isNetwork(name: ByteString): boolean {
  const slash = name.lastIndexOf('/');
  const address = name.slice(0, Math.max(slash, 0));
  const isAddress = /^[\d.]+$/.test(address) || (address.includes(':') && /^(?:ipv6:)?[0-9a-f:]+$/i.test(address));
  return isAddress && /^[\d.]+$/.test(name.slice(slash + 1));
}

/** The key for a network of whole octets. */
function octetsOf(name: ByteString): ByteString | undefined {
  const [, address, bits] = /^(\d+(?:\.\d+){0,3})\/(8|16|24|32)$/.exec(name) ?? [];
  if (address === undefined) return undefined;
  return address
    .split('.')
    .concat('0', '0', '0')
    .slice(0, Number(bits) / 8)
    .join('.');
}

function ipv6Rule(name: ByteString, compressed: boolean | undefined): Finding | undefined {
  if (name.startsWith('[') && name.endsWith(']')) {
    const found = ipv6Rule(name.slice(1, -1), compressed);
    return found && { code: found.code, text: found.text };
  }
  const bare = name.replace(/^ipv6:/i, '');
  if (bare === name) {
    return when(
      hasHexGroups(name),
      'MM104',
      'an IPv6 address begins with IPv6: here',
      `IPv6:${spelled(name, compressed)}`,
    );
  }
  const whole = compressed === true ? bare : spelled(bare, false);
  if (bare.includes('::') && compressed !== true) {
    const unless = compressed === undefined ? ', unless UseCompressedIPv6Addresses is set' : '';
    return when(true, 'MM103', `sendmail looks it up without ::${unless}`, `IPv6:${whole}`);
  }
  if (/(?:^|:)0[0-9a-f]/i.test(bare))
    return { code: 'MM103', text: 'sendmail looks up the groups without leading zeros' };
  if (/[^:]:$/.test(bare)) return when(true, 'MM102', 'a net is written without the last colon', name.slice(0, -1));
  return when(
    isOddGroups(bare),
    'MM112',
    'the parts of an IPv6 address are up to eight groups of four hexadecimal digits',
  );
}

/** Eight groups, sendmail's spelling of an address that is not compressed. */
function spelled(address: ByteString, compressed: boolean | undefined): string {
  if (compressed === true || !isIPv6(address) || address.includes('.')) return address;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : new Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}

/** True for what begins and ends as an IPv4 address does, if a part of it is not an octet: no top-level domain has a digit. */
export function isOddAddress(name: ByteString): boolean {
  const parts = name.split('.');
  const last = parts.at(-1)!;
  if (!/^\d/.test(name) || name.includes('@')) return false;
  const isAddress = parts.length > 1 ? /^(?:x$|[\d[{(])/i.test(last) : /^\d+(?:-\d*)?$/.test(name);
  return isAddress && (parts.length > 4 || !parts.every((part) => OCTET.test(part)));
}

/** True for groups of IPv6 of which one has other characters, or for too many groups. */
function isOddGroups(address: ByteString): boolean {
  const groups = address.replace(/::?$/, '').split(':');
  return groups.length > 8 || groups.some((group) => group !== '' && !/^[\da-f]{1,4}$/i.test(group));
}

function notAscii(name: ByteString): Finding | undefined {
  const domain = name.slice(name.lastIndexOf('@') + 1);
  if (isAscii(domain)) return undefined;
  return { code: 'MM114', text: `sendmail looks up domains in ASCII${inAscii(domain)}` };
}

/** The ASCII form of a domain in DNS. */
export function inAscii(domain: ByteString): string {
  try {
    return `: ${new URL(`http://${decodeText(domain)}`).hostname}`;
  } catch {
    return '';
  }
}

function valueFindings(value: ByteString, tag: string): Finding[] {
  const text = trimEndBytes(value);
  const [, word = '', behind = ''] = /^([^\t-\r :("#]+)(.*)$/s.exec(text) ?? [];
  const isWord = WORDS.includes(word.toUpperCase());
  const isAlone = trimEndBytes(behind) === '';
  if (isWord && /^[\t-\r ]*#/.test(behind))
    return [
      {
        code: 'MM201',
        text: `the comment is part of the value: ${saysText(text)}`,
        instead: word,
        above: behind.slice(behind.indexOf('#')),
      },
    ];
  if (isWord && /^[\t-\r ]+[^\t-\r (]/.test(behind))
    return [{ code: 'MM202', text: `${word} counts as a word only if nothing follows it: ${saysText(text)}` }];
  if (SPAM_WORDS.includes(word.toUpperCase()) && isAlone && tag !== 'Spam')
    return [{ code: 'MM202', text: `${word} is a word only under Spam:; ${saysText(text)}` }];
  const quoted = /^"([A-Z]+)"$/i.exec(text)?.[1];
  if (quoted !== undefined && WORDS.includes(quoted.toUpperCase()))
    return [{ code: 'MM202', text: `a word has no quotes; ${saysText(quoted)}` }];
  const characters = characterFindings(word);
  if (characters.length > 0 || word === '' || isWord || isKnownElse(word)) return characters;
  const meant = meantBy(word, behind, isAlone);
  if (meant === undefined) return [];
  return [{ code: 'MM202', text: `${word} is no word of an access map${meant || ';'} ${saysText(text)}` }];
}

/** The probable word; `''` if a word of another server was meant; undefined: the value is a text. */
function meantBy(word: ByteString, behind: ByteString, isAlone: boolean): string | undefined {
  const isKeyword = ACCESS_KEYWORDS.includes(word.toUpperCase());
  if (behind.startsWith(':')) return isKeyword ? undefined : didYouMean(word, ACCESS_KEYWORDS) || undefined;
  if (isKeyword && (isAlone || word === word.toUpperCase())) return `; a colon follows ${word.toUpperCase()}:`;
  const isList = word.endsWith(',');
  const meant = isAlone ? didYouMean(word, [...WORDS, ...ACCESS_KEYWORDS]) : '';
  if (meant !== '') return meant;
  return (isAlone || isList ? FOREIGN.test(isList ? word.slice(0, -1) : word) : ACTION.test(word)) ? '' : undefined;
}

/** Words of other tables and servers. */
const FOREIGN =
  /^(?:accept|accepted|allow|allowed|ban|banned|bcc|blacklist|blacklisted|block|blocked|bounce|check_\w+|defer|delete|denied|deny|drop|dunno|false|filter|greylist|hold|info|none|pass|permit|permitted|prepend|redirect|rejected|tempfail|true|trusted|warn|whitelist|whitelisted|yes|(?:defer|permit|reject)_\w+)$/i;
/** Words of Postfix's access(5), before their text. */
const ACTION = /^(?:BCC|DEFER|DEFER_IF_PERMIT|DEFER_IF_REJECT|DUNNO|FILTER|HOLD|INFO|PREPEND|REDIRECT|WARN)$/;

/** Other values that the rules know: results of their own lookups, and `<TMPF>`. */
function isKnownElse(word: string): boolean {
  return /^(?:\?|no|okr|temp|perm|<tmpf>)$/i.test(word);
}

function saysText(text: ByteString): string {
  return `mail is refused with the text "${text}"`;
}
