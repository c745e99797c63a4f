/**
 * Answers for the recipients of a command line, and counts the decisions of the process:
 *
 *     npm start -- /etc/mail 203.0.113.9 bob@far.example postmaster
 */
import { MapError, openMailMaps, subscribe } from 'mailmaps';
import { answer } from './answers.js';

const [directory = '/etc/mail', client = '203.0.113.9', ...recipients] = process.argv.slice(2);
const counts = new Map<string, number>();
const stop = subscribe('mailmaps:decision', ({ decision: { action } }) => {
  counts.set(action, (counts.get(action) ?? 0) + 1);
});
try {
  const maps = openMailMaps(directory);
  maps.on('problem', (error) => console.error(error.message));
  for (const recipient of recipients) console.log(answer(maps, recipient, client));
  maps.close();
  console.log([...counts].map(([action, count]) => `${action}: ${count}`).join(', '));
} catch (error) {
  if (!(error instanceof MapError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
} finally {
  stop();
}
