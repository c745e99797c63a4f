/** Map names -> files: `/etc/mail/access` is kept in `/etc/mail/access.lmdb`. */

/** A name that already ends in `.lmdb` or `.db` is taken as it stands. */
export function mapFile(mapName: string): string {
  return /\.(?:lmdb|db)$/.test(mapName) ? mapName : `${mapName}.lmdb`;
}
