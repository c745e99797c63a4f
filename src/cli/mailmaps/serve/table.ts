/** `mailmaps serve table MAP`: one map for OpenSMTPD, over standard input and output, until smtpd closes them. */
import { hostname } from 'node:os';
import { encodeText } from '../../../core/bytes.ts';
import { EX_OK, EX_PROTOCOL } from '../../../core/sysexits.ts';
import { openMap } from '../../../map/keyed-map.ts';
import { ProtocolError } from '../../../serve/conversation.ts';
import { tableProtocol } from '../../../serve/table.ts';
import type { ServeLog } from './log.ts';

/** Serves until input ends. Returns the exit status. @throws MapError for a map that cannot be opened */
export async function serveTable(mapName: string, log: ServeLog): Promise<number> {
  using map = openMap(mapName, { onReload: ({ path }) => log.onReload(path), onProblem: log.onProblem });
  const conversation = tableProtocol((key) => map.lookupBytes(key), encodeText(hostname()), {
    onProblem: log.onProblem,
  })();
  let isGone = false;
  // smtpd has ended
  process.stdout.on('error', () => {
    isGone = true;
    process.stdin.destroy();
  });
  try {
    for await (const chunk of process.stdin) {
      conversation.push((chunk as Buffer).toString('latin1'));
      for (let reply = conversation.next(); reply !== undefined; reply = conversation.next()) {
        process.stdout.write(reply, 'latin1');
      }
    }
  } catch (error) {
    if (isGone) return EX_OK;
    if (!(error instanceof ProtocolError)) throw error;
    log.line(error.message);
    return EX_PROTOCOL;
  }
  return EX_OK;
}
