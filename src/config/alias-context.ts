/**
 * Settings, sources and address rules -> the context of alias expansion: alias maps, :include: and .forward files under
 * sendmail's safety rules, the system's users, and the programs of the restricted shell.
 */
import { statSync } from 'node:fs';
import type { FeatureSet } from '../access/features.ts';
import type { AddressRules } from '../address/canonify.ts';
import { withFacts } from '../address/dns-maps.ts';
import type { AliasContext } from '../alias/context.ts';
import type { RestrictedShell } from '../alias/restricted-shell.ts';
import { encodeText } from '../core/bytes.ts';
import type { Facts } from '../core/facts.ts';
import { foldCase } from '../core/fold.ts';
import type { Reader } from '../core/list-file.ts';
import type { Lookup } from '../core/lookup.ts';
import { startingIn } from '../files/file-system.ts';
import { safeFileReader } from '../files/list-safety.ts';
import type { TextReader } from '../map/followed-map.ts';
import { membersOf } from './host-class.ts';
import type { Settings } from './settings.ts';
import type { Sources } from './sources.ts';
import { systemUsers } from './system-users.ts';
import { withListWarnings } from './text-warnings.ts';
import { openUserDatabase } from './user-databases.ts';

/** A temporary failure with a code of the system, for a list if the groups of its reader are not known. */
class NotNow extends Error {
  readonly code = 'EAGAIN';
}

const ANYBODY_EXECUTES = 0o111;

export interface AliasContextParts {
  readonly settings: Settings;
  readonly sources: Sources;
  /** The alias maps, in lookup order. */
  readonly aliases: readonly Lookup[];
  readonly rules: AddressRules;
  readonly features: FeatureSet;
  readonly readText: TextReader;
}

/** @throws MapError `missing`, `unreadable` for a named file of users */
export function aliasContext(parts: AliasContextParts): AliasContext {
  const { settings, sources, aliases, rules, features, readText } = parts;
  const isTrusted = membersOf(settings.trusted, sources);
  const users = systemUsers(settings.users, sources, (name) => isTrusted(foldCase(name)));
  const { dontBlame, trustedUser, restrictedShell, unreadableForward } = settings;
  const trustedUid = trustedUser === undefined ? undefined : users.trusted(trustedUser);
  let defaultUser: Reader | 'tempFail' = 'tempFail';
  return {
    aliases,
    files: withListWarnings(
      safeFileReader(startingIn(settings.queueDirectory, sources.lists), {
        dontBlame,
        trustedUid: trustedUid === 'tempFail' ? undefined : trustedUid,
        groupMembers(gid) {
          const members = users.groupMembers(gid);
          if (members === 'tempFail') throw new NotNow();
          return members;
        },
      }),
      sources.report,
    ),
    users,
    userDatabases: settings.userDatabases.map((each) => openUserDatabase(each, sources, readText)),
    rules,
    options: {
      maxAliasRecursion: settings.maxAliasRecursion,
      forwardPath: settings.forwardPath,
      ...(settings.macros !== undefined && { macros: settings.macros }),
      matchFullNames: settings.matchFullNames,
      // Read when it is first needed: it may need the name service.
      get defaultUser() {
        if (defaultUser === 'tempFail') defaultUser = users.reader(settings.defaultUser);
        return defaultUser;
      },
      ...(unreadableForward !== undefined && { unreadableForward }),
      preserveLocalPlusDetail: features.has('preserve_local_plus_detail'),
      ...(restrictedShell !== undefined && { restrictedShell: commandsIn(restrictedShell) }),
    },
  };
}

/** The same context, which knows these facts. */
export function informed(context: AliasContext, facts: Facts): AliasContext {
  const rules = withFacts(context.rules, facts);
  return rules === context.rules ? context : { ...context, rules };
}

function commandsIn(directory: string): RestrictedShell {
  return (name) => {
    const path = Buffer.from(`${encodeText(directory)}/${name}`, 'latin1');
    try {
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats === undefined) return 'missing';
      if (!stats.isFile()) return 'notAFile';
      return (stats.mode & ANYBODY_EXECUTES) === 0 ? 'notExecutable' : 'runnable';
    } catch {
      return 'missing';
    }
  };
}
