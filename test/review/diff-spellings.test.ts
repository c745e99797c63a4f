/**
 * The diff of two configurations finds a difference that only one spelling of an address, or one form of it, shows.
 *
 * @module-tag slow
 */
import { describe, expect, it } from 'vitest';
import type { MailMapsOptions } from '../../src/config/options.ts';
import { diff } from '../../src/review/diff/diff.ts';

/** One entry, word or feature that differs, and a difference that only some spelling of an address shows. */
const SPELLINGS: readonly {
  readonly shows: string;
  readonly common?: {
    readonly access?: string;
    readonly relay?: string;
    readonly local?: string;
    readonly features?: readonly string[];
  };
  readonly before?: Readonly<Record<string, string>>;
  readonly after?: Readonly<Record<string, string>>;
  readonly added?: readonly string[];
  readonly difference: readonly [kind: 'mail' | 'rcpt', before: string, after: string];
}[] = [
  {
    shows: 'a path to a host that became local, behind a relayed host',
    common: { relay: 'h.uucp\n', features: ['nopercenthack:reject'] },
    after: { 'local-host-names': 'far.test\n' },
    difference: ['rcpt', 'refused: 550 5.7.1 Relaying denied', 'ok'],
  },
  {
    shows: 'a user here behind a relayed host, and a new certificate',
    common: { relay: 'b.example\n' },
    after: { access: 'CERTIssuer:/CN=ca\tRELAY\n' },
    difference: ['rcpt', 'ok', 'relay'],
  },
  {
    shows: 'a host with its final dot that domaintable does not replace',
    common: { relay: 'mail.here.test\n' },
    before: { domaintable: 'here.test\tfar.test\n', 'local-host-names': 'here.test\n' },
    after: { domaintable: 'here.test\tfar.test\n' },
    difference: ['rcpt', 'local', 'refused: 550 5.7.1 Relaying denied'],
  },
  {
    shows: 'a local part that ends in a percent sign',
    added: ['nopercenthack:nospecial'],
    difference: ['rcpt', 'refused: 553 5.1.3 Hostname required', 'local'],
  },
  {
    shows: 'a user here behind a relayed host behind this host',
    common: { relay: 'far.test\n' },
    added: ['nopercenthack:reject'],
    difference: ['rcpt', 'ok', 'local'],
  },
  ...[
    ['"a@b@localhost"', '5.1.3 Invalid route address'],
    ['"a@@"', '5.1.2 Invalid route address'],
    ['a%', '5.1.3 Hostname required'],
    ['%localhost', '5.1.3 User address required'],
    ['a%.b', '5.1.2 Invalid host name'],
    ['a%[10.1.2.3].', '5.1.2 Invalid address'],
  ].map(([local, text]) => ({
    shows: `${local} at a host that became local`,
    common: { access: 'To:far.test\tREJECT\n', features: ['blocklist_recipients'] },
    after: { 'local-host-names': 'far.test\n' },
    difference: ['rcpt', 'refused: 550 5.2.1 Mailbox disabled for this recipient', `refused: 553 ${text}`] as const,
  })),
  ...['programs', 'files', ':include:s'].map((kind) => ({
    shows: `mail to ${kind} at a host that became local`,
    after: { 'local-host-names': 'far.test\n' },
    difference: [
      'rcpt',
      'refused: 550 5.7.1 Relaying denied',
      `refused: 550 5.7.1 Cannot mail directly to ${kind}`,
    ] as const,
  })),
  {
    shows: 'a program that is the sender, where % no longer splits an address',
    added: ['nopercenthack:nospecial'],
    difference: ['mail', 'refused: 553 5.1.2 Invalid host name', 'refused: 553 5.1.7 Invalid sender address'],
  },
  {
    shows: 'a malformed sender, where all usual ones are accepted until RCPT',
    common: { features: ['delay_checks'] },
    before: { domaintable: 'far.test\ta.example\n' },
    after: { domaintable: 'far.test\ta.example\n', 'local-host-names': 'far.test\n' },
    difference: ['mail', 'ok', 'refused: 553 5.1.3 Invalid route address'],
  },
  {
    shows: 'a user who has moved',
    common: { features: ['redirect'] },
    after: { 'local-host-names': 'far.test\n' },
    difference: ['rcpt', 'refused: 550 5.7.1 Relaying denied', 'refused: 551 5.1.1 User has moved; please try ...'],
  },
  {
    shows: 'the loopback name of UUCP',
    added: ['nouucp:nospecial'],
    difference: ['rcpt', 'local', 'refused: 550 5.7.1 Relaying denied'],
  },
  {
    shows: 'an exclamation mark alone, which has no end',
    added: ['nouucp:nospecial'],
    difference: ['rcpt', 'refused: 554 5.0.0 rewrite: excessive recursion (max 50), ruleset Canonify2', 'local'],
  },
  {
    shows: 'a sender with a blank whose domain does not exist',
    before: { access: 'From:far.test\tOK\n' },
    difference: ['mail', 'ok', 'refused: 553 5.1.8 Domain of sender address ... does not exist'],
  },
  {
    shows: 'a sender in a network in brackets',
    after: { access: '[10.1]\tREJECT\n' },
    difference: ['mail', 'ok', 'refused: 550 5.7.1 Access denied'],
  },
  {
    shows: 'an IPv6 client in a reply, in every spelling',
    common: { relay: 'a.example\n' },
    after: { 'relay-domains': 'IPv6:2001:db8\n' },
    difference: ['rcpt', 'refused: 550 5.7.1 Relaying denied. IP name lookup failed [...]', 'relay'],
  },
  {
    shows: 'the text of an entry that names a sender address',
    before: { access: 'From:a.example\tERROR:550 no sender address one\n' },
    after: { access: 'From:a.example\tERROR:550 no sender address two\n' },
    difference: ['mail', 'refused: 550 5.0.0 no sender address one', 'refused: 550 5.0.0 no sender address two'],
  },
  {
    shows: 'a refused address of a table',
    common: { local: 'here.test\n' },
    before: { virtusertable: 'a@here.test\tx\x01@f.example\n' },
    after: { virtusertable: 'a@here.test\ty\x01@f.example\n' },
    difference: [
      'rcpt',
      'refused: 501 5.1.3 Syntax error in mailbox address "x?@f.example" (non-printable character)',
      'refused: 501 5.1.3 Syntax error in mailbox address "y?@f.example" (non-printable character)',
    ],
  },
];

describe('a difference is found', () => {
  it.each(SPELLINGS)(
    'by $shows',
    ({ common = {}, before = {}, after = {}, added = [], difference: [kind, old, now] }) => {
      const { access = '', relay = '', local = '', features = [] } = common;
      const at = (texts: Readonly<Record<string, string>>, more: readonly string[]): MailMapsOptions => ({
        hostName: 'mail.here.test',
        users: () => undefined,
        texts: { access, 'relay-domains': relay, 'local-host-names': local, aliases: '', ...texts },
        features: [...features, ...more] as never,
      });
      const { differences, isSampled } = diff(at(before, []), at(after, added));
      expect(differences).toContainEqual(expect.objectContaining({ before: old, after: now }));
      expect(differences.map(({ example }) => example.kind)).toContain(kind);
      expect(isSampled).toBe(false);
    },
  );
});
