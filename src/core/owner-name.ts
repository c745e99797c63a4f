/**
 * The name in a PTR record -> the name that the system's library makes of it; undefined: it accepts no such name.
 * Source: res_hnok of the GNU C library.
 */

const ROOT = '.';
/** DNS allows no longer names. */
const MAX_NAME = 255;
/** Letters, digits, `-` and `_`, no dash at the start. */
const NAME = /^(?!-)[\w-]+(?:\.[\w-]+)*$/;

export function ownerName(record: string): string | undefined {
  const name = record.replace(/\.$/, '') || ROOT;
  return name === ROOT || (name.length <= MAX_NAME && NAME.test(name)) ? name : undefined;
}
