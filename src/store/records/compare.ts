/** Two nodes of an arena -> the order of their keys. */
import { NODE_HEADER } from '../lmdb/layout.ts';
import { CHUNK_SHIFT, OFFSET_MASK, type RecordArena } from './arena.ts';

/** Compares the keys of two nodes as LMDB does, from byte `depth` on; the bytes before are equal. */
export function compareNodes(arena: RecordArena, left: number, right: number, depth = 0): number {
  const leftView = arena.views[left >>> CHUNK_SHIFT]!;
  const rightView = arena.views[right >>> CHUNK_SHIFT]!;
  const leftLength = arena.keyLengthAt(left);
  const rightLength = arena.keyLengthAt(right);
  const leftAt = ((left & OFFSET_MASK) << 1) + NODE_HEADER;
  const rightAt = ((right & OFFSET_MASK) << 1) + NODE_HEADER;
  const common = Math.min(leftLength, rightLength);
  let i = depth;
  while (i + 4 <= common && leftView.getInt32(leftAt + i) === rightView.getInt32(rightAt + i)) i += 4;
  for (; i < common; i++) {
    const difference = leftView.getUint8(leftAt + i) - rightView.getUint8(rightAt + i);
    if (difference !== 0) return difference;
  }
  return leftLength - rightLength;
}
