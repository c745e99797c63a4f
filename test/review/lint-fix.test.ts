/** mailmaps lint on a directory: fixes, baselines and statuses. */
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/mailmaps/main.ts';
import { lint } from '../../src/review/lint/lint.ts';
import { editsOf, mended, mendFile } from '../../src/review/lint/mend.ts';
import { type Run, runProgram } from '../cli/run-program.ts';
import { fc } from '../property.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mailmaps-fix.'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const at = (name: string): string => join(directory, name);
const read = (name: string): string => readFileSync(at(name), 'latin1');
const run = (...args: string[]): Promise<Run> =>
  runProgram(main, ['lint', '-d', directory, '--host-name', 'mail.here.test', ...args]);

describe('--fix', () => {
  it.each([
    ['networks', 'Connect:10.0.0.0/8\tRELAY\nConnect:10.1.2.0/23 OK\n', 'Connect:10\tRELAY\nConnect:10.1.2.0/23 OK\n'],
    ['comments after values', 'From:a.example  REJECT # x\n', '# x\nFrom:a.example  REJECT\n'],
    ['CRLF', 'From:a.example\tREJECT\r\n\r\n# x\r\n', 'From:a.example\tREJECT\n\n# x\n'],
    ['several faults of a line', 'To:@a.example REJECT # x\r\n', '# x\nTo:a.example REJECT\n'],
    ['a last line without a newline', '.a.example REJECT', 'a.example REJECT'],
    ['bytes that are no UTF-8', '# \xe4\xff\nConnect:10. OK\n# \xa9', '# \xe4\xff\nConnect:10 OK\n# \xa9'],
    [
      'nothing else',
      'From:a.example REJECT\nfrom:A.example OK\n*.x OK\n',
      'From:a.example REJECT\nfrom:A.example OK\n*.x OK\n',
    ],
  ])('mends %s, and a second run changes nothing', async (_, before, after) => {
    writeFileSync(at('access'), before, 'latin1');
    await run('--fix');
    expect(read('access')).toBe(after);
    const { stderr } = await run('--fix');
    expect([read('access'), stderr]).toEqual([after, '']);
    expect(readdirSync(directory)).toEqual(['access']);
  });

  it.each([
    ['an entry behind it', 'To:.a.example RELAY\nTo:a.example REJECT\n'],
    ['an entry before it', 'Connect:10 REJECT\nconnect:10. RELAY\n'],
    ['another mended line', 'From:@a.example OK\nFROM:.A.example REJECT\n'],
  ])('leaves a key alone that would be the one of %s', async (_, text) => {
    writeFileSync(at('access'), text);
    const { stdout } = await run('--fix');
    expect([read('access'), /MM10[267]/.test(stdout)]).toEqual([text, true]);
  });

  it('mends the value of an entry that shares its key', async () => {
    writeFileSync(at('access'), 'To:a.example OK\nTo:a.example REJECT # x\n');
    await run('--fix');
    expect(read('access')).toBe('To:a.example OK\n# x\nTo:a.example REJECT\n');
  });

  it('keeps mode and owner', async () => {
    writeFileSync(at('access'), 'Connect:10. OK\n');
    chmodSync(at('access'), 0o2640);
    if (process.geteuid?.() === 0) chownSync(at('access'), 12345, 23456);
    const { uid, gid } = statSync(at('access'));
    await run('--fix');
    expect(read('access')).toBe('Connect:10 OK\n');
    expect(statSync(at('access'))).toMatchObject({ uid, gid });
    expect(statSync(at('access')).mode & 0o777).toBe(0o640);
  });

  it('does not replace what somebody saves meanwhile, in place or as another file', async () => {
    for (const save of [writeFileSync, (path: string, text: string) => replaceBy(path, text)]) {
      writeFileSync(at('access'), 'Connect:10. OK\n');
      const mending = mendFile(at('access'), 'Connect:10. OK\n', [{ line: 1, replacement: 'Connect:10 OK' }]);
      save(at('access'), 'Connect:10. REJECT\n');
      await expect(mending).rejects.toMatchObject({ code: 'badInput' });
      expect([read('access'), readdirSync(directory)]).toEqual(['Connect:10. REJECT\n', ['access']]);
    }
  });

  function replaceBy(path: string, text: string): void {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  }

  it('does not follow a link', async () => {
    mkdirSync(at('theirs'));
    writeFileSync(at('theirs/access'), 'Connect:10. OK\n');
    symlinkSync('theirs/access', at('access'));
    const { stderr, rc } = await run('--fix');
    expect(stderr).toBe(`${at('access')} is not mended: it is a symbolic link\n`);
    expect([rc, read('theirs/access'), lstatSync(at('access')).isSymbolicLink()]).toEqual([
      1,
      'Connect:10. OK\n',
      true,
    ]);
  });

  it('does not cut a file off from its other names', async () => {
    writeFileSync(at('access'), 'Connect:10. OK\n');
    linkSync(at('access'), at('other'));
    const { stderr } = await run('--fix');
    expect([stderr, read('access')]).toEqual([
      `${at('access')} is not mended: it has more names (hard links)\n`,
      'Connect:10. OK\n',
    ]);
  });

  it('with --dry-run shows the lines, and writes nothing', async () => {
    writeFileSync(at('access'), 'Connect:10. OK\n');
    const { stdout } = await run('--fix', '--dry-run');
    expect(stdout).toContain(`${at('access')}:1\n-Connect:10. OK\n+Connect:10 OK\n`);
    expect(read('access')).toBe('Connect:10. OK\n');
  });

  it('comes to an end for any text, and keeps all other lines', () => {
    const part = fc.constantFrom(
      ...['Connect:', '10.', '/8', '@a.example', '.b.example', ' OK', '\tREJECT', ' # x', '\r', '\n', '#', '\xff'],
    );
    const options = { directory: '/etc/mail', severity: 'style', hostName: 'mail.here.test' } as const;
    const step = (text: string): string => {
      const { findings, files } = lint({ ...options, texts: { access: text } });
      return mended(text, editsOf(files[0]!, findings));
    };
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        let [text, mendedText] = ['', parts.join('').replaceAll('\xff', '')];
        for (let round = 0; round <= 10 && mendedText !== text; round++)
          [text, mendedText] = [mendedText, step(mendedText)];
        expect(mendedText).toBe(text);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a baseline', () => {
  beforeEach(() => writeFileSync(at('access'), 'Connect:10. OK\n'));

  it('hides the findings of now, wherever their lines move, and no others', async () => {
    expect(await run('--write-baseline', at('known'))).toMatchObject({ rc: 0, stdout: `${at('known')}: 1 findings\n` });
    writeFileSync(at('access'), '# moved\nConnect:10. OK\n');
    expect((await run('--baseline', at('known'))).rc).toBe(0);
    writeFileSync(at('access'), 'Connect:10. OK\nConnect:11. OK\n');
    const { rc, stdout } = await run('--baseline', at('known'));
    expect([rc, stdout]).toEqual([1, expect.stringContaining('access:2:1: warning MM102')]);
  });

  it('keeps the mode of the file that it replaces', async () => {
    writeFileSync(at('known'), '', { mode: 0o600 });
    await run('--write-baseline', at('known'));
    expect([read('known') === '', statSync(at('known')).mode & 0o777]).toEqual([false, 0o600]);
  });

  it('counts in another directory too', async () => {
    await run('--write-baseline', at('known'));
    mkdirSync(at('copy'));
    writeFileSync(at('copy/access'), 'Connect:10. OK\n');
    const { rc } = await runProgram(main, ['lint', '-d', at('copy'), '--baseline', at('known')]);
    expect(rc).toBe(0);
  });
});

describe('the status', () => {
  it('a --feature may have commas', async () => {
    writeFileSync(at('access'), 'From:a.example REJECT\n');
    const { rc, stderr } = await run('--feature', 'dnsbl:bl.example,"550 listed, go away"');
    expect([rc, stderr]).toEqual([1, '']);
  });
  it.each([
    ['0 without findings', ['access', 'From:a.example\tREJECT\n'], [], 0],
    ['1 for a finding', ['access', 'Connect:10. OK\n'], [], 1],
    ['0 for one below the severity', ['access', 'Connect:10. OK\n'], ['--severity', 'error'], 0],
    ['0 for one that is disabled', ['access', 'Connect:10. OK\n'], ['--disable', 'MM1'], 0],
    ['64 for a code that there is not', ['access', ''], ['--disable', 'MM99'], 64],
    ['64 for --dry-run alone', ['access', ''], ['--dry-run'], 64],
    ['66 for a baseline that is missing', ['access', ''], ['--baseline', '/nonexistent'], 66],
  ] as const)('is %s', async (_, [name, text], args, status) => {
    writeFileSync(at(name), text);
    expect((await run(...args)).rc).toBe(status);
  });

  it('of a directory without source files is an error', () => {
    expect(() => lint({ directory, aliases: [], hostName: 'mail.here.test' })).toThrow(
      expect.objectContaining({ code: 'missing', file: directory }),
    );
  });
});
