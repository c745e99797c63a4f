/**
 * The interface of a fleet's engine: it carries blocks and signed manifests between publishers and hosts, and is never trusted.
 * Its owner can withhold data but not change it, because hosts verify signatures and hashes.
 *
 * Errors: every function throws MapError `tempFail` while the engine cannot be reached, and `unsafe` if it refuses us.
 */

import { BLOCK_BYTES, MAX_MANIFEST_BYTES } from './manifest.ts';

/** A block as it travels: gzip of its content, under the SHA-256 of the content. */
export interface PackedBlock {
  readonly hash: string;
  readonly packed: Uint8Array;
}

/** A host's report about itself: no decision depends on it. */
export interface HostReport {
  readonly host: string;
  readonly generation: number;
  /** RFC 3339. */
  readonly at: string;
  readonly version: string;
  readonly problem?: string;
}

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
  reports(): Promise<readonly HostReport[]>;
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

/** A report; undefined for a text that is not one. */
export function parseReport(text: string): HostReport | undefined {
  try {
    const value = JSON.parse(text) as Partial<HostReport> | null;
    const { host, generation, at, version, problem } = value ?? {};
    const texts = [host, at, version, problem ?? ''].every(
      (field) => typeof field === 'string' && field.length <= 1024,
    );
    if (!texts || !Number.isSafeInteger(generation)) return undefined;
    return value as HostReport;
  } catch {
    return undefined;
  }
}
