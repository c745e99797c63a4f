/**
 * Map classes of sendmail that are not followed: programs are not run, and network directories are not asked.
 *
 * A map of these classes cannot be opened, so every lookup is a temporary failure; the messages are those of sendmail for a
 * directory server that cannot be reached.
 */
import type { ByteString } from '../../core/bytes.ts';
import { parseFileMap } from './flags.ts';
import type { MapContext } from './map-context.ts';
import { CANNOT_TELL, type MapClass, type RuleMap } from './rule-map.ts';

type Complaint = (map: RuleMap, reports: MapContext['reports']) => void;

function notFollowed(parse: MapClass['parse'], complain: Complaint): MapClass {
  return {
    parse,
    open: (map, { reports }) => {
      if (!map.flags.optional) complain(map, reports);
      return false;
    },
    lookup: () => CANNOT_TELL,
  };
}

export const programMap: MapClass = notFollowed(parseFileMap, (map, reports) =>
  reports.system(`program map "${map.name}": programs are not run`),
);

export const nisMap: MapClass = notFollowed(parseFileMap, (map, reports) =>
  reports.system(`NIS map ${map.file} specified, but NIS not running`),
);

export const nisplusMap: MapClass = notFollowed(parseFileMap, () => undefined);

export const ldapMap: MapClass = notFollowed(parseLdap, (map, reports) =>
  reports.system(
    `ldap_init/ldap_bind failed to ${map.file ?? 'localhost'} in map ${map.name}`,
    'Transport endpoint is not connected',
  ),
);

/** Reads only the flags that decide whether there is a map at all. */
function parseLdap(map: RuleMap, words: ByteString, { reports }: MapContext): boolean {
  map.flags.optional = /(?:^|[ \t])-o(?:[ \t]|$)/.test(words);
  const host = /(?:^|[ \t])-h[ \t]*([^ \t]+)/.exec(words)?.[1];
  if (host !== undefined) map.file = host;
  if (/(?:^|[ \t])-k/.test(words)) return true;
  reports.system(`No filter given in map ${map.name}`);
  return false;
}
