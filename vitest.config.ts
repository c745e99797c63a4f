import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config';
import { RunReport } from './test/run-report.ts';

/** Files that are slow as a whole: `npm test` does not import them to learn that none of their tests counts. */
function slowFiles(): string[] {
  const names = readdirSync('test', { recursive: true, encoding: 'utf8' }).map((name) => join('test', name));
  const tests = names.filter((name) => name.endsWith('.test.ts'));
  return tests.filter((name) => readFileSync(name, 'utf8').includes('@module-tag slow'));
}

const isFastLane = process.argv.includes('--tags-filter');
const run = process.env.TEST_RUN;

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(isFastLane ? slowFiles() : [])],
    // `npm test` leaves these out
    tags: [{ name: 'slow', description: 'asks real programs, starts processes, or reads inputs of real size' }],
    // for what hangs: on a busy machine everything else ends later
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // of an event that is waited for; other programs may have the processors
    expect: { poll: { timeout: 300_000 } },
    // most tests wait for programs; one worker less than processors would be one at a time on two
    maxWorkers: '100%',
    // compiled sources of the last run
    experimental: { fsModuleCache: true },
    // .ci/run names its runs, and tells how they ended
    reporters: run === undefined ? ['default'] : [run.startsWith('node') ? 'dot' : 'default', new RunReport(run)],
  },
});

export default config;
