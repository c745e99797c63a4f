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
import type { Lookup } from '../core/lookup.ts';
import { nodeFileSystem, startingIn } from '../files/file-system.ts';
import type { Following } from '../files/following.ts';
import { safeFileReader } from '../files/list-safety.ts';
import { HostClass } from './host-class.ts';
import type { MailMapsOptions } from './options.ts';
import { usersInBytes } from './questions.ts';
import type { Settings } from './settings.ts';
import { openSystemUsers } from './system-users.ts';

const ANYBODY_EXECUTES = 0o111;

export interface AliasWorldParts {
  readonly options: MailMapsOptions;
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
      ...(typeof options.users === 'string' && { passwd: options.users }),
      ...(typeof options.users === 'function' && { byName: usersInBytes(options.users) }),
    }),
  );
  const { dontBlame, trustedUser } = settings;
  const features = new FeatureSet(settings.features);
  return {
    aliases,
    files: safeFileReader(startingIn(settings.queueFolder, nodeFileSystem), {
      dontBlame,
      trustedUid: trustedUser === undefined ? undefined : users.trusted(trustedUser),
      groupMembers: (gid) => users.groupMembers(gid),
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
      defaultUser: users.reader(settings.defaultUser),
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
