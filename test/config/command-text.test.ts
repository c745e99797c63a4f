/**
 * Text behind the address of MAIL and RCPT, and brackets without partners: what the daemon refuses as a command is let in at no
 * door, by no rules.
 */
import { describe, expect, it } from 'vitest';
import { formatReply, type MailMaps, openMailMaps, type Session } from '../../src/index.ts';
import { readData } from '../read-data.ts';

interface Recorded {
  readonly question: { readonly clientAddr: string; readonly lines: readonly string[] };
  readonly answer: { readonly replies: readonly (readonly string[])[] };
}

const [{ files, features, cases }] = readData<{
  groups: readonly [
    { readonly files: Readonly<Record<string, string>>; readonly features: never; readonly cases: readonly Recorded[] },
  ];
}>('command-text').groups;
const { common } = readData<{ readonly common: string }>('rules-daemon');

/** Our rules, and those of a sendmail.cf that refuse nothing by themselves. */
const RULES: Readonly<Record<string, () => MailMaps>> = {
  'built-in': () => openMailMaps({ texts: files, features, hostName: 'mail.oracle.test' }),
  'of a sendmail.cf': () =>
    openMailMaps({ cf: '/etc/mail/test.cf', texts: { 'test.cf': common }, hostName: 'mail.oracle.test' }),
};
const client: Session['client'] = { address: '203.0.113.9' };
const ROWS = cases.map(({ question, answer }) => {
  const [, mail = '', , , rcpt = ''] = answer.replies.map((lines) => lines.at(-1)!);
  return { address: question.lines[0]!.slice('MAIL FROM:<'.length, -1), mail, rcpt };
});

describe.each(Object.entries(RULES))('by rules %s', (_name, open) => {
  it.each(ROWS)('$address', ({ address, mail, rcpt }) => {
    using maps = open();
    const sender = maps.checkMail(address, { client });
    const recipient = maps.checkRcpt(address, { client, sender: 'a@b.example' });
    const session = maps.session(client);
    session.connect();
    session.mail('a@b.example');
    const said = [formatReply(recipient, address), session.rcpt(address).lines[0]!];
    if (rcpt.startsWith('555')) expect(said).toEqual([rcpt, rcpt]);
    else if (rcpt.startsWith('5')) for (const reply of said) expect(reply).toMatch(/^5/);
    if (mail.startsWith('555')) expect(formatReply(sender, address)).toBe(mail);
    else if (mail.startsWith('5')) expect(sender.action).toBe('reject');
  });
});
