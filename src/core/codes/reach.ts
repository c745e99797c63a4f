/**
 * Entries and words that let too many hosts relay. Each code: severity, reason, and an example that has it and one that does
 * not.
 */
export const REACH_CODES = {
  MM001: {
    severity: 'error',
    title: 'anybody may relay',
    why: 'An open relay sends spam for the whole world, and is soon on every block list.',
    bad: { files: { access: '# nothing\n' }, features: ['promiscuous_relay'] },
    good: { files: { access: '# nothing\n' } },
  },
  MM002: {
    severity: 'error',
    title: 'a whole top-level domain is relayed',
    why: 'Class R covers everything below its words: mail to every domain below it is sent on for anybody.',
    bad: { files: { 'relay-domains': 'com\n' } },
    good: { files: { 'relay-domains': 'example.com\n' } },
  },
  MM003: {
    severity: 'warning',
    title: 'RELAY without a tag relays to and from the domain',
    why: 'The key counts for clients and for recipients. A tag limits it to one of them.',
    bad: { files: { access: 'partner.example\tRELAY\n' } },
    good: { files: { access: 'To:partner.example\tRELAY\n' } },
  },
  MM004: {
    severity: 'warning',
    title: "RELAY rests on a client's name",
    why: 'Everybody who may name hosts in that domain may relay: at a hosting provider that is every customer.',
    bad: { files: { access: 'Connect:hosting.example\tRELAY\n' } },
    good: { files: { access: 'Connect:192.0.2\tRELAY\n' } },
  },
  MM005: {
    severity: 'error',
    title: 'RELAY trusts the sender that a client names',
    why: 'relay_mail_from trusts the MAIL command, in which anybody can name that sender.',
    bad: { files: { access: 'From:bob@here.example\tRELAY\n' }, features: ['relay_mail_from'] },
    good: { files: { access: 'From:bob@here.example\tOK\n' } },
  },
  MM006: {
    severity: 'warning',
    title: 'From: RELAY does not relay',
    why: 'Without relay_mail_from it accepts the sender and does no more; with delay_checks later checks are left out.',
    bad: { files: { access: 'From:x@y.example\tRELAY\n' } },
    good: { files: { access: 'From:x@y.example\tOK\n' } },
  },
  MM007: {
    severity: 'warning',
    title: 'a network is wider than the private one that it looks like',
    why: 'Private space is 172.16 to 172.31 and 192.168; the rest of 172 and 192 is the Internet.',
    bad: { files: { access: 'Connect:172\tRELAY\n' } },
    good: { files: { access: 'Connect:172.16\tRELAY\n' } },
  },
  MM008: {
    severity: 'warning',
    title: 'a public network of 16 million addresses may relay',
    why: 'One octet is a 256th of the Internet.',
    bad: { files: { access: 'Connect:81\tRELAY\n' } },
    good: { files: { access: 'Connect:81.2.3\tRELAY\n' } },
  },
  MM009: {
    severity: 'warning',
    title: 'a domain is relayed and local',
    why: 'Class w is tested first: its mail is delivered here, and never sent on.',
    bad: { files: { 'relay-domains': 'a.example\n', 'local-host-names': 'a.example\n' } },
    good: { files: { 'relay-domains': 'a.example\n', 'local-host-names': 'b.example\n' } },
  },
  MM011: {
    severity: 'warning',
    title: 'mail to a provider of mailboxes is sent on for anybody',
    why: 'An entry for a domain lets strangers send to it. You need no entry to send mail there yourself.',
    bad: { files: { 'relay-domains': 'gmail.com\n' } },
    good: { files: { 'relay-domains': 'branch.example\n' } },
  },
  MM506: {
    severity: 'warning',
    title: 'localhost may relay by its name',
    why: 'Everybody who can give an address the name localhost may relay.',
    bad: { files: { 'relay-domains': 'localhost\n' } },
    good: { files: { 'relay-domains': 'example.com\n' } },
  },
} as const;
