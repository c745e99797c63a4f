/**
 * The process that keeps the private namespaces: prints its process id, then makes the machine of each job that it reads, a
 * JSON value a line. Started by room.ts through test/oracle/namespaces.sh.
 */
import { createInterface } from 'node:readline';
import { Machine } from '../oracle/machine.ts';

const machine = new Machine(process.argv[2]!);
console.log(process.pid);
for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
  try {
    await machine.prepare({ ...JSON.parse(line), queries: [] });
    console.log('ready');
  } catch (error) {
    console.log(String(error));
  }
}
