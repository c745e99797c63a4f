/** All random comparisons, in the order in which they run. */
import { ADDRESS_COMPARISONS } from './address.ts';
import { canonifyComparison } from './canonify.ts';
import { cfFeaturesComparison } from './cf-features.ts';
import { cfLinesComparison } from './cf-lines.ts';
import { cidrComparison } from './cidr.ts';
import { classComparison } from './classes.ts';
import type { Comparison } from './comparison.ts';
import { compatComparison } from './compat.ts';
import { dbfilesComparison } from './dbfiles.ts';
import { diffComparison } from './diff.ts';
import { DNS_COMPARISONS } from './dns.ts';
import { dnsListComparison } from './dns-lists.ts';
import { expandComparison, recipientComparison } from './expand.ts';
import { corpusComparison } from './expand-corpus.ts';
import { deliveryComparison } from './expand-delivery.ts';
import { expnComparison } from './expand-smtp.ts';
import { makemapComparison } from './makemap.ts';
import { newaliases } from './newaliases.ts';
import { programsComparison } from './programs.ts';
import { relayComparison, relayFromBerkeley, traceComparison } from './relay.ts';
import { daemonComparison, rulesDaemonComparison } from './relay-daemon.ts';
import { restrictedShellComparison } from './restricted-shell.ts';
import { rewriteComparison, routeComparison } from './route.ts';
import { rulesComparison } from './rules.ts';
import { rulesAndBuiltInComparison } from './rules-and-built-in.ts';
import { sessionComparison } from './sessions.ts';
import { settingComparison } from './settings.ts';
import { socketmapComparison } from './socketmap.ts';
import { tableSessionsComparison } from './table-sessions.ts';
import { tablesExpandComparison } from './tables-expand.ts';
import { verifyComparison } from './verify.ts';
import { wordsComparison } from './words.ts';

export const COMPARISONS: readonly Comparison[] = [
  makemapComparison,
  ...ADDRESS_COMPARISONS,
  newaliases,
  programsComparison,
  expandComparison,
  recipientComparison,
  expnComparison,
  deliveryComparison,
  restrictedShellComparison,
  ...(process.env.MAILMAPS_CORPUS === undefined ? [] : [corpusComparison]),
  relayComparison,
  relayFromBerkeley,
  traceComparison,
  daemonComparison,
  wordsComparison,
  ...DNS_COMPARISONS,
  settingComparison,
  compatComparison,
  routeComparison,
  rewriteComparison,
  canonifyComparison,
  tablesExpandComparison,
  tableSessionsComparison,
  dnsListComparison,
  classComparison,
  cidrComparison,
  cfLinesComparison,
  cfFeaturesComparison,
  socketmapComparison,
  rulesComparison,
  rulesAndBuiltInComparison,
  rulesDaemonComparison,
  dbfilesComparison,
  diffComparison,
  verifyComparison,
  sessionComparison,
];
