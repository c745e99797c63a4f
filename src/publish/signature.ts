/**
 * A manifest -> its signed form with Ed25519, and a signed form -> its manifest, if it is trusted. The signatures are verified
 * before anything in the manifest is read.
 *
 * A signed manifest is JSON: `{"manifest": base64, "signatures": [{"key": id, "ed25519": base64}]}`. The id of a key is the
 * SHA-256 of its public half (SubjectPublicKeyInfo, DER).
 *
 * Errors: `badInput` for text of another form, `unsafe` for too few signatures of trusted keys.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { MapError } from '../core/errors.ts';
import { type Manifest, manifestBytes, parseManifest, readJson, sha256 } from './manifest.ts';

/** A public key that may publish. */
export interface TrustedKey {
  readonly id: string;
  readonly key: KeyObject;
  /** The key signs nothing after this time, in milliseconds. */
  readonly notAfter?: number;
  readonly comment: string;
}

/** The keys that a host trusts. */
export interface Trust {
  readonly keys: readonly TrustedKey[];
  /** The number of different keys that must have signed. */
  readonly threshold: number;
}

/** A manifest whose signatures hold. */
export interface Believed {
  readonly manifest: Manifest;
  /** SHA-256 of its bytes: the parent of the next manifest. */
  readonly id: string;
  /** The signed form, as it came. */
  readonly envelope: Uint8Array;
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const NOT_AFTER = 'not-after=';

/**
 * Reads a trust file: a line a key, `ed25519 BASE64 [not-after=2027-12-31] comment`; `#` begins a comment line. BASE64 is
 * the public key as `openssl pkey -pubout -outform DER` writes it.
 *
 * @throws MapError `badInput` with the line, also for a file without a key
 */
export function parseTrust(text: string, file: string, threshold = 1): Trust {
  const keys = text.split(/\r?\n/).flatMap((line, i) => {
    if (/^\s*(?:#|$)/.test(line)) return [];
    return [trustedKey(line.trim(), { file, line: i + 1 })];
  });
  const different = new Set(keys.map(({ id }) => id)).size;
  if (different < threshold || threshold < 1)
    throw new MapError('badInput', `${file} has ${different} keys, and ${threshold} must sign`, { file });
  return { keys, threshold };
}

function trustedKey(line: string, place: { file: string; line: number }): TrustedKey {
  const bad = (why: string): MapError => new MapError('badInput', `${place.file}: line ${place.line}: ${why}`, place);
  const [kind, encoded = '', ...words] = line.split(/\s+/);
  if (kind !== 'ed25519' || !BASE64.test(encoded)) throw bad('not "ed25519 BASE64 [not-after=DATE] comment"');
  const until = words[0]?.startsWith(NOT_AFTER) ? words.shift()!.slice(NOT_AFTER.length) : '';
  const comment = words.join(' ');
  const notAfter = until === '' ? undefined : Date.parse(until);
  if (Number.isNaN(notAfter)) throw bad(`not-after=${until} is no date`);
  const key = publicKey(Buffer.from(encoded, 'base64'));
  if (key === undefined) throw bad('no Ed25519 public key');
  return { id: keyId(key), key, comment, ...(notAfter !== undefined && { notAfter }) };
}

function publicKey(der: Buffer): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}

function keyId(key: KeyObject): string {
  return sha256(key.export({ format: 'der', type: 'spki' }));
}

/** Signs with each key. */
export function signManifest(manifest: Manifest, keys: readonly KeyObject[]): Buffer {
  const bytes = manifestBytes(manifest);
  const signatures = keys.map((key) => ({
    key: keyId(createPublicKey(key)),
    ed25519: sign(null, bytes, key).toString('base64'),
  }));
  return Buffer.from(JSON.stringify({ manifest: bytes.toString('base64'), signatures }));
}

/**
 * Reads a private key in PEM.
 *
 * @throws MapError `badInput` for a text that is not an Ed25519 private key, or is encrypted with another passphrase
 */
export function parsePrivateKey(pem: string, passphrase?: string): KeyObject {
  try {
    const key = createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) });
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (error) {
    throw new MapError('badInput', 'the key is no private key that can be read', { cause: error });
  }
  throw new MapError('badInput', 'the key is no Ed25519 key');
}

/**
 * Checks the signatures of a manifest, and returns what they sign.
 *
 * @param now milliseconds; a key counts until its `notAfter`
 * @throws MapError `badInput` for another form, `unsafe` if fewer trusted keys than the threshold have signed
 */
export function believe(envelope: Uint8Array, trust: Trust, now: number): Believed {
  const { manifest: encoded, signatures } = readJson(envelope) as { manifest?: unknown; signatures?: unknown };
  if (typeof encoded !== 'string' || !Array.isArray(signatures) || signatures.length > 64)
    throw new MapError('badInput', 'not a signed manifest');
  const bytes = Buffer.from(encoded, 'base64');
  const signers = trust.keys.filter(
    ({ id, key, notAfter = Number.POSITIVE_INFINITY }) =>
      now <= notAfter && signatures.some((signature) => hasSigned(signature, id, key, bytes)),
  );
  const different = new Set(signers.map(({ id }) => id)).size;
  if (different < trust.threshold)
    throw new MapError('unsafe', `${different} trusted keys have signed the manifest, and ${trust.threshold} must`);
  return { manifest: parseManifest(bytes), id: sha256(bytes), envelope };
}

function hasSigned(signature: unknown, id: string, key: KeyObject, bytes: Uint8Array): boolean {
  if (typeof signature !== 'object' || signature === null) return false;
  const { key: named, ed25519 } = signature as { key?: unknown; ed25519?: unknown };
  return named === id && typeof ed25519 === 'string' && verify(null, bytes, key, Buffer.from(ed25519, 'base64'));
}
