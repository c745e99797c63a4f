/** Seconds an `expand` of one address over a configuration directory. */
import { openMailMaps } from '../../../src/config/mailmaps.ts';
import { settledMemory } from './measure.ts';

interface Arguments {
  readonly directory: string;
  readonly address: string;
  readonly times: number;
  /** Recipients that must come out. */
  readonly members: number;
}

export function measureExpand({ directory, address, times, members }: Arguments): unknown {
  const maps = openMailMaps({ directory, hostName: 'mail.oracle.test', forwardPath: '' });
  const { recipients, errors } = maps.expand(address);
  if (recipients.length !== members || errors.length > 0) {
    throw new Error(`${recipients.length} recipients, ${JSON.stringify(errors.slice(0, 3))}`);
  }
  const began = process.hrtime.bigint();
  for (let i = 0; i < times; i++) maps.expand(address);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9 / times;
  maps.close();
  return { seconds, peakBytes: settledMemory() };
}
