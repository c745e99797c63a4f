/** A table of ours and a name from outside -> the field of that name. `constructor` and `__proto__` are fields of no table. */
export function ownField<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
