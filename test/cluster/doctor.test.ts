/**
 * The tool's `doctor` against real clusters that are broken in one way after another: each time it names the cause, and the cause alone.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from 'nats';
import { bucketNames } from '../../src/adapters/nats/names.ts';
import { memberPermissions } from '../../src/adapters/nats/permissions.ts';
import type { Finding } from '../../src/cli/finding.ts';
import { TestCluster } from '../support/cluster.ts';
import { callTool } from '../support/minotaur-tool.ts';
import { natsAccount, natsAccounts } from '../support/nats-users.ts';
import { freePort } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';

const password = 'a-password';
/** One more than a cluster of this process has: namespaces are counted. */
const namespace = 'test1';
const needed = memberPermissions(namespace, true);
const monitor = await freePort();
const users = (lacking: string | null) =>
  `${natsAccounts(
    natsAccount('CLUSTER', [
      { user: 'operator', password },
      { user: 'others', password },
      {
        user: 'member',
        password,
        permissions: { ...needed, publish: needed.publish.filter((line) => line !== lacking) },
      },
    ]),
  )}no_auth_user: others\nhttp: "127.0.0.1:${monitor}"\n`;

test('whatever is broken, doctor names it', { timeout: 240_000 }, async (t) => {
  const cluster = await TestCluster.start(t, { natsConfig: users(null), natsLogin: `member:${password}@` });
  assert.equal(cluster.namespace, namespace);
  const [a] = await cluster.addMembers('a', 'b');
  // What it announces leads nowhere; NATS is well, so that nobody notices.
  const lost = await cluster.addMember('c', { MINOTAUR_ADVERTISE: `127.0.0.1:${await freePort()}` });
  assert.ok(a);
  await cluster.settled();
  const [server] = cluster.nats.servers;
  assert.ok(server);
  const environment = {
    MINOTAUR_URL: a.url,
    MINOTAUR_NAMESPACE: namespace,
    MINOTAUR_NATS_URL: `member:${password}@127.0.0.1:${server.port}`,
  };
  const examine = async (): Promise<readonly string[]> => {
    const { code, text } = await callTool(environment, 'doctor', '--json');
    const { findings } = JSON.parse(text) as { findings: Finding[] };
    const wrong = findings.filter(({ state }) => state === 'broken' || state === 'warning');
    assert.equal(code, wrong.length === 0 ? 0 : 1);
    assert.doesNotMatch(text, /a-password/);
    return wrong.map(({ check, sentence }) => `${check}: ${sentence}`);
  };
  /** Until just these are found. */
  const finds = async (...expected: RegExp[]): Promise<void> => {
    let last: readonly string[] = [];
    const isIt = async () => {
      last = await examine();
      return last.length === expected.length && expected.every((words, index) => words.test(last[index] ?? ''));
    };
    await waitFor(`doctor finds ${expected}`, isIt, { timeoutMs: 30_000, everyMs: 200 }).catch((error: Error) =>
      assert.fail(`${error.message}\n${last.join('\n')}`),
    );
  };
  const manage = async (change: (streams: Awaited<ReturnType<typeof manager>>['streams']) => Promise<unknown>) => {
    const { connection, streams } = await manager();
    await change(streams).finally(() => connection.close());
  };
  async function manager() {
    const connection = await connect({ servers: `127.0.0.1:${server?.port}`, user: 'operator', pass: password });
    const { streams } = await connection.jetstreamManager();
    return { connection, streams };
  }
  const { stream: slots } = bucketNames(namespace, 'slots');

  await finds(/^addresses: c at .* does not answer where it announces to/);
  await lost.terminate();
  await finds();
  const { text } = await callTool(environment, 'doctor', '--monitor', `http://127.0.0.1:${monitor}`, '--json');
  const { findings } = JSON.parse(text) as { findings: Finding[] };
  const said = new Map(findings.map(({ check, state, sentence }) => [check, `${state} ${sentence}`]));
  assert.match(said.get('disk') ?? '', /^ok of what JetStream may store: nats 0 %$/);
  assert.match(said.get('sync') ?? '', /^ok written to disk at intervals \(nats every 2 min\)/);
  assert.match(said.get('feature flags') ?? '', /^ok /);
  assert.match(said.get('same ends') ?? '', /^ok the servers that were asked hold the same ends of 4 streams/);

  const line = '$KV.test1_archive.>';
  server.configure(users(line));
  await finds(/^permissions: this user lacks 1 line that members need: publish \$KV\.test1_archive\.>$/);
  server.configure(users(null));
  await finds();

  await manage(async (streams) => streams.update(slots, { ...(await streams.info(slots)).config, max_age: 3_600e9 }));
  await finds(/^settings: .*slots: its entries age out/);
  await manage(async (streams) => streams.update(slots, { ...(await streams.info(slots)).config, max_age: 0 }));
  await finds();

  const b = cluster.running.find(({ id }) => id === 'b');
  assert.ok(b);
  // Alone among the two it is expelled soon; before that it is there and silent.
  b.pause();
  await finds(/^members: a is alone/);
  b.resume();
  const survived = /^incidents: expelled, and joined again: b \(1 time since it began\)$/;
  await finds(survived);

  await manage((streams) => streams.delete(bucketNames(namespace, 'archive').stream));
  await finds(
    /^ready: a is not ready: the bucket test1_archive: stream not found/,
    /^buckets: a cannot use the bucket archive/,
    survived,
    /^streams: the stream of archive is gone/,
  );

  await cluster.nats.killAll();
  await finds(
    /^ready: /,
    /^renewals: NATS acknowledged the last renewal of a/,
    /^buckets: /,
    /^NATS: no NATS server is reached: 127\.0\.0\.1:\d+: nobody listens there/,
  );
});
