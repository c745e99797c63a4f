/**
 * Text of an access map -> the same with the passwords of its `AuthInfo:` entries as stars: `"P:secret"`, and `"P=c2VjcmV0"` in
 * base64. Reports, reviews and logs of a build are read by more people than the map. Source: cf/README of sendmail, SMTP AUTH.
 */

const IS_AUTHENTICATION = /^\s*"?authinfo:/i;
const PASSWORD = /(["\s]P[:=])([^"]*)/gi;

/** @param line an entry, which begins with its key */
export function withoutPasswords(line: string): string {
  if (!IS_AUTHENTICATION.test(line)) return line;
  return line.replace(PASSWORD, (_, word: string, password: string) => word + '*'.repeat(password.length));
}

/** The value of a key. */
export function valueWithoutPasswords(key: string, value: string): string {
  return withoutPasswords(`${key}\t${value}`).slice(key.length + 1);
}
