/** The errors of reading a regular expression. */

/** The system's message about an invalid regular expression. */
export class RegexError extends Error {}

/** Thrown for a valid expression that has a back reference. */
export class RegexNotFollowed extends RegexError {}
