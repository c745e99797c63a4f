/** Checks of programs, and of tables and sockets of the mail servers: MD4, MD6 and MD7. */
import { type Check, each, isOlder } from './check.ts';
import type { Machine, ProgramFacts, TableFacts } from './machine.ts';

const ALL_WRITE = 0o002;
const tables = ({ tables }: Machine): readonly TableFacts[] => tables;
const sockets = ({ sockets }: Machine) => sockets;

/** The command that makes the file that another program reads. */
function remakeFor({ reader, type, text, where }: TableFacts): string {
  const isAliases = where === 'alias_maps' || where === 'alias_database' || where === 'AliasFile';
  if (reader === 'sendmail')
    return isAliases ? "sendmail's newaliases" : `sendmail's makemap ${type} ${text} < ${text}`;
  return `${isAliases ? 'postalias' : 'postmap'} ${type}:${text}`;
}

function first(programs: readonly ProgramFacts[], name: string): ProgramFacts | undefined {
  return programs.find((program) => program.name === name);
}

/** Programs that also come with mail servers, so that one may hide the other in PATH. */
const MAP_PROGRAMS = ['makemap', 'newaliases', 'praliases', 'editmap'] as const;

export const SERVER_CHECKS: readonly Check[] = [
  each(
    'MD401',
    'warning',
    'a program is hidden by another',
    ({ programs }) => MAP_PROGRAMS.map((name) => programs.filter((program) => program.name === name)),
    ([shown, ...hidden]) => {
      const ours = hidden.find(({ maker }) => maker === 'mailmaps');
      return shown === undefined || ours === undefined || shown.maker === 'mailmaps'
        ? undefined
        : {
            about: shown.name,
            text: `PATH leads to ${shown.path}, of ${makerName(shown)}, before ours in ${ours.path}`,
            help: `name ${ours.path}, or change PATH`,
          };
    },
  ),
  each(
    'MD402',
    'error',
    'newaliases makes a file that the mail server does not read',
    tables,
    (table, { programs, maps }) => {
      const program = first(programs, 'newaliases');
      const isAlias = table.where === 'alias_maps' || table.where === 'AliasFile';
      if (!isAlias || program?.maker !== 'mailmaps') return undefined;
      const made =
        maps.find(({ role, text }) => role === 'aliases' && text === table.text)?.file.replace(/\.db$/, '.lmdb') ??
        `${table.text}.lmdb`;
      return made === table.file
        ? undefined
        : {
            about: program.path,
            text: `it makes ${made}, but ${table.reader} reads ${table.file} (${table.where} = ${table.type}:${table.text})`,
            help:
              table.reader === 'Postfix'
                ? `in main.cf: alias_maps = lmdb:${table.text}; then newaliases --lmdb-format 0.9 -oA${table.text}`
                : `run sendmail's own newaliases by its full path, or give sendmail the map over mailmaps serve socketmap`,
          };
    },
  ),
  each('MD601', 'error', 'nobody listens on a socket', sockets, ({ path, where, error, reader }) =>
    error === undefined
      ? undefined
      : {
          about: path,
          text: `${reader} (${where}) names it, and a connection fails: ${error}`,
          help: 'start the server: systemctl enable --now mailmaps-policy.socket mailmaps-socketmap.socket, or mailmaps serve --listen',
        },
  ),
  each('MD602', 'warning', 'every user may ask a server', sockets, ({ path, file }) =>
    file !== undefined && (file.mode & ALL_WRITE) !== 0
      ? {
          about: path,
          text: 'every user of this host may read the maps through it',
          help: '--socket-mode 660 and --socket-group postfix, or SocketMode= and SocketGroup= of the unit',
        }
      : undefined,
  ),
  each('MD603', 'error', 'the mail server may not ask a socket', sockets, ({ path, where, reader, readerMay, file }) =>
    readerMay === false
      ? {
          about: path,
          text: `${reader} (${where}) may not connect to it: it belongs to ${file?.owner}:${file?.group}`,
          help: '--socket-group postfix, or SocketGroup=postfix of the unit',
        }
      : undefined,
  ),
  each('MD701', 'error', 'a table of the mail server is missing', tables, (table) =>
    table.mapFile !== undefined
      ? undefined
      : {
          about: table.file,
          text: `${table.reader} (${table.where}) reads it, and it does not exist`,
          help: `make it: ${remakeFor(table)}`,
        },
  ),
  each('MD702', 'warning', 'a table of the mail server is older than its text', tables, (table) =>
    isOlder(table.mapFile, table.textFile)
      ? {
          about: table.file,
          text: `${table.reader} (${table.where}) reads it, and it is older than ${table.text}`,
          help: `make it again: ${remakeFor(table)}`,
        }
      : undefined,
  ),
  each('MD703', 'error', 'Postfix cannot open a type of table', tables, ({ isSupported, type, where }) =>
    isSupported
      ? undefined
      : {
          about: `${where}`,
          text: `this Postfix has no tables of type ${type}`,
          help: `install the package postfix-${type}, where there is one`,
        },
  ),
  each('MD704', 'error', 'a table has a format that the mail server cannot read', tables, (table) => {
    const { reader, where, file, format, mapFile } = table;
    if (mapFile === undefined) return undefined;
    if (format === undefined)
      return {
        about: file,
        text: `${reader} (${where}) reads it, and it is no sound map`,
        help: `make it again: ${remakeFor(table)}`,
      };
    return fits(table, format)
      ? undefined
      : {
          about: file,
          text: `${reader} (${where}) reads it, and cannot read ${format}`,
          help: `make it again: ${remakeFor(table)}`,
        };
  }),
  each('MD705', 'warning', 'the mail server and mailmaps read different files', tables, (table, { maps }) => {
    const ours = maps.find(({ text, mapFile }) => text === table.text && mapFile !== undefined);
    return ours === undefined || ours.file === table.file || table.mapFile === undefined
      ? undefined
      : {
          about: table.text,
          text: `${table.reader} (${table.where}) reads ${table.file}, and mailmaps reads ${ours.file}`,
          help: `let both read one: remove ${ours.file}, or make ${table.reader} read it`,
        };
  }),
];

function makerName({ maker }: ProgramFacts): string {
  return maker === 'unknown' ? 'an unknown maker' : maker;
}

/** Whether the reader's library knows the format: neither Postfix nor sendmail has LMDB 1.0. */
function fits({ type }: TableFacts, format: string): boolean {
  if (type === 'lmdb') return format === 'LMDB 0.9';
  if (type === 'cdb') return format.startsWith('CDB');
  return format.startsWith('Berkeley DB');
}
