/**
 * Prints how the last test run ended, from vitest's JSON report: "N passed, N failed, N skipped".
 *
 * `node test/counts.mjs STATUS`: a run that failed without a failed test (a file that does not load) counts as one.
 */
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync('.cache/tests.json', 'utf8'));
const failed = Math.max(report.numFailedTests, process.argv[2] === '0' ? 0 : 1);
console.log(
  `${report.numPassedTests} passed, ${failed} failed, ${report.numPendingTests + report.numTodoTests} skipped`,
);
