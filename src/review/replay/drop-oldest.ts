/**
 * A map in the order of its last events -> the same without its oldest entries, if it has a sixteenth more than its limit. All
 * are dropped in one walk: the search for the first entry of a Map passes the places of all that were deleted before it.
 */
export function dropOldest<K, V>(map: Map<K, V>, limit: number, onDrop: (value: V) => void): void {
  if (map.size <= limit + limit / 16) return;
  for (const [key, value] of map) {
    if (map.size <= limit) return;
    map.delete(key);
    onDrop(value);
  }
}
