/**
 * `socket` maps: a server of the socketmap protocol is asked. Netstrings and sockets are the machine's.
 */
import type { ByteString } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';
import { ownField } from '../../core/own-field.ts';
import { EX_NOHOST, EX_PROTOCOL, EX_TEMPFAIL, EX_UNAVAILABLE } from '../../core/sysexits.ts';
import { parseFileMap } from './flags.ts';
import type { MapContext } from './map-context.ts';
import { answer, answerKey, CANNOT_TELL, type MapAnswer, type MapClass, type RuleMap } from './rule-map.ts';

export const socketMap: MapClass = { parse: parseFileMap, open, lookup };

/** Checks the address only; the server is asked at the first lookup. */
function open(map: RuleMap, { reports, machine }: MapContext): boolean {
  const address = map.file ?? '';
  const colon = address.indexOf(':');
  const kind = colon < 0 ? '' : address.slice(0, colon);
  const place = address.slice(colon + 1);
  const complain = (words: string, cause?: string): false => {
    reports.system(`socket map "${map.name}": ${words}`, cause);
    return false;
  };
  if (kind === '' || /^(unix|local)$/i.test(kind)) {
    const cause = machine.socketProblem(place);
    if (cause !== undefined) return complain(`local socket name ${place} unsafe`, cause);
    return machine.socket(address, '') !== undefined;
  }
  if (!/^inet6?$/i.test(kind)) return complain(`unknown socket type ${kind}`, 'Protocol not supported');
  if (!place.includes('@')) return complain(`bad address ${place} (expected port@host)`);
  const [port = ''] = place.split('@');
  if (!/^[0-9]/.test(port)) return complain(`unknown port name ${port}`);
  return machine.socket(address, '') !== undefined;
}

const STATUSES: Readonly<Record<string, number>> = {
  NOTFOUND: EX_NOHOST,
  TEMP: EX_TEMPFAIL,
  TIMEOUT: EX_TEMPFAIL,
  PERM: EX_UNAVAILABLE,
};

function lookup(
  map: RuleMap,
  key: ByteString,
  args: readonly ByteString[] | undefined,
  { machine }: MapContext,
): MapAnswer {
  const asked = map.flags.keepsCase ? key : foldCase(key);
  const reply = machine.socket(map.file ?? '', `${map.name} ${asked}`);
  if (reply === undefined) return CANNOT_TELL;
  const blank = reply.indexOf(' ');
  const status = blank < 0 ? reply : reply.slice(0, blank);
  if (status !== 'OK') return { status: ownField(STATUSES, status) ?? EX_PROTOCOL };
  return map.flags.keyOnly ? answerKey(map, asked) : answer(map, blank < 0 ? '' : reply.slice(blank + 1), asked, args);
}
