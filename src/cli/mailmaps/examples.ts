/** The examples at the end of each command's `--help`: command lines that run as they are. */
import type { Command } from 'commander';
import { ownField } from '../../core/own-field.ts';

const FLEET = '--fleet redis://engine.example/mail --trust /etc/mailmaps/trust';

/** By the path of the command below `mailmaps`. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  check: [
    'mailmaps check rcpt bob@far.example --client 203.0.113.9 --sender eve@stranger.example',
    'mailmaps check relay --client 192.0.2.7 --client-name host.example.com --json',
    'mailmaps check features',
  ],
  expand: [
    'mailmaps expand postmaster',
    'mailmaps expand postmaster --graph mermaid',
    'mailmaps expand -d ./etc-mail --json root',
  ],
  route: [
    'mailmaps route bob@far.example',
    'mailmaps route root@localhost --json',
    'mailmaps route bob@far.example --graph dot',
  ],
  rewrite: [
    'mailmaps rewrite root',
    'mailmaps rewrite root --where header --role sender',
    'mailmaps rewrite root --mailer esmtp --json',
  ],
  vrfy: ['mailmaps vrfy postmaster', 'mailmaps vrfy root postmaster', 'mailmaps vrfy root --json'],
  expn: ['mailmaps expn postmaster', 'mailmaps expn root postmaster', 'mailmaps expn root --json'],
  test: [
    'mailmaps test',
    "echo 'check rcpt bob@far.example --client 203.0.113.9' | mailmaps test",
    "printf '%s\\n' 'expand root' 'route bob@far.example' | mailmaps test -d /etc/mail",
  ],
  bt: [
    'mailmaps bt',
    "echo '3,0 bob@far.example' | mailmaps bt",
    "echo '$=w' | mailmaps bt --cf /etc/mail/sendmail.cf",
  ],
  build: ['mailmaps build --dry-run', 'mailmaps build -d /etc/mail --strict', 'mailmaps build --max-shrink 20% --json'],
  cidr: [
    'mailmaps cidr /etc/mail/access',
    'mailmaps cidr --compressed /etc/mail/relay-domains',
    'mailmaps cidr /etc/mail/relay-domains > relay-domains.new',
  ],
  lint: ['mailmaps lint', 'mailmaps lint --severity style --disable MM4', 'mailmaps lint --explain MM101'],
  doctor: ['mailmaps doctor', 'mailmaps doctor --json', 'mailmaps doctor -d /etc/mail --postfix /etc/postfix'],
  diff: [
    'mailmaps diff /etc/mail ./etc-mail',
    'mailmaps diff /etc/mail ./etc-mail --json',
    'mailmaps diff ./etc-mail /etc/mail --host-name mail.example.com',
  ],
  replay: [
    'mailmaps replay --new ./etc-mail /var/log/mail.log',
    'mailmaps replay --new ./etc-mail --old /etc/mail /var/log/mail.log',
    'mailmaps replay --new ./etc-mail --json - < /var/log/mail.log',
  ],
  verify: [
    'mailmaps verify policy.yaml',
    'mailmaps verify policy.yaml -d ./etc-mail',
    'mailmaps verify policy.yaml --junit report.xml --json',
  ],
  import: ['mailmaps import --check', 'mailmaps import -d /etc/mail', 'mailmaps import --json'],
  completion: [
    'source <(mailmaps completion bash)',
    'mailmaps completion zsh > /usr/local/share/zsh/site-functions/_mailmaps',
    'mailmaps completion fish > ~/.config/fish/completions/mailmaps.fish',
  ],
  'serve socketmap': [
    'mailmaps serve socketmap --listen unix:/run/mailmaps/socketmap --socket-group postfix',
    'mailmaps serve socketmap --listen tcp:127.0.0.1:2525 --metrics 127.0.0.1:9154',
    'mailmaps serve socketmap --check',
  ],
  'serve policy': [
    'mailmaps serve policy --listen unix:/run/mailmaps/policy --socket-group postfix',
    'mailmaps serve policy --listen unix:/run/mailmaps/policy --workers auto --log decisions',
    'mailmaps serve policy --check',
  ],
  'serve table': [
    'mailmaps serve table /etc/mail/aliases',
    'mailmaps serve table /etc/mail/virtusertable',
    'mailmaps serve table /etc/mail/access.lmdb',
  ],
  publish: [
    `mailmaps publish ${FLEET} --key publisher.pem -m 'relay for the new office'`,
    `mailmaps publish ${FLEET} --key publisher.pem --dry-run`,
    `mailmaps publish ${FLEET} --key publisher.pem -d ./etc-mail --expect 41`,
  ],
  rollback: [
    `mailmaps rollback 41 ${FLEET} --key publisher.pem`,
    `mailmaps rollback 41 ${FLEET} --key publisher.pem -m 'the office moves later'`,
    `mailmaps rollback 41 ${FLEET} --key a.pem --key b.pem`,
  ],
  follow: [
    `mailmaps follow ${FLEET} --into /var/lib/mailmaps`,
    `mailmaps follow ${FLEET} --into /var/lib/mailmaps --once`,
    `mailmaps follow ${FLEET} --into /var/lib/mailmaps --report mx1 --max-age 86400`,
  ],
  'fleet-status': [
    'mailmaps fleet-status --fleet redis://engine.example/mail',
    'mailmaps fleet-status --fleet redis+sentinel://a.example,b.example,c.example/mail --json',
    "mailmaps fleet-status --fleet 'file:///srv/fleet?fleet=mail'",
  ],
  generations: [
    `mailmaps generations ${FLEET}`,
    `mailmaps generations ${FLEET} --json`,
    `mailmaps generations ${FLEET} --threshold 2`,
  ],
};

/** Adds the examples to the help of each command below `program`. */
export function addExamples(program: Command, above: readonly string[] = []): void {
  for (const command of program.commands) {
    const path = [...above, command.name()];
    const examples = ownField(EXAMPLES, path.join(' '));
    if (examples !== undefined)
      command.addHelpText('after', `\nExamples:\n${examples.map((example) => `  ${example}`).join('\n')}`);
    addExamples(command, path);
  }
}
