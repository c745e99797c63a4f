/**
 * Passwords of `AuthInfo:` entries are in no review: texts, JSON, SARIF, annotations and pages are read by more people than the
 * access map.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { main } from '../../src/cli/mailmaps/main.ts';
import { withoutPasswords } from '../../src/core/passwords.ts';
import { runProgram } from '../cli/run-program.ts';

let top: string;

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'mailmaps-passwords.'));
  // these entries decide about no mail, so a comparison of them asks few questions
  const texts = {
    old: 'AuthInfo:smtp.example "U:me" "P:hush-1"\nAuthInfo:b.example "P=aHVzaA==hush"\n',
    new: 'AuthInfo:smtp.example "U:me" "P:hush-2" # note\nAuthInfo:.c.example "P:hush-3"\nAuthInfo: d.example "P:hush-4"\nauthinfo:smtp.example "P:hush-5"\n',
  };
  for (const [name, text] of Object.entries(texts)) {
    mkdirSync(join(top, name));
    writeFileSync(join(top, name, 'access'), text);
  }
});
afterAll(() => rmSync(top, { recursive: true }));

const HOST = ['--host-name', 'mail.here.test'];
it.each([
  ['lint', '-d', '{new}', ...HOST, '--severity', 'style', '--report', '{top}/page'],
  ['lint', '-d', '{new}', ...HOST, '--severity', 'style', '--json'],
  ['lint', '-d', '{new}', ...HOST, '--severity', 'style', '--sarif'],
  ['lint', '-d', '{new}', ...HOST, '--severity', 'style', '--github'],
  ['diff', '{old}', '{new}', ...HOST, '--report', '{top}/page'],
  ['diff', '{new}', '{old}', ...HOST, '--json'],
  ['build', '-d', '{new}', ...HOST, '--dry-run', '--diff'],
])('mailmaps %s shows none', async (...words) => {
  const argv = words.map((word) =>
    word.replace('{old}', join(top, 'old')).replace('{new}', join(top, 'new')).replace('{top}', top),
  );
  const { stdout, stderr } = await runProgram(main, argv);
  const pages = readdirSync(top).includes('page') ? readFileSync(join(top, 'page'), 'utf8') : '';
  expect(stdout).not.toBe('');
  expect(stdout + stderr + pages).not.toContain('hush');
});

it.each([
  ['AuthInfo:a.example "U:me" "P:secret" "R:realm"', 'AuthInfo:a.example "U:me" "P:******" "R:realm"'],
  ['authinfo: "p=c2VjcmV0"', 'authinfo: "p=********"'],
  ['AuthInfo:a P:secret', 'AuthInfo:a P:******'],
  ['From:P:x REJECT', 'From:P:x REJECT'],
])('%s -> %s', (line, expected) => expect(withoutPasswords(line)).toBe(expected));
