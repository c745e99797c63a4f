/** As exchange-scenes.ts: programs of root's that answer questions and review, over the files of a user. */
import { ENGINE, type ExchangeScene, FLEET, OPEN_MAP, PUBLISHED, TEXT } from './exchange-scenes.ts';

const CONFIGURATION = `mkdir {own}/d; ${OPEN_MAP('{own}/d/access')}${TEXT}{own}/d/access; echo relay.example > {own}/d/relay-domains; echo own.example > {own}/d/local-host-names`;
const LISTS = `mkdir {own}/d {own}/d/lists {own}/home; echo 'staff: :include:{own}/d/lists/staff' > {own}/d/aliases; echo bob > {own}/d/lists/staff; echo carol@far.example > {own}/home/.forward; newaliases -C /dev/null -oA{own}/d/aliases 2>/dev/null; echo 'bob:x:65534:65534::{own}/home:/bin/sh' > {root}/passwd; printf 'V10\\nO AliasFile={own}/d/aliases\\nO DontBlameSendmail=TrustStickyBit\\n' > {root}/cf`;
const TABLES = `${CONFIGURATION}; ${OPEN_MAP('{own}/d/mailertable')}printf 'a.example\\tsmtp:b.example\\n' > {own}/d/mailertable`;
const CF =
  'V10/Berkeley\nO ServiceSwitchFile={own}/switch\nO HostsFile={own}/hosts\nO DontBlameSendmail=TrustStickyBit\nF{c}{own}/words\nKt text {own}/table\nKh hash {own}/access\nKn host\nKs socket unix:{own}/sock\nMlocal, P=/bin/true, F=lsDFM, S=0, R=0, A=true\nSx\nR$={c}\t$: $(t $1 $) $(h $1 $) $(n $1 $)\n';
/** A socket on which nobody listens. */
const STALE_SOCKET = (path: string): string =>
  `node -e "require('net').createServer().listen('${path}', () => process.kill(process.pid, 'SIGKILL'))" || true`;
const OLD_AND_NEW = `mkdir {own}/d {own}/d/lists {root}/etc; ${TEXT}{own}/d/access; ${TEXT}{root}/etc/access; echo bob > {own}/d/lists/staff; ln -s staff {own}/d/lists/link; echo 'staff: :include:{own}/d/lists/link' > {own}/d/aliases; touch {own}/d/out`;
const POLICY =
  'configuration: { directory: {own}/d }\\nexpect:\\n  - client: 192.0.2.1\\n    recipient: x@relay.example\\n    action: relay\\n';

/** Answers for people go to root's terminal; what they need of the user's files may be anything. */
export const READER_SCENES: readonly ExchangeScene[] = [
  {
    name: 'bt: classes, tables, maps, hosts and sockets of a rules file',
    prepare: `${OPEN_MAP('{own}/access')}echo word > {own}/words; echo 'word value' > {own}/table; echo 'hosts files' > {own}/switch; echo '192.0.2.1 word' > {own}/hosts; touch {own}/sock; printf '${CF.replaceAll('\n', '\\n').replaceAll('\t', '\\t')}' > {root}/cf`,
    command: ['mailmaps', 'bt', '--cf', '{root}/cf'],
    stdin: 'x word\n/map t word\n/map h word\n/map n word\n/map s word\n',
    exchanges: [
      ['words', 'pipe'],
      ['table', 'pipe'],
      ['access.lmdb', 'pipe'],
      ['hosts', 'pipe'],
      ['switch', 'pipe'],
      ['sock', 'pipe'],
    ],
  },
  {
    name: 'check',
    prepare: CONFIGURATION,
    command: ['mailmaps', 'check', 'rcpt', 'x@relay.example', '-d', '{own}/d', '--client', '192.0.2.1'],
    exchanges: [
      ['d/access.lmdb', 'map', 'pipe'],
      ['d/access', 'secret', 'pipe'],
      ['d/relay-domains', 'secret', 'pipe'],
      ['d/local-host-names', 'secret', 'pipe'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'check, with a sendmail.cf of the user',
    prepare: `${CONFIGURATION}; printf 'V10/Berkeley\\nKaccess hash {own}/d/access\\nFR{own}/d/relay-domains\\n' > {own}/d/cf`,
    command: ['mailmaps', 'check', 'rcpt', 'x@relay.example', '--cf', '{own}/d/cf', '--client', '192.0.2.1'],
    exchanges: [
      ['d/cf', 'secret', 'pipe'],
      ['d/relay-domains', 'secret', 'pipe'],
      ['d/access.lmdb', 'map', 'pipe'],
    ],
  },
  {
    name: 'expand',
    prepare: LISTS,
    command: ['mailmaps', 'expand', '--cf', '{root}/cf', '--passwd', '{root}/passwd', 'staff'],
    exchanges: [
      ['d/aliases.lmdb', 'map', 'pipe'],
      ['d/aliases', 'secret', 'pipe'],
      ['d/lists/staff', 'secret', 'pipe'],
      ['d/lists', 'safe'],
      ['home/.forward', 'secret', 'pipe'],
      ['home', 'safe'],
    ],
  },
  {
    name: 'route',
    prepare: TABLES,
    command: ['mailmaps', 'route', '-d', '{own}/d', 'x@a.example'],
    exchanges: [
      ['d/mailertable.lmdb', 'map', 'pipe'],
      ['d/mailertable', 'secret', 'pipe'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'praliases',
    prepare: `${LISTS}; mv {own}/d/aliases.lmdb {own}/d/real.lmdb; ln -s real.lmdb {own}/d/aliases.lmdb`,
    command: ['praliases', '-f', '{own}/d/aliases'],
    exchanges: [
      ['d/aliases.lmdb', 'map', 'pipe'],
      ['d/real.lmdb', 'map', 'pipe'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'cidr',
    prepare: `mkdir {own}/d; echo 192.0.2.0/24 > {own}/d/relay-domains`,
    command: ['mailmaps', 'cidr', '{own}/d/relay-domains'],
    exchanges: [
      ['d/relay-domains', 'secret'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'serve policy, where another server left its socket',
    prepare: `${CONFIGURATION}; ${STALE_SOCKET('{own}/d/sock')}`,
    command: [
      'mailmaps',
      'serve',
      'policy',
      '-d',
      '{own}/d',
      '--listen',
      'unix:{own}/d/sock',
      '--metrics',
      '127.0.0.1:0',
    ],
    until: ['serving'],
    exchanges: [
      ['d/access.lmdb', 'map', 'pipe'],
      ['d/relay-domains', 'secret', 'pipe'],
      ['d/sock', 'secret', 'pipe'],
      ['d/.*', 'secret'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'serve table',
    prepare: CONFIGURATION,
    command: ['mailmaps', 'serve', 'table', '{own}/d/access'],
    stdin: 'config|ready\ntable|0.1|0|lookup|alias|1|a.example\n',
    exchanges: [
      ['d/access.lmdb', 'map', 'pipe'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'doctor',
    prepare: `mkdir {own}/d; ${OPEN_MAP('{own}/d/access')}${TEXT}{own}/d/access; echo 'virtual_alias_maps = socketmap:unix:{own}/d/sock:v' > {own}/d/main.cf; touch {own}/d/master.cf`,
    command: ['mailmaps', 'doctor', '-d', '{own}/d', '--postfix', '{own}/d'],
    exchanges: [
      ['d/access', 'pipe'],
      ['d/access.lmdb', 'pipe'],
      ['d/main.cf', 'secret', 'pipe'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'lint, with a baseline',
    prepare: `${OLD_AND_NEW}; mailmaps lint -d {own}/d --write-baseline {own}/d/base || true`,
    command: ['mailmaps', 'lint', '-d', '{own}/d', '--baseline', '{own}/d/base', '--report', '{own}/d/out'],
    exchanges: [
      ['d/base', 'secret'],
      ['d/access', 'secret', 'pipe'],
      ['d/lists/staff', 'secret', 'pipe'],
      ['d/out', 'secret', 'pipe'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'lint, of a sendmail.cf',
    prepare: `${CONFIGURATION}; printf 'V10/Berkeley\\nKaccess hash {own}/d/access\\nFR{own}/d/relay-domains\\n' > {own}/d/cf`,
    command: ['mailmaps', 'lint', '--cf', '{own}/d/cf'],
    exchanges: [
      ['d/cf', 'secret', 'pipe'],
      ['d/relay-domains', 'secret', 'pipe'],
      ['d', 'safe'],
    ],
  },
  {
    name: 'diff, with a report',
    prepare: OLD_AND_NEW,
    command: ['mailmaps', 'diff', '{root}/etc', '{own}/d', '--report', '{own}/d/out'],
    exchanges: [
      ['d/access', 'pipe'],
      ['d/lists/staff', 'pipe'],
      ['d/out', 'secret', 'pipe'],
      ['d/lists', 'safe'],
    ],
  },
  {
    name: 'diff with a generation',
    prepare: PUBLISHED,
    command: ['mailmaps', 'diff', 'fleet:1', '{root}/etc', ...ENGINE('{own}/engine')],
    exchanges: [
      ['engine/manifests/1', 'secret', 'pipe'],
      ['engine/blocks', 'safe'],
      ['engine', 'safe'],
    ],
  },
  {
    name: 'verify, with a report',
    prepare: `${CONFIGURATION}; printf '${POLICY}' > {own}/d/policy; touch {own}/d/out {own}/d/junit`,
    command: ['mailmaps', 'verify', '{own}/d/policy', '--junit', '{own}/d/junit', '--report', '{own}/d/out'],
    exchanges: [
      ['d/policy', 'secret'],
      ['d/relay-domains', 'pipe'],
      ['d/junit', 'secret', 'pipe'],
      ['d/out', 'secret', 'pipe'],
      ['d/.*', 'secret'],
    ],
  },
  {
    name: 'generations',
    prepare: PUBLISHED,
    command: ['mailmaps', 'generations', ...ENGINE('{own}/engine')],
    exchanges: [
      ['engine/manifests/1', 'secret', 'pipe'],
      ['engine', 'safe'],
    ],
  },
  {
    name: 'fleet-status',
    prepare: `${FLEET}mkdir -p {own}/engine/hosts; echo '{}' > {own}/engine/hosts/mx1`,
    command: ['mailmaps', 'fleet-status', '--fleet', 'file://{own}/engine?fleet=mx'],
    exchanges: [
      ['engine/hosts/mx1', 'secret', 'pipe'],
      ['engine/hosts', 'safe'],
      ['engine', 'safe'],
    ],
  },
];
