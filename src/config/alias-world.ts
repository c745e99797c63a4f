/**
 * Settings -> the world that alias expansion asks: alias maps, :include: and .forward files by sendmail's rules on what is
 * safe, the system's users, the programs of the restricted shell.
 */
import { statSync } from 'node:fs';
import { FeatureSet } from '../access/features.ts';
import type { RestrictedShell } from '../alias/restricted-shell.ts';
import type { AliasWorld } from '../alias/world.ts';
import { encodeText } from '../core/bytes.ts';
import { foldCase } from '../core/fold.ts';
import type { Reader } from '../core/list-file.ts';
import type { Lookup } from '../core/lookup.ts';
import { nodeFileSystem, startingIn } from '../files/file-system.ts';
import type { Following } from '../files/following.ts';
import { safeFileReader } from '../files/list-safety.ts';
import { HostClass } from './host-class.ts';
import { type CheckedOptions, SYSTEM_USERS } from './options.ts';
import { usersInBytes } from './questions.ts';
import type { Settings } from './settings.ts';
import { openSystemUsers } from './system-users.ts';

/** As the system says that something may go well later: a list whose reader's groups cannot be told. */
class NotNow extends Error {
  readonly code = 'EAGAIN';
}

const ANYBODY_EXECUTES = 0o111;

export interface AliasWorldParts {
  readonly options: CheckedOptions;
  readonly settings: Settings;
  /** The alias maps, asked in order. */
  readonly aliases: readonly Lookup[];
  /** Class w; asked with a folded name. */
  readonly isLocal: (host: string) => boolean;
  readonly following: Following;
}

/** @throws MapError `missing`, `unreadable` for a file of users that was named */
export function openAliasWorld({ options, settings, aliases, isLocal, following }: AliasWorldParts): AliasWorld {
  const { onReload, onProblem } = following;
  const trusted = following.add(new HostClass(settings.trusted, following));
  const users = following.add(
    openSystemUsers({
      onReload,
      onProblem,
      isTrusted: (name) => trusted.has(foldCase(name)),
      ...(typeof options.users === 'string' && options.users !== SYSTEM_USERS && { passwd: options.users }),
      ...(typeof options.users === 'function' && { byName: usersInBytes(options.users) }),
    }),
  );
  const { dontBlame, trustedUser } = settings;
  const trustedUid = trustedUser === undefined ? undefined : users.trusted(trustedUser);
  let reader: Reader | 'tempFail' = 'tempFail';
  const features = new FeatureSet(settings.features);
  return {
    aliases,
    files: safeFileReader(startingIn(settings.queueFolder, nodeFileSystem), {
      dontBlame,
      trustedUid: trustedUid === 'tempFail' ? undefined : trustedUid,
      groupMembers(gid) {
        const members = users.groupMembers(gid);
        if (members === 'tempFail') throw new NotNow();
        return members;
      },
    }),
    users,
    rules: {
      isLocal: (host) => isLocal(foldCase(host)),
      hostName: settings.hostName,
      ...settings.reading,
      ...(features.hasFamily('nopercenthack') && { percentHack: false }),
      ...(features.hasFamily('nouucp') && { bangPath: false }),
    },
    options: {
      maxAliasRecursion: settings.maxAliasRecursion,
      forwardPath: settings.forwardPath,
      ...(settings.macros !== undefined && { macros: settings.macros }),
      matchFullNames: settings.matchFullNames,
      // asked for when it is needed first: it may take a question to the name service
      get defaultUser() {
        if (reader === 'tempFail') reader = users.reader(settings.defaultUser);
        return reader;
      },
      ...(options.unreadableForward !== undefined && { unreadableForward: options.unreadableForward }),
      preserveLocalPlusDetail: settings.features.includes('preserve_local_plus_detail'),
      ...(options.restrictedShell !== undefined && { restrictedShell: commandsIn(options.restrictedShell) }),
    },
  };
}

function commandsIn(folder: string): RestrictedShell {
  return (name) => {
    const path = Buffer.from(`${encodeText(folder)}/${name}`, 'latin1');
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
