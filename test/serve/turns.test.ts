/** A peer that sends many requests at once, beside one that sends one: how many answers the first gets before the second. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { ConnectionOptions } from '../../src/serve/connection.ts';
import { netstring } from '../../src/serve/netstring.ts';
import { socketmapProtocol } from '../../src/serve/socketmap.ts';
import { Peer } from './peer.ts';
import { served } from './served.ts';

/** A peer that asks many questions at once beside one that asks one: the questions in the order of their answers. */
async function askedBy(many: number, options: Pick<ConnectionOptions, 'clock'> = {}): Promise<readonly string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'mailmaps-turns.'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'socket');
  const asked: string[] = [];
  const protocol = socketmapProtocol(
    (_map, key) => {
      asked.push(key);
      return { status: 'found', value: key };
    },
    { onProblem: () => undefined },
  );
  await using _server = await served(protocol, path, options);
  const [greedy, modest] = [await Peer.connect({ path }), await Peer.connect({ path })];
  greedy.send(netstring('m many').repeat(many));
  modest.send(netstring('m one'));
  expect(await modest.until(/,$/)).toBe(netstring('OK one'));
  await greedy.until(new RegExp(`^(?:${netstring('OK many')}){${many}}$`));
  greedy.socket.destroy();
  modest.socket.destroy();
  return asked;
}

it('answers one question after a few of another peer, not after all', async () => {
  const asked = await askedBy(3000);
  expect(asked.length).toBe(3001);
  expect(asked.indexOf('one')).toBeLessThanOrEqual(3 * 32);
});

it('answers one question after the second of another peer at the latest, if each takes long', async () => {
  // the clock runs 6 ms at each look: every question takes longer than a turn
  let time = 0;
  const clock = (): number => (time += 6);
  expect((await askedBy(100, { clock })).indexOf('one')).toBeLessThanOrEqual(3);
});
