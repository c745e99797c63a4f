/** Every random comparison there is, in the order in which they run. */
import { ADDRESS_COMPARISONS } from './address.ts';
import type { Comparison } from './comparison.ts';
import { expandComparison } from './expand.ts';
import { makemapComparison } from './makemap.ts';
import { newaliases } from './newaliases.ts';
import { daemonComparison, relayComparison, traceComparison } from './relay.ts';

export const COMPARISONS: readonly Comparison[] = [
  makemapComparison,
  ...ADDRESS_COMPARISONS,
  newaliases,
  expandComparison,
  relayComparison,
  traceComparison,
  daemonComparison,
];
