/**
 * Writes how a test run ended to `.cache/runs/RUN.json`, for the closing lines of .ci/run: the counts, and for each failure the
 * file, the name of the test and the beginning of the message. RUN is TEST_RUN in the environment.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';

const MOST_LINES = 20;
const LONGEST_LINE = 200;

interface Failure {
  readonly test: string;
  readonly lines: readonly string[];
}

/** The message, its difference and the place, of bounded length. */
function beginning({ message, diff, stacks }: SerializedError): readonly string[] {
  const place = stacks?.[0];
  const text = stripVTControlCharacters(`${message}\n${diff ?? ''}`);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return [
    ...lines.slice(0, MOST_LINES).map((line) => line.slice(0, LONGEST_LINE)),
    ...(lines.length > MOST_LINES ? [`... ${lines.length - MOST_LINES} more lines`] : []),
    ...(place === undefined ? [] : [`at ${relative('.', place.file)}:${place.line}`]),
  ];
}

function failure(test: string, errors: readonly SerializedError[]): Failure {
  return { test, lines: errors.flatMap(beginning) };
}

/** Of a module: its failed tests, and what failed besides them, such as its loading or a hook. */
function failuresOf(module: TestModule): readonly Failure[] {
  const file = relative('.', module.moduleId);
  const suites = [...module.children.allSuites()].filter((suite) => suite.errors().length > 0);
  return [
    ...(module.errors().length > 0 ? [failure(file, module.errors())] : []),
    ...suites.map((suite) => failure(`${file} > ${suite.fullName}`, suite.errors())),
    ...[...module.children.allTests('failed')].map((test) =>
      failure(`${file} > ${test.fullName}`, test.result().errors ?? []),
    ),
  ];
}

export class RunReport implements Reporter {
  readonly #file: string;

  constructor(run: string) {
    this.#file = join('.cache/runs', `${run}.json`);
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
    const failures = [
      ...modules.flatMap(failuresOf),
      ...unhandled.map((error) => failure('outside of the tests', [error])),
    ];
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(
      this.#file,
      JSON.stringify({ passed: count('passed'), failed: count('failed'), skipped: count('skipped'), failures }),
    );
  }
}
