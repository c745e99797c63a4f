/**
 * Names for the processes that write maps, used in the names of their files: boot, pid namespace, pid, start time,
 * and random digits, so that no name is used twice. A name shows whether its process is dead.
 *
 * A process of this machine and namespace is dead if it does not run. A process from before this machine's last boot
 * is dead. A process of another pid namespace or another machine (a shared directory) cannot be checked: it counts as dead
 * after FOREIGN_AGE_MS.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { uptime } from 'node:os';

/** Longer than any writer holds a map: ten minutes, in milliseconds. */
export const LONGEST_WRITER_MS = 600_000;
const ID = /^([0-9a-f]*)-([0-9a-f]*)-(\d{1,10})-(\d{1,20})-[0-9a-f]{16}$/;
const boot = readSystem(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8));
const namespace = readSystem(() => Number(/\d+/.exec(readlinkSync('/proc/self/ns/pid'))).toString(16));

export function isWriterId(text: string): boolean {
  return ID.test(text);
}

export function pidOf(id: string): number {
  return Number(ID.exec(id)![3]);
}

/** A new name for this process. */
export function newWriterId(): string {
  return `${boot}-${namespace}-${process.pid}-${startTime('self') ?? 0}-${randomDigits()}`;
}

/** 16 random hexadecimal digits from the kernel: loading Node's crypto would take 3 ms of every run. */
export function randomDigits(): string {
  const uuid = readSystem(() => readFileSync('/proc/sys/kernel/random/uuid', 'latin1')) || crypto.randomUUID();
  return uuid.replaceAll('-', '').slice(0, 16);
}

/** True if the name was made on this machine since its boot: then the writer's sockets and ours are in one kernel. */
export function isOfThisBoot(id: string): boolean {
  return boot !== '' && ID.exec(id)![1] === boot;
}

/**
 * @param modified time in ms at which a file of that writer was made; its age counts if the process cannot be checked
 * @param longestMs milliseconds for which a process keeps the file at most
 */
export function isDead(id: string, modified: number, longestMs: number): boolean {
  const [, itsBoot, itsNamespace, pid, started] = ID.exec(id)!;
  if (itsBoot === boot && itsNamespace === namespace) return !isAlive(Number(pid), Number(started));
  const age = Date.now() - modified;
  return age > longestMs || (itsBoot !== boot && age > uptime() * 1000);
}

/** True if the process that started at that time still runs; another process may have got the same pid. */
function isAlive(pid: number, started: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = startTime(pid);
  return now === undefined || now === started;
}

/** The start time of a process in clock ticks since boot; undefined if it cannot be read. */
function startTime(pid: number | 'self'): number | undefined {
  const stat = readSystem(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  // The second field is the program's name in parentheses, and may hold any characters.
  const field = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return field === undefined ? undefined : Number(field);
}

function readSystem(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
