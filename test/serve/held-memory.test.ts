/**
 * The memory that all peers together make a server hold: which peer is disconnected, and that a byte costs a byte.
 *
 * @module-tag slow
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { AttributeReader } from '../../src/serve/attributes.ts';
import { HeldMemory } from '../../src/serve/held-memory.ts';
import { NetstringReader } from '../../src/serve/netstring.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

describe('held memory', () => {
  it('gives up whoever holds most, and nobody else', () => {
    const gone: string[] = [];
    const memory = new HeldMemory(100);
    const holders = ['small', 'large', 'late'].map((name) => ({ giveUp: () => gone.push(name) }));
    memory.note(holders[0]!, 10);
    memory.note(holders[1]!, 80);
    expect(gone).toEqual([]);
    memory.note(holders[2]!, 20);
    expect(gone).toEqual(['large']);
    memory.note(holders[2]!, 90);
    expect(gone).toEqual(['large']);
    memory.note(holders[0]!, 11);
    expect(gone).toEqual(['large', 'late']);
  });
  it.each<[string, () => NetstringReader | AttributeReader, string]>([
    ['a netstring', () => new NetstringReader(110_000), `${'2:ab,'.repeat(10_000)}9:abc`],
    ['a policy request', () => new AttributeReader(), `${'a=b\n\n'.repeat(5000)}request=smtpd_access_policy\nx`],
  ])('%s keeps nothing of what it came with', (_, make, bytes) => {
    const readers = Array.from({ length: 1500 }, make);
    collect();
    const before = process.memoryUsage().heapUsed;
    for (const reader of readers) {
      reader.push(Buffer.from(bytes, 'latin1').toString('latin1'));
      while (reader.next() !== undefined);
      expect(reader.held).toBeLessThan(40);
    }
    collect();
    // if it shared memory, this would be 30 MiB and more
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20 << 20);
  });
});
