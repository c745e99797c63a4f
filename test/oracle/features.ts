/**
 * A list of features in FEATURE notation -> sendmail.cf, by the real m4 sources.
 *
 * `blocklist_recipients`, `access_db:skip`, `delay_checks:friend`, `trust_auth_mech:PLAIN LOGIN`, `define:confX=value`,
 * `ostype:debian`, `mailer:procmail`, `MASQUERADE_AS:a.example`, `m4:any line`. `access_db`, `use_cw_file` and `nocanonify` are always on; `no_access_db` leaves the first out, `canonify` the last.
 *
 * The frame keeps everything below /etc/mail, sends every delivery to a script that logs it, and adds two helpers for
 * test mode: `Start` turns a typed `$|`, which test mode takes literally, into the operator; `OracleF` gives `$f` the
 * value that the daemon gives it, which is the sender after rewriting.
 */
import { execFileSync } from 'node:child_process';

export const DEFAULT_FEATURES: readonly FeatureSpec[] = ['accept_unresolvable_domains', 'blocklist_recipients'];

const frame = (root: string, ostype: string): string => `divert(-1)
define(\`_CF_DIR_',\`${root}/root/usr/share/sendmail/cf/')
define(\`_NO_MAKEINFO_',\`1')
divert(0)dnl
include(\`${root}/root/usr/share/sendmail/cf/m4/cf.m4')dnl
define(\`MAIL_SETTINGS_DIR',\`/etc/mail/')dnl
define(\`ALIAS_FILE',\`/etc/mail/aliases')dnl
define(\`confCW_FILE',\`/etc/mail/local-host-names')dnl
define(\`confCR_FILE',\`-o /etc/mail/relay-domains')dnl
define(\`confCT_FILE',\`-o /etc/mail/trusted-users')dnl
define(\`HELP_FILE',\`/etc/mail/helpfile')dnl
define(\`STATUS_FILE',\`/etc/mail/statistics')dnl
define(\`QUEUE_DIR',\`/etc/mail/mqueue')dnl
define(\`confPID_FILE',\`/etc/mail/sendmail.pid')dnl
define(\`confSERVICE_SWITCH_FILE',\`/etc/mail/service.switch')dnl
define(\`confDOMAIN_NAME',\`mail.oracle.test')dnl
define(\`confDONT_PROBE_INTERFACES',\`True')dnl
define(\`confTO_IDENT',\`0')dnl
define(\`confDELIVERY_MODE',\`interactive')dnl
define(\`confREFUSE_LA',\`10000')dnl
define(\`confQUEUE_LA',\`10000')dnl
define(\`confDEF_USER_ID',\`mail:mail')dnl
${ostype}
define(\`LOCAL_MAILER_PATH',\`${root}/bin/mda')dnl
define(\`LOCAL_MAILER_ARGS',\`mda /etc/mail/deliver.log local $g $h $u')dnl
MODIFY_MAILER_FLAGS(\`LOCAL',\`-r')dnl
FEATURE(\`no_default_msa')dnl
DAEMON_OPTIONS(\`Family=inet, Name=MTA-v4, Port=2525, Addr=127.0.0.1')dnl
DAEMON_OPTIONS(\`Family=inet6, Name=MTA-v6, Port=2525, Addr=::1')dnl
FEATURE(\`nocanonify')dnl
FEATURE(\`use_cw_file')dnl
`;

const PLAIN_OSTYPE = "define(`__OSTYPE__',`oracle')dnl";
const debianOstype = (root: string): string => `include(\`${root}/root/usr/share/sendmail/cf/debian/autoconf.m4')dnl
OSTYPE(\`debian')dnl
define(\`STATUS_FILE',\`/etc/mail/statistics')dnl
define(\`confDEAD_LETTER_DROP',\`/etc/mail/dead.letter')dnl
define(\`confHOST_STATUS_DIRECTORY',\`/etc/mail/mqueue/.hoststat')dnl`;

const tail = (root: string): string => `MAILER_DEFINITIONS
Mesmtp,		P=${root}/bin/mda, F=mDFMuXa, S=EnvFromSMTP/HdrFromSMTP, R=ifdef(\`_ALL_MASQUERADE_', \`EnvToSMTP/HdrFromSMTP', \`EnvToSMTP'), E=\\r\\n, L=990,
		T=DNS/RFC822/SMTP,
		A=mda /etc/mail/deliver.log esmtp $g $h $u
Mrelay,		P=${root}/bin/mda, F=mDFMuXa8, S=EnvFromSMTP/HdrFromSMTP, R=ifdef(\`_ALL_MASQUERADE_', \`MasqSMTP/MasqRelay', \`MasqSMTP'), E=\\r\\n, L=2040,
		T=DNS/RFC822/SMTP,
		A=mda /etc/mail/deliver.log relay $g $h $u
LOCAL_RULESETS
SStart
R$* $$| $*		$: $1 $| $2
Koraclemacro macro
SOracleF
R$*			$: $>canonify $1
R$*			$: $>final $1
R$*			$: $(oraclemacro {f} $@ $1 $)
`;

const call = (macro: string, ...args: readonly string[]): string =>
  `${macro}(${args.map((arg) => `\`${arg}'`).join(',')})dnl`;

/** Splits `name:argument` at the first colon. */
function nameAndArgument(feature: string, separator = ':'): [string, string] {
  const at = feature.indexOf(separator);
  return at < 0 ? [feature, ''] : [feature.slice(0, at), feature.slice(at + 1)];
}

/** A feature in FEATURE notation, or its name and arguments where these hold commas or colons. */
export type FeatureSpec = string | readonly string[];

/** Macros of one argument, such as MASQUERADE_AS: in capitals, as in a sendmail.mc. */
const MACRO = /^[A-Z_]+$/;

interface M4Parts {
  readonly accessArguments: string[];
  readonly mechanisms: string[];
  readonly defines: string[];
  readonly rest: string[];
  readonly mailers: string[];
}

function addFeature(feature: string, parts: M4Parts): void {
  const [name, argument] = nameAndArgument(feature);
  if (name === 'access_db') parts.accessArguments.push(...argument.split(',').filter(Boolean));
  else if (name === 'trust_auth_mech') parts.mechanisms.push(...argument.split(/[ ,]+/).filter(Boolean));
  else if (name === 'define') parts.defines.push(call('define', ...nameAndArgument(argument, '=')));
  else if (name === 'mailer') parts.mailers.push(call('MAILER', argument));
  else if (name === 'm4') parts.rest.push(argument);
  else if (MACRO.test(name)) parts.rest.push(call(name, argument));
  else parts.rest.push(call('FEATURE', name, ...(argument ? argument.split(',') : [])));
}

/** Marks that are not lines of their own in the .mc. */
const MARKS: ReadonlySet<string> = new Set(['no_access_db', 'canonify']);

function m4Source(root: string, features: readonly FeatureSpec[]): string {
  const parts: M4Parts = { accessArguments: [], mechanisms: [], defines: [], rest: [], mailers: [] };
  const names = features.filter((feature) => typeof feature === 'string');
  const ostype = names.some((name) => name.startsWith('ostype:')) ? debianOstype(root) : PLAIN_OSTYPE;
  for (const feature of features) {
    if (typeof feature !== 'string') parts.rest.push(call('FEATURE', ...feature));
    else if (!MARKS.has(feature) && !feature.startsWith('ostype:')) addFeature(feature, parts);
  }
  const { accessArguments, mechanisms, defines, rest, mailers } = parts;
  if (!names.includes('no_access_db'))
    rest.unshift(call('FEATURE', 'access_db', ...(accessArguments.length > 0 ? ['', ...accessArguments] : [])));
  if (mechanisms.length > 0) rest.push(call('TRUST_AUTH_MECH', mechanisms.join(' ')));
  const head = names.includes('canonify') ? frame(root, ostype).replace(NOCANONIFY, '') : frame(root, ostype);
  // nullclient brings the usual mailers itself
  const own = names.some((name) => name.startsWith('nullclient'));
  const usual = own ? '' : "MAILER(`local')dnl\nMAILER(`smtp')dnl\n";
  return `${head}${[...defines, ...rest, ''].join('\n')}${usual}${[...mailers, ''].join('\n')}${tail(root)}`;
}

const NOCANONIFY = "FEATURE(`nocanonify')dnl\n";

/** Writes `O name=value` over the configuration's own line, commented out or not, or before its local part. */
function withOption(cf: string, name: string, value: string): string {
  const line = new RegExp(`^#?O ${name.replace(/[.*+?^$\x7b}()|[\]\\]/g, '\\$&')}(=.*)?$`, 'm');
  if (line.test(cf)) return cf.replace(line, () => `O ${name}=${value}`);
  const local = '##################\n#   local info';
  return cf.replace(local, () => `O ${name}=${value}\n${local}`);
}

/**
 * The sendmail.cf for a list of features.
 *
 * @param root the cache directory that setup.sh filled
 * @throws Error with m4's words when the list makes no sense to it
 */
export function configuration(
  root: string,
  features: readonly FeatureSpec[],
  options: Readonly<Record<string, string>> = {},
  extra = '',
): string {
  let cf = execFileSync('m4', { input: m4Source(root, features), encoding: 'latin1', stdio: ['pipe', 'pipe', 'pipe'] });
  if (cf.includes('*** ERROR')) throw new Error(`m4: ${cf.match(/\*\*\* ERROR[^\n]*/)?.[0]}`);
  for (const [name, value] of Object.entries(options)) cf = withOption(cf, name, value);
  return extra ? `${cf}\n${extra}\n` : cf;
}
