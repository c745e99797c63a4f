/**
 * Promises that hold while other programs, peers, users and hosts are at work.
 *
 * @module-tag slow
 */
import { PARTS } from './families.ts';
import { holdThroughFaults } from './short-form.ts';

holdThroughFaults(PARTS.others);
