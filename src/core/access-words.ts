/**
 * The words of the access map: values of an entry, and the tags that the rulesets look up.
 * Source: sendmail's proto.m4 and its FEATUREs.
 */

/** Values, compared without case. Any other value is the text of a refusal. */
// biome-ignore format: words of a kind on a line
export const ACCESS_VALUES = ['OK', 'RELAY', 'REJECT', 'DISCARD', 'SKIP', 'FRIEND', 'HATER', 'SPAMFRIEND', 'SPAMHATER', 'SUBJECT'] as const;

/** Keywords before a colon: the text after it is an SMTP reply, or the reason for holding the message. */
export const ACCESS_KEYWORDS: readonly string[] = ['ERROR', 'QUARANTINE'];

/** Tags whose entries accept, refuse or relay. An entry without a tag counts for the first three. */
export const RELAY_TAGS: readonly string[] = ['Connect', 'From', 'To', 'Spam'];

/** Tags of settings for a host or an address. */
export const HOST_TAGS: readonly string[] = [
  ...['GreetPause', 'ClientRate', 'ClientConn', 'Srv_Features', 'Clt_Features', 'TLS_Srv_Features', 'TLS_Clt_Features'],
  ...['Try_TLS', 'TLS_Srv', 'TLS_Clt', 'TLS_Rcpt', 'AuthInfo'],
];

/** Tags whose keys have their own form. */
export const OTHER_TAGS: readonly string[] = ['CERTISSUER', 'CERTSUBJECT', 'Compat', 'bcc', 'qgrp', 'rhs'];
