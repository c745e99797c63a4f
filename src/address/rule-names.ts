/**
 * The rules that decide where an address leads, or how it is rewritten, and the meaning of each. A name keeps its meaning; it
 * is the `rule` of `because` in the answers of `route` and `rewrite`, and in a decision whose address a table refuses.
 */
export const ROUTE_RULES = {
  syntax: 'the address itself: it does not parse, or only its syntax counts',
  'null address': 'the null address, which stays here',
  redirect: 'FEATURE(redirect): a user who has moved',
  'address literal': 'an IP address in brackets as the host',
  virtusertable: 'an entry of virtusertable',
  domaintable: 'a failed lookup in domaintable',
  uucpdomain: 'a failed lookup in uucpdomain',
  bitdomain: 'a failed lookup in bitdomain',
  canonify: 'the canonical name of the host, which DNS gives',
  'class w': 'the host is in class w',
  'local name': 'a name without a host',
  stickyhost: 'FEATURE(stickyhost): a local address keeps its host',
  MAIL_HUB: 'MAIL_HUB takes local addresses',
  LUSER_RELAY: 'LUSER_RELAY takes local names without a user',
  LOCAL_RELAY: 'LOCAL_RELAY takes local names',
  mailertable: 'an entry of mailertable',
  BITNET_RELAY: 'the relay for BITNET',
  DECNET_RELAY: 'the relay for DECnet',
  FAX_RELAY: 'the relay for FAX',
  UUCP_RELAY: 'the relay for UUCP',
  bestmx_is_local: 'FEATURE(bestmx_is_local): the best mail exchanger of the host is this host',
  SMART_HOST: 'SMART_HOST takes all mail for other hosts',
  host: 'the host of the address itself',
  detail: 'the name without its `+detail`',
  genericstable: 'an entry of genericstable',
  MASQUERADE_EXCEPTION: 'a host that is not masqueraded',
  EXPOSED_USER: 'a user whose address is not masqueraded',
  MASQUERADE_AS: 'the name that replaces this host',
  qualified: 'a name that gets this host',
  unchanged: 'no rule changes the address',
} as const;

/** The part of the rules that decided about a route. */
export type RouteRule = keyof typeof ROUTE_RULES;

/** The name of a ruleset in a sendmail.cf, which may have any. */
export type Ruleset = string & {};
