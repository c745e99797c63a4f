/**
 * Alias files of real hosts: every name in them expands as with sendmail. MAILMAPS_CORPUS names the directory whose
 * `aliases` holds them; without it there is nothing to compare.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ofExpansion, ofSendmail } from '../alias/answer.ts';
import { aliasesOf } from '../machine.ts';
import { type Comparison, sameAnswer } from './comparison.ts';

/** Bytes of a file that are used. */
const LARGEST = 256 * 1024;

export const corpusComparison: Comparison = {
  name: 'expand-corpus',
  shortCases: 100,
  run: async (oracle, _seed, _cases, report) => {
    const corpus = process.env.MAILMAPS_CORPUS;
    if (corpus === undefined) return;
    for (const file of readdirSync(join(corpus, 'aliases')).sort()) {
      const aliases = readFileSync(join(corpus, 'aliases', file), 'latin1').slice(0, LARGEST);
      const names = [...aliases.matchAll(/^([\w.+-]+|"[^"\n]*")[ \t]*:/gm)].map((match) => match[1]!);
      const spec = { files: { aliases } };
      const mine = aliasesOf(spec);
      const { results } = await oracle.ask({
        ...spec,
        queries: names.map((address) => ({ kind: 'verify', address }) as const),
      });
      for (const [i, address] of names.entries()) {
        const ours = ofExpansion(mine.expand(address));
        const answer = results[i]!;
        const theirs = ofSendmail({ ...answer, rc: answer.rc ?? -1 });
        report.compared(sameAnswer(ours, theirs) ? undefined : { asked: { file, address }, theirs, ours });
      }
    }
  },
};
