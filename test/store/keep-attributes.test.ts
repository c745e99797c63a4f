/**
 * A map that is made again keeps its access control list and attributes.
 *
 * @module-tag slow
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withMapLock } from '../../src/store/replace/lock.ts';
import { replaceMap } from '../../src/store/replace/replace.ts';
import { scratchDirectory, sorted } from './build.ts';

const SET = `
import os, struct, sys
entries = [(1, 6, -1), (2, 4, 4321), (4, 0, -1), (16, 4, -1), (32, 0, -1)]
acl = struct.pack('<I', 2) + b''.join(struct.pack('<HHI', t, p, i % 2**32) for t, p, i in entries)
os.setxattr(sys.argv[1], 'system.posix_acl_access', acl)
os.setxattr(sys.argv[1], 'user.note', b'kept')`;
const GET = `
import os, sys
print({name: os.getxattr(sys.argv[1], name).hex() for name in sorted(os.listxattr(sys.argv[1]))})`;

const python = (program: string, path: string): string =>
  execFileSync('python3', ['-c', program, path], { encoding: 'utf8' });

function takesAttributes(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'mailmaps-attributes-'));
  try {
    writeFileSync(join(directory, 'tried'), '');
    return spawnSync('python3', ['-c', SET, join(directory, 'tried')]).status === 0;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const make = (path: string, value: string) =>
  withMapLock(path, {}, (lock) =>
    replaceMap(lock, sorted([['a', value]]), {
      attributes: (old) => ({ mode: old === undefined ? 0o640 : old.mode & 0o7777 }),
      mark: { keys: 'folded' },
    }),
  );

describe.runIf(takesAttributes())('the access control list and attributes of a map (needs python3 to set them)', () => {
  it('stay when it is made again, and again', async () => {
    const path = join(scratchDirectory(), 'access.lmdb');
    await make(path, '1');
    python(SET, path);
    const before = python(GET, path);
    expect(before).toContain('user.note');
    expect([await make(path, '2'), python(GET, path)]).toEqual([[], before]);
    expect([await make(path, '3'), python(GET, path)]).toEqual([[], before]);
  });
});
