/**
 * Maps of maps: `sequence` names its members, `switch` takes them from the service switch.
 */

import type { ByteString } from '../../core/bytes.ts';
import { EX_NOHOST, EX_TEMPFAIL } from '../../core/sysexits.ts';
import { parseFileMap } from './flags.ts';
import type { MapContext } from './map-context.ts';
import { CANNOT_TELL, type MapAnswer, type MapClass, type RuleMap } from './rule-map.ts';

const MAX_MEMBERS = 12;
/** Maps inside of maps; sendmail goes on until its stack is full. */
const MAX_NESTED = 50;

export const sequenceMap: MapClass = { parse: parseSequence, lookup };

export const switchMap: MapClass = {
  parse: parseFileMap,
  open: (map, context) => {
    const services = context.services(map.file ?? '');
    if (services.length === 0 || services.length > MAX_MEMBERS) return false;
    const members: RuleMap[] = [];
    for (const service of services) {
      const name = `${map.name}.${service}`;
      const member = context.map(name);
      if (member === undefined) context.reports.system(`Switch map ${map.name}: unknown member map ${name}`);
      else members.push(member);
    }
    map.data = members;
    return true;
  },
  lookup,
};

function parseSequence(map: RuleMap, words: ByteString, context: MapContext): boolean {
  const members: RuleMap[] = [];
  let count = 0;
  for (let text = words; text !== ''; ) {
    const [whole, name = ''] = /^[ \t\n\v\f\r]*([A-Za-z0-9_.]*)[\s\S]?[^A-Za-z0-9]*/.exec(text)!;
    text = text.slice(Math.max(1, whole.length));
    if (name === '') continue;
    const member = context.map(name);
    if (member === undefined) context.reports.system(`Sequence map ${map.name}: unknown member map ${name}`);
    else if (count >= MAX_MEMBERS) {
      context.reports.system(`Sequence map ${map.name}: too many member maps (${MAX_MEMBERS} max)`);
    } else {
      members.push(member);
      count++;
    }
  }
  // members of an earlier line of this name stay behind the new ones
  const earlier = (map.data ?? []) as readonly RuleMap[];
  map.data = [...members, ...earlier.slice(members.length)];
  return true;
}

/** Maps that are being asked now: a map that is a member of itself would be asked forever. */
const asked = new Set<RuleMap>();

/** The first member that finds the key; each with its own flags. */
function lookup(
  map: RuleMap,
  key: ByteString,
  args: readonly ByteString[] | undefined,
  context: MapContext,
): MapAnswer {
  if (asked.has(map) || asked.size >= MAX_NESTED) return CANNOT_TELL;
  asked.add(map);
  try {
    return lookupMembers(map, key, args, context);
  } finally {
    asked.delete(map);
  }
}

function lookupMembers(
  map: RuleMap,
  key: ByteString,
  args: readonly ByteString[] | undefined,
  context: MapContext,
): MapAnswer {
  let tempFail = false;
  let status = 0;
  for (const member of map.data as readonly RuleMap[]) {
    if (!member.isOpen(context)) continue;
    const found = member.ask(key, args, context);
    if (found.value !== undefined) return found;
    status = found.status;
    if (status === EX_TEMPFAIL) tempFail = true;
  }
  return { status: tempFail ? EX_TEMPFAIL : status === 0 ? EX_NOHOST : status };
}
