/**
 * The machine that recorded and live answers of sendmail come from, as a world for `expand`: its users, its files
 * (a table instead of a disk) and its configuration, from the same description that the oracle is given. Byte strings.
 */

import type { AliasAddressReader } from '../../src/address/alias-name.ts';
import { aliasNameReader } from '../../src/address/alias-name.ts';
import type { AddressRules } from '../../src/address/canonify.ts';
import type { AliasWorld } from '../../src/alias/world.ts';
import { defaultUser, parseGroups, parsePasswd, parseShells, uidOf, userDatabase } from '../../src/config/users.ts';
import { foldCase } from '../../src/core/fold.ts';
import type { Lookup } from '../../src/core/lookup.ts';
import { startingIn } from '../../src/files/file-system.ts';
import { safeFileReader } from '../../src/files/list-safety.ts';
import { parseAliases } from '../../src/source/aliases/parse.ts';
import { isTrue } from '../../src/source/cf/parse.ts';
import { lookupIn } from '../lookup-in.ts';
import type { FileSpec, Files } from '../oracle/jobs.ts';
import { FileTable } from './file-table.ts';

export const HOST = 'mail.oracle.test';

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
/** Where sendmail works; of several queues, the folder that they are in. */
const queueFolder = (named = '/etc/mail/mqueue'): string => named.replace(/\/[^/]*\*$/, '');
const SHELLS = '/bin/sh\n/bin/bash\n';
const TRUSTED = ['root', 'daemon', 'uucp'];

export interface MachineSpec {
  readonly features?: readonly string[];
  readonly files?: Files;
  readonly options?: Readonly<Record<string, string>>;
}

/** A world as the oracle would build it from the same files. */
export function machine({ features = [], files = {}, options = {} }: MachineSpec = {}): AliasWorld {
  const passwd = parsePasswd(textOf(files.passwd) ?? PASSWD);
  const groups = parseGroups(textOf(files.group) ?? GROUP);
  const users = userDatabase(passwd, parseShells(textOf(files.shells) ?? SHELLS), (name) => TRUSTED.includes(name));
  const local = new Set(['localhost', 'mail', HOST, '[127.0.0.1]']);
  for (const name of (textOf(files['local-host-names']) ?? '').match(/\S+/g) ?? []) local.add(name.toLowerCase());
  const rules: AddressRules = {
    isLocal: (host) => local.has(foldCase(host)),
    hostName: HOST,
    percentHack: !features.some((feature) => feature.startsWith('nopercenthack')),
    bangPath: !features.some((feature) => feature.startsWith('nouucp')),
    blank: options.BlankSub === undefined ? '.' : options.BlankSub[0] || ' ',
    blanksSeparate: isTrue(options.OldStyleHeaders ?? 'True'),
  };
  const setting = (name: string, define: string): string | undefined =>
    options[name] ?? features.find((f) => f.startsWith(`define:${define}=`))?.slice(`define:${define}=`.length);
  const aliasFiles = (setting('AliasFile', 'ALIAS_FILE') ?? '/etc/mail/aliases').split(',');
  const fs = startingIn(
    queueFolder(options.QueueDirectory),
    new FileTable(files, new Map(passwd.map((u) => [u.name, u]))),
  );
  const dontBlame = setting('DontBlameSendmail', 'confDONT_BLAME_SENDMAIL')?.split(/[^a-z0-9]+/i);
  return {
    aliases: aliasFiles.map((file) =>
      aliasLookup(textOf(files[file.replace('/etc/mail/', '')]) ?? '', aliasNameReader(rules)),
    ),
    files: safeFileReader(fs, {
      ...(dontBlame !== undefined && { dontBlame }),
      ...(options.TrustedUser !== undefined && { trustedUid: uidOf(options.TrustedUser, users.byName) }),
      groupMembers: (gid) => groups.get(gid)?.members ?? [],
    }),
    users,
    rules,
    options: {
      maxAliasRecursion: Number.parseInt(setting('MaxAliasRecursion', 'confMAX_ALIAS_RECURSION') ?? '10', 10) || 0,
      forwardPath: setting('ForwardPath', 'confFORWARD_PATH') ?? '$z/.forward.$w:$z/.forward',
      defaultUser: defaultUser(
        setting('DefaultUser', 'confDEF_USER_ID') ?? 'mail:mail',
        users,
        (group) => [...groups.values()].find(({ name }) => name === group)?.gid,
      ),
      matchFullNames: isTrue(options.MatchGECOS ?? 'False'),
      preserveLocalPlusDetail: features.includes('preserve_local_plus_detail'),
    },
  };
}

function textOf(spec: FileSpec | undefined): string | undefined {
  if (typeof spec === 'string') return spec;
  return spec && 'text' in spec ? spec.text : undefined;
}

/** The alias file as newaliases stores it. */
function aliasLookup(text: string, readAddress: AliasAddressReader): Lookup {
  const entries = new Map<string, string>();
  const textOfRange = (bytes: Uint8Array, start: number, end: number): string =>
    Buffer.from(bytes.subarray(start, end)).toString('latin1');
  parseAliases(
    Buffer.from(text, 'latin1'),
    { file: 'aliases', readAddress },
    {
      plain: (bytes, nameStart, nameEnd, valueStart, valueEnd) => {
        const name = foldCase(textOfRange(bytes, nameStart, nameEnd));
        entries.set(name, textOfRange(bytes, valueStart, valueEnd));
      },
      entry: ({ name, value }) => entries.set(name, value),
      problem: () => undefined,
    },
  );
  const lookup = lookupIn(entries);
  return (key) => lookup(foldCase(key));
}
