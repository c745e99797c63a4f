/**
 * Codes of our warnings about source text that loses its effect while sendmail prints no message; one line each. A
 * code keeps its meaning for ever; the texts of the warnings may change.
 */
export const WARNING_CODES = {
  MM101: 'a network with a slash (CIDR), which the access map does not understand',
  MM102: 'a name or an address that ends in a dot or colon; lookups never do',
  MM103: 'an IPv6 address in another spelling than the one that is looked up',
  MM104: 'an IPv6 address without IPv6: in front',
  MM105: 'a wildcard; the access map has none',
  MM107: 'a domain with @ in front; its key has none',
  MM110: 'a tag that the rules do not ask for',
  MM112: 'a part of an address that is not a whole octet',
  MM113: 'a regular expression, which is an ordinary key',
  MM114: 'a domain that is not ASCII; DNS gives ASCII names only',
  MM117: 'an address in angle brackets; keys have none',
  MM118: 'a blank after a tag: the key ends there',
  MM201: 'a comment after a value: it becomes part of the value',
  MM202: 'an unknown word as a value: the client is refused with this word as the text',
  MM304: 'a carriage return before the end of a line',
  MM306: 'a map that is older than its source file, or missing',
  MM308: 'a character that looks like a blank, or is invisible',
  MM309: 'a full-width or typographic character in place of a plain one',
  MM310: 'a source file in UTF-16',
  MM408: 'a comment after an address: it becomes part of the address',
  MM409: 'a program with blanks but without quotes',
  MM418: 'a directive of another mail server',
  MM501: 'a second word on a line; only the first one counts',
  MM502: 'a word of a class that is no host name',
} as const;

export type WarningCode = keyof typeof WARNING_CODES;
