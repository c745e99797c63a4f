/**
 * Codes of the findings of parsers and builders, beside those of warning-codes.ts; one line each. A code keeps its meaning
 * for ever; texts may change, and most of them are sendmail's.
 */
export const PROBLEM_CODES = {
  lineTooLong: 'a line of a source file that is too long, or has a NUL',
  leadingSpace: 'a line of a source file that begins with a blank',
  noValue: 'a key without a value',
  duplicateKey: 'a key that an earlier line has; the first value stays',
  duplicateAlias: 'an alias that an earlier line has; the first value stays',
  badNetwork: 'a key of makemap --cidr with a slash that is no network',
  tooManyKeys: 'a network of makemap --cidr that needs too many keys',
  badAlias: 'a line of an aliases file that is no alias, or an address that is none',
  aliasText: 'text of an aliases file that is lost, or is read as something else than it looks',
  linesLeftOut: 'more bad lines than are reported',
  unsafeDirectory: 'a directory on the path of a file that others may write',
  changed: 'a source file that was changed while its map was made',
  waiting: 'another writer holds the map; this one waits',
  attributesLost: 'the access control list or extended attributes of the old map are not kept',
  otherReader: 'the lmdb package cannot be used; our own reader checks the new map',
  imported: 'something of a map that another format does not keep',
  cfError: 'a line at which sendmail refuses its sendmail.cf',
  cfLine: 'a line of a sendmail.cf that has no effect here',
  notFollowed: 'a feature, rule or map of a sendmail.cf that is not followed',
  privacyOption: 'a PrivacyOption that does not exist',
  idleList: 'a DNS list that refuses nobody',
} as const;
