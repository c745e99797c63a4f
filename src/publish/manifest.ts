/**
 * A manifest: the signed list of all files of one generation, by content. Text -> a checked `Manifest`, and back.
 *
 * Limits: 16 MiB of text, 10,000 files, 1 TiB a file. A file name is a relative path of plain words, so no manifest can name a
 * place outside its directory.
 * Errors: `badInput` for everything that is not exactly a manifest of this format, also for unknown members.
 */
import { createHash } from 'node:crypto';
import { MapError } from '../core/errors.ts';
import { canonicalJson } from './canonical.ts';

/** Bytes of a block, the unit of transfer; the last block of a file is shorter. */
export const BLOCK_BYTES = 65_536;
export const MAX_MANIFEST_BYTES: number = 16 * 1024 * 1024;
const MAX_FILES = 10_000;
const MAX_FILE_BYTES = 2 ** 40;
const FORMAT = 1;

export interface ManifestFile {
  /** Relative path, parts separated by `/`. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Of the whole file, in hexadecimal. */
  readonly sha256: string;
  /** Permissions, in octal: `0640`. */
  readonly mode: string;
  /** SHA-256 of each block, in order. */
  readonly blocks: readonly string[];
}

export interface Manifest {
  readonly format: typeof FORMAT;
  readonly fleet: string;
  /** Counted from 1; a host never goes back to a lower one. */
  readonly generation: number;
  /** SHA-256 of the manifest before; null for the first. */
  readonly parent: string | null;
  /** RFC 3339, UTC. */
  readonly published: string;
  /** The publisher, in its own words. */
  readonly by: string;
  readonly message: string;
  /** After a rollback, the generation whose files these are; else null. */
  readonly rollbackOf: number | null;
  /** Program and version. */
  readonly tool: string;
  readonly files: readonly ManifestFile[];
  /** Lines of the review that the publisher saw. */
  readonly review: readonly string[];
}

/** The bytes that are signed. */
export function manifestBytes(manifest: Manifest): Buffer {
  return Buffer.from(canonicalJson(manifest as never), 'utf8');
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const HASH = /^[0-9a-f]{64}$/;
const NAME = /^(?!\.)[\w.+-]{1,255}(?:\/(?!\.)[\w.+-]{1,255}){0,15}$/;
const FLEET = /^[\w.-]{1,64}$/;
const MODE = /^0[0-7]{3}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/;

type Check = (value: unknown) => boolean;

const text =
  (limit: number): Check =>
  (value) =>
    typeof value === 'string' && value.length <= limit;
const matches =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const number =
  (least: number, most: number = Number.MAX_SAFE_INTEGER): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const listOf =
  (check: Check, limit: number): Check =>
  (value) =>
    Array.isArray(value) && value.length <= limit && value.every(check);

const FILE: Readonly<Record<keyof ManifestFile, Check>> = {
  name: matches(NAME),
  size: number(0, MAX_FILE_BYTES),
  sha256: matches(HASH),
  mode: matches(MODE),
  blocks: listOf(matches(HASH), MAX_FILE_BYTES / BLOCK_BYTES),
};

const MANIFEST: Readonly<Record<keyof Manifest, Check>> = {
  format: (value) => value === FORMAT,
  fleet: matches(FLEET),
  generation: number(1),
  parent: orNull(matches(HASH)),
  published: matches(TIME),
  by: text(256),
  message: text(4096),
  rollbackOf: orNull(number(1)),
  tool: text(256),
  files: listOf(isFile, MAX_FILES),
  review: listOf(text(4096), 10_000),
};

/** @throws MapError `badInput`, with the member that is wrong; also for a format of a later version. */
export function parseManifest(bytes: Uint8Array): Manifest {
  const value = readJson(bytes);
  const format = (value as { format?: unknown }).format;
  if (typeof format === 'number' && format > FORMAT)
    throw new MapError('badInput', `the manifest has format ${format}, which a later version of mailmaps reads`);
  const wrong = wrongMember(value, MANIFEST);
  if (wrong !== undefined) throw new MapError('badInput', `the manifest has a wrong member: ${wrong}`);
  const manifest = value as Manifest;
  if (new Set(manifest.files.map(({ name }) => name)).size < manifest.files.length)
    throw new MapError('badInput', 'the manifest names a file twice');
  return manifest;
}

/** @throws MapError `badInput` for text that is not a JSON object or too long */
export function readJson(bytes: Uint8Array): object {
  if (bytes.length > MAX_MANIFEST_BYTES)
    throw new MapError('badInput', `the manifest is longer than ${MAX_MANIFEST_BYTES} bytes`);
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // reported below
  }
  throw new MapError('badInput', 'the manifest is no JSON object');
}

function isFile(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || wrongMember(value, FILE) !== undefined) return false;
  const { size, blocks } = value as ManifestFile;
  return blocks.length === Math.ceil(size / BLOCK_BYTES);
}

/** The first member that is missing, unknown or of a wrong kind. */
function wrongMember(value: object, checks: Readonly<Record<string, Check>>): string | undefined {
  const members = new Map(Object.entries(value));
  for (const name of members.keys()) if (!Object.hasOwn(checks, name)) return name;
  return Object.entries(checks).find(([name, check]) => !check(members.get(name)))?.[0];
}
