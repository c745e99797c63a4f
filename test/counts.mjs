/**
 * Prints how the test runs of .ci/run ended, from what run-report.ts wrote: each failure of each run, then the counts of the
 * run of all tests, "N passed, N failed, N skipped".
 *
 * `node test/counts.mjs STATUS RUN ...`: STATUS is that of the tests. A run that failed without a failed test (a file that does
 * not load, a run that broke off) counts as one.
 */
import { readFileSync } from 'node:fs';

const MOST_FAILURES = 20;
const BROKEN_OFF = { passed: 0, failed: 1, skipped: 0, failures: [{ test: 'the run', lines: ['left no report'] }] };

function reportOf(run) {
  try {
    return JSON.parse(readFileSync(`.cache/runs/${run}.json`, 'utf8'));
  } catch {
    return BROKEN_OFF;
  }
}

function printFailures(run, failures) {
  for (const { test, lines } of failures.slice(0, MOST_FAILURES))
    console.log([`failed (${run}): ${test}`, ...lines].join('\n    '));
  if (failures.length > MOST_FAILURES) console.log(`failed (${run}): ${failures.length - MOST_FAILURES} more`);
}

const [status, ...runs] = process.argv.slice(2);
for (const run of runs) printFailures(run, reportOf(run).failures);
const { passed, failed, skipped } = reportOf('all');
console.log(`${passed} passed, ${Math.max(failed, status === '0' ? 0 : 1)} failed, ${skipped} skipped`);
