/** Seconds a `route`, a `rewrite` or an `expand` over a configuration directory with every table. */
import { readFileSync } from 'node:fs';
import type { Feature } from '../../../src/access/features.ts';
import { openMailMaps } from '../../../src/config/mailmaps.ts';
import { settledMemory, timeEach } from './measure.ts';

interface Arguments {
  readonly directory: string;
  readonly kind: 'route' | 'rewrite' | 'expand';
  /** A file of addresses, one a line. */
  readonly addresses: string;
  /** Features, separated by blanks. */
  readonly features: string;
}

/** Enough for a steady rate. */
const QUESTIONS = 40_000;

const HOW = { mailer: 'esmtp', where: 'header', role: 'sender' } as const;

export function measureTables({ directory, kind, addresses, features }: Arguments): unknown {
  const maps = openMailMaps({
    directory,
    hostName: 'mail.oracle.test',
    forwardPath: '',
    features: features.split(' ') as Feature[],
  });
  const given = readFileSync(addresses, 'utf8').split('\n').slice(0, -1);
  const asked = Array.from({ length: QUESTIONS }, (_, i) => given[i % given.length]!);
  const ask = {
    route: (address: string) => maps.route(address),
    rewrite: (address: string) => maps.rewrite(address, HOW),
    expand: (address: string) => maps.expand(address),
  }[kind];
  const seconds = timeEach(asked, ask);
  maps.close();
  return { seconds, peakBytes: settledMemory() };
}
