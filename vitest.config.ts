import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // `npm test` leaves these out
    tags: [{ name: 'slow', description: 'asks real programs, starts processes, or reads inputs of real size' }],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // most tests wait for programs; one worker less than processors would be one at a time on two
    maxWorkers: '100%',
    // .ci/run reads the numbers
    reporters: process.env.CI ? ['default', ['json', { outputFile: '.cache/tests.json' }]] : ['default'],
  },
});

export default config;
