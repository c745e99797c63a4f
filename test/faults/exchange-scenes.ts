/**
 * Programs of root's that work on the files of a user: the command, and what the user puts in the place of his own files while
 * it runs. `{own}` is his directory; `{safe}` has files that only root may read; in `{root}` only root may write.
 *
 * Each `other` is made in `own` beforehand, and exchanged with the file named first.
 */
export interface ExchangeScene {
  readonly name: string;
  /** Shell that root runs beforehand, in an empty `own`. */
  readonly prepare: string;
  /** A program of ours and its arguments. */
  readonly command: readonly string[];
  readonly stdin?: string;
  /** A file of the user's, a directory, or any file that begins with a dot (`.*`), and its replacements. */
  readonly exchanges: readonly (readonly [file: string, ...others: readonly string[]])[];
}

/** Replacements: links to files of root's, a pipe, and a directory of root's. */
export const OTHERS: Readonly<Record<string, string>> = {
  secret: 'ln -s {safe}/secret {own}/other',
  map: 'ln -s {safe}/access.lmdb {own}/other',
  cdb: 'ln -s {safe}/access.cdb {own}/other',
  pipe: 'mkfifo {own}/other',
  safe: 'ln -s {safe} {own}/other',
};

const TEXT = "printf 'a.example OK\\n' > ";
/** A map that everybody may write: root's programs replace it, and keep its owner and mode. */
const OPEN_MAP = (name: string, type = 'hash'): string =>
  `printf 'a.example OK\\n' | makemap ${type} ${name}; chmod 666 ${name}.${type === 'cdb' ? 'cdb' : 'lmdb'}\n`;
const FLEET =
  'openssl genpkey -algorithm ed25519 -out {root}/key 2>/dev/null; echo "ed25519 $(openssl pkey -in {root}/key -pubout -outform DER | base64 -w0)" > {root}/trust\n';
const ENGINE = (place: string): readonly string[] => ['--fleet', `file://${place}?fleet=mx`, '--trust', '{root}/trust'];
const PUBLISHED = `${FLEET}mkdir {root}/etc; ${TEXT}{root}/etc/access; mailmaps publish -d {root}/etc --fleet "file://{own}/engine?fleet=mx" --trust {root}/trust --key {root}/key --state {root}/state\n`;
const CF =
  'V10/Berkeley\nO ServiceSwitchFile=/nonexistent\nO DontBlameSendmail=TrustStickyBit\nF{c}{own}/words\nKt text {own}/table\nKh hash {own}/access\nSx\nR$={c}\t$: $(t $1 $) $(h $1 $)\n';

export const EXCHANGE_SCENES: readonly ExchangeScene[] = [
  {
    name: 'makemap',
    prepare: `mkdir {own}/d; ${OPEN_MAP('{own}/d/access')}`,
    command: ['makemap', 'hash', '{own}/d/access'],
    stdin: 'b.example OK\n',
    exchanges: [
      ['d/access.lmdb', 'map', 'secret', 'pipe'],
      ['d', 'safe'],
      ['d/.*', 'secret'],
    ],
  },
  {
    name: 'makemap cdb',
    prepare: `mkdir {own}/d; ${OPEN_MAP('{own}/d/access', 'cdb')}`,
    command: ['makemap', '-o', 'cdb', '{own}/d/access'],
    stdin: 'b.example OK\n',
    exchanges: [
      ['d/access.cdb', 'cdb', 'secret', 'pipe'],
      ['d', 'safe'],
      ['d/.*', 'secret'],
    ],
  },
  {
    name: 'makemap --cidr',
    prepare: `mkdir {own}/d; ${OPEN_MAP('{own}/d/access')}`,
    command: ['makemap', '--cidr', 'hash', '{own}/d/access'],
    stdin: '192.0.2.0/30 RELAY\n',
    exchanges: [
      ['d/access.lmdb', 'map'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'editmap',
    prepare: `mkdir {own}/d; ${OPEN_MAP('{own}/d/access')}`,
    command: ['editmap', '-u', 'hash', '{own}/d/access', 'k', 'v'],
    exchanges: [
      ['d/access.lmdb', 'map', 'pipe'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'newaliases',
    prepare: `mkdir {own}/d; ${OPEN_MAP('{own}/d/aliases')}printf 'a: b\\n' > {own}/d/aliases; printf 'V10\\nO AliasFile={own}/d/aliases\\n' > {root}/cf`,
    command: ['newaliases', '-C', '{root}/cf'],
    exchanges: [
      ['d/aliases', 'secret', 'pipe'],
      ['d/aliases.lmdb', 'map'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'build',
    prepare: `mkdir {own}/d; ${OPEN_MAP('{own}/d/access')}${OPEN_MAP('{own}/d/aliases')}${TEXT}{own}/d/access; printf 'a: b\\n' > {own}/d/aliases`,
    command: ['mailmaps', 'build', '-d', '{own}/d'],
    exchanges: [
      ['d/access', 'secret', 'pipe'],
      ['d/access.lmdb', 'map', 'pipe'],
      ['d/aliases', 'secret'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'import',
    prepare: `mkdir {own}/d; ${OPEN_MAP('{own}/d/access')}${OPEN_MAP('{own}/d/old', 'cdb')}mv {own}/d/old.cdb {own}/d/access.cdb`,
    command: ['mailmaps', 'import', '-d', '{own}/d', '--check'],
    exchanges: [
      ['d/access.cdb', 'cdb', 'map', 'pipe'],
      ['d/access.lmdb', 'map', 'pipe'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'import --cdb',
    prepare: `mkdir {own}/d; ${OPEN_MAP('{own}/d/access', 'cdb')}${OPEN_MAP('{own}/d/access')}`,
    command: ['mailmaps', 'import', '--cdb', '{own}/d/access.lmdb'],
    exchanges: [
      ['d/access.lmdb', 'map', 'pipe'],
      ['d/access.cdb', 'cdb', 'pipe'],
    ],
  },
  {
    name: 'publish',
    prepare: `${FLEET}mkdir -p {own}/d/lists; ${TEXT}{own}/d/access; echo alice > {own}/d/lists/staff; mkdir {own}/engine`,
    command: [
      'mailmaps',
      'publish',
      '-d',
      '{own}/d',
      ...ENGINE('{own}/engine'),
      '--key',
      '{root}/key',
      '--state',
      '{root}/state',
    ],
    exchanges: [
      ['d/access', 'secret', 'pipe'],
      ['d/lists/staff', 'secret', 'pipe'],
      ['d/lists', 'safe'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'follow, with the engine of a user',
    prepare: PUBLISHED,
    command: ['mailmaps', 'follow', '--once', ...ENGINE('{own}/engine'), '--into', '{root}/host'],
    exchanges: [
      ['engine/manifests/1', 'secret', 'pipe'],
      ['engine/manifests', 'safe'],
      ['engine', 'safe'],
    ],
  },
  {
    name: 'follow, into a directory in that of a user',
    prepare: `${PUBLISHED}mkdir {own}/host`,
    command: ['mailmaps', 'follow', '--once', ...ENGINE('{own}/engine'), '--into', '{own}/host'],
    exchanges: [['host', 'safe']],
  },
  {
    name: 'bt: classes, tables and maps of a rules file',
    prepare: `${OPEN_MAP('{own}/access')}echo word > {own}/words; echo 'word value' > {own}/table; printf '${CF.replaceAll('\n', '\\n').replaceAll('\t', '\\t')}' > {root}/cf`,
    command: ['mailmaps', 'bt', '{root}/cf'],
    stdin: 'x word\n/map t word\n/map h word\n',
    exchanges: [
      ['words', 'pipe'],
      ['table', 'pipe'],
      ['access.lmdb', 'pipe'],
    ],
  },
  {
    name: 'serve',
    prepare: `mkdir {own}/d; mkdir {root}/etc; ${TEXT}{root}/etc/access; makemap hash {root}/etc/access < {root}/etc/access`,
    command: [
      'mailmaps',
      'serve',
      'socketmap',
      '-d',
      '{root}/etc',
      '--listen',
      'unix:{own}/d/sock',
      '--socket-group',
      '65534',
      '--check',
    ],
    exchanges: [
      ['d/sock', 'secret'],
      ['d/.*', 'secret'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'doctor',
    prepare: `mkdir {own}/d; ${OPEN_MAP('{own}/d/access')}${TEXT}{own}/d/access`,
    command: ['mailmaps', 'doctor', '-d', '{own}/d', '--postfix', '{own}/d'],
    exchanges: [
      ['d/access', 'pipe'],
      ['d/access.lmdb', 'pipe'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'lint --fix, with a report and a baseline',
    prepare: `mkdir {own}/d; printf 'From:.a.example\\tREJECT\\n' > {own}/d/access; touch {own}/d/out {own}/d/base`,
    command: [
      'mailmaps',
      'lint',
      '-d',
      '{own}/d',
      '--fix',
      '--report',
      '{own}/d/out',
      '--write-baseline',
      '{own}/d/base',
    ],
    exchanges: [
      ['d/access', 'secret', 'pipe'],
      ['d/out', 'secret', 'pipe'],
      ['d/base', 'secret', 'pipe'],
      ['d/.*', 'secret'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'replay, with a report',
    prepare: `mkdir {own}/d {root}/etc; ${TEXT}{root}/etc/access; touch {own}/d/log {own}/d/out`,
    command: ['mailmaps', 'replay', '{own}/d/log', '--new', '{root}/etc', '--report', '{own}/d/out'],
    exchanges: [
      ['d/log', 'secret'],
      ['d/out', 'secret', 'pipe'],
      ['d', 'safe'],
    ],
  },
];
