/**
 * Hostile texts, logs, expectations and names for `mailmaps lint`, `diff`, `replay`, `verify` and `doctor`, as their users run them.
 * Each run ends with one of its exit statuses, and computes and waits for less than {@link LONGEST_MS}. Nothing printed moves a cursor, and no
 * name becomes an element or attribute of a report.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { main } from '../../src/cli/mailmaps/main.ts';
import { decodeText } from '../../src/core/bytes.ts';
import { runProgram } from '../cli/run-program.ts';
import { keptCases } from './corpus.ts';
import type { Family } from './fault.ts';
import { spending } from './fuzz.ts';
import { hostileText } from './hostile-text.ts';
import { withDirectory } from './map-images.ts';
import { must } from './parser-promises.ts';

// biome-ignore format: words of a kind on a line
const NAMES = ['"><script>x</script>', "'/onload='x", '</style>', '</title>', '<!--', '&lt;', ']]>', '__proto__', 'constructor', '\x1b[2J', '\x9b', '\xe2\x80\xae', '\xff', '%s', '::error::', '\\', 'a@b.example', 'here.test', '192.0.2.1', '\t', ' ', '\n', ':', '#'];
const ACCESS = hostileText(
  [
    ...NAMES,
    'Connect:',
    'To:',
    'From:',
    'RELAY',
    'REJECT',
    'OK',
    'ERROR:5.7.1:550 ',
    '192.0.2.0/24',
    '#makemap --cidr\n',
  ],
  [
    'Connect:192.0.2\tRELAY\nTo:a@b.example\tREJECT # why\n',
    'From:"><script>x</script>\tERROR:5.7.1:"550 <b>no</b>"\n',
  ],
);
const ALIASES = hostileText(
  [...NAMES, 'list', ': ', ', ', ':include:/x', '"|/bin/x"', 'owner-', '\n '],
  ['list: a, <img/src=x>@b.example\n', 'postmaster: root\nloop: loop\n__proto__: constructor\n'],
);
const HOSTS = hostileText([...NAMES, '.'], ['here.test\n', '"><script>x</script>\n__proto__\n']);
const LOG = hostileText(
  // biome-ignore format: words of a kind on a line
  [...NAMES, 'Nov 30 10:10:44 ', 'mail ', 'sendmail[1]: ', 'postfix/smtpd[1]: ', '6AUAAitG030553: ', 'from=<', 'to=<', '>, ', 'relay=', 'stat=Sent', 'size=1, ', 'proto=ESMTP, ', 'NOQUEUE: reject: RCPT from ', '{"MESSAGE":', '}'],
  [
    'Nov 30 10:10:44 mail sendmail[1]: 6AUAAitG030553: from=<a@b.example>, size=1, class=0, nrcpts=1, proto=ESMTP, daemon=MTA, relay=good.example [192.0.2.1]\nNov 30 10:10:44 mail sendmail[1]: 6AUAAitG030553: to=<"<script>x</script>"@elsewhere.example>, delay=00:00:00, mailer=esmtp, pri=1, stat=Sent\n',
    'Nov 30 10:10:44 mail postfix/smtpd[1]: NOQUEUE: reject: RCPT from h.example[192.0.2.1]: 554 5.7.1 <x@y.example>: Relay access denied; from=<a@b.example> to=<x@y.example> proto=ESMTP helo=<h>\n',
    '{"MESSAGE":"6AUAAitG030553: to=<a@b.example>, stat=Sent","SYSLOG_IDENTIFIER":"sendmail","__proto__":{"x":1}}\n',
  ],
);
const POLICY = hostileText(
  // biome-ignore format: words of a kind on a line
  [...NAMES, 'expect:\n', '  - name: ', '    client: ', '    recipient: ', '    action: relay\n', '  - expand: ', '    reaches: [', ']', 'never:\n', '  - anyone reaches: ', '&a ', '*a ', '<<: ', '!!js/function ', '{', '}', '- ', '|\n', '? ', '%YAML 9', '---\n'],
  [
    "expect:\n  - name: '\"><script>x</script>'\n    client: 192.0.2.1\n    sender: a@b.example\n    recipient: x@elsewhere.example\n    action: relay\n",
    'never:\n  - strangers relay to strangers\n  - anyone reaches: "|/bin/*"\nexpect:\n  - expand: list\n    reaches: [a]\n',
    'a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nexpect: *c\n',
    '{"expect":[{"__proto__":{"action":"relay"},"constructor":1,"recipient":"a@b.example"}]}',
  ],
);

interface Given {
  readonly access: string;
  readonly aliases: string;
  readonly hosts: string;
  readonly log: string;
  readonly policy: string;
}

const given: fc.Arbitrary<Given> = fc.record({
  access: ACCESS,
  aliases: ALIASES,
  hosts: HOSTS,
  log: LOG,
  policy: POLICY,
});

/** All that a page holds: our elements and attributes, and text without angle brackets. */
const TAG =
  /^<(?:!doctype html|\/?(?:html|head|meta|title|style|body|h[12]|p|div|table|thead|tbody|tr|th|td|figure|figcaption|svg|g|rect|text|path|polygon)(?: [a-zA-Z-]+="[^"<>]*")*)\/?>/;
const ATTRIBUTES =
  /^(?:lang|charset|http-equiv|content|name|class|scope|data-column|role|width|height|viewBox|x|y|rx|d|points|transform|text-anchor)$/;

/** The one style that a page sets, on its pictures. */
function leastWidth(attribute: string): string {
  return ` style="min-width: ${/\d+/.exec(attribute)?.[0]}px"`;
}

function pageHolds(page: string): void {
  must(page.startsWith('<!doctype html>') && page.endsWith('</html>\n'), 'a page that is cut off');
  const text = page.replace(/<style>[^<]*<\/style>/, '');
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1)) {
    const tag = TAG.exec(text.slice(at, at + 5000))?.[0];
    must(tag !== undefined, `an element of a name: ${text.slice(at, at + 60)}`);
    for (const [attribute, name] of tag!.matchAll(/ ([a-zA-Z-]+)="[^"]*"/g))
      must(ATTRIBUTES.test(name!) || attribute === leastWidth(attribute), `an attribute of a name:${attribute}`);
  }
}

/** Of computing and of waiting, for a command; a picture needs most of it. */
const LONGEST_MS = 5000;
const STATUSES: readonly number[] = [0, 1, 64, 65, 66, 73, 75];
const HOST = ['--host-name', 'mail.here.test'];

/** No control characters, marks of direction, or bytes that are no text. */
const HARM = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/u;

function isHarmless(command: string, printed: string): void {
  const found = HARM.exec(decodeText(printed));
  must(found === null, `${command} prints ${JSON.stringify(printed.slice(0, 300))}`);
}

async function hold(directory: string, { access, aliases, hosts, log, policy }: Given): Promise<void> {
  const at = (name: string): string => join(directory, name);
  const files = { access, aliases, 'local-host-names': hosts, 'mail.log': log, 'policy.yaml': policy };
  for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text, 'latin1');
  const commands: readonly (readonly string[])[] = [
    ['lint', '-d', directory, ...HOST, '--severity', 'style'],
    ['lint', '-d', directory, ...HOST, '--github'],
    ['lint', '-d', directory, ...HOST, '--json'],
    ['lint', '-d', directory, ...HOST, '--sarif'],
    ['diff', at('old'), directory, ...HOST],
    ['replay', at('mail.log'), '--new', directory, ...HOST],
    ['verify', at('policy.yaml'), '-d', directory],
    ['diff', at('old'), directory, ...HOST, '--json'],
    ['replay', at('mail.log'), '--new', directory, ...HOST, '--json'],
    ['verify', at('policy.yaml'), '-d', directory, '--json'],
  ];
  for (const command of commands) {
    const report = at('report.html');
    rmSync(report, { force: true });
    const asksPage = !command.some((word) => /^--(?:github|json|sarif)$/.test(word));
    const argv = [...command, ...(asksPage ? ['--report', report] : [])];
    let ran: Awaited<ReturnType<typeof runProgram>> | undefined;
    const { computed, waited } = await spending(async () => {
      ran = await runProgram(main, argv);
    });
    const { rc, stdout, stderr } = ran!;
    must(computed < LONGEST_MS, `${command[0]} computes for ${computed} ms`);
    must(waited < LONGEST_MS, `${command[0]} waits for ${waited} ms`);
    must(STATUSES.includes(rc), `${command[0]} ends with ${rc}: ${stderr.slice(0, 200)}`);
    isHarmless(command.join(' '), stdout + stderr);
    if (asksPage && rc <= 1) pageHolds(readFileSync(report, 'utf8'));
  }
  const { rc, stdout, stderr } = await runProgram(
    main,
    ['doctor', '-d', directory, ...HOST, '--postfix', at('old'), '--json'],
    {
      env: { PATH: '' },
    },
  );
  must(STATUSES.includes(rc), `doctor ends with ${rc}`);
  isHarmless('doctor', stdout + stderr);
}

const SHORT = 4;
const LONG = 25;

export const reviewInputs: Family = {
  name: 'review-inputs',
  promise: 'lint, diff, replay, verify and doctor end well over hostile inputs, and no name becomes a part of a report',
  async run(round) {
    await withDirectory(async (directory) => {
      mkdirSync(join(directory, 'old'));
      for (const name of ['access', 'aliases', 'local-host-names', 'relay-domains'])
        writeFileSync(join(directory, 'old', name), '');
      writeFileSync(join(directory, 'relay-domains'), '');
      const kept = keptCases('review-inputs').map((text) => ({
        access: text,
        aliases: text,
        hosts: text,
        log: text,
        policy: text,
      }));
      const property = fc.asyncProperty(given, (each) => hold(directory, each));
      const details = await fc.check(property, {
        seed: round.seed,
        numRuns: round.long ? LONG : SHORT,
        examples: kept.map((each): [Given] => [each]),
        endOnFailure: true,
      });
      round.held(details.failed ? details.numRuns - 1 : details.numRuns);
      if (details.failed) round.broke({ tried: fc.stringify(details.counterexample), got: `${details.errorInstance}` });
    });
  },
};
