/**
 * The sources of one configuration at the moment when it was made: each text and map that it used stays the same. Another
 * configuration can be made from them, with some texts exchanged; it shares the maps.
 *
 * A source that the first configuration did not use is opened for the other one alone. It is not followed or reported, and is
 * closed when its configuration is garbage collected.
 */
import type { ByteString } from '../core/bytes.ts';
import type { Table } from '../core/lookup.ts';
import type { FileSystem } from '../files/file-system.ts';
import type { MapSetting, TextReader } from '../map/followed-map.ts';
import type { NameService } from './name-service.ts';
import type { Sources, TextNeed } from './sources.ts';
import type { ReportFindings } from './text-warnings.ts';

type Parser = (text: ByteString) => unknown;

export class HeldSources implements Sources {
  readonly onDisk: boolean;
  readonly lists: FileSystem;
  declare readonly nameService?: NameService;
  readonly report: ReportFindings;
  readonly #of: Sources;
  // The sources that were used, and their answers.
  readonly #texts = new Map<Parser, Map<string, unknown>>();
  readonly #tables = new Map<string, Table>();
  readonly #hasMap: Map<string, boolean>;
  readonly #hasText: Map<string, boolean>;

  /** @param before which files exist stays as these found it */
  constructor(of: Sources, before?: HeldSources) {
    this.#of = of;
    this.onDisk = of.onDisk;
    this.lists = of.lists;
    this.report = of.report;
    if (of.nameService !== undefined) this.nameService = of.nameService;
    this.#hasMap = new Map(before === undefined ? [] : before.#hasMap);
    this.#hasText = new Map(before === undefined ? [] : before.#hasText);
  }

  /** The same answers; all others come from other sources. */
  over(other: Sources): HeldSources {
    const held = new HeldSources(other, this);
    for (const [parse, byPath] of this.#texts) held.#texts.set(parse, new Map(byPath));
    for (const [setting, table] of this.#tables) held.#tables.set(setting, table);
    return held;
  }

  text<T>(path: string, parse: (text: ByteString) => T, need: TextNeed): T {
    const byPath = remembered(this.#texts, parse, () => new Map<string, unknown>());
    // The parser is part of the key, so the type is right.
    return remembered(byPath, path, () => this.#of.text(path, parse, need)) as T;
  }

  table(setting: MapSetting, readText: TextReader): Table {
    return remembered(this.#tables, JSON.stringify(setting), () => this.#of.table(setting, readText));
  }

  hasMap(name: string): boolean {
    return remembered(this.#hasMap, name, () => this.#of.hasMap(name));
  }

  hasText(name: string): boolean {
    return remembered(this.#hasText, name, () => this.#of.hasText(name));
  }

  entryText(name: string): ReturnType<Sources['entryText']> {
    return this.#of.entryText(name);
  }

  mapPath(map: Parameters<Sources['mapPath']>[0]): string | undefined {
    return this.#of.mapPath(map);
  }
}

function remembered<K, V>(answers: Map<K, V>, key: K, ask: () => V): V {
  if (answers.has(key)) return answers.get(key)!;
  const answer = ask();
  answers.set(key, answer);
  return answer;
}
