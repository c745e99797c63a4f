/**
 * The process that lives in the private namespaces: jobs on standard input, answers on standard output, one JSON value
 * a line, in order. Started by client.ts through namespaces.sh with the cache directory as its argument.
 *
 * Within a job, test-mode queries are answered first (in one process), then EXPN and VRFY, then -bv, then the rest in
 * order; what changes files belongs into a job of its own.
 */
import { createInterface } from 'node:readline';
import type { Answer, ExpnQuery, Job, Query, VerifyQuery, WorkerReply } from './jobs.ts';
import { ETC, fileStatus, Machine } from './machine.ts';
import { inParallel } from './process.ts';
import { askDeliver, askEditmap, askMakemap, askNewaliases, askPraliases, askVerify } from './programs-asked.ts';
import { askExpn, Daemon } from './sessions.ts';
import { askTestMode, type TestModeQuery } from './test-mode.ts';

/** Programs at a time. */
const WIDTH = 2;

const TEST_MODE_KINDS = new Set<Query['kind']>([
  'relay',
  'mail',
  'rcpt',
  'ruleset',
  'class',
  'map',
  'parse',
  'route',
  'rewrite',
]);
const isTestMode = (query: Query): query is TestModeQuery => TEST_MODE_KINDS.has(query.kind);
const isExpn = (query: Query): query is ExpnQuery => query.kind === 'expn' || query.kind === 'vrfy';
const isVerify = (query: Query): query is VerifyQuery => query.kind === 'verify';
type SingleQuery = Exclude<Query, TestModeQuery | ExpnQuery | VerifyQuery>;
const isSingle = (query: Query): query is SingleQuery => !isTestMode(query) && !isExpn(query) && !isVerify(query);

const machine = new Machine(process.argv[2]!);
const daemon = new Daemon(machine);

async function askSingle(query: SingleQuery): Promise<unknown> {
  switch (query.kind) {
    case 'smtp':
      return daemon.ask(query);
    case 'deliver':
      return askDeliver(machine, query);
    case 'makemap':
      return askMakemap(machine, query);
    case 'editmap':
      return askEditmap(machine, query);
    case 'newaliases':
      return askNewaliases(machine, query);
    case 'praliases':
      return askPraliases(machine, query);
    case 'bt':
      return machine.run('sendmail', ['-bt', ...(query.args ?? [])], { stdin: `${query.lines.join('\n')}\n` });
    case 'cmd':
      return machine.run(query.prog, query.args ?? [], { stdin: query.stdin ?? '', timeout: query.timeout });
    case 'stat':
      return { stat: fileStatus(`${ETC}/${query.file}`) };
    case 'put':
      for (const [name, spec] of Object.entries(query.files)) machine.put(name, spec);
      return { ok: true };
  }
}

/** Answers the queries of one sort together and puts the answers where the questions were. */
async function answerGroup<Q extends Query>(
  queries: readonly Query[],
  results: unknown[],
  belongs: (query: Query) => query is Q,
  ask: (group: readonly Q[]) => Promise<readonly unknown[]>,
): Promise<void> {
  const group = queries.filter(belongs);
  if (group.length === 0) return;
  const answers = (await ask(group)).values();
  queries.forEach((query, i) => {
    if (belongs(query)) results[i] = answers.next().value;
  });
}

async function answer(job: Job): Promise<WorkerReply> {
  try {
    const prepared = await machine.prepare(job);
    const results: unknown[] = [];
    await answerGroup(job.queries, results, isTestMode, (group) => askTestMode(machine, group, job.debug));
    await answerGroup(job.queries, results, isExpn, (group) => askExpn(machine, group, WIDTH));
    await answerGroup(job.queries, results, isVerify, (group) =>
      inParallel(group, WIDTH, (q) => askVerify(machine, q)),
    );
    await answerGroup(job.queries, results, isSingle, (group) => inParallel(group, 1, askSingle));
    return { prepared, results: results as Answer['results'] };
  } catch (error) {
    return { error: String(error) };
  } finally {
    await daemon.stop();
  }
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY }))
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
