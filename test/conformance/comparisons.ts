/** Every random comparison there is, in the order in which they run. */
import type { Comparison } from './comparison.ts';

export const COMPARISONS: readonly Comparison[] = [];
