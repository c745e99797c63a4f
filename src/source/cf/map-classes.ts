/**
 * The classes of maps in K lines, AliasFile and makemap's types -> what each class opens and makes. This is the only
 * list: a class that becomes supported is added here.
 *
 * Source: sendmail's "Installation and Operation Guide", section 5.8; sendmail 8.17 as Debian compiles it.
 */

export interface MapClass {
  readonly name: string;
  /**
   * `map`: a file that makemap makes. `mapOrText`: that file, or its source file. `text`: a text file only. `other`:
   * no file.
   */
  readonly opens: 'map' | 'mapOrText' | 'text' | 'other';
  /** makemap and newaliases can make it. */
  readonly isMade: boolean;
  /** The compile option that sendmail would need to make it. */
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

/** undefined: sendmail has no class of that name, or only rules can use it (macro, dequote, arith). */
export function mapClassOf(name: string): MapClass | undefined {
  return BY_NAME.get(name);
}

/** True for a class over a file of keys and values that can be opened. */
export function opensMap(name: string): boolean {
  const opens = mapClassOf(name)?.opens;
  return opens === 'map' || opens === 'mapOrText';
}

/** The same, or a class over a text file. */
export function opensFile(name: string): boolean {
  return opensMap(name) || mapClassOf(name)?.opens === 'text';
}
