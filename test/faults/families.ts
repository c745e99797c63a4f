/**
 * All families of faults, in the order in which they run. Each part has a test file of its name, so that two workers share them; the
 * parts take about the same time.
 */
import { answers } from './answers.ts';
import { badManners } from './bad-manners.ts';
import { concurrency } from './concurrency.ts';
import { crash } from './crash.ts';
import { damagedDbfiles } from './damaged-dbfiles.ts';
import { damagedMaps } from './damaged-maps.ts';
import { descriptorLimit } from './descriptor-limit.ts';
import { diskFull } from './disk-full.ts';
import { dnsAnswers } from './dns-answers.ts';
import { exchanges } from './exchanges.ts';
import type { Family } from './fault.ts';
import { fleetPartitions } from './fleet-partitions.ts';
import { growth } from './growth.ts';
import { halfWritten } from './half-written.ts';
import { inPlace } from './in-place.ts';
import { inputLines } from './input-lines.ts';
import { ioError } from './io-error.ts';
import { leaks } from './leaks.ts';
import { openRelay } from './open-relay.ts';
import { parsers } from './parsers.ts';
import { privilege } from './privilege.ts';
import { race } from './race.ts';
import { relayTable } from './relay-table.ts';
import { reviewInputs } from './review-inputs.ts';
import { rulesEngine } from './rules-engine.ts';
import { servedRequests } from './served-requests.ts';

export const PARTS: Readonly<Record<'inputs' | 'machine' | 'others', readonly Family[]>> = {
  /** Texts, maps, requests and replies that nobody means well with. */
  inputs: [
    damagedMaps,
    damagedDbfiles,
    parsers,
    answers,
    inputLines,
    servedRequests,
    rulesEngine,
    dnsAnswers,
    reviewInputs,
    growth,
    openRelay,
    relayTable,
  ],
  /** A machine on which programs are killed and calls fail. */
  machine: [halfWritten, crash, diskFull, ioError, descriptorLimit, leaks],
  /** Other programs, peers, users and hosts at the same time. */
  others: [badManners, concurrency, inPlace, fleetPartitions, privilege, race, exchanges],
};

export const FAMILIES: readonly Family[] = Object.values(PARTS).flat();
