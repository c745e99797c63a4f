/** Access keys that nobody ever asks for. The searches are those of sendmail's check_ rulesets (FEATURE(access_db)). */
import { foldCase } from '../../../core/fold.ts';
import { nearest } from '../../../core/nearest.ts';
import { ACCESS_TAGS } from '../../../source/access-entry.ts';
import { entriesBySubject } from '../context.ts';
import { entryRule, placeOf, type Rule } from '../rule.ts';

const TAG_NAMES: readonly string[] = ACCESS_TAGS;
/** Tags whose subjects are hosts, networks or addresses. */
const PLAIN_TAGS: readonly (string | undefined)[] = [undefined, 'Connect', 'From', 'To', 'Spam'];
const OCTET = /^(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])$/;

const FEATURE_OF: Readonly<Record<string, readonly string[]>> = {
  Spam: ['delay_checks:friend', 'delay_checks:hater', 'delay_checks:friend,n', 'delay_checks:hater,n'],
};

export const KEY_RULES: readonly Rule[] = [
  entryRule(
    {
      code: 'MM101',
      severity: 'warning',
      title: 'a network in CIDR notation is never met',
      why: 'The search cuts whole octets off the address; a key with a slash is never asked for.',
      bad: 'Connect:10.0.0.0/8\tRELAY',
      good: 'Connect:10\tRELAY',
    },
    'subject',
    ({ subject, key, value }) => {
      const [, address, bits] = /^(\d+(?:\.\d+){0,3})\/(\d{1,3})$/.exec(subject) ?? [];
      if (address === undefined) return undefined;
      const octets = Number(bits) / 8;
      const plain = address.split('.').slice(0, octets).join('.');
      const whole = Number.isInteger(octets) && octets >= 1 && octets <= 4 && plain.split('.').length === octets;
      const replacement = `${key.slice(0, key.length - subject.length)}${plain}\t${value}`;
      return {
        text: `${subject} is no network to sendmail: the entry has no effect`,
        help: whole ? `write ${plain}` : 'write one entry for each whole octet, or compile with makemap --cidr',
        ...(whole && { fix: { replacement } }),
      };
    },
  ),
  entryRule(
    {
      code: 'MM102',
      severity: 'warning',
      title: 'a network that ends in a dot is never met',
      why: 'The search cuts the dot off with its octet. In relay-domains the same spelling works.',
      bad: 'Connect:192.168.\tRELAY',
      good: 'Connect:192.168\tRELAY',
    },
    'subject',
    ({ subject, key, value }) =>
      /^\d{1,3}(?:\.\d{1,3}){0,3}\.$/.test(subject)
        ? {
            text: `${subject} ends in a dot: the entry has no effect`,
            help: `write ${subject.slice(0, -1)}`,
            fix: { replacement: `${key.slice(0, -1)}\t${value}` },
          }
        : undefined,
  ),
  entryRule(
    {
      code: 'MM103',
      severity: 'warning',
      title: 'a compressed IPv6 address is never met',
      why: 'sendmail spells addresses in eight groups, unless UseCompressedIPv6Addresses is set.',
      bad: 'Connect:IPv6:2001:db8::6\tRELAY',
      good: 'Connect:IPv6:2001:db8:0:0:0:0:0:6\tRELAY',
    },
    'subject',
    ({ subject }, { compressedAddresses }) =>
      !compressedAddresses && /^ipv6:.*::/i.test(subject)
        ? { text: `${subject} is compressed: the entry has no effect`, help: 'write all eight groups' }
        : undefined,
  ),
  entryRule(
    {
      code: 'MM104',
      severity: 'warning',
      title: 'an IPv6 address lacks IPv6:',
      why: 'sendmail looks addresses up as IPv6:2001:db8:...',
      bad: 'Connect:2001:db8:0:0:0:0:0:5\tRELAY',
      good: 'Connect:IPv6:2001:db8:0:0:0:0:0:5\tRELAY',
    },
    'subject',
    ({ subject }) =>
      /^[\da-f]{0,4}(?::[\da-f]{0,4}){2,7}$/i.test(subject)
        ? { text: `${subject} lacks IPv6: in front: the entry has no effect`, help: `write IPv6:${subject}` }
        : undefined,
  ),
  entryRule(
    {
      code: 'MM105',
      severity: 'warning',
      title: 'a wildcard is never met',
      why: 'Keys are compared as they stand. A domain covers everything below it without a star.',
      bad: 'To:*.example.com\tREJECT',
      good: 'To:example.com\tREJECT',
    },
    'subject',
    ({ subject, tag }) =>
      PLAIN_TAGS.includes(tag) && subject.replace(/\+\*@/, '').includes('*')
        ? { text: `${subject} has a wildcard: the entry has no effect`, help: `write ${subject.replace(/^\*\.?/, '')}` }
        : undefined,
  ),
  entryRule(
    {
      code: 'MM106',
      severity: 'warning',
      title: 'a key with a leading dot needs a feature that is off',
      why: 'Only access_db:lookupdotdomain asks for .example.com. A domain covers everything below it without a dot.',
      bad: '.example.com\tOK',
      good: 'example.com\tOK',
    },
    'subject',
    ({ subject, key, value, tag }, { features }) =>
      subject.startsWith('.') && PLAIN_TAGS.includes(tag) && !features.has('access_db:lookupdotdomain')
        ? {
            text: `${subject} begins with a dot: the entry has no effect without access_db:lookupdotdomain`,
            help: `write ${subject.slice(1)}`,
            fix: { replacement: `${key.slice(0, key.length - subject.length)}${subject.slice(1)}\t${value}` },
          }
        : undefined,
  ),
  entryRule(
    {
      code: 'MM107',
      severity: 'warning',
      title: 'a domain with a leading @ is never met',
      why: 'Domains are looked up without it.',
      bad: 'To:@a.example\tREJECT',
      good: 'To:a.example\tREJECT',
    },
    'subject',
    ({ subject, key, value }) =>
      subject.startsWith('@') && subject.length > 1
        ? {
            text: `${subject} begins with @: the entry has no effect`,
            help: `write ${subject.slice(1)}`,
            fix: { replacement: `${key.slice(0, key.length - subject.length)}${subject.slice(1)}\t${value}` },
          }
        : undefined,
  ),
  entryRule(
    {
      code: 'MM108',
      severity: 'warning',
      title: 'a name without @ is a host, and no user',
      why: 'To:devnull is asked for mail to the host devnull. A user is To:devnull@.',
      bad: 'To:devnull\tDISCARD',
      good: 'To:devnull@\tDISCARD',
    },
    'subject',
    ({ subject, tag, kind, value }) =>
      (tag === 'To' || tag === 'From') &&
      kind === 'host' &&
      /^[a-z][\w-]*$/i.test(subject) &&
      !/^(?:RELAY|OK)$/i.test(value)
        ? { text: `${subject} is a host here`, help: `write ${tag}:${subject}@ for the user` }
        : undefined,
  ),
  {
    code: 'MM110',
    severity: 'warning',
    title: 'the tag is unknown',
    why: 'The whole text becomes a key that nobody asks for.',
    bad: { files: { access: 'Conect:192.0.2.4\tREJECT\n' } },
    good: { files: { access: 'Connect:192.0.2.4\tREJECT\n' } },
    *check({ access }) {
      for (const entry of access) {
        const [, tag] = /^([A-Za-z_]+):/.exec(entry.tag === undefined ? entry.key : '') ?? [];
        if (tag === undefined || /^ipv6$/i.test(tag)) continue;
        const near = nearest(tag, TAG_NAMES);
        yield {
          ...placeOf(entry, 'key'),
          length: tag.length + 1,
          text: `there is no tag ${tag}: the entry has no effect`,
          help: near === undefined ? `there are ${TAG_NAMES.join(', ')}` : `did you mean ${near}:?`,
        };
      }
    },
  },
  entryRule(
    {
      code: 'MM111',
      severity: 'warning',
      title: 'the tag needs a feature that is off',
      why: 'Nothing asks for the entry.',
      bad: 'Spam:bob@\tFRIEND',
      good: { files: { access: 'Spam:bob@\tFRIEND\n' }, features: ['delay_checks:friend'] },
    },
    'key',
    ({ tag }, { features }) => {
      const needed = FEATURE_OF[tag ?? ''] ?? [];
      return needed.length > 0 && !needed.some((feature) => features.has(feature))
        ? { text: `${tag}: needs ${needed.slice(0, 2).join(' or ')}: the entry has no effect` }
        : undefined;
    },
  ),
  entryRule(
    {
      code: 'MM112',
      severity: 'warning',
      title: 'a part of a network is no octet',
      why: 'sendmail compares octets as text: no range, no letter, no leading zero.',
      bad: 'Connect:192.168.1.1-20\tREJECT',
      good: 'Connect:192.168.1.1\tREJECT',
    },
    'subject',
    ({ subject, kind }) => {
      const parts = subject.split('.');
      const looksLike = /^\d+(?:\.[\dx*-]+){1,3}$/i.test(subject) && !/\.$/.test(subject);
      if (!looksLike && kind !== 'network') return undefined;
      const wrong = parts.find((part) => !OCTET.test(part));
      return wrong === undefined || wrong.includes('*') ? undefined : `${wrong} is no octet: the entry has no effect`;
    },
  ),
  entryRule(
    {
      code: 'MM113',
      severity: 'warning',
      title: 'a regular expression is never met',
      why: 'Keys are compared as they stand.',
      bad: '/^dyn.*/\tREJECT',
      good: 'dyn.example\tREJECT',
    },
    'key',
    ({ key }) => (/^!?\/./.test(key) ? `${key} is a regular expression: the entry has no effect` : undefined),
  ),
  entryRule(
    {
      code: 'MM114',
      severity: 'warning',
      title: 'a name is not ASCII',
      why: 'DNS and mail know such a domain in its ASCII form (xn--).',
      bad: 'From:b\u00fccher.example\tREJECT',
      good: 'From:xn--bcher-kva.example\tREJECT',
    },
    'subject',
    ({ subject, kind }) =>
      kind === 'host' && /[\x80-\xff]/.test(subject) ? 'the name is not ASCII: write its xn-- form' : undefined,
  ),
  {
    code: 'MM115',
    severity: 'warning',
    title: 'the entry is shadowed',
    why: 'A key without a tag is asked after the tagged ones; with all three there, it is never used.',
    bad: { files: { access: 'a.example\tOK\nFrom:a.example\tOK\nTo:a.example\tOK\nConnect:a.example\tOK\n' } },
    good: { files: { access: 'a.example\tOK\nFrom:a.example\tREJECT\n' } },
    *check(context) {
      const tagged = (['Connect', 'From', 'To'] as const).map((tag) => entriesBySubject(context, tag));
      for (const entry of context.access) {
        if (entry.tag !== undefined || !tagged.every((entries) => entries.has(foldCase(entry.subject)))) continue;
        yield { ...placeOf(entry, 'key'), text: `Connect:, From: and To: entries answer before ${entry.subject} does` };
      }
    },
  },
  {
    code: 'MM116',
    severity: 'style',
    title: 'the entry says what an entry above it says',
    why: 'A domain or network covers everything below it.',
    bad: { files: { access: 'Connect:10\tRELAY\nConnect:10.1\tRELAY\n' } },
    good: { files: { access: 'Connect:10\tRELAY\nConnect:10.1\tREJECT\n' } },
    *check(context) {
      const byTag = new Map(PLAIN_TAGS.map((tag) => [tag, entriesBySubject(context, tag as undefined)]));
      for (const entry of context.access) {
        const entries = byTag.get(entry.tag);
        const parent = entries && parentOf(entry.subject, entry.kind, (subject) => entries.get(foldCase(subject)));
        if (parent === undefined || parent.value !== entry.value || parent === entry) continue;
        yield { ...placeOf(entry, 'key'), text: `${parent.key} (line ${parent.line}) says the same` };
      }
    },
  },
];

/** The nearest entry above a host or network. */
function parentOf<T>(subject: string, kind: string, find: (subject: string) => T | undefined): T | undefined {
  const next =
    kind === 'network'
      ? (text: string) => text.slice(0, Math.max(0, text.lastIndexOf('.')))
      : (text: string) => text.replace(/^[^.]*\.?/, '');
  if (kind !== 'network' && kind !== 'host') return undefined;
  for (let above = next(subject); above !== ''; above = next(above)) {
    const found = find(above);
    if (found !== undefined) return found;
  }
  return undefined;
}
