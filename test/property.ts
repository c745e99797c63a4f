/** fast-check with one seed for all runs, so that a test fails by a change, and never by luck. `SEED=2 npm test` tries another one. */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.SEED ?? 1) });

export { fc };
