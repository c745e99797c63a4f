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
const CLASS_NAMES = ['w', 'A', 'B', '{names}', '{dots}', '{none}', '{file}'];
const MACRO_NAMES = ['j', 'm', 'x', 'y', '{text}', '{unset}'];
const RULESETS = ['0', '1', '5', 'one', 'two', 'three', 'four'];
const MAPS = ['look', 'tab', 'dq', 'sum', 'set', 're', 'both', 'gone', 'hushed', 'nomap'];
/** Maps of the other classes, asked less often. */
const MORE_MAPS = ['tree', 'impl', 'none', 'void', 'rev', 'log', 'who', 'host', 'sock'];
/** Not asked by rules: names of aliases go through rules, and sendmail would read the file again and again. */
const ALIAS_MAPS = ['names', 'sw', 'aliases'];
const LEVELS = ['21.1', '21.2', '21.4', '21.10', '21.12', '60.1', '60.5', '21.12,60.4', '21.0', '60.0', '0-99.0'];
const SHORT = ['=M', '/quota', 'nosuch a', '', '#x', '?', '=', '.', '$', '-', '/', '.Cx', '=X', '/map', '/parse', '=S'];
const ODD_VALUES = ['', '"', '<', 'a b', '$x', '(', '\\'];
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
    ...(r.chance(0.3) ? ['O AliasFile=stab:/etc/mail/names'] : []),
    'Dxvalue.of.x',
    `Dy${word(r)}@${name(r)}`,
    `D{text}${r.pick(['two words', '"in quotes"', 'a$xb', '$?xset$|unset$.', ''])}`,
    `CA ${words(r)}`,
    `CB${r.pick([' ', ''])}${words(r)} $j`,
    `C{names} ${r.list(3, () => name(r)).join(' ')}`,
    `C{dots} .${word(r)} ${word(r)}. [10.1] ${word(r)}@${word(r)}`,
    `F{file}${r.pick(['', '-o '])}/etc/mail/words${r.pick(['', ' %s', ' %*s %s', ' %[^\\#]', ' %3s'])}`,
    ...mapLines(r),
    ...moreMapLines(r),
    ...r.sample(RULESETS, r.int(2, RULESETS.length)).flatMap((ruleset) => rulesetLines(r, ruleset)),
    'Mlocal, P=/bin/true, F=lsDFMAw5:/|@qP, S=5, R=1, A=true $u',
    'Msmtp, P=[IPC], F=mDFMuX, S=1/5, R=two, E=\\r\\n, A=TCP $h',
  ];
  return {
    cf: `${cf.join('\n')}\n`,
    maps: { look: mapText(r, '\t'), more: mapText(r, ' ') },
    files: {
      tab: r.list(6, () => `${word(r)} ${name(r)}:${word(r)}\n`).join(''),
      names: r.list(6, () => `${word(r)}: ${name(r)}${r.chance(0.2) ? ',\n\tb' : ''}\n`).join(''),
      words: r.list(8, () => `${r.pick(['', '# ', ' '])}${word(r)} ${name(r)}\n`).join(''),
    },
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

function moreMapLines(r: Random): readonly string[] {
  const flags = (...all: readonly string[]): string => r.sample(all, r.int(0, 2)).join(' ');
  const common = ['-a.app', '-m', '-q', '-S+', '-t', '-T<TEMP>', '-o', '-f', '-D', '-x'];
  const server = r.pick(['unix:/etc/mail/none', 'x:y', 'local:/etc/mail/words']);
  return [
    `Ktree btree ${flags(...common)} /etc/mail/gone`,
    `Kimpl implicit ${flags(...common)} /etc/mail/${r.pick(['look', 'words', 'gone'])}`,
    `Knone null ${flags(...common)}`,
    `Kvoid text ${flags('-o', '-k0', '-v2', '-kx', '-a!')} /etc/mail/${r.pick(['words', 'gone', 'tab'])}`,
    `Krev arpa ${flags('-a.arpa', '-m')}`,
    `Knames stab ${flags(...common)} /etc/mail/${r.pick(['names', 'names', 'gone'])}`,
    'Ksw switch things',
    'Ksw.files sequence tab names',
    `Klog syslog ${flags('-Linfo', '-D', '-S_', '-Lbad', '-x')}`,
    `Kwho user ${flags('-m', '-vuid', '-v home', '-vshell', '-a.x', '-vgecos')}`,
    `Ksock socket ${flags('-o', '-a.x', '-T<TEMP>')} ${server}`,
    ...(r.chance(0.2) ? [`Khost host ${flags('-a<OK>', '-m', '-a.', '-t', '-T<TEMP>')}`] : []),
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
    [1, () => `$?${r.pick(['x', '{text}', '{unset}', 'y'])}${word(r)}$|${slot(r, slots)}$.`],
    [1, () => `$${r.pick(MACRO_NAMES)}`],
  ])();
}

function lookup(r: Random, slots: number): string {
  const map = r.pick(r.chance(0.7) ? MAPS : MORE_MAPS);
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
    [1, r.pick(SHORT)],
    [1, `/map ${r.pick([...MORE_MAPS, ...ALIAS_MAPS])} ${address(r)}`],
    [1, `-d${r.pick(LEVELS)}`],
    [1, `/canon ${r.pick(['localhost', 'mail', name(r), `${word(r)}.`])}`],
    [1, `.D${r.pick(['y', '{unset}', '{text}'])}${r.pick(ODD_VALUES)}${`${word(r)} `.repeat(r.int(0, 200))}`],
    [1, `${rulesets} ${`${r.pick([address(r), word(r), '"q" '])}${r.pick(['', '.', ' '])}`.repeat(r.int(1, 120))}`],
  ]);
}
