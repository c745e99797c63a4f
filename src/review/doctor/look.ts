/**
 * The options of a configuration -> the facts of this machine: maps, programs in PATH, sockets, what Postfix and sendmail read.
 *
 * Changes nothing, and asks no server a question. Errors: none; what cannot be looked at is a fact itself.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { settingsOnDisk } from '../../config/live.ts';
import { openMailMaps } from '../../config/mailmaps.ts';
import { checkedOptions, type MailMapsOptions } from '../../config/options.ts';
import type { Settings } from '../../config/settings.ts';
import { decodeText, encodeText } from '../../core/bytes.ts';
import { MapError } from '../../core/errors.ts';
import { ownField } from '../../core/own-field.ts';
import { FileReader } from './file-facts.ts';
import type { Machine, MapFacts, SocketFacts, TableFacts, UnreadableMap } from './machine.ts';
import { formatOf, mapsOf } from './maps.ts';
import { type NamedSocket, type NamedTable, type Postfix, readPostfix } from './postfix.ts';
import { programsIn } from './programs.ts';
import { readSendmail } from './sendmail.ts';
import { connectionError, type EnabledUnit, enabledUnits, wordsOf } from './sockets.ts';

export interface LookOptions {
  /** The configuration; default as for `openMailMaps`. */
  readonly configuration: MailMapsOptions;
  /** PATH. */
  readonly path: string;
  /** Directory of main.cf; default `/etc/postfix`. */
  readonly postfix?: string;
  /** Directories of systemd's units. */
  readonly units?: readonly string[];
}

const USUAL = '/etc/mail';
const UNITS = ['/etc/systemd/system', '/usr/local/lib/systemd/system', '/usr/lib/systemd/system'];
/** RFC 5321 requires the first; sendmail's own mail comes from the second. */
const REQUIRED_NAMES = ['postmaster', 'MAILER-DAEMON'];
const EXTENSIONS: Readonly<Record<string, string>> = {
  hash: 'db',
  btree: 'db',
  implicit: 'db',
  dbm: 'pag',
  sdbm: 'pag',
};

export async function look({
  configuration,
  path,
  postfix = '/etc/postfix',
  units = UNITS,
}: LookOptions): Promise<Machine> {
  const files = new FileReader();
  const { cf, directory } = checkedOptions(configuration);
  const programs = programsIn(path);
  const theirs = readPostfix(postfix);
  const ours = enabledUnits(units);
  const place = cf ?? directory ?? USUAL;
  const isPipe = cf !== undefined && files.isPipe(cf);
  const found = isPipe
    ? { ...NOTHING, error: `${cf} is a pipe, which gives its text once; doctor needs a file` }
    : configured(configuration, files);
  const hasSendmail = programs.some(({ name, maker }) => name === 'sendmail' && maker === 'sendmail');
  const named = cf === undefined || isPipe ? { tables: [], sockets: [] } : readSendmail(cf, encodeText(hostname()));
  const sockets = [
    ...(theirs?.sockets ?? []).map((socket) => ({ ...socket, reader: 'Postfix' as const })),
    ...named.sockets.map((socket) => ({ ...socket, reader: 'sendmail' as const })),
    ...ours.flatMap((unit) => unit.sockets).map((socket) => ({ ...socket, reader: 'systemd' as const })),
  ];
  return {
    configuration: place,
    ...found,
    programs,
    tables: [
      ...(theirs?.tables ?? []).map((table) => tableFacts('Postfix', table, files, theirs)),
      ...(hasSendmail ? named.tables.map((table) => tableFacts('sendmail', table, files)) : []),
    ],
    sockets: await Promise.all(firstOfPath(sockets).map((socket) => socketFacts(socket, files, theirs))),
    unreadable: ours.flatMap((unit) => unreadableFor(unit, place, found.maps, files)),
    ...(theirs?.asksForAliases && { expansionLimit: theirs.expansionLimit }),
    now: Date.now(),
  };
}

/** Each socket once: systemd makes those that Postfix asks. */
function firstOfPath<T extends NamedSocket>(sockets: readonly T[]): readonly T[] {
  return sockets.filter(({ path }, i) => sockets.findIndex((other) => other.path === path) === i);
}

/** The maps that a unit serves and its user may not read. A unit without a user runs as root. */
function unreadableFor(
  unit: EnabledUnit,
  place: string,
  maps: readonly MapFacts[],
  files: FileReader,
): UnreadableMap[] {
  const { name, service } = unit;
  const user = wordsOf(service, 'User').at(-1);
  const isRoot = user === undefined && !wordsOf(service, 'DynamicUser').includes('yes');
  if (isRoot || !serves(wordsOf(service, 'ExecStart'), place)) return [];
  const groups = [...wordsOf(service, 'SupplementaryGroups'), ...wordsOf(service, 'Group')];
  return maps.flatMap(({ mapFile }) =>
    mapFile === undefined || files.mayRead(mapFile.path, user, groups)
      ? []
      : [{ service: `${name}.service`, file: mapFile, ...(groups[0] !== undefined && { group: groups[0] }) }],
  );
}

/** Whether the command line of a service names a configuration, or none, which is the usual one. */
function serves(words: readonly string[], place: string): boolean {
  const named = words.map((word) => word.replace(/^--(?:directory|cf)=/, ''));
  return named.includes(place) || (place === USUAL && !words.some((word) => /^(?:-d|--directory|--cf)/.test(word)));
}

type Configured = Pick<Machine, 'error' | 'problems' | 'maps' | 'texts' | 'unreachable' | 'unknownUsers'>;

const NOTHING: Configured = { problems: [], maps: [], texts: [], unreachable: [], unknownUsers: [] };

/** The findings about the configuration itself. */
function configured(options: MailMapsOptions, files: FileReader): Configured {
  try {
    const settings = settingsOnDisk(checkedOptions(options));
    return {
      ...NOTHING,
      maps: mapsOf(settings, files),
      ...people(settings, files),
      ...asked(options, settings, files),
    };
  } catch (error) {
    if (error instanceof MapError) return { ...NOTHING, error: error.message };
    throw error;
  }
}

function asked(options: MailMapsOptions, settings: Settings, files: FileReader): Partial<Configured> {
  const texts = [
    options.cf,
    ...settings.localHosts.files.map(({ path }) => path),
    ...settings.relayDomains.files.map(({ path }) => path),
  ];
  const there = { texts: texts.flatMap((path) => (path === undefined ? [] : (files.factsOf(path) ?? []))) };
  try {
    using maps = openMailMaps(options);
    return {
      ...there,
      problems: maps.problems.map(({ file, line, text }) => ({
        about: `${file ?? 'configuration'}${line === undefined ? '' : `:${line}`}`,
        text,
      })),
      unreachable: REQUIRED_NAMES.flatMap((name) => {
        const { recipients, errors } = maps.expand(name);
        return recipients.length > 0 ? [] : [{ name, text: errors[0]?.text ?? 'it leads to nobody' }];
      }),
    };
  } catch (error) {
    if (error instanceof MapError) return { ...there, error: error.message };
    throw error;
  }
}

function people({ trustedUser, defaultUser }: Settings, files: FileReader): Partial<Configured> {
  const named = [
    { where: 'TrustedUser', name: trustedUser },
    { where: 'DefaultUser', name: defaultUser },
  ];
  const unknownUsers = named.flatMap(({ where, name }) => {
    const user = decodeText(name ?? '')
      .split(/[:.]/)[0]!
      .trim();
    return user === '' || user === 'mailnull' || /^\d+$/.test(user) || files.knows(user) ? [] : [{ where, name: user }];
  });
  return { unknownUsers };
}

function tableFacts(reader: TableFacts['reader'], table: NamedTable, files: FileReader, postfix?: Postfix): TableFacts {
  const { type, text } = table;
  const extension = ownField(EXTENSIONS, type) ?? type;
  // sendmail accepts the name of the file as well
  const file = text.endsWith(`.${extension}`) ? text : `${text}.${extension}`;
  const isSupported = postfix === undefined || postfix.types.has(type);
  const [textFile, mapFile, format] = [files.factsOf(text), files.factsOf(file), formatOf(file)];
  const openError = mapFile && isSupported ? postfix?.openError(type, text) : undefined;
  return {
    ...table,
    ...{ reader, file },
    ...(textFile && { textFile }),
    ...(mapFile && { mapFile }),
    ...(format !== undefined && { format }),
    isSupported,
    ...(openError !== undefined && { openError }),
    ...(table.isProxied && !postfix?.approved.includes(`proxy:${type}:${text}`) && { isForbidden: true }),
  };
}

async function socketFacts(
  socket: NamedSocket & Pick<SocketFacts, 'reader'>,
  files: FileReader,
  postfix: Postfix | undefined,
): Promise<SocketFacts> {
  const [file, error] = [files.factsOf(socket.path), await connectionError(socket.path)];
  const { chrooted: program, ...named } = socket;
  const inside = join(postfix?.queue ?? '/', socket.path);
  const isUnseen = program !== undefined && files.factsOf(inside) === undefined;
  const may = socket.reader === 'Postfix' ? files.mayUse(postfix?.user ?? '', socket.path) : undefined;
  return {
    ...named,
    ...(isUnseen && { chrooted: { program, inside } }),
    ...(file && { file }),
    ...(error !== undefined && { error }),
    ...(may !== undefined && { readerMay: may }),
  };
}
