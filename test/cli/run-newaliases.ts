/**
 * newaliases in-process, in a temporary directory in place of /etc/mail: its output and its map, in the form of the oracle's
 * answers.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Io } from '../../src/cli/program/io.ts';
import { main } from '../../src/cli/sendmail/newaliases.ts';
import { identify } from '../../src/store/identify.ts';
import { openMapFile } from '../../src/store/open-map-file.ts';

const ETC = '/etc/mail';

export interface AliasFile {
  readonly text: string;
  readonly mode?: string;
}

export interface NewaliasesRun {
  readonly rc: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Records of aliases.lmdb, `key<tab>value`, sorted; absent without a map. */
  readonly dump?: readonly string[];
}

export class NewaliasesDirectory {
  readonly path: string = mkdtempSync(join(tmpdir(), 'mailmaps-newaliases.'));

  /** The path here of a path below /etc/mail. */
  here(text: string): string {
    return text.replaceAll(ETC, this.path);
  }

  put(
    name: string,
    content: string | AliasFile | { readonly link: string } | { readonly dir: 1; readonly mode?: string },
  ): void {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    rmSync(path, { recursive: true, force: true });
    if (typeof content === 'object' && 'link' in content) {
      symlinkSync(this.here(content.link), path);
      return;
    }
    if (typeof content === 'object' && 'dir' in content) {
      mkdirSync(path);
      chmodSync(path, Number.parseInt(content.mode ?? '755', 8));
      return;
    }
    const { text, mode = '0644' } = typeof content === 'string' ? { text: content } : content;
    writeFileSync(path, text, 'latin1');
    chmodSync(path, Number.parseInt(mode, 8));
  }

  /** A configuration as the oracle's: mail.oracle.test, class w, these alias files. */
  configure(lines: readonly string[] = []): void {
    const cf = [
      'V10/Berkeley',
      'Djmail.oracle.test',
      'Dwmail',
      'Cwmail',
      `Fw-o ${this.path}/local-host-names`,
      ...lines,
    ];
    this.put('sendmail.cf', `${cf.map((line) => this.here(line)).join('\n')}\n`);
  }

  /** Runs newaliases with this configuration; paths in the answer are as below /etc/mail. */
  async run(
    args: readonly string[],
    { isTerminal = false }: { readonly isTerminal?: boolean } = {},
  ): Promise<NewaliasesRun> {
    const said = { stdout: '', stderr: '' };
    const collect =
      (stream: 'stdout' | 'stderr') =>
      (data: string | Uint8Array): void => {
        said[stream] += typeof data === 'string' ? data : Buffer.from(data).toString('latin1');
      };
    const io: Io = {
      stdin: [],
      out: collect('stdout'),
      err: collect('stderr'),
      env: {},
      argv0: 'newaliases',
      isTerminal,
    };
    const rc = await main([`-C${join(this.path, 'sendmail.cf')}`, ...args.map((arg) => this.here(arg))], io);
    const there = (text: string): string => text.replaceAll(this.path, ETC);
    const dump = this.dump('aliases');
    return { rc, stdout: there(said.stdout), stderr: there(said.stderr), ...(dump ? { dump } : {}) };
  }

  dump(name: string): string[] | undefined {
    const path = join(this.path, `${name}.lmdb`);
    if (!existsSync(path) || !isMap(path)) return undefined;
    const map = openMapFile(path);
    const records = [...map.entries()].map(({ key, value }) => `${key.replace(/\0$/, '')}\t${value}`).sort();
    map.close();
    return records;
  }

  remove(name: string): void {
    rmSync(join(this.path, name), { recursive: true, force: true });
  }

  clear(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

function isMap(path: string): boolean {
  return identify(readFileSync(path), statSync(path).size).kind === 'lmdb';
}
