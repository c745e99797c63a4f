/**
 * Names for the processes that write maps, which stand in the names of their files: boot, pid namespace, pid, when it
 * started, and random digits, so that no name is ever used twice. From a name it can be told whether its process is gone.
 *
 * One of this machine is dead when its process is; one from before this machine's last start is dead; one from another
 * pid namespace or another machine (a shared folder) cannot be judged so, and is dead after FOREIGN_AGE_MS.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { uptime } from 'node:os';

/** No writer holds a map for as long: ten minutes. */
const FOREIGN_AGE_MS = 600_000;
const ID = /^([0-9a-f]*)-([0-9a-f]*)-(\d{1,10})-(\d{1,20})-[0-9a-f]{16}$/;
const boot = readSystem(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8));
const namespace = readSystem(() => Number(/\d+/.exec(readlinkSync('/proc/self/ns/pid'))).toString(16));

export function isWriterId(text: string): boolean {
  return ID.test(text);
}

export function pidOf(id: string): number {
  return Number(ID.exec(id)![3]);
}

/** A new one, for this process. */
export function newWriterId(): string {
  return `${boot}-${namespace}-${process.pid}-${startTime('self') ?? 0}-${randomDigits()}`;
}

/** 16 random hexadecimal digits, from the kernel: loading Node's crypto would take 3 ms of every run. */
export function randomDigits(): string {
  const uuid = readSystem(() => readFileSync('/proc/sys/kernel/random/uuid', 'latin1')) || crypto.randomUUID();
  return uuid.replaceAll('-', '').slice(0, 16);
}

/** Whether it was made since this machine started, on this machine: one kernel has the writer's sockets and ours. */
export function isOfThisBoot(id: string): boolean {
  return boot !== '' && ID.exec(id)![1] === boot;
}

/** @param modified when a file of that writer was made (ms), whose age counts where its process cannot be looked at */
export function isDead(id: string, modified: number): boolean {
  const [, itsBoot, itsNamespace, pid, started] = ID.exec(id)!;
  if (itsBoot === boot && itsNamespace === namespace) return !isAlive(Number(pid), Number(started));
  const age = Date.now() - modified;
  return age > FOREIGN_AGE_MS || (itsBoot !== boot && age > uptime() * 1000);
}

/** Whether the process that started then is there; a process id alone may have been given to another. */
function isAlive(pid: number, started: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = startTime(pid);
  return now === undefined || now === started;
}

/** When a process started, in clock ticks since the machine did; undefined where that cannot be read. */
function startTime(pid: number | 'self'): number | undefined {
  const stat = readSystem(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  // The second field is the program's name in parentheses, and may hold anything.
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
