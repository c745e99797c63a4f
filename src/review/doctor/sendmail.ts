/**
 * A sendmail.cf -> the tables and sockets that the sendmail program itself opens. It finds a map by its class, where ours finds
 * it by the files that exist.
 *
 * Errors: none; a file that cannot be read has no tables.
 */
import { decodeText } from '../../core/bytes.ts';
import { readCfFile } from '../../files/text-safety.ts';
import { expandMacros } from '../../source/cf/macros.ts';
import { type AliasFileSpec, parseAliasFiles } from '../../source/cf/map-spec.ts';
import { optionValues, parseSendmailCf } from '../../source/cf/parse.ts';
import type { NamedSocket, NamedTable } from './postfix.ts';

export interface SendmailTables {
  readonly tables: readonly NamedTable[];
  readonly sockets: readonly NamedSocket[];
}

const FILE_CLASSES: readonly string[] = ['hash', 'btree', 'cdb', 'implicit'];

export function readSendmail(file: string, hostName: string): SendmailTables {
  const cf = cfOf(file, hostName);
  if (cf === undefined) return { tables: [], sockets: [] };
  const aliases = optionValues(cf, 'AliasFile')
    .flatMap((value) => parseAliasFiles(expandMacros(value, cf.macros)))
    .map((spec: AliasFileSpec) => ({ where: 'AliasFile', mapClass: spec.mapClass, mapFile: spec.file }));
  const maps = cf.maps.map(({ name, mapClass, mapFile }) => ({ where: `K${name}`, mapClass, mapFile }));
  const named = [...aliases, ...maps].map(({ where, mapClass, mapFile }) => ({
    where: decodeText(where),
    type: decodeText(mapClass),
    text: decodeText(mapFile),
  }));
  return {
    tables: named.filter(({ type, text }) => FILE_CLASSES.includes(type) && text.startsWith('/')),
    sockets: named.flatMap(({ where, type, text }) => {
      const [, path] = type === 'socket' ? (/^(?:unix|local):(\/.*)$/.exec(text) ?? []) : [];
      return path === undefined ? [] : [{ where, path }];
    }),
  };
}

function cfOf(file: string, hostName: string) {
  try {
    return parseSendmailCf(readCfFile(file), { file, hostName });
  } catch {
    return undefined;
  }
}
