/**
 * Promises that hold through inputs that nobody means well with.
 *
 * @module-tag slow
 */
import { PARTS } from './families.ts';
import { holdThroughFaults } from './short-form.ts';

holdThroughFaults(PARTS.inputs);
