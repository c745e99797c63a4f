/** Shared by measured calls: a loop that warms up first, and the memory of this process. */
import { readFileSync } from 'node:fs';

/** The part of the items that is asked before the clock runs, so that all code is compiled. */
const WARM_UP = 0.2;

/** Seconds an item that `ask` takes for all of them, after a warm-up with the first ones. */
export function timeEach<T>(items: readonly T[], ask: (item: T, index: number) => unknown): number {
  const warm = Math.ceil(items.length * WARM_UP);
  for (let i = 0; i < warm; i++) ask(items[i]!, i);
  const began = process.hrtime.bigint();
  for (let i = 0; i < items.length; i++) ask(items[i]!, i);
  return Number(process.hrtime.bigint() - began) / 1e9 / items.length;
}

/** The same in processor time, for work that never waits: other programs of the machine count less. */
export function processorTimeEach<T>(items: readonly T[], ask: (item: T, index: number) => unknown): number {
  const warm = Math.ceil(items.length * WARM_UP);
  for (let i = 0; i < warm; i++) ask(items[i]!, i);
  const before = process.cpuUsage();
  for (let i = 0; i < items.length; i++) ask(items[i]!, i);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6 / items.length;
}

/** Bytes of this process that are its own: after garbage collection, without mapped files. */
export function settledMemory(): number {
  (globalThis as { gc?: () => void }).gc?.();
  const anonymous = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(anonymous?.[1] ?? 0) * 1024;
}
