/**
 * Reaching a server and staying connected: which server, how often, with how many sockets, and what is said.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { connectNats, type NatsBackend } from '../../../src/adapters/nats/connection.ts';
import type { Published } from '../../support/scripted-nats.ts';
import { ScriptedNats } from '../../support/scripted-nats.ts';
import { waitFor } from '../../support/wait.ts';

/** Has every bucket as a member wants it, whatever its name. */
function bucketsThere({ subject }: Published): object | null {
  const bucket = /^\$JS\.API\.STREAM\.(?:INFO|CREATE)\.KV_(\w+)$/.exec(subject)?.[1];
  if (bucket === undefined) return null;
  const max_age = bucket.endsWith('_archive') ? 90 * 86_400e9 : 0;
  return {
    config: {
      name: `KV_${bucket}`,
      subjects: [`$KV.${bucket}.>`],
      num_replicas: 1,
      max_msgs_per_subject: 1,
      max_age,
      discard: 'new',
      allow_direct: true,
      deny_delete: true,
    },
  };
}

async function serverFor(t: TestContext): Promise<ScriptedNats> {
  const server = await ScriptedNats.start();
  server.answer = bucketsThere;
  t.after(() => server.close());
  return server;
}

interface Client {
  readonly lines: string[];
  readonly opened: Promise<NatsBackend>;
}

function client(t: TestContext, servers: readonly string[], givingUp = new AbortController()): Client {
  const lines: string[] = [];
  const say = (details: object, text: string) => void lines.push(`${text} ${JSON.stringify(details)}`);
  const log = { info: say, warn: say, error: say };
  const settings = {
    credentialsFile: null,
    tls: null,
    clientName: 'unit',
    namespace: 'ns',
    replicas: 1,
    retentionDays: 90,
  };
  const opened = connectNats({ ...settings, servers, log }, givingUp.signal);
  t.after(() => {
    givingUp.abort(new Error('seen enough'));
    return opened.then(
      (backend) => backend.close(),
      () => {},
    );
  });
  return { lines, opened };
}

test('a server that takes connections and says nothing keeps no socket, at the start and later', async (t) => {
  const server = await serverFor(t);
  server.silent = true;
  const { lines, opened } = client(t, [server.address]);
  await waitFor('several tries', () => server.accepted === 3);
  assert.ok(server.connections <= 1, `${server.connections} sockets`);
  server.silent = false;
  const backend = await opened;
  await waitFor('one socket', () => server.connections === 1);
  assert.ok(
    lines.some((line) => /^waiting for NATS .*does not answer/.test(line)),
    lines.join('\n'),
  );
  server.silent = true;
  server.drop();
  await waitFor('another try', () => server.accepted >= 5);
  server.silent = false;
  await waitFor('it to be connected', () => backend.store.connected);
  await waitFor('one socket', () => server.connections === 1);
});

test('a server that stops answering in the middle of everything is left', async (t) => {
  const server = await serverFor(t);
  const { lines, opened } = client(t, [server.address]);
  const backend = await opened;
  server.silent = true;
  await waitFor('it to notice', () => !backend.store.connected);
  server.silent = false;
  await waitFor('it to be connected', () => backend.store.connected);
  await waitFor('one socket', () => server.connections === 1);
  assert.deepEqual(
    lines.filter((line) => !line.startsWith('waiting')).map((line) => line.split(' ').slice(0, 2).join(' ')),
    ['NATS went', 'disconnected from', 'reconnected to'],
  );
});

test('what greets as something else, resets, or ends at once is tried again', async (t) => {
  const server = await serverFor(t);
  const printed = (['log', 'error', 'warn', 'info'] as const).map((method) => t.mock.method(console, method));
  for (const greeting of [
    'HTTP/1.1 400 Bad Request\r\n\r\n',
    'INFO {"torn\r\n',
    'INFO null\r\n',
    'MSG x 1 2\r\nxx\r\n',
  ]) {
    server.greeting = greeting;
    const { opened } = client(t, [server.address]);
    const accepted = server.accepted;
    await waitFor(`a try and another after ${greeting}`, () => server.accepted >= accepted + 2);
    server.greeting = null;
    const backend = await opened;
    await waitFor('one socket', () => server.connections === 1);
    await backend.close();
    await waitFor('none', () => server.connections === 0);
  }
  assert.equal(printed.flatMap(({ mock }) => mock.calls).length, 0);
});

test('an announced server takes over when the one of the settings is away, and the other way round', async (t) => {
  const [one, two] = [await serverFor(t), await serverFor(t)];
  const { opened } = client(t, [one.address]);
  const backend = await opened;
  one.say(`INFO ${JSON.stringify({ ...one.info, connect_urls: [one.address, two.address] })}\r\n`);
  one.say('PING\r\n');
  // The client handles what comes in the order in which it comes.
  const subscription = backend.messaging.subscribe(1, 'game', () => {});
  await waitFor('its subscription', () => one.subjects.includes('ns.game.1.game'));
  one.greeting = 'INFO {}\r\n';
  one.drop();
  await waitFor('it to be at the other', () => backend.store.connected && two.connections === 1);
  await waitFor('its subscription', () => two.subjects.includes('ns.game.1.game'));
  one.greeting = null;
  two.greeting = 'INFO {}\r\n';
  two.drop();
  await waitFor('it to be back', () => backend.store.connected && one.subjects.includes('ns.game.1.game'));
  assert.deepEqual([one.connections, two.connections], [1, 0]);
  subscription.stop();
});

test('a server that is too old is left for one that is not; alone, it ends the start', async (t) => {
  const [old, good] = [await serverFor(t), await serverFor(t)];
  old.info.version = '2.10.0';
  const backend = await client(t, [old.address, good.address]).opened;
  assert.deepEqual([backend.serverVersion, good.connections], ['2.14.4', 1]);
  await waitFor('the other to be left', () => old.connections === 0);
  await assert.rejects(client(t, [old.address]).opened, { name: 'UnsupportedServer' });
  await waitFor('it to be left', () => old.connections === 0);
});

test('tries end at once when the start is given up, and when the member leaves in an outage', async (t) => {
  const server = await serverFor(t);
  server.silent = true;
  const givingUp = new AbortController();
  const { opened } = client(t, [server.address], givingUp);
  await waitFor('a try', () => server.connections === 1);
  givingUp.abort(new Error('changed my mind'));
  await assert.rejects(opened, /changed my mind/);
  await waitFor('no socket', () => server.connections === 0);
  server.silent = false;
  const backend = await client(t, [server.address]).opened;
  server.silent = true;
  server.drop();
  const accepted = server.accepted;
  await waitFor('a try', () => server.accepted > accepted && server.connections === 1);
  await backend.close();
  await waitFor('no socket', () => server.connections === 0);
});
