/** Every family of faults there is, in the order in which they run. */
import { concurrency } from './concurrency.ts';
import { crash } from './crash.ts';
import { damagedMaps } from './damaged-maps.ts';
import { diskFull } from './disk-full.ts';
import type { Family } from './fault.ts';
import { openRelay } from './open-relay.ts';

export const FAMILIES: readonly Family[] = [concurrency, crash, damagedMaps, diskFull, openRelay];
