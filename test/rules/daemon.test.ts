/**
 * Recorded SMTP conversations with the real daemon (`sendmail -bs`): the reply to each command is the one that the rules of the
 * same file give.
 */
import { describe, expect, it } from 'vitest';
import { parseReply } from '../../src/access/reply.ts';
import { decide } from '../../src/access/verdict.ts';
import { formatReply, type MailMaps, openMailMaps } from '../../src/index.ts';
import { Daemon } from '../../src/rules/daemon.ts';
import { readConfiguration } from '../../src/rules/read.ts';
import { Recorder } from '../../src/rules/recorder.ts';
import { readData } from '../read-data.ts';
import { caseMachine } from './case-machine.ts';

interface Recorded {
  readonly id: string;
  readonly cf?: string;
  readonly rules?: string;
  readonly lines: readonly string[];
  readonly replies: readonly string[];
}

const DATA = readData<{
  readonly common: string;
  readonly cases: readonly Recorded[];
}>('rules-daemon');
const CASES = DATA.cases.map((each) => ({ ...each, cf: each.cf ?? DATA.common + each.rules }));

const hasStarted = ({ replies }: Recorded): boolean => replies[0]!.startsWith('220 ');

/** Whether commands have parameters, and their order, are no questions to rules. */
const NOT_OURS = /^(?:503|555) /;

const client = { address: 'local', helo: 'x' };

/** The address of MAIL or RCPT, and whether it is a sender. */
function addressIn(line: string): readonly [isSender: boolean, address: string] | undefined {
  const [, command, address] = /^(MAIL FROM|RCPT TO):<(.*)>/.exec(line) ?? [];
  return address === undefined ? undefined : [command === 'MAIL FROM', address];
}

function* dialogue(maps: MailMaps, { lines, replies }: Recorded): Generator<readonly [ours: string, theirs: string]> {
  let sender = '';
  for (const [i, line] of lines.entries()) {
    const theirs = replies[i + 1]!;
    const [isSender, address] = addressIn(line) ?? [];
    if (address === undefined || NOT_OURS.test(theirs) || /NOTIFY=|>x/.test(line)) continue;
    const decision = isSender ? maps.checkMail(address, { client }) : maps.checkRcpt(address, { client, sender });
    if (isSender) sender = address;
    yield [formatReply(decision, address), theirs.replace(' (will queue)', '')];
  }
}

describe('MAIL and RCPT', () => {
  it.each(CASES.filter(hasStarted))('$id', (recorded) => {
    using maps = openMailMaps({
      cf: '/etc/mail/test.cf',
      hostName: 'mail.oracle.test',
      texts: { 'test.cf': recorded.cf },
    });
    for (const [ours, theirs] of dialogue(maps, recorded)) expect(ours).toBe(theirs);
  });

  it.each(CASES.filter((each) => !hasStarted(each)))('$id: sendmail does not start', ({ cf }) => {
    using maps = openMailMaps({ cf: '/etc/mail/test.cf', hostName: 'mail.oracle.test', texts: { 'test.cf': cf } });
    expect(maps.checkRcpt('alice', { client, sender: 'a@b.c' }).action).toMatch(/tempFail|reject/);
  });
});

describe('other commands', () => {
  /** The ruleset of a command, and its argument. */
  const asked = (line: string): readonly [string, string] | undefined => {
    const [, command, argument = '1'] = /^(VRFY|EXPN|ETRN|DATA)(?: (.*))?$/.exec(line) ?? [];
    return command === undefined ? undefined : [`check_${command.toLowerCase()}`, argument];
  };

  it.each(CASES.filter(({ lines }) => lines.some(asked)))('$id', ({ cf, lines, replies }) => {
    const options = { machine: caseMachine({}), print: () => {} };
    const read = readConfiguration(cf, '/etc/mail/test.cf', options);
    if (!('configuration' in read)) throw new Error('not read');
    const { configuration } = read;
    const recorder = new Recorder(configuration);
    configuration.trace = recorder;
    const at = lines.findIndex(asked);
    const [ruleset, argument] = asked(lines[at]!)!;
    const { outcome } = new Daemon(configuration, recorder).ask({}, ruleset, [argument]);
    const theirs = replies[at + 1]!;
    if (outcome.kind !== 'refused') expect(theirs).toMatch(/^250 /);
    else {
      const reply = parseReply(outcome.text, outcome.status);
      const because = { rule: ruleset };
      expect(formatReply(decide('relay', { kind: 'reply', reply, because }, []))).toBe(theirs);
    }
  });
});
