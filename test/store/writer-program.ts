/**
 * A writer that tests run eight at a time and kill: `writer-program MAP ROUNDS RECORDS`. Each round reads the number
 * in the map's record `count`, under the lock, and replaces the map by one in which `count` and every other record
 * hold the next number.
 */

import { openMapFile } from '../../src/store/open-map-file.ts';
import { RecordArena } from '../../src/store/records/arena.ts';
import { sortRecords } from '../../src/store/records/sort.ts';
import { withMapLock } from '../../src/store/replace/lock.ts';
import { replaceMap } from '../../src/store/replace/replace.ts';

const [path = '', rounds = '1', records = '1'] = process.argv.slice(2);

function countIn(map: string): number {
  try {
    const file = openMapFile(map);
    const count = Number(file.get('count'));
    file.close();
    return count;
  } catch (error) {
    if ((error as { code?: string }).code === 'missing') return 0;
    throw error;
  }
}

function recordsOf(value: string): ReturnType<typeof sortRecords> {
  const arena = new RecordArena('1.0');
  for (let i = 0; i < Number(records); i++) {
    const key = i === 0 ? 'count' : `key${i}`;
    arena.add(Buffer.from(key + value), 0, key.length, key.length, key.length + value.length, i);
  }
  return sortRecords(arena);
}

console.log('started');
for (let round = 0; round < Number(rounds); round++) {
  await withMapLock(path, {}, (lock) =>
    replaceMap(lock, recordsOf(String(countIn(path) + 1)), {
      attributes: () => ({ mode: 0o640 }),
      mark: { keys: 'folded' },
      verify: round % 4 === 0,
    }),
  );
}
console.log('finished');
