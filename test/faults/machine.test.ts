/**
 * Promises that hold on a machine on which programs are killed and calls fail.
 *
 * @module-tag slow
 */
import { PARTS } from './families.ts';
import { holdThroughFaults } from './short-form.ts';

holdThroughFaults(PARTS.machine);
