/** Checks of the configuration, its maps and its names: MD1, MD2, MD3 and MD5. */
import { dirname } from 'node:path';
import { type Check, each, isOlder } from './check.ts';
import type { FileFacts, Machine, MapFacts } from './machine.ts';

/** Clocks of hosts that share a file system differ by less. */
const CLOCK_MS = 60_000;
const OTHERS_WRITE = 0o022;
const ALL_READ = 0o004;
const ALL_WRITE = 0o002;

const maps = ({ maps }: Machine): readonly MapFacts[] => maps;
/** All texts and maps, each once. */
function files({ maps, texts }: Machine): FileFacts[] {
  const all = [...texts, ...maps.flatMap(({ textFile, mapFile }) => [textFile, mapFile])];
  return [...new Map(all.flatMap((file) => (file === undefined ? [] : [[file.path, file] as const]))).values()];
}

/** The command that makes a map, in the format that a Postfix which reads it needs. */
export function remake({ role, text }: MapFacts, { configuration, tables, programs }: Machine): string {
  const isForPostfix = tables.some(
    (table) => table.reader === 'Postfix' && table.type === 'lmdb' && table.text === text,
  );
  const format = isForPostfix ? ' --lmdb-format 0.9' : '';
  if (dirname(text) === configuration) return `mailmaps build -d ${configuration}${format}`;
  const name = role === 'aliases' ? 'newaliases' : 'makemap';
  const program = programs.find((one) => one.name === name && one.maker === 'mailmaps')?.path ?? `mailmaps-${name}`;
  return role === 'aliases' ? `${program} -oA${text}${format}` : `${program}${format} hash ${text} < ${text}`;
}

/** The remedy where only the rights of this process are missing. */
function forbiddenHelp(error: string): string | undefined {
  return error.includes('Permission denied') ? 'run doctor as root, who may read it' : undefined;
}

export const MAP_CHECKS: readonly Check[] = [
  each(
    'MD101',
    'error',
    'the configuration cannot be opened',
    ({ error, configuration }) => (error === undefined ? [] : [{ error, configuration }]),
    ({ error, configuration }) => ({
      about: configuration,
      text: error,
      help: forbiddenHelp(error) ?? 'mend the file that it names; -d and --cf name a configuration elsewhere',
    }),
  ),
  each(
    'MD102',
    'warning',
    'a part of the configuration is not followed',
    ({ problems }) => problems,
    ({ about, text }) => ({
      about,
      text,
      help: 'mend the line; mailmaps lint shows it with its place',
    }),
  ),
  each('MD201', 'error', 'a map cannot be read', maps, (map, machine) => {
    if (map.error === undefined) return undefined;
    const help = forbiddenHelp(map.error) ?? `make it again: ${remake(map, machine)}`;
    return { about: map.file, text: map.error, help };
  }),
  each('MD202', 'error', 'a map is missing', maps, (map, machine) =>
    map.mapFile !== undefined || !(map.isExpected || map.textFile !== undefined)
      ? undefined
      : {
          about: map.file,
          text: `it does not exist, and lookups in ${map.role} fail`,
          help: `make it: ${remake(map, machine)}`,
        },
  ),
  each('MD203', 'warning', 'a map is older than its source file', maps, (map, machine) =>
    isOlder(map.mapFile, map.textFile)
      ? {
          about: map.file,
          text: `it is older than ${map.text}: answers come from the old text`,
          help: `make it again: ${remake(map, machine)}`,
        }
      : undefined,
  ),
  each('MD204', 'warning', 'a newer map of another format is not read', maps, ({ mapFile, others, file }) => {
    const newer = others.find((other) => mapFile !== undefined && other.mtimeMs > mapFile.mtimeMs);
    return (
      newer && {
        about: file,
        text: `${newer.path} is newer, and is not read while ${file} exists`,
        help: `find out who makes ${newer.path}; then remove the one that nobody needs`,
      }
    );
  }),
  each('MD205', 'warning', 'a file is from the future', files, ({ path, mtimeMs }, { now }) =>
    mtimeMs > now + CLOCK_MS
      ? {
          about: path,
          text: 'its time is in the future: nobody can tell which of text and map is newer',
          help: `set the clock, then: touch ${path}`,
        }
      : undefined,
  ),
  each('MD301', 'error', 'others may write a file', files, ({ path, mode }) =>
    (mode & OTHERS_WRITE) === 0
      ? undefined
      : {
          about: path,
          text: `${(mode & ALL_WRITE) !== 0 ? 'everybody' : 'its group'} may write it, and so decide who may relay or who gets which mail`,
          help: `chmod go-w ${path}`,
        },
  ),
  each(
    'MD302',
    'error',
    'others may write a directory',
    ({ maps }) => [
      ...new Map(maps.flatMap(({ writable }) => writable.map((each) => [each.path, each] as const))).values(),
    ],
    ({ path, text }) => ({
      about: path,
      text: `${text}: whoever may write it may replace the maps below it`,
      help: `chmod go-w ${path}`,
    }),
  ),
  each('MD303', 'error', 'everybody may read passwords', maps, ({ hasSecrets, mapFile, textFile }) => {
    const open = [mapFile, textFile].flatMap((file) =>
      file !== undefined && (file.mode & ALL_READ) !== 0 ? [file.path] : [],
    );
    return hasSecrets && open.length > 0
      ? {
          about: open[0]!,
          text: 'it has AuthInfo: entries with passwords, and every user may read it',
          help: `chmod o-r ${open.join(' ')}`,
        }
      : undefined;
  }),
  each(
    'MD501',
    'error',
    'a required name leads to nobody',
    ({ unreachable }) => unreachable,
    ({ name, text }) => ({
      about: name,
      text: `mail for ${name} is refused: ${text}`,
      help: `add an alias, such as "${name}: root", and make the map again`,
    }),
  ),
  each(
    'MD502',
    'error',
    'a user of the configuration does not exist',
    ({ unknownUsers }) => unknownUsers,
    ({ name, where }) => ({
      about: where,
      text: `the system knows no user ${name}`,
      help: `create the user, or mend the line O ${where} of the sendmail.cf`,
    }),
  ),
];
