/** Every random comparison there is, in the order in which they run. */
import type { Comparison } from './comparison.ts';
import { makemapComparison } from './makemap.ts';

export const COMPARISONS: readonly Comparison[] = [makemapComparison];
