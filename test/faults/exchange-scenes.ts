/**
 * Programs of root's that work on the files of a user: the command, and what the user puts in the place of his own files while
 * it runs. `{own}` is his directory; `{safe}` has files that only root may read; in `{root}` only root may write; `{data}` is
 * test/data. Here programs that write; exchange-readers.ts has the others.
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
  /** A program that goes on gets SIGTERM when it has printed one of these. */
  readonly until?: readonly string[];
  /** A file of the user's, a directory, or any file that begins with a dot (`.*`), and its replacements. */
  readonly exchanges: readonly (readonly [file: string, ...others: readonly string[]])[];
}

/** Replacements: links to files of root's, a pipe, and a directory of root's. */
export const OTHERS: Readonly<Record<string, string>> = {
  secret: 'ln -s {safe}/secret {own}/other',
  map: 'ln -s {safe}/access.lmdb {own}/other',
  cdb: 'ln -s {safe}/access.cdb {own}/other',
  bdb: 'ln -s {safe}/access.db {own}/other',
  pipe: 'mkfifo {own}/other',
  safe: 'ln -s {safe} {own}/other',
};

export const TEXT = "printf 'a.example OK\\n' > ";
/** A map that everybody may write: root's programs replace it, and keep its owner and mode. */
export const OPEN_MAP = (name: string, type = 'hash'): string =>
  `printf 'a.example OK\\n' | makemap ${type} ${name}; chmod 666 ${name}.${type === 'cdb' ? 'cdb' : 'lmdb'}\n`;
export const FLEET =
  'openssl genpkey -algorithm ed25519 -out {root}/key 2>/dev/null; echo "ed25519 $(openssl pkey -in {root}/key -pubout -outform DER | base64 -w0)" > {root}/trust\n';
export const ENGINE = (place: string): readonly string[] => [
  '--fleet',
  `file://${place}?fleet=mx`,
  '--trust',
  '{root}/trust',
];
export const KEY: readonly string[] = ['--key', '{root}/key'];
export const PUBLISHED: string = `${FLEET}mkdir {root}/etc; ${TEXT}{root}/etc/access; mailmaps publish -d {root}/etc --fleet "file://{own}/engine?fleet=mx" --trust {root}/trust --key {root}/key --state {root}/state\n`;
export const WRITER_SCENES: readonly ExchangeScene[] = [
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
    name: 'makemap --cidr, through a link to a directory',
    prepare: `mkdir {own}/d; ln -s d {own}/link; ${OPEN_MAP('{own}/d/access')}`,
    command: ['makemap', '--cidr', 'hash', '{own}/link/access'],
    stdin: '192.0.2.0/30 RELAY\n',
    exchanges: [
      ['d/access.lmdb', 'map'],
      ['link', 'safe'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'makemap -d',
    prepare: `mkdir {own}/d; ${OPEN_MAP('{own}/d/access')}`,
    command: ['makemap', '-d', 'hash', '{own}/d/access'],
    stdin: 'b.example OK\nb.example SKIP\n',
    exchanges: [
      ['d/access.lmdb', 'map', 'secret'],
      ['d', 'safe'],
      ['d/.*', 'map', 'secret'],
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
    name: 'newaliases, of a link where others may write',
    prepare: `mkdir -m 777 {own}/d; ln -s nowhere {own}/d/aliases; printf 'V10\\nO AliasFile={own}/d/aliases\\n' > {root}/cf`,
    command: ['newaliases', '-C', '{root}/cf'],
    exchanges: [
      ['d/aliases', 'secret', 'pipe'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'build',
    prepare: `mkdir {own}/d; ${OPEN_MAP('{own}/d/access')}${OPEN_MAP('{own}/d/aliases')}${TEXT}{own}/d/access; printf 'a: b\\n' > {own}/d/aliases`,
    command: ['mailmaps', 'build', '-d', '{own}/d', '--diff'],
    exchanges: [
      ['d/access', 'secret', 'pipe'],
      ['d/access.lmdb', 'map', 'pipe'],
      ['d/aliases', 'secret'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'import',
    prepare: `mkdir {own}/d; ${OPEN_MAP('{own}/d/access')}${OPEN_MAP('{own}/d/old', 'cdb')}mv {own}/d/old.cdb {own}/d/access.cdb; ${TEXT}{own}/d/access; echo 'Kaccess hash {own}/d/access' > {own}/d/sendmail.cf`,
    command: ['mailmaps', 'import', '-d', '{own}/d', '--check'],
    exchanges: [
      ['d/access.cdb', 'cdb', 'map', 'pipe'],
      ['d/access.lmdb', 'map', 'pipe'],
      ['d/access', 'secret', 'pipe'],
      ['d/sendmail.cf', 'secret', 'pipe'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'import of Berkeley DB',
    prepare: `mkdir {own}/d; ${OPEN_MAP('{own}/d/access')}${OPEN_MAP('{own}/d/virtusertable')}${OPEN_MAP('{own}/d/aliases')}cp {data}/dbfiles/sm-access-hash.db {own}/d/access.db; cp {data}/dbfiles/sm-access-btree.db {own}/d/virtusertable.db; cp {data}/dbfiles/sm-aliases.db {own}/d/aliases.db; echo 'a: b' > {own}/d/aliases`,
    command: ['mailmaps', 'import', '-d', '{own}/d', '--check'],
    exchanges: [
      ['d/access.db', 'bdb', 'secret', 'pipe'],
      ['d/virtusertable.db', 'bdb', 'map', 'pipe'],
      ['d/aliases', 'secret', 'pipe'],
      ['d/access.lmdb', 'map', 'pipe'],
      ['d/.*', 'secret'],
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
    command: ['mailmaps', 'publish', '-d', '{own}/d', ...ENGINE('{own}/engine'), ...KEY, '--state', '{root}/state'],
    exchanges: [
      ['d/access', 'secret', 'pipe'],
      ['d/lists/staff', 'secret', 'pipe'],
      ['d/lists', 'safe'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'publish, with its state in the directory of a user',
    prepare: `${PUBLISHED}mkdir {own}/state; ${TEXT}{root}/etc/virtusertable`,
    command: ['mailmaps', 'publish', '-d', '{root}/etc', ...ENGINE('{own}/engine'), ...KEY, '--state', '{own}/state'],
    exchanges: [['state', 'safe']],
  },
  {
    name: 'publish, with the engine of a user, and old generations',
    prepare: `${PUBLISHED}touch -d '3 days ago' {root}/state/retired/* 2>/dev/null || true; ${TEXT}{root}/etc/virtusertable`,
    command: ['mailmaps', 'publish', '-d', '{root}/etc', ...ENGINE('{own}/engine'), ...KEY, '--state', '{root}/state'],
    exchanges: [
      ['engine/head', 'secret', 'pipe'],
      ['engine/manifests', 'safe'],
      ['engine/manifests/1', 'secret', 'pipe'],
      ['engine/blocks', 'safe'],
      ['engine', 'safe'],
    ],
  },
  {
    name: 'rollback',
    prepare: PUBLISHED,
    command: ['mailmaps', 'rollback', '1', ...ENGINE('{own}/engine'), ...KEY, '--state', '{root}/state'],
    exchanges: [
      ['engine/manifests/1', 'secret', 'pipe'],
      ['engine/manifests', 'safe'],
      ['engine', 'safe'],
    ],
  },
  {
    name: 'follow, as a daemon',
    prepare: PUBLISHED,
    command: ['mailmaps', 'follow', ...ENGINE('{own}/engine'), '--into', '{root}/host', '--report', 'mx1'],
    until: ['is in use', 'warning: '],
    exchanges: [
      ['engine/manifests/1', 'secret', 'pipe'],
      ['engine/hosts', 'safe'],
      ['engine', 'safe'],
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
