/**
 * The interface of a fleet's engine: it carries blocks and signed manifests between publishers and hosts, and is never trusted.
 * Its owner can withhold data but not change it, because hosts verify signatures and hashes.
 *
 * Errors: every function throws MapError `tempFail` while the engine cannot be reached, and `unsafe` if it refuses us.
 */

import { firstUnits } from '../core/bytes.ts';
import { MapError } from '../core/errors.ts';
import { BLOCK_BYTES, MAX_MANIFEST_BYTES } from './manifest.ts';

/** A block as it travels: gzip of its content, under the SHA-256 of the content. */
export interface PackedBlock {
  readonly hash: string;
  readonly packed: Uint8Array;
}

/** A host's report about itself: no decision depends on it. Its texts have at most MAX_TEXT characters. */
export interface HostReport {
  readonly host: string;
  readonly generation: number;
  /** RFC 3339. */
  readonly at: string;
  readonly version: string;
  readonly problem?: string;
}

/** The engine's value for a host that is no report. */
export interface UnreadReport {
  readonly host: string;
  readonly unread: string;
}

export type FoundReport = HostReport | UnreadReport;

export interface FleetEngine extends AsyncDisposable {
  /** The hashes whose blocks the engine does not have. */
  missing(hashes: readonly string[]): Promise<readonly string[]>;
  putBlocks(blocks: readonly PackedBlock[]): Promise<void>;
  /**
   * Puts a signed manifest and moves the head to it in one step.
   *
   * @returns false when the head is not `generation - 1`: another publisher was faster
   */
  advance(generation: number, envelope: Uint8Array): Promise<boolean>;
  /** Resolves when every node of the engine has everything written; `tempFail` if some do not in time. */
  settle(): Promise<void>;
  getBlock(hash: string): Promise<Uint8Array | undefined>;
  getManifest(generation: number): Promise<Uint8Array | undefined>;
  /** The number of the newest generation; 0: none. */
  head(): Promise<number>;
  /** Removes a manifest and blocks that no kept generation names. */
  remove(generation: number, hashes: readonly string[]): Promise<void>;
  /** Stores this host's report, which the engine drops after a minute without another. */
  report(report: HostReport): Promise<void>;
  /** One for each host; one that cannot be read hides no other. */
  reports(): Promise<readonly FoundReport[]>;
  /** Resolves when the head may have moved beyond `seen`, or after a while: a hint, not a promise. */
  waitForHead(seen: number, signal: AbortSignal): Promise<void>;
}

/** Bytes of which more are not read: whoever may write in the engine fills no memory of ours. */
export const MOST_BYTES: Readonly<Record<'manifest' | 'block' | 'report', number>> = {
  /** With its signatures. */
  manifest: 2 * MAX_MANIFEST_BYTES,
  /** Packed. */
  block: 2 * BLOCK_BYTES,
  report: 64 * 1024,
};

/** Seconds after which a host without a report counts as silent. */
export const REPORT_SECONDS = 60;

const MAX_TEXT = 1024;

/** A report as it is stored: no host reports more than others read. */
export function reportText(report: HostReport): string {
  const short = (_: string, value: unknown): unknown =>
    typeof value === 'string' ? firstUnits(value, MAX_TEXT) : value;
  return JSON.stringify(report, short);
}

/**
 * The report under a name; undefined if it is gone by now.
 *
 * @param read gives its bytes
 * @param isNamed whether the report of a host has this name
 * @throws MapError `tempFail` while the engine is away
 */
export async function readReport(
  name: string,
  read: () => Promise<Uint8Array | undefined>,
  isNamed: (name: string, host: string) => boolean,
): Promise<FoundReport | undefined> {
  const unread = (why: string): UnreadReport => ({ host: firstUnits(name, MAX_TEXT), unread: why });
  try {
    const bytes = await read();
    if (bytes === undefined) return undefined;
    const report = parseReport(String(bytes));
    if (report === undefined) return unread('it is no report');
    return isNamed(name, report.host) ? report : unread(`it is a report of ${report.host}`);
  } catch (error) {
    if (error instanceof MapError && error.code !== 'tempFail') return unread(error.message);
    throw error;
  }
}

/** A report; undefined for a text that is not one. */
function parseReport(text: string): HostReport | undefined {
  try {
    const value = JSON.parse(text) as Partial<HostReport> | null;
    const { host, generation, at, version, problem } = value ?? {};
    if (!isText(host) || !isText(at) || !isText(version) || !Number.isSafeInteger(generation)) return undefined;
    const report = { host, generation: generation!, at, version };
    if (problem === undefined) return report;
    return isText(problem) ? { ...report, problem } : undefined;
  } catch {
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT;
}

/** Whether a text is the number of a generation, or 0. */
export function isGeneration(text: string): boolean {
  return /^(?:0|[1-9]\d{0,14})$/.test(text);
}
