/**
 * The codes of what an administrator's text loses without a word from sendmail, one line each. A code keeps its meaning for
 * ever; the texts of the warnings are free.
 */
export const WARNING_CODES = {
  MM101: 'a network with a slash (CIDR), which the access map does not understand',
  MM102: 'a name or an address that ends in a dot or colon, which no question does',
  MM103: 'an IPv6 address that is spelled otherwise than it is asked for',
  MM104: 'an IPv6 address without IPv6: in front',
  MM105: 'a wildcard, of which there are none',
  MM107: 'a domain with @ in front, which is written without',
  MM110: 'a tag that the rules do not ask for',
  MM112: 'a part of an address that is no whole octet',
  MM113: 'a regular expression, which is a key like others',
  MM114: 'a domain that is not ASCII, which DNS never gives',
  MM117: 'an address in angle brackets, which are no part of it',
  MM118: 'a blank behind a tag, where the key ends',
  MM201: 'a comment behind a value, which is part of it',
  MM202: 'a word that is no value, which refuses with itself as its text',
  MM304: 'a carriage return before the end of a line',
  MM306: 'a map that is older than its text, or missing',
  MM308: 'a character that looks like a blank, or like nothing',
  MM309: 'a full-width or typographic character in place of a plain one',
  MM310: 'a text in UTF-16',
  MM408: 'a comment behind an address, which is part of it',
  MM409: 'a program with blanks and without quotes',
  MM418: 'a directive of another mail server',
  MM501: 'a second word on a line, where the first alone counts',
  MM502: 'a word of a class that no host name is',
} as const;

export type WarningCode = keyof typeof WARNING_CODES;
