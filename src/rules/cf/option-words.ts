/** The words that the values of options may have. Source: sendmail 8.17 itself. */

/** The names after `O Timeout.`. */
export const TIMEOUTS: ReadonlySet<string> = new Set(
  [
    'initial mail rcpt datainit datablock datafinal command rset helo quit misc ident fileopen connect iconnect',
    'queuewarn queuewarn.* queuewarn.normal queuewarn.urgent queuewarn.non-urgent queuereturn queuereturn.*',
    'queuereturn.normal queuereturn.urgent queuereturn.non-urgent hoststatus resolver.retrans resolver.retrans.normal',
    'resolver.retrans.first resolver.retry resolver.retry.normal resolver.retry.first control lhlo auth starttls',
    'aconnect queuewarn.dsn queuereturn.dsn',
  ]
    .join(' ')
    .split(' '),
);

export const PRIVACY: ReadonlySet<string> = new Set(
  [
    'public needmailhelo needexpnhelo needvrfyhelo noexpn novrfy restrictexpand restrictmailq restrictqrun noetrn',
    'noverb authwarnings noreceipts nobodyreturn goaway noactualrecipient noreflection',
  ]
    .join(' ')
    .split(' '),
);

export const BLAMELESS: ReadonlySet<string> = new Set(
  [
    'safe assumesafechown groupwritabledirpathsafe groupwritableforwardfilesafe groupwritableincludefilesafe',
    'groupwritablealiasfile worldwritablealiasfile forwardfileinunsafedirpath includefileinunsafedirpath',
    'mapinunsafedirpath linkedaliasfileinwritabledir linkedclassfileinwritabledir linkedforwardfileinwritabledir',
    'linkedincludefileinwritabledir linkedmapinwritabledir linkedserviceswitchfileinwritabledir',
    'filedeliverytohardlink filedeliverytosymlink writemaptohardlink writemaptosymlink writestatstohardlink',
    'writestatstosymlink forwardfileingroupwritabledirpath includefileingroupwritabledirpath',
    'classfileinunsafedirpath errorheaderinunsafedirpath helpfileinunsafedirpath forwardfileinunsafedirpathsafe',
    'includefileinunsafedirpathsafe runprograminunsafedirpath runwritableprogram nonrootsafeaddr truststickybit',
    'dontwarnforwardfileinunsafedirpath insufficiententropy groupreadablesasldbfile groupwritablesasldbfile',
    'groupwritableforwardfile groupwritableincludefile worldwritableforwardfile worldwritableincludefile',
    'groupreadablekeyfile groupreadabledefaultauthinfofile',
  ]
    .join(' ')
    .split(' '),
);

export const RESOLVER_OPTIONS: ReadonlySet<string> = new Set(
  'debug aaonly usevc primary igntc recurse defnames stayopen dnsrch use_inet6 use_edns0 use_dnssec trustad true'.split(
    ' ',
  ),
);
