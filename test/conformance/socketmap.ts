/**
 * The real sendmail with its own access.db against the same sendmail whose Kaccess is a socket map served by us: every
 * answer has to be the same. Both get the same text, each compiled by its own makemap.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeMap } from '../../src/map/make-map.ts';
import type { DecisionAnswer, FileSpec } from '../oracle/jobs.ts';
import { servedMaps } from '../serve/served.ts';
import { anyQuestion } from './access-questions.ts';
import { accessWorld } from './access-world.ts';
import { type Comparison, sameAnswer } from './comparison.ts';
import { random } from './random.ts';

const QUESTIONS = 60;
/** sendmail refuses a socket below a directory that all may write to, such as /tmp. */
const SAFE_PLACE = '/run/mailmaps-socketmap.';

/** The answer without process numbers and kinds of maps. */
function essence(answer: { readonly messages?: readonly string[] }): object {
  const messages = answer.messages?.filter((line) => !/^(?:hash map |socket_map_lookup|== Ruleset)/.test(line));
  return { ...answer, process: undefined, messages: messages?.length ? messages : undefined };
}

/** Builds our access map, or leaves it missing where the job's is. */
async function buildAccess(directory: string, access: FileSpec | undefined): Promise<void> {
  const map = join(directory, 'access');
  if (typeof access === 'string') await makeMap([Buffer.from(access, 'latin1')], map);
  else rmSync(`${map}.lmdb`, { force: true });
}

export const socketmapComparison: Comparison = {
  name: 'socketmap',
  shortCases: 600,
  async run(oracle, seed, cases, report) {
    const directory = mkdtempSync(SAFE_PLACE);
    const path = join(directory, 'socket');
    try {
      for (let done = 0, round = 0; done < cases; done += QUESTIONS, round++) {
        const r = random(seed, round);
        const world = accessWorld(r);
        const queries = r.list(QUESTIONS, (i) => anyQuestion(r, i));
        const job = { ...world, newaliases: false, queries };
        await buildAccess(directory, world.files.access);
        await using _ = await servedMaps(directory, path);
        const own = await oracle.ask(job);
        const served = await oracle.ask({ ...job, cf: `Kaccess socket -T<TMPF> unix:${path}` });
        for (const [i, query] of queries.entries()) {
          const [theirs, ours] = [
            essence(own.results[i] as DecisionAnswer),
            essence(served.results[i] as DecisionAnswer),
          ];
          report.compared(sameAnswer(theirs, ours) ? undefined : { asked: { query, ...world }, theirs, ours });
        }
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
};
