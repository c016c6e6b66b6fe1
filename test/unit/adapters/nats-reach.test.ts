/**
 * How long it waits between two rounds of the servers, and how often it says why none takes us.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Reach, reachServer } from '../../../src/adapters/nats/reach.ts';
import { Servers } from '../../../src/adapters/nats/servers.ts';
import { clientOptions } from '../../../src/adapters/nats/settings.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ScriptedNats } from '../../support/scripted-nats.ts';
import { waitFor } from '../../support/wait.ts';

const settings = { credentialsFile: null, tls: null, clientName: 'unit' };

test('pauses grow to half a second, to a whole one while it is refused; reasons are told every five seconds', async (t) => {
  const server = await ScriptedNats.start();
  t.after(() => server.close());
  server.greeting = 'HTTP/1.1 400 Bad Request\r\n\r\n';
  const [clock, said, giveUp] = [new ManualClock(), [] as number[], new AbortController()];
  const silent = (): void => {};
  const log = { info: silent, error: silent, warn: () => said.push(clock.monotonic()) };
  const random = { fraction: () => 0, token: () => '' };
  const client = clientOptions({ ...settings, servers: [server.address] });
  const servers = new Servers(client.servers, random);
  const reach: Reach = { client, servers, settings: { ...settings, servers: client.servers }, clock, random, log };
  const ended = assert.rejects(
    reachServer(reach, giveUp.signal, 1_000, () => false),
    /seen enough/,
  );

  /** Lets tries be made one after the other, each after exactly this long. */
  const tried = async (...pauses: number[]): Promise<void> => {
    for (const pauseMs of pauses) {
      const { accepted } = server;
      await waitFor('the pause after a try', () => clock.pending === 1);
      await clock.advance(pauseMs - 1);
      assert.equal(clock.pending, 1, `less than ${pauseMs} ms`);
      await clock.advance(1);
      await waitFor('the next try', () => server.accepted === accepted + 1);
    }
  };
  await waitFor('the first try', () => server.accepted === 1);
  await tried(50, 100, 200, 400, ...Array.from({ length: 20 }, () => 500));
  assert.deepEqual(said, [1_250, 6_250]);
  server.greeting = `INFO ${JSON.stringify(server.info)}\r\n-ERR 'Authorization Violation'\r\n`;
  await tried(500, 1_000, 1_000);
  giveUp.abort(new Error('seen enough'));
  await ended;
});
