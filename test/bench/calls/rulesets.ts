/** Seconds a line of test mode in process, output thrown away; and seconds to open a sendmail.cf. */
import { readFileSync } from 'node:fs';
import { thisMachine } from '../../../src/cli/bt/host.ts';
import { Network } from '../../../src/cli/bt/network.ts';
import type { Configuration } from '../../../src/rules/configuration.ts';
import { readConfiguration } from '../../../src/rules/read.ts';
import { TestMode } from '../../../src/rules/test-mode.ts';
import { SILENT } from '../../../src/rules/trace.ts';
import type { Sample } from '../sample.ts';
import { settledMemory, timeEach } from './measure.ts';

function open(cf: string): Configuration {
  const machine = thisMachine(new Network());
  const read = readConfiguration(readFileSync(cf, 'latin1'), cf, { machine, print: () => undefined });
  if (!('configuration' in read)) throw new Error(`${cf} cannot be used`);
  return read.configuration;
}

/** @param rounds how often all lines are answered: the compiler needs some 100,000 ruleset calls */
export function measureRulesets({ cf, typed, rounds }: { cf: string; typed: string; rounds: number }): Sample {
  const configuration = open(cf);
  const mode = new TestMode(configuration, () => undefined);
  configuration.trace = SILENT;
  const once = readFileSync(typed, 'latin1').split('\n').slice(0, -1);
  const lines = Array.from({ length: rounds }, () => once).flat();
  const asked = lines.filter((line) => !line.startsWith('.')).length;
  const seconds = (timeEach(lines, (line) => mode.answer(line)) * lines.length) / asked;
  return { seconds, peakBytes: settledMemory() };
}

export function measureOpenRules({ cf }: { cf: string }): Sample {
  const began = performance.now();
  open(cf);
  return { seconds: (performance.now() - began) / 1000 };
}
