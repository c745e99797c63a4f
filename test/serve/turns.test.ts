/** A peer that sends many requests at once, beside one that sends one: how many answers the first gets before the second. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { netstring } from '../../src/serve/netstring.ts';
import { socketmapProtocol } from '../../src/serve/socketmap.ts';
import { Peer } from './peer.ts';
import { served } from './served.ts';

const MANY = 3000;

it('answers one question after a few of another peer, not after all', async () => {
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
  await using _server = await served(protocol, path);
  const [greedy, modest] = [await Peer.connect({ path }), await Peer.connect({ path })];
  greedy.send(netstring('m many').repeat(MANY));
  modest.send(netstring('m one'));
  expect(await modest.until(/,$/)).toBe(netstring('OK one'));
  await greedy.until(new RegExp(`^(?:${netstring('OK many')}){${MANY}}$`));
  expect(asked.length).toBe(MANY + 1);
  expect(asked.indexOf('one')).toBeLessThanOrEqual(3 * 32);
  greedy.socket.destroy();
  modest.socket.destroy();
});
