/**
 * The classes of maps that K lines, AliasFile and makemap's types name: what each opens, who makes it. The one list of
 * them; a class that becomes supported is added here.
 *
 * Source: sendmail's "Installation and Operation Guide", section 5.8; sendmail 8.17 as Debian compiles it.
 */

export interface MapClass {
  readonly name: string;
  /** `map`: a file that makemap makes. `mapOrText`: that, or its text. `text`: a text alone. `other`: no file. */
  readonly opens: 'map' | 'mapOrText' | 'text' | 'other';
  /** makemap and newaliases make it. */
  readonly isMade: boolean;
  /** What sendmail would have to be compiled with to make it. */
  readonly needs?: string;
}

function map(name: string): MapClass {
  return { name, opens: 'map', isMade: true };
}

function other(name: string): MapClass {
  return { name, opens: 'other', isMade: false };
}

const MAP_CLASSES: readonly MapClass[] = [
  map('hash'),
  map('btree'),
  map('lmdb'),
  map('cdb'),
  { name: 'implicit', opens: 'mapOrText', isMade: true },
  { name: 'dbm', opens: 'map', isMade: false, needs: 'NDBM' },
  { name: 'text', opens: 'text', isMade: false },
  ...['null', 'program', 'nis', 'nisplus', 'ldap', 'userdb', 'hesiod', 'netinfo', 'socket', 'sequence'].map(other),
];

const BY_NAME = new Map(MAP_CLASSES.map((mapClass) => [mapClass.name, mapClass]));

/** undefined: sendmail has no such class, or one that only rules can ask (macro, dequote, arith). */
export function mapClassOf(name: string): MapClass | undefined {
  return BY_NAME.get(name);
}

/** A file of keys and values that can be opened, whoever makes it. */
export function opensMap(name: string): boolean {
  const opens = mapClassOf(name)?.opens;
  return opens === 'map' || opens === 'mapOrText';
}

/** A file of keys and values, a text among them. */
export function opensFile(name: string): boolean {
  return opensMap(name) || mapClassOf(name)?.opens === 'text';
}
