/**
 * A sendmail.cf -> the DNS lists that it asks (dnsbl, enhdnsbl, rhsbl, mtamark, the old rbl), in their order, and the
 * effect of a listing: `dnsbl:bl.example`, `dnsbl:bl.example temp`, `enhdnsbl:bl.example = 127.0.0.2.`.
 *
 * Errors: a list without a rule for listings, for example because of a comma in its message, refuses nobody (`idle`).
 */
import type { RuleText } from '../rulesets.ts';
import type { CfReading, Item } from './reading.ts';

/** The kind of a list, by the right side that asks it; the group is its zone. */
const ASKING: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['dnsbl', /^\$: <\?> \$\(dnsbl \$4\.\$3\.\$2\.\$1\.(\S+?)\. \$: OK \$\)$/],
  ['enhdnsbl', /^\$: <\?> \$\(ednsbl \$4\.\$3\.\$2\.\$1\.(\S+?)\. \$: OK \$\)$/],
  ['rhsbl', /^\$: <\?> \$\(dnsbl \$2\.(\S+?)\. \$: OK \$\)/],
  ['mtamark', /^\$: <\?> \$\(mtamark (\S+?)\.\$4\./],
  ['rbl', /^\$: <\?> \$\(host \$4\.\$3\.\$2\.\$1\.(\S+?)\. \$: OK \$\)$/],
];

export interface DnsListItem extends Item {
  /** True: it is asked, but a listing has no effect. */
  readonly idle?: true;
  /**
   * The list with all its arguments, `dnsbl:bl.example,"550 text",t`; absent: they cannot be written in this form.
   */
  readonly feature?: string;
}

export function dnsListItems(cf: CfReading): DnsListItem[] {
  const rules = [...cf.rules('Basic_check_relay'), ...cf.rules('Local_check_relay')];
  return rules.flatMap(({ right, line }, at) => {
    const asking = ASKING.find(([, pattern]) => pattern.test(right));
    if (asking === undefined) return [];
    const [kind, pattern] = asking;
    const name = `${kind}:${pattern.exec(right)![1]}`;
    const answers = answersAfter(rules, at);
    const idle = !answers.some((rule) => rule.right.includes('$#') && !rule.left.includes('<TMP>'));
    const parts = [name, ...answers.flatMap((rule) => consequence(kind, rule).map((text) => `${name} ${text}`))];
    const hasEffect = answers.some((rule) => rule.right.includes('$#'));
    const feature = hasEffect ? featureOf(kind, name, answers) : undefined;
    const first = { ...(idle && ({ idle: true } as const)), ...(feature !== undefined && { feature }) };
    return [...new Set(parts)].map((item, i) => ({ item, line, ...(i === 0 && first) }));
  });
}

/** Kinds of lists that our rules support. */
const KNOWN = /^(?:dnsbl|enhdnsbl|rhsbl|mtamark)$/;

/** A message with a comma: m4 loses the rule for listings. */
const LOST = '","';

function featureOf(kind: string, name: string, answers: readonly RuleText[]): string | undefined {
  const refusing = answers.filter(({ right }) => right.includes('$#'));
  const temporary = refusing.find(({ left }) => left.includes('<TMP>'));
  const listing = refusing.filter(({ left }) => !left.includes('<TMP>'));
  const message = listing[0] === undefined ? LOST : messageOf(listing[0].right);
  const results = listing.map(({ left }) => left.replace(/^<\?>\s*/, '')).filter((left) => left !== '$+');
  const temporaryText = temporary === undefined ? '' : textOf(temporary.right);
  const all =
    kind === 'mtamark'
      ? [`mtamark:${message}`, temporaryText, name.slice(name.indexOf(':') + 1)]
      : [name, message, temporaryText, ...results];
  return KNOWN.test(kind) && !all.some((part) => part !== LOST && part.includes(',')) ? all.join(',') : undefined;
}

function messageOf(right: string): string {
  if (right.includes('$@ quarantine')) return 'quarantine';
  return right.startsWith('$#discard') ? 'discard' : textOf(right);
}

function textOf(right: string): string {
  return right.slice(right.indexOf('$:') + 2).trim();
}

/** The rules that test the answer of the list. */
function answersAfter(rules: readonly RuleText[], at: number): readonly RuleText[] {
  const after = rules.slice(at + 1);
  const end = after.findIndex(({ left }) => !/^<[?@]>/.test(left));
  return end < 0 ? after : after.slice(0, end);
}

function consequence(kind: string, { left, right }: RuleText): string[] {
  if (!right.includes('$#')) return [];
  if (left.includes('<TMP>')) return right.includes('$#error') ? ['temp'] : [];
  const result = left.replace(/^<\?>\s*/, '');
  return [
    ...(right.includes('quarantine') ? ['quarantine'] : right.startsWith('$#discard') ? ['discard'] : []),
    ...(kind === 'enhdnsbl' && result !== '$+' ? [`= ${result}`] : []),
  ];
}
