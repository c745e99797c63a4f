/** The texts of failed system calls in messages. */
import { describe, expect, it } from 'vitest';
import { openMailMaps } from '../../src/config/mailmaps.ts';
import { MapError } from '../../src/core/errors.ts';
import { systemText } from '../../src/core/system-error.ts';

describe('the text of an error', () => {
  it.each<[error: unknown, text: string]>([
    [Object.assign(new Error("EACCES: permission denied, open '/x'"), { code: 'EACCES' }), 'Permission denied'],
    // Node knows an exhausted quota only by its number
    [Object.assign(new Error('Unknown system error -122'), { errno: -122 }), 'Disk quota exceeded'],
    [Object.assign(new Error('EWHAT: another one'), { code: 'EWHAT' }), 'EWHAT: another one'],
    [new Error('not a regular file'), 'not a regular file'],
    ['thrown text', 'thrown text'],
  ])('%s', (error, text) => expect(systemText(error)).toBe(text));
});

describe('a MapError', () => {
  it('has only the fields that are known', () => {
    expect(Object.keys(new MapError('closed', 'closed'))).toEqual(['name', 'code']);
    expect(Object.keys(new MapError('badInput', 'no', { file: '/x', line: 3 }))).toEqual([
      'name',
      'code',
      'file',
      'line',
    ]);
  });

  it('says in words what the system refused', () => {
    const cannot = { code: 'unreadable', message: 'cannot read /proc/self/mem/x: Not a directory' };
    expect(() => openMailMaps({ cf: '/proc/self/mem/x' })).toThrow(expect.objectContaining(cannot));
  });
});
