/**
 * Reviewing large configurations: lint of an access map of 100,000 entries, diff of two that differ in 10, and replay of
 * logs of Postfix and sendmail of 400,000 lines. No other program does this work, so each target is a time.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { type Command, ours, runCommand } from '../command.ts';
import type { Group } from '../group.ts';
import { median, type Sample, shown } from '../sample.ts';

const ENTRIES = 100_000;
const CHANGES = 10;
const LOG_LINES = 400_000;
const TARGET_MS = 2000;
const HOST = ['--host-name', 'mail.here.example'];

export const review: Group = {
  name: 'review',
  about: 'lint, diff and replay over 100,000 entries and 400,000 lines of log',
  async run(bench) {
    const [old, now] = [`${bench.scratch}/old`, `${bench.scratch}/new`];
    makeConfiguration(old, false);
    makeConfiguration(now, true);
    const log = `${bench.scratch}/mail.log`;
    writeFileSync(log, logLines(postfixLines));
    const sendmailLog = `${bench.scratch}/maillog`;
    writeFileSync(sendmailLog, logLines(sendmailLines));
    const works: readonly (readonly [string, Command])[] = [
      [`lint, ${ENTRIES} entries`, { argv: ours('mailmaps', 'lint', '-d', old, ...HOST), statuses: [0, 1] }],
      [`diff, ${CHANGES} of ${ENTRIES} entries`, { argv: ours('mailmaps', 'diff', old, now, ...HOST), statuses: [1] }],
      [
        `replay, ${LOG_LINES} lines of Postfix`,
        { argv: ours('mailmaps', 'replay', log, '--new', old, ...HOST), statuses: [0, 1] },
      ],
      [
        `replay, ${LOG_LINES} lines of sendmail`,
        { argv: ours('mailmaps', 'replay', sendmailLog, '--new', old, ...HOST), statuses: [0, 1] },
      ],
    ];
    for (const [work, command] of works) {
      const samples: Sample[] = Array.from({ length: bench.rounds }, () => runCommand(command));
      bench.report({
        work,
        against: 'nothing',
        ours: shown(samples),
        theirs: '',
        figure: median(samples.map(({ seconds }) => seconds * 1000)),
        target: { is: 'atMost', figure: TARGET_MS, unit: 'ms' },
        samples: { ours: samples },
      });
    }
  },
};

const KINDS: readonly ((i: number) => string)[] = [
  (i) => `Connect:${11 + Math.floor(i / 50_000)}.${Math.floor(i / 250) % 200}.${i % 250}\tREJECT`,
  (i) => `From:d${i}.example\tREJECT`,
  (i) => `To:u${i}@here.example\tERROR:5.1.1:"550 no such user"`,
  (i) => `Connect:host${i}.isp${i % 1000}.example\tOK`,
  (i) => `To:r${i}.example\tRELAY`,
];

function makeConfiguration(directory: string, isChanged: boolean): void {
  mkdirSync(directory);
  const lines = Array.from({ length: ENTRIES }, (_, i) => {
    const line = KINDS[i % KINDS.length]!(i);
    return isChanged && i % (ENTRIES / CHANGES) === 1 ? line.replace('REJECT', 'OK') : line;
  });
  writeFileSync(`${directory}/access`, `${lines.join('\n')}\n`);
  writeFileSync(`${directory}/aliases`, 'postmaster: root\nroot: admin@far.example\n');
  writeFileSync(`${directory}/relay-domains`, '');
  writeFileSync(`${directory}/local-host-names`, 'here.example\nmail.here.example\n');
}

/** A log of 2,000 clients, each with accepted and refused mail. */
function logLines(linesOf: (i: number, sender: string, recipient: string) => readonly string[]): string {
  const lines: string[] = [];
  for (let i = 0; lines.length < LOG_LINES; i++)
    lines.push(...linesOf(i, `s${i % 5000}@far.example`, `u${i % 300}@here.example`));
  return `${lines.slice(0, LOG_LINES).join('\n')}\n`;
}

const TIME = 'Nov 30 10:10:53 mail';
const clientAddress = (i: number): string => `[192.0.${(i % 2000) >> 8}.${i % 250}]`;
const elsewhere = (i: number): string => `x@other${i % 50}.example`;

function postfixLines(i: number, sender: string, recipient: string): readonly string[] {
  const client = `c${i % 2000}.example${clientAddress(i)}`;
  const at = (service: string): string => `${TIME} postfix/${service}[${1000 + (i % 500)}]: `;
  const id = `${(0xa000000 + i).toString(16).toUpperCase()}`;
  return [
    `${at('smtpd')}connect from ${client}`,
    `${at('smtpd')}NOQUEUE: reject: RCPT from ${client}: 554 5.7.1 <${elsewhere(i)}>: Relay access denied; from=<${sender}> to=<${elsewhere(i)}> proto=ESMTP helo=<c.example>`,
    `${at('smtpd')}${id}: client=${client}`,
    `${at('cleanup')}${id}: message-id=<2026.${id}@far.example>`,
    `${at('qmgr')}${id}: from=<${sender}>, size=1200, nrcpt=1 (queue active)`,
    `${at('local')}${id}: to=<${recipient}>, relay=local, delay=0.1, delays=0.1/0/0/0, dsn=2.0.0, status=sent (delivered)`,
    `${at('qmgr')}${id}: removed`,
    `${at('smtpd')}disconnect from ${client} ehlo=1 mail=1 rcpt=1/2 data=1 commands=4/5`,
  ];
}

function sendmailLines(i: number, sender: string, recipient: string): readonly string[] {
  const client = `c${i % 2000}.example ${clientAddress(i)}`;
  const id = `6AU${(0xa000000 + i).toString(16).toUpperCase().padStart(11, '0')}`;
  const process = `${TIME} sendmail[${1000 + (i % 500)}]: `;
  return [
    `${process}STARTTLS=server, relay=${client}, version=TLSv1.3, verify=NO, cipher=TLS_AES_256_GCM_SHA384, bits=256/256`,
    `${process}${id}: ruleset=check_rcpt, arg1=<${elsewhere(i)}>, relay=${client}, reject=550 5.7.1 <${elsewhere(i)}>... Relaying denied`,
    `${process}${id}: from=<${sender}>, size=1200, class=0, nrcpts=1, msgid=<2026.${id}@far.example>, proto=ESMTPS, daemon=MTA-v4, relay=${client}`,
    `${process}${id}: to=<${recipient}>, delay=00:00:00, xdelay=00:00:00, mailer=local, pri=31200, dsn=2.0.0, stat=Sent`,
  ];
}
