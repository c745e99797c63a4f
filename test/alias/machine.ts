/**
 * The machine that recorded and live answers of sendmail come from, as a world for `expand`: its users, its files
 * (a table instead of a disk) and its configuration, from the same description that the oracle is given.
 */
import { parseList } from '../../src/alias/parse-list.ts';
import type { AliasWorld, Reader } from '../../src/alias/world.ts';
import type { FileStatus, FileSystem } from '../../src/config/file-system.ts';
import { safeFileReader } from '../../src/config/safe-file.ts';
import { parseGroups, parsePasswd, userDatabase } from '../../src/config/users.ts';
import { foldCase } from '../../src/core/fold.ts';
import { type Lookup, lookupIn } from '../../src/core/lookup.ts';

export const HOST = 'mail.oracle.test';
const ETC = '/etc/mail';

export const PASSWD = `root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
bin:x:2:2:bin:/bin:/usr/sbin/nologin
mail:x:8:8:mail:/var/mail:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
alice:x:2001:2001:Alice Anders:/etc/mail/home/alice:/bin/sh
bob:x:2002:2002:Bob Burns:/etc/mail/home/bob:/bin/sh
carol:x:2003:2003:Carol Cole:/etc/mail/home/carol:/bin/sh
dave:x:2004:2004:Dave Dunn:/etc/mail/home/dave:/bin/sh
erin:x:2005:2005:Erin Else:/etc/mail/home/erin:/usr/sbin/nologin
Frank:x:2006:2006:Frank Fox:/etc/mail/home/Frank:/bin/sh
a.b:x:2007:2007:Dotted:/etc/mail/home/a.b:/bin/sh
alias-x:x:2008:2008:Dashed:/etc/mail/home/alias-x:/bin/sh
`;
const GROUP = 'root:x:0:\ndaemon:x:1:\nbin:x:2:\nmail:x:8:\nsmmsp:x:209:\nnogroup:x:65534:\nusers:x:2001:\n';
const MAIL: Reader = { uid: 8, gid: 8, name: 'mail' };
const TRUSTED = ['root', 'daemon', 'uucp'];

export type FileSpec =
  | string
  | null
  | { text?: string; mode?: string; uid?: number; gid?: number; link?: string; dir?: 1 };

export interface MachineSpec {
  readonly features?: readonly string[];
  readonly files?: Readonly<Record<string, FileSpec>>;
  readonly options?: Readonly<Record<string, string>>;
}

interface Entry extends FileStatus {
  readonly text: string;
}

class Table implements FileSystem {
  readonly #entries = new Map<string, Entry>();

  constructor(files: Readonly<Record<string, FileSpec>>, users: ReadonlyMap<string, { uid: number; gid: number }>) {
    this.#folder('/', 0o755);
    for (const folder of ['/etc', ETC, '/dev']) this.#folder(folder, 0o755);
    this.#entries.set('/dev/null', { kind: 'other', mode: 0o666, uid: 0, gid: 0, links: 1, text: '' });
    for (const name of Object.keys(files).sort()) {
      const spec = files[name];
      if (spec === null || spec === undefined || ['passwd', 'group'].includes(name)) continue;
      this.#put(
        name.startsWith('/') ? name : `${ETC}/${name}`,
        typeof spec === 'string' ? { text: spec } : spec,
        users,
      );
    }
  }

  #folder(path: string, mode: number, uid = 0, gid = 0): void {
    this.#entries.set(path, { kind: 'folder', mode, uid, gid, links: 2, text: '' });
  }

  #put(
    path: string,
    spec: Exclude<FileSpec, string | null>,
    users: ReadonlyMap<string, { uid: number; gid: number }>,
  ): void {
    for (let at = path.indexOf('/', 1); at > 0; at = path.indexOf('/', at + 1)) {
      if (!this.#entries.has(path.slice(0, at))) this.#folder(path.slice(0, at), 0o755);
    }
    const home = /^\/etc\/mail\/home\/([^/]+)/.exec(path);
    const owner = home === null ? undefined : users.get(home[1]!);
    if (spec.link !== undefined) {
      this.#entries.set(path, { kind: 'link', mode: 0o777, uid: 0, gid: 0, links: 1, text: spec.link });
      return;
    }
    if (owner !== undefined && spec.uid === undefined && !this.#homes.has(home![0])) {
      this.#homes.add(home![0]);
      this.#folder(home![0], 0o755, owner.uid, owner.gid);
    }
    const uid = spec.uid ?? owner?.uid ?? 0;
    const gid = spec.gid ?? (spec.uid === undefined ? owner?.gid : undefined) ?? 0;
    const mode = Number.parseInt(spec.mode ?? (spec.dir ? '755' : '644'), 8);
    const kind = spec.dir ? 'folder' : 'file';
    this.#entries.set(path, { kind, mode, uid, gid, links: 1, text: bytesOf(spec.text ?? '') });
  }
  readonly #homes = new Set<string>();

  #find(path: string, followLast: boolean, level = 0): Entry {
    if (level > 40) throw failure('ELOOP');
    let at = '';
    const parts = path.split('/').filter(Boolean);
    for (const [i, part] of parts.entries()) {
      const parent = this.#entries.get(at || '/')!;
      if (parent.kind !== 'folder') throw failure('ENOTDIR');
      at = `${at}/${part}`;
      const entry = this.#entries.get(at);
      if (entry === undefined) throw failure('ENOENT');
      if (entry.kind === 'link' && (followLast || i < parts.length - 1)) {
        const target = entry.text.startsWith('/') ? entry.text : `${at.slice(0, at.lastIndexOf('/'))}/${entry.text}`;
        return this.#find([target, ...parts.slice(i + 1)].join('/'), followLast, level + 1);
      }
    }
    return this.#entries.get(at || '/')!;
  }

  lstat(path: string): FileStatus {
    return this.#find(path, false);
  }
  stat(path: string): FileStatus {
    return this.#find(path, true);
  }
  readLink(path: string): string {
    return this.#find(path, false).text;
  }
  read(path: string): string {
    return this.#find(path, true).text;
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

export function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** A world as the oracle would build it from the same files. */
export function machine({ features = [], files = {}, options = {} }: MachineSpec = {}): AliasWorld {
  const passwd = parsePasswd(textOf(files.passwd) ?? PASSWD);
  const groups = parseGroups(textOf(files.group) ?? GROUP);
  const users = userDatabase(passwd, ['/bin/sh', '/bin/bash'], TRUSTED);
  const local = new Set(['localhost', 'mail', HOST, '[127.0.0.1]']);
  for (const name of (textOf(files['local-host-names']) ?? '').split(/\s+/)) local.add(name.toLowerCase());
  const isLocal = (host: string): boolean => local.has(foldCase(host));
  const setting = (name: string, define: string): string | undefined =>
    options[name] ?? features.find((f) => f.startsWith(`define:${define}=`))?.slice(`define:${define}=`.length);
  const aliasFiles = (setting('AliasFile', 'ALIAS_FILE') ?? `${ETC}/aliases`).split(',');
  const fs = new Table(files, new Map(passwd.map((u) => [u.name, u])));
  const dontBlame = setting('DontBlameSendmail', 'confDONT_BLAME_SENDMAIL')?.split(/[\s,]+/);
  return {
    aliases: aliasFiles.map((file) => aliasLookup(bytesOf(textOf(files[file.replace(`${ETC}/`, '')]) ?? ''), isLocal)),
    files: safeFileReader(fs, {
      ...(dontBlame !== undefined && { dontBlame }),
      groupMembers: (gid) => groups.get(gid) ?? [],
    }),
    users,
    isLocal,
    options: {
      hostName: HOST,
      maxAliasRecursion: Number(setting('MaxAliasRecursion', 'confMAX_ALIAS_RECURSION') ?? 10),
      forwardPath: setting('ForwardPath', 'confFORWARD_PATH') ?? '$z/.forward.$w:$z/.forward',
      defaultUser: MAIL,
      preserveLocalPlusDetail: features.includes('preserve_local_plus_detail'),
    },
  };
}

function textOf(spec: FileSpec | undefined): string | undefined {
  return typeof spec === 'string' ? spec : (spec?.text ?? undefined);
}

/** The alias file as newaliases would store it, as far as the tests go. */
function aliasLookup(text: string, isLocal: (host: string) => boolean): Lookup {
  const entries = new Map<string, string>();
  for (const line of text.replace(/\n[ \t]/g, (fold) => fold.slice(1)).split('\n')) {
    const colon = line.indexOf(':');
    if (line.startsWith('#') || colon < 0) continue;
    const [name] = parseList(line.slice(0, colon), false, isLocal);
    if (name?.target?.mailer === 'local') entries.set(name.target.user, line.slice(colon + 1).replace(/^[ \t]+/, ''));
  }
  return lookupIn(entries);
}
