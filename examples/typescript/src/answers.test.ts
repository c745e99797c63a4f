/** A configuration in memory: the tests of a program need no files. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openMailMaps } from 'mailmaps';
import { answer } from './answers.js';

const maps = openMailMaps({
  texts: { access: 'To:backup.example RELAY\n', 'local-host-names': 'example.com\n' },
  hostName: 'mail.example.com',
});

test('a stranger may send to us and to the hosts that we relay to, and to nobody else', () => {
  const answers = ['ann@example.com', 'bob@backup.example', 'bob@far.example'].map((recipient) =>
    answer(maps, recipient, '203.0.113.9'),
  );
  assert.match(answers[0] ?? '', /\(local by /);
  assert.match(answers[1] ?? '', /\(relay by to:backup\.example\)$/i);
  assert.match(answers[2] ?? '', /^550 5\.7\.1 .*Relaying denied/);
});
