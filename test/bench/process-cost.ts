/** Processes -> their processor time and memory, as the kernel counts them. */
import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of `times` in /proc/PID/stat (sysconf(_SC_CLK_TCK), 100 on every Linux). */
const TICKS_A_SECOND = 100;
/** Fields of /proc/PID/stat behind the name of the program: utime and stime, then those of the children that have ended. */
const OWN_TIMES = 11;
const CHILDREN_TIMES = 13;
const KB = 1024;

/** A process and all its descendants that live. */
export function family(pid: number): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    (textOf(`/proc/${pid}/task/${task}/children`).match(/\d+/g) ?? []).map(Number),
  );
  return [pid, ...children.flatMap(family)];
}

/** Processor seconds that a process has used, to 10 ms. */
export function processorSeconds(pid: number): number {
  return secondsAt(pid, OWN_TIMES);
}

/** Processor seconds of all children of this process that have ended. */
export function endedSeconds(): number {
  return secondsAt(process.pid, CHILDREN_TIMES);
}

/** Processor seconds of a process, its descendants that live, and its children that have ended. */
export function familySeconds(pid: number): number {
  return sum(family(pid).map(processorSeconds)) + secondsAt(pid, CHILDREN_TIMES);
}

function secondsAt(pid: number, field: number): number {
  const stat = textOf(`/proc/${pid}/stat`);
  const times = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(times[field] ?? 0) + Number(times[field + 1] ?? 0)) / TICKS_A_SECOND;
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Bytes of a process that no other one shares. */
export function ownBytes(pid: number): number {
  const kilobytes = [...textOf(`/proc/${pid}/smaps_rollup`).matchAll(/^Private_\w+: +(\d+) kB$/gm)];
  return sum(kilobytes.map(([, number]) => Number(number))) * KB;
}

/** Empty when the process has ended. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
