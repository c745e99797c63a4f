/**
 * The checksum of a page: starts at 0, times 33 plus each byte; the four bytes of the checksum itself count as zero.
 */
export function checksumOf(bytes: Uint8Array, own: number): number {
  let sum = 0;
  for (let i = 0; i < own; i++) sum = (Math.imul(sum, 33) + bytes[i]!) | 0;
  for (let i = 0; i < 4; i++) sum = Math.imul(sum, 33);
  for (let i = own + 4; i < bytes.length; i++) sum = (Math.imul(sum, 33) + bytes[i]!) | 0;
  return sum >>> 0;
}
