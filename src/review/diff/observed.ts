/** A configuration -> the parts that affect decisions: entries, words of classes, and tables that change an address. */
import { type ByteString, decodeText } from '../../core/bytes.ts';
import { NO_FACTS } from '../../core/facts.ts';
import { foldCase } from '../../core/fold.ts';
import { accessEntries } from '../../source/access-entry.ts';
import { parseClassFile } from '../../source/class-file.ts';
import { scanFormat } from '../../source/scan-format.ts';
import type { Reviewed } from '../sources.ts';
import type { Entries, Observed } from './observe.ts';

export function observedOf(reviewed: Reviewed): Observed {
  const { settings, texts } = reviewed;
  const host = foldCase(settings.hostName);
  return {
    entries: entriesOf(texts.filter(({ kind }) => kind === 'access').map(({ text }) => text)),
    local: wordsOf(settings.localHosts, reviewed),
    relay: wordsOf(settings.relayDomains, reviewed),
    hostName: host,
    domain: host.slice(host.indexOf('.') + 1),
    compressed: settings.compressedAddresses,
    renamed: renamedBy(reviewed),
    routed: new Set([
      ...['virtuser', 'mailertable'].flatMap((table) => [...tableEntries(reviewed, table).keys()]),
      ...hostsIn(settings.decidingFile?.text ?? ''),
    ]),
    apart: hostsIn(settings.decidingFile?.text ?? ''),
    ...(isRouted(reviewed) && { fate: (local, at) => fateOf(reviewed, local, at) }),
  };
}

function entriesOf(texts: readonly ByteString[]): Map<ByteString, ByteString> {
  const entries = new Map<ByteString, ByteString>();
  for (const text of texts)
    for (const { key, value } of accessEntries(text.split('\n')))
      if (!entries.has(foldCase(key))) entries.set(foldCase(key), value);
  return entries;
}

/** The folded entries of a routing table, by its name in a sendmail.cf. */
export function tableEntries({ settings, texts }: Reviewed, table: string): Entries {
  const setting = Object.entries(settings.route.tables).find(([name]) => name === table)?.[1];
  if (setting === undefined || typeof setting === 'function') return new Map();
  const file = setting.name.replace(/\.(?:lmdb|db|cdb)$/, '');
  return entriesOf(texts.filter((text) => text.file === file).map(({ text }) => text));
}

/** The folded words of a class, from its own and from its files. */
export function wordsOf(
  { words, files }: Reviewed['settings']['localHosts'],
  { texts }: Pick<Reviewed, 'texts'>,
): ReadonlySet<ByteString> {
  const inFiles = files.flatMap(({ path, format = '%s' }) =>
    parseClassFile(texts.find(({ file }) => file === path)?.text ?? '', scanFormat(format)),
  );
  return new Set([...words, ...inFiles].map(foldCase));
}

/** The ends of hosts in the tables that replace them. */
const RENAMING = { domaintable: '', bitdomain: '.bitnet', uudomain: '.uucp' } as const;

function renamedBy(reviewed: Reviewed): Entries {
  const pairs = Object.entries(RENAMING).flatMap(([table, end]) =>
    [...tableEntries(reviewed, table)].map(([key, value]) => [`${key}${end}`, foldCase(value)] as const),
  );
  return new Map(pairs);
}

function isRouted({ settings: { route } }: Reviewed): boolean {
  return Object.keys(route.tables).length > 0 || route.items.some((item) => item.startsWith('define:'));
}

/** Only a refusal counts; for all other routes the host decides. */
function fateOf({ configuration }: Reviewed, local: ByteString, host: ByteString): string {
  const address = decodeText(host === '' ? local : `${local}@${host}`);
  const route = configuration.put({ kind: 'route', address }, NO_FACTS);
  if (!('reply' in route)) return route.kind;
  const { code, enhanced, text } = route.reply;
  return `${code} ${enhanced} ${text.replaceAll(address, '...')}`;
}

/** Names with a dot in the left sides of rules. */
function hostsIn(rules: ByteString): ReadonlySet<ByteString> {
  const sides = rules.split('\n').flatMap((line) => /^R([^\t]*)\t/.exec(line)?.[1] ?? []);
  const words = sides.flatMap((side) => side.match(/[a-z\d.-]+/gi) ?? []).map((word) => foldCase(withoutDots(word)));
  return new Set(words.filter((word) => word.includes('.')));
}

function withoutDots(word: ByteString): ByteString {
  const begin = word.search(/[^.]/);
  return begin < 0 ? '' : word.slice(begin).replace(/\.$/, '');
}
