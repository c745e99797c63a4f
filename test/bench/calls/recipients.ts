/** Seconds a `checkRcpt` over a configuration directory. */
import { readFileSync } from 'node:fs';
import { openMailMaps } from '../../../src/config/mailmaps.ts';
import { settledMemory, timeEach } from './measure.ts';

interface Arguments {
  readonly directory: string;
  /** A file of questions, one JSON value a line: session and recipients. */
  readonly questions: string;
}

export function measureRecipients({ directory, questions }: Arguments): unknown {
  const maps = openMailMaps({
    directory,
    hostName: 'mail.oracle.test',
    features: ['accept_unresolvable_domains', 'blocklist_recipients'],
  });
  const asked = readFileSync(questions, 'utf8')
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => {
      const { session, recipients } = JSON.parse(line);
      return (recipients as string[]).map((recipient) => ({ session, recipient }));
    });
  const actions: Record<string, number> = {};
  for (const { recipient, session } of asked) {
    const { action } = maps.checkRcpt(recipient, session);
    actions[action] = (actions[action] ?? 0) + 1;
  }
  const seconds = timeEach(asked, ({ recipient, session }) => maps.checkRcpt(recipient, session));
  maps.close();
  return { seconds, peakBytes: settledMemory(), actions };
}
