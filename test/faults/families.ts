/** Every family of faults there is, in the order in which they run. */
import { damagedMaps } from './damaged-maps.ts';
import type { Family } from './fault.ts';
import { openRelay } from './open-relay.ts';

export const FAMILIES: readonly Family[] = [damagedMaps, openRelay];
