/** This host, its users and its files, as rulesets see them. */
import { closeSync, readFileSync, statSync } from 'node:fs';
import { hostname, networkInterfaces, userInfo } from 'node:os';
import { type Group, parseGroups, parsePasswd } from '../../config/users.ts';
import { type ByteString, decodeText, encodeText } from '../../core/bytes.ts';
import { systemText } from '../../core/system-error.ts';
import { openJudged } from '../../files/judged-file.ts';
import {
  type FileRead,
  type FileSafety,
  type Machine,
  type MachineUser,
  SENDMAIL_VERSION,
} from '../../rules/machine.ts';
import { openDatabase } from './databases.ts';
import { KeptFiles } from './kept-files.ts';
import type { Network } from './network.ts';

/** The machine of this process; questions to the network go to `network`. */
export function thisMachine(network: Network): Machine {
  const hosts = hostLines();
  const node = encodeText(hostname());
  const hostName = fullName(node, hosts);
  const dot = hostName.indexOf('.');
  return {
    hostName,
    nodeName: node,
    userName: encodeText(userInfo().username),
    version: SENDMAIL_VERSION,
    ownNames: [...new Set([hostName, dot < 0 ? hostName : hostName.slice(0, dot), 'localhost', '[127.0.0.1]'])],
    interfaceNames: [...interfaceNames(hosts)],
    readFile,
    openDatabase,
    user: userNamed(),
    groupId: (name) => [...groups().values()].find((group) => group.name === name)?.gid,
    dns: (name, type) => network.dns(name, type),
    searchDomains: searchDomains(dot < 0 ? '' : hostName.slice(dot + 1)),
    socket: (address, request) => network.socket(address, request),
    socketProblem: (path) => {
      try {
        statSync(decodeText(path));
        return undefined;
      } catch (error) {
        return systemText(error);
      }
    },
    random: () => Math.floor(Math.random() * 0x7fff_ffff),
  };
}

const keptFiles = new KeptFiles();

function readFile(path: ByteString, safety?: FileSafety): FileRead {
  return safety === undefined ? keptFiles.read(path) : readJudged(decodeText(path), safety);
}

function readJudged(name: string, safety: FileSafety): FileRead {
  const opened = openJudged(name, safety);
  if ('problem' in opened) return { cause: opened.cause, isMissing: opened.problem === 'missing' };
  try {
    return { text: readFileSync(opened.fd, 'latin1') };
  } catch (error) {
    return { cause: systemText(error), isMissing: false };
  } finally {
    closeSync(opened.fd);
  }
}

function textOf(path: string): ByteString {
  const read = readFile(path);
  return 'text' in read ? read.text : '';
}

function groups(): Map<number, Group> {
  return parseGroups(textOf('/etc/group'));
}

/** Users by name; the file is read when the first one is needed. */
function userNamed(): (name: ByteString) => MachineUser | undefined {
  let known: Map<string, MachineUser> | undefined;
  const read = (): Map<string, MachineUser> => {
    const users = new Map<string, MachineUser>();
    for (const { name, uid, gid, home, shell = '', fullName: full = '' } of parsePasswd(textOf('/etc/passwd'))) {
      if (!users.has(name)) users.set(name, { name, uid, gid, home, shell, fullName: full });
    }
    return users;
  };
  return (name) => {
    known ??= read();
    return known.get(name);
  };
}

/** The lines of /etc/hosts, as words. */
function hostLines(): readonly (readonly ByteString[])[] {
  return textOf('/etc/hosts')
    .split('\n')
    .map((line) =>
      line
        .replace(/#.*/, '')
        .split(/[ \t]+/)
        .filter((word) => word !== ''),
    )
    .filter((words) => words.length > 1);
}

/** The name of the node with its domain, if the hosts file has it. */
function fullName(node: ByteString, hosts: readonly (readonly ByteString[])[]): ByteString {
  const [, ...names] = hosts.find(([, ...each]) => each.includes(node)) ?? [];
  const [first = node] = names;
  return first.includes('.') ? first : (names.find((name) => name.includes('.')) ?? node);
}

/** The names of the interfaces: their addresses, and the names for them in the hosts file. */
function interfaceNames(hosts: readonly (readonly ByteString[])[]): ReadonlySet<ByteString> {
  const names = new Set<ByteString>(['[localhost]']);
  for (const { address, family, internal } of Object.values(networkInterfaces()).flatMap((each) => each ?? [])) {
    if (internal || address.startsWith('fe80:')) continue;
    names.add(family === 'IPv6' ? `[IPv6:${address}]` : `[${address}]`);
    const [, ...called] = hosts.find(([first]) => first === address) ?? [];
    for (const name of called) names.add(name);
  }
  return names;
}

/** The search domains of resolv.conf(5); the last such line counts. */
function searchDomains(own: ByteString): readonly ByteString[] {
  let domains = own === '' ? [] : [own];
  for (const line of textOf('/etc/resolv.conf').split('\n')) {
    const [keyword, ...names] = line.split(/[ \t]+/);
    if (keyword === 'search' || keyword === 'domain') domains = names.filter((name) => name !== '' && name !== '.');
  }
  return domains;
}
