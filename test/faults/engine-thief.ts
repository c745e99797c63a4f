/**
 * The owner of a fleet's engine, who has no key of a publisher: he makes a generation of his own out of the newest one, with the
 * signatures of that, and moves the head to it. He takes it away again, because publishers stop as long as it is there.
 */
import { spawnSync } from 'node:child_process';
import { packBlock } from '../../src/publish/blocks.ts';
import { type Manifest, manifestBytes, sha256 } from '../../src/publish/manifest.ts';

const PREFIX = '{mm:mx}:';
const TAKE_AWAY = `
local forged = redis.call('GET', KEYS[1] .. 'm:' .. ARGV[1])
if forged ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[1] .. 'm:' .. ARGV[1])
redis.call('SET', KEYS[1] .. 'head', ARGV[1] - 1)
return 1`;
/** The domain that he wants relayed. */
export const FORGED = 'thief';

/** The generation that he put in, and that he takes away again. */
interface Forged {
  readonly generation: number;
  readonly envelope: string;
}

export class EngineThief {
  readonly #node: (args: readonly string[]) => readonly [string, ...string[]];

  /** @param node the words of a command that asks one server with redis-cli */
  constructor(node: (args: readonly string[]) => readonly [string, ...string[]]) {
    this.#node = node;
  }

  /** Undefined: this server has no generation, or takes no writes. */
  forge(): Forged | undefined {
    const head = Number(this.#ask(['GET', `${PREFIX}head`]));
    const text = this.#ask(['GET', `${PREFIX}m:${head}`]);
    if (!(head > 0) || text === '') return undefined;
    const { manifest, signatures } = JSON.parse(text) as { manifest: string; signatures: unknown };
    const bytes = Buffer.from(manifest, 'base64');
    const content = Buffer.from(`${FORGED}.example\n`);
    const hash = sha256(content);
    const own = JSON.parse(bytes.toString()) as Manifest;
    const files = own.files.map((file) =>
      file.name === 'relay-domains' ? { ...file, size: content.length, sha256: hash, blocks: [hash] } : file,
    );
    const next = manifestBytes({ ...own, generation: head + 1, parent: sha256(bytes), files });
    const envelope = JSON.stringify({ manifest: next.toString('base64'), signatures });
    this.#ask(['-x', 'SET', `${PREFIX}b:${hash}`], packBlock(content));
    this.#ask(['-x', 'SET', `${PREFIX}m:${head + 1}`], Buffer.from(envelope));
    return this.#ask(['SET', `${PREFIX}head`, String(head + 1)]) === 'OK'
      ? { generation: head + 1, envelope }
      : undefined;
  }

  /** Whether it was there. */
  takeAway({ generation, envelope }: Forged): boolean {
    return this.#ask(['EVAL', TAKE_AWAY, '1', PREFIX, String(generation), envelope]) === '1';
  }

  #ask(args: readonly string[], input?: Uint8Array): string {
    const [command, ...rest] = this.#node(args);
    return spawnSync(command, rest, { input, encoding: 'utf8', timeout: 5000 }).stdout?.trimEnd() ?? '';
  }
}
