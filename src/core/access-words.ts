/**
 * The words of the access map: what an entry may say, and the tags that the rules ask for. Source: sendmail's proto.m4 and
 * the features that go with it.
 */

/** Values, without case; others are texts that refuse. */
// biome-ignore format: words of a kind on a line
export const ACCESS_VALUES = ['OK', 'RELAY', 'REJECT', 'DISCARD', 'SKIP', 'FRIEND', 'HATER', 'SPAMFRIEND', 'SPAMHATER', 'SUBJECT'] as const;

/** Words before a colon that make a reply or a reason of what follows. */
export const ACCESS_KEYWORDS: readonly string[] = ['ERROR', 'QUARANTINE'];

/** Tags whose entries accept, refuse or relay; an entry without a tag is one for the first three. */
export const RELAY_TAGS: readonly string[] = ['Connect', 'From', 'To', 'Spam'];

/** Tags of settings for a host or an address. */
export const HOST_TAGS: readonly string[] = [
  ...['GreetPause', 'ClientRate', 'ClientConn', 'Srv_Features', 'Clt_Features', 'TLS_Srv_Features', 'TLS_Clt_Features'],
  ...['Try_TLS', 'TLS_Srv', 'TLS_Clt', 'TLS_Rcpt', 'AuthInfo'],
];

/** Tags whose keys have a form of their own. */
export const OTHER_TAGS: readonly string[] = ['CERTISSUER', 'CERTSUBJECT', 'Compat', 'bcc', 'qgrp', 'rhs'];
