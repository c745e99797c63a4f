/** Checks of programs, and of tables and sockets of the mail servers: MD4, MD6 and MD7. */
import { dirname } from 'node:path';
import { type Check, each, isOlder } from './check.ts';
import type { Machine, ProgramFacts, TableFacts } from './machine.ts';
import { remake } from './map-checks.ts';

const ALL_WRITE = 0o002;
/** Members of an alias that a socket gives at most (serve/alias-addresses.ts). */
const SERVED_MEMBERS = 1000;
const tables = ({ tables }: Machine): readonly TableFacts[] => tables;
const sockets = ({ sockets }: Machine) => sockets;

/** The command that makes the file that another program reads: ours, if it is a map of ours. */
function remakeFor({ reader, type, text, where }: TableFacts, machine: Machine): string {
  const own = machine.maps.find((map) => map.text === text);
  if (own !== undefined && type === 'lmdb') return remake(own, machine);
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
  each(
    'MD604',
    'error',
    'a program in a chroot cannot see a socket',
    ({ sockets }) => sockets.flatMap(({ chrooted, ...socket }) => (chrooted ? [{ ...socket, ...chrooted }] : [])),
    ({ path, where, program, inside }) => ({
      about: path,
      text: `Postfix's ${program} (${where}) runs in a chroot (master.cf), and looks for ${inside}`,
      help: 'let the server listen in the queue directory, and name the socket relative to it: unix:mailmaps/policy',
    }),
  ),
  each(
    'MD605',
    'error',
    'a service may not read a map',
    ({ unreadable }) => unreadable,
    ({ service, file, group = 'mail' }) => ({
      about: file.path,
      text: `${service} may not read it or its directory: it belongs to ${file.owner}:${file.group}, mode ${file.mode.toString(8).padStart(4, '0')}`,
      help: `chgrp ${group} ${dirname(file.path)} ${file.path}; chmod g+rx ${dirname(file.path)}; chmod g+r ${file.path}`,
    }),
  ),
  each('MD701', 'error', 'a table of the mail server is missing', tables, (table, machine) =>
    table.mapFile !== undefined
      ? undefined
      : {
          about: table.file,
          text: `${table.reader} (${table.where}) reads it, and it does not exist`,
          help: `make it: ${remakeFor(table, machine)}`,
        },
  ),
  each('MD702', 'warning', 'a table of the mail server is older than its source file', tables, (table, machine) =>
    isOlder(table.mapFile, table.textFile)
      ? {
          about: table.file,
          text: `${table.reader} (${table.where}) reads it, and it is older than ${table.text}`,
          help: `make it again: ${remakeFor(table, machine)}`,
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
  each('MD704', 'error', 'a table has a format that the mail server cannot read', tables, (table, machine) => {
    const { reader, where, file, format, mapFile, openError } = table;
    if (mapFile === undefined || (reader === 'Postfix' ? openError === undefined : fits(table))) return undefined;
    const why = openError ?? (format === undefined ? 'it is no sound map' : `it cannot read ${format}`);
    return {
      about: file,
      text: `${reader} (${where}) reads it, and cannot open it: ${why}`,
      help: `make it again: ${remakeFor(table, machine)}`,
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
  each(
    'MD706',
    'warning',
    'the mail server has other aliases than mailmaps',
    tables,
    (table, { maps, expansionLimit }) => {
      const own = maps.filter(({ role, mapFile }) => role === 'aliases' && mapFile !== undefined);
      const isOther = table.where === 'alias_maps' && own.length > 0 && own.every(({ text }) => text !== table.text);
      return isOther && expansionLimit !== undefined
        ? {
            about: table.file,
            text: `local(8) of Postfix reads it, and mailmaps answers from ${own[0]!.file}: nobody delivers to programs, files and lists of that`,
            help: `in main.cf: alias_maps = lmdb:${own[0]!.text}`,
          }
        : undefined;
    },
  ),
  each('MD707', 'error', 'proxymap may not open a table', tables, ({ isForbidden, type, text, where }) =>
    isForbidden
      ? {
          about: where,
          text: `Postfix asks proxymap for ${type}:${text}, and proxy_read_maps does not name it`,
          help: `in main.cf: proxy_read_maps = ... proxy:${type}:${text}, or the table without proxy:`,
        }
      : undefined,
  ),
  each(
    'MD708',
    'warning',
    'Postfix defers mail for aliases that mailmaps gives it',
    ({ expansionLimit }) => (expansionLimit === undefined || expansionLimit >= SERVED_MEMBERS ? [] : [expansionLimit]),
    (limit) => ({
      about: 'virtual_alias_expansion_limit',
      text: `it is ${limit}, and mailmaps answers with up to ${SERVED_MEMBERS} members`,
      help: `postconf -e virtual_alias_expansion_limit=${SERVED_MEMBERS}`,
    }),
  ),
];

function makerName({ maker }: ProgramFacts): string {
  return maker === 'unknown' ? 'an unknown maker' : maker;
}

/** Whether the reader's library knows the format: sendmail has no LMDB. */
function fits({ type, format }: TableFacts): boolean {
  if (format === undefined) return false;
  if (type === 'cdb') return format.startsWith('CDB');
  return format.startsWith(type === 'btree' ? 'Berkeley DB btree' : 'Berkeley DB hash');
}
