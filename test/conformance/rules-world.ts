/**
 * Random sendmail.cf files with rulesets, classes, macros and maps, and lines to type about them in test mode.
 */
import type { Random } from './random.ts';

export interface RulesWorld {
  readonly cf: string;
  /** Texts of hash maps, by name below /etc/mail. */
  readonly maps: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
  readonly lines: readonly string[];
}

const ATOMS = ['a', 'b', 'Mx', 'user', 'host', 'example', 'test', 'x-1', '10', 'LOCAL', 'ok', '\xe9t'];
const OPERATORS = ['.:@[]', '.:%@!^/[]+', '@.', '.:@!%'];
const CLASS_NAMES = ['w', 'A', 'B', '{names}', '{dots}', '{none}'];
const MACRO_NAMES = ['j', 'm', 'x', 'y', '{text}', '{unset}'];
const RULESETS = ['0', '1', '5', 'one', 'two', 'three', 'four'];
const MAPS = ['look', 'tab', 'dq', 'sum', 'set', 're', 'both', 'gone', 'hushed', 'nomap'];
const REGEXES = ['^(a|b)*(.*)$', '@([^.]+)\\.', '(x|host)+', '[[:digit:]]+', '^.?.?$', '(.*)@(.*)', 'a\\{2\\}'];
const PUNCTUATION = ['.', '@', ':', '!', '%', '[', ']', '<', '>', ',', ';', '+', '/', '"q s"', '$|'];

/** A world from random choices. */
export function rulesWorld(r: Random): RulesWorld {
  const operators = r.pick(OPERATORS);
  const cf = [
    `V${r.weighted([
      [8, 10],
      [1, 9],
      [1, 8],
    ] as const)}/Berkeley`,
    'O QueueDirectory=/etc/mail/mqueue',
    'O ServiceSwitchFile=/etc/mail/service.switch',
    `O OperatorChars=${operators}`,
    ...(r.chance(0.2) ? [`O BlankSub=${r.pick(['.', '_', '-'])}`] : []),
    'Dxvalue.of.x',
    `Dy${word(r)}@${name(r)}`,
    `D{text}${r.pick(['two words', '"in quotes"', 'a$xb', '$?xset$|unset$.', ''])}`,
    `CA ${words(r)}`,
    `CB${r.pick([' ', ''])}${words(r)} $j`,
    `C{names} ${r.list(3, () => name(r)).join(' ')}`,
    `C{dots} .${word(r)} ${word(r)}. [10.1] ${word(r)}@${word(r)}`,
    ...mapLines(r),
    ...r.sample(RULESETS, r.int(2, RULESETS.length)).flatMap((ruleset) => rulesetLines(r, ruleset)),
    'Mlocal, P=/bin/true, F=lsDFMAw5:/|@qP, S=5, R=1, A=true $u',
    'Msmtp, P=[IPC], F=mDFMuX, S=1/5, R=two, E=\\r\\n, A=TCP $h',
  ];
  return {
    cf: `${cf.join('\n')}\n`,
    maps: { look: mapText(r, '\t'), more: mapText(r, ' ') },
    files: { tab: r.list(6, () => `${word(r)} ${name(r)}:${word(r)}\n`).join('') },
    lines: r.list(40, () => typedLine(r)),
  };
}

function word(r: Random): string {
  return r.pick(ATOMS);
}

function name(r: Random): string {
  return r.list(r.int(1, 3), () => word(r)).join('.');
}

function words(r: Random): string {
  return r.list(r.int(1, 4), () => (r.chance(0.3) ? name(r) : word(r))).join(' ');
}

function mapText(r: Random, gap: string): string {
  const value = (): string =>
    r.weighted([
      [4, name(r)],
      [2, `${word(r)}@${name(r)}`],
      [1, 'ERROR:5.1.1:550 no %0 here'],
      [1, '%1 and %2, not %3'],
      [1, '<%0> "q"'],
    ]);
  const key = (): string => (r.chance(0.5) ? word(r) : r.chance(0.5) ? name(r) : `${word(r)}@${name(r)}`);
  return r.list(12, () => `${key()}${gap}${value()}\n`).join('');
}

function mapLines(r: Random): readonly string[] {
  const flags = (): string =>
    r.sample(['-a.app', '-f', '-m', '-q', '-S_', '-T<TEMP>', '-N', '-O', '-t'], r.int(0, 2)).join(' ');
  const regexFlags = r.sample(['-s1', '-s1,0', '-n', '-f', '-b', '-d:', '-a+', '-m'], r.int(0, 3)).join(' ');
  return [
    `Klook hash ${flags()} /etc/mail/look`,
    `Kmore hash -o ${flags()} /etc/mail/more`,
    `Ktab text -z${r.pick([':', '\\t', ' '])} -k${r.int(0, 1)} -v${r.int(0, 1)} /etc/mail/tab`,
    `Kdq dequote ${r.pick(['', '-s.', '-a!', '-m'])}`,
    'Ksum arith',
    'Kset macro',
    `Kre regex ${regexFlags} ${r.pick(REGEXES)}`,
    `Kboth ${r.pick(['sequence', 'sequence -f'])} look more`,
    `Kgone hash ${flags()} /etc/mail/gone`,
    `Khushed hash -o ${flags()} /etc/mail/gone`,
  ];
}

function rulesetLines(r: Random, ruleset: string): readonly string[] {
  return [`S${ruleset}`, ...r.list(r.int(1, 6), () => rule(r))];
}

function rule(r: Random): string {
  const left: string[] = [];
  let slots = 0;
  for (let i = r.int(1, 5); i > 0; i--) {
    const part = r.weighted<string>([
      [5, r.pick(['$*', '$+', '$-'])],
      [2, `${r.pick(['$=', '$~'])}${r.pick(CLASS_NAMES)}`],
      [4, r.pick(PUNCTUATION)],
      [4, word(r)],
      [1, '$@'],
      [1, `$&${r.pick(MACRO_NAMES)}`],
    ]);
    if (/^\$[*+\-=~]/.test(part)) slots++;
    left.push(part);
  }
  const right = r.list(r.int(0, 5), () => rightPart(r, slots));
  const prefix = r.weighted<string>([
    [4, '$: '],
    [3, '$@ '],
    [2, ''],
    [1, `$# ${r.pick(['local', 'smtp', 'error', 'none'])} $@ ${name(r)} $: `],
  ]);
  return `R${left.join(r.chance(0.7) ? ' ' : '')}\t${prefix}${right.join(' ')}${r.chance(0.1) ? '\tremark' : ''}`;
}

function slot(r: Random, slots: number): string {
  return slots === 0 ? word(r) : `$${r.int(1, slots)}`;
}

function rightPart(r: Random, slots: number): string {
  return r.weighted<() => string>([
    [6, () => slot(r, slots)],
    [3, () => word(r)],
    [3, () => r.pick(PUNCTUATION)],
    [2, () => `$>${r.pick(RULESETS)} ${slot(r, slots)}`],
    [3, () => lookup(r, slots)],
    [1, () => `$&${r.pick(MACRO_NAMES)}`],
    [1, () => `$[ ${slot(r, slots)} $: ${word(r)} $]`],
  ])();
}

function lookup(r: Random, slots: number): string {
  const map = r.pick(MAPS);
  if (map === 'sum') return `$(sum ${r.pick(['+', '-', '*', '/', 'l', '=', '|'])} $@ ${slot(r, slots)} $@ 3 $)`;
  if (map === 'set') return `$(set ${r.pick(['x', '\x7btext}'])} $@ ${slot(r, slots)} $)`;
  const args = r.list(r.int(0, 2), () => ` $@ ${slot(r, slots)}`).join('');
  return `$(${map} ${slot(r, slots)}${r.chance(0.2) ? ` ${word(r)}` : ''}${args}${r.chance(0.5) ? ` $: ${word(r)}` : ''} $)`;
}

function address(r: Random): string {
  const user = r.weighted([
    [4, word(r)],
    [1, `${word(r)}+${word(r)}`],
    [1, '"a b"'],
    [1, `"${word(r)}\\"@${word(r)}"`],
  ]);
  return r.weighted([
    [5, `${user}@${name(r)}`],
    [2, user],
    [1, `${user} < @ ${name(r)} . >`],
    [1, `${word(r)}!${user}`],
    [1, `(c) ${user}@[10.1] (d)`],
    [1, r.list(r.int(1, 6), () => (r.chance(0.5) ? word(r) : r.pick(PUNCTUATION))).join(r.pick(['', ' ']))],
    [1, `<${user}@${name(r)}>, ${word(r)}`],
    [1, `${word(r)}" <${word(r)}`],
  ]);
}

function typedLine(r: Random): string {
  const rulesets = r.list(r.int(1, 2), () => r.pick(RULESETS)).join(',');
  return r.weighted([
    [12, `${rulesets} ${address(r)}`],
    [1, `=S${r.pick(RULESETS)}`],
    [1, `$${r.pick(MACRO_NAMES)}`],
    [1, `$=${r.pick(CLASS_NAMES)}`],
    [1, `/map ${r.pick(MAPS)} ${word(r)}`],
    [1, `/try ${r.pick(['local', 'smtp', 'none'])} ${address(r)}`],
    [1, `/tryflags ${r.pick(['HS', 'ER', 'HR', 'x'])}`],
    [1, `/parse ${address(r)}`],
    [1, `.D${r.pick(['x', '{text}'])}${name(r)}`],
    [1, `.CA${name(r)}`],
    [1, r.pick(['=M', '/quota', 'nosuch a', '', '#x', '?'])],
  ]);
}
