/**
 * The classes of maps by name. A class of sendmail that is not followed is included: its maps cannot be opened, so every lookup
 * is a temporary failure.
 */
import { arithMap, arpaMap, dequoteMap, macroMap, nullMap, syslogMap, userMap } from './computed.ts';
import { btreeMap, cdbMap, dbmMap, hashMap, implicitMap, userdbMap } from './database.ts';
import { bestmxMap, dnsMap, hostMap } from './names.ts';
import { ldapMap, nisMap, nisplusMap, programMap } from './not-followed.ts';
import { regexMap } from './regex.ts';
import type { MapClass } from './rule-map.ts';
import { sequenceMap, switchMap } from './sequence.ts';
import { socketMap } from './socket.ts';
import { stabMap } from './stab.ts';
import { textMap } from './text.ts';

const CLASSES: Readonly<Record<string, MapClass>> = {
  hash: hashMap,
  btree: btreeMap,
  implicit: implicitMap,
  text: textMap,
  stab: stabMap,
  sequence: sequenceMap,
  switch: switchMap,
  null: nullMap,
  dequote: dequoteMap,
  macro: macroMap,
  arith: arithMap,
  arpa: arpaMap,
  regex: regexMap,
  host: hostMap,
  dns: dnsMap,
  bestmx: bestmxMap,
  user: userMap,
  userdb: userdbMap,
  syslog: syslogMap,
  socket: socketMap,
  program: programMap,
  ldap: ldapMap,
  nis: nisMap,
  nisplus: nisplusMap,
};

/** Classes that other builds of sendmail have. */
const OTHER_BUILDS: Readonly<Record<string, MapClass>> = { dbm: dbmMap, cdb: cdbMap };

/** The classes of a build. */
export function mapClasses({ everyBuild }: { readonly everyBuild: boolean }): ReadonlyMap<string, MapClass> {
  return new Map([...Object.entries(CLASSES), ...Object.entries(everyBuild ? OTHER_BUILDS : {})]);
}
