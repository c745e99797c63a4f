/**
 * The rules that decide about a client, a sender or a recipient, and the meaning of each. A name keeps its meaning; it is the
 * `rule` of `because`. A table or relay that refuses the address itself stands there under its name in ROUTE_RULES.
 */
import type { RouteRule } from '../address/rule-names.ts';

export const DECISION_RULES = {
  check_relay: 'an entry for the client, or none that refuses it',
  check_mail: 'an entry for the sender, or none that refuses it',
  check_rcpt: 'a recipient without an address',
  CanonAddr: 'the rules do not accept the address',
  'direct target': 'a program, a file or a list as the recipient',
  'null sender': 'the null sender, which is accepted',
  'localhost sender': 'a sender at localhost from another host',
  'unqualified sender': 'a sender without a domain',
  'sender domain': 'a domain of the sender that does not exist, or does not resolve',
  badmx: 'FEATURE(badmx): the mail exchangers of the sender',
  dnsbl: 'FEATURE(dnsbl): a DNS list of clients',
  enhdnsbl: 'FEATURE(enhdnsbl): a DNS list of clients',
  rhsbl: 'FEATURE(rhsbl): a DNS list of sender domains',
  mtamark: 'FEATURE(mtamark): a client that DNS does not list as a mail server',
  require_rdns: 'FEATURE(require_rdns): the name of the client',
  block_bad_helo: 'FEATURE(block_bad_helo): the name in HELO',
  delay_checks: 'FEATURE(delay_checks): the check waits for the recipient',
  'delay_checks:friend': 'Spam:FRIEND excuses the recipient from checks',
  'delay_checks:hater': 'a recipient that is no HATER is excused from checks',
  blocklist_recipients: 'an entry that refuses the recipient',
  'local recipient': 'a recipient of this host, to whom everybody may send',
  relay_entire_domain: 'FEATURE(relay_entire_domain): the host is in the domain of this host',
  'class w': 'the client is in class w',
  'class R': 'the client, or the host of the recipient, is in class R',
  Rcpt_ok: 'an entry that lets everybody send to the recipient, or a failed lookup for it',
  relay_based_on_MX: 'FEATURE(relay_based_on_MX): a mail exchanger of the recipient is this host',
  RelayTLS: 'a certificate that allows relaying',
  AUTH: 'TRUST_AUTH_MECH: an authenticated client',
  Relay_ok: 'an entry that lets the client relay; without one, relaying is denied',
  'local client': 'mail from this host itself',
  relay_local_from: 'FEATURE(relay_local_from): a sender of this host',
  promiscuous_relay: 'FEATURE(promiscuous_relay): everybody may relay',
  client_resolve: 'a client whose name is not confirmed may not relay',
  tls_client: 'TLS_Clt: the requirements for the TLS of the client',
  compat_check: 'FEATURE(compat_check): an entry for the sender and the recipient, or none',
  'sendmail.cf': 'the rules of the sendmail.cf are not known, so no mail is relayed for now',
  'unbalanced value': 'an entry whose value does not balance',
} as const;

/** The part of the rules that decided. */
export type DecisionRule = keyof typeof DECISION_RULES | RouteRule;
