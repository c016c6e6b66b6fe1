/**
 * One cluster that is broken in one way after another: each time `doctor`, or `why` where it is about one game, names the cause in a line that says
 * what to do, with the place in the runbook. Beside doctor.test.ts, which breaks NATS.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { appendFile, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connect } from 'nats';
import { bucketNames } from '../../src/adapters/nats/names.ts';
import type { Finding } from '../../src/cli/finding.ts';
import { Authority } from '../support/certificates.ts';
import { expectStatus } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import type { MemberProcess } from '../support/member-process.ts';
import { callTool } from '../support/minotaur-tool.ts';
import { NatsServers } from '../support/nats-servers.ts';
import { natsAccount, natsAccounts } from '../support/nats-users.ts';
import { freePort } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const root = join(import.meta.dirname, '../..');
const jumpingClock = fileURLToPath(new URL('../support/jumping-clock.ts', import.meta.url));
const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const monitor = await freePort();
const account = natsAccount('CLUSTER', [{ user: 'everybody', password: 'x' }]).replace(
  'jetstream: enabled',
  'jetstream: { max_file: 16MB }',
);
const natsConfig = `${natsAccounts(account)}no_auth_user: everybody\nhttp: "127.0.0.1:${monitor}"\n`;

/** The main file of another version, whose game was changed as well. */
async function otherSources(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'minotaur-other-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await cp(join(root, 'src'), join(folder, 'src'), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const manifest = await readFile(join(root, 'package.json'), 'utf8');
  await writeFile(join(folder, 'package.json'), manifest.replace(/"version": ".*"/, '"version": "9.9.9"'));
  await appendFile(join(folder, 'src/games/minotaur/hexes.ts'), '// Mended.\n');
  return join(folder, 'src/main.ts');
}

/** A busy machine takes its time for each call of the tool. */
const patience = { timeoutMs: 60_000, everyMs: 100 };

interface Cause {
  readonly finds: RegExp;
  readonly runbook: string;
}

class Cluster {
  readonly cluster: TestCluster;
  readonly #own: Readonly<Record<string, string>>;

  constructor(cluster: TestCluster, own: Readonly<Record<string, string>>) {
    this.cluster = cluster;
    this.#own = own;
  }

  /** What `doctor` finds wrong. */
  async troubles(more: Readonly<Record<string, string>> = {}): Promise<readonly Finding[]> {
    const argv = ['doctor', '--json', '--monitor', `http://127.0.0.1:${monitor}`];
    const { text } = await callTool({ ...this.#own, ...more }, ...argv);
    const { findings } = JSON.parse(text) as { readonly findings: readonly Finding[] };
    return findings.filter(({ state }) => state === 'broken' || state === 'warning');
  }

  /** Until it is among the things that are wrong. */
  async named({ finds, runbook }: Cause, more: Readonly<Record<string, string>> = {}): Promise<void> {
    let last: readonly Finding[] = [];
    const isNamed = async () => {
      last = await this.troubles(more);
      return last.some((found) => finds.test(`${found.check}: ${found.sentence}`) && found.runbook === runbook);
    };
    await waitFor(`doctor names ${finds}`, isNamed, patience).catch((error: Error) =>
      assert.fail(`${error.message}\n${JSON.stringify(last, null, 1)}`),
    );
  }

  /** Until all is mended. What a member has survived is told until it ends, and a busy machine is far from NATS. */
  async mended(): Promise<void> {
    const isWell = async () => {
      const all = await this.troubles();
      return all.every(({ check }) => check === 'incidents' || check === 'distance');
    };
    await waitFor('doctor finds nothing wrong', isWell, patience);
  }

  /** What `why` says of a game, until it says that. */
  async explained(gameId: string, says: RegExp): Promise<void> {
    let last = '';
    const isSaid = async () => {
      last = (await callTool(this.#own, 'why', gameId)).text;
      return says.test(last);
    };
    await waitFor(`why says ${says}`, isSaid, patience).catch((error: Error) =>
      assert.fail(`${error.message}\n${last}`),
    );
  }
}

/** Renewals of a member that landed. */
async function renewals(member: MemberProcess): Promise<number> {
  const { text } = await member.send('GET', '/metrics', { token: null });
  return Number(/^minotaur_renewals_total\{outcome="landed"\} (\d+)$/m.exec(text)?.[1]);
}

test('whatever is broken, the tool names it', { timeout: 240_000 }, async (t) => {
  await using receiver = await WebhookReceiver.open(secret);
  const environment = {
    MINOTAUR_SLOTS: '16',
    MINOTAUR_STUCK_MS: '2000',
    // Who stands still is to be seen standing still.
    MINOTAUR_SUSPECT_MS: '60000',
    MINOTAUR_WEBHOOK_URL: receiver.url,
    MINOTAUR_WEBHOOK_SECRETS: secret,
    MINOTAUR_WEBHOOK_NETWORKS: '127.0.0.0/8',
  };
  const cluster = await TestCluster.start(t, { natsConfig, environment });
  const { namespace } = cluster;
  const prepared = await Promise.all(['a', 'b', 'c'].map((id) => cluster.prepareMember(id)));
  const [a, b, c] = prepared as [MemberProcess, MemberProcess, MemberProcess];
  for (const member of prepared) member.start();
  for (const member of prepared) await member.ready(patience.timeoutMs);
  await cluster.settled();
  const [server] = cluster.nats.servers;
  assert.ok(server);
  const natsUrl = `127.0.0.1:${server.port}`;
  const { MINOTAUR_WEBHOOK_URL, MINOTAUR_WEBHOOK_NETWORKS } = environment;
  const lab = new Cluster(cluster, {
    MINOTAUR_URL: a.url,
    MINOTAUR_NAMESPACE: namespace,
    MINOTAUR_NATS_URL: natsUrl,
    MINOTAUR_WEBHOOK_URL,
    MINOTAUR_WEBHOOK_NETWORKS,
  });
  const connection = await connect({ servers: natsUrl });
  t.after(() => connection.close());
  const { streams } = await connection.jetstreamManager();
  const js = connection.jetstream();
  const limit = async (bucket: 'archive' | 'slots', most: (used: number) => number, longest = -1) => {
    const { stream } = bucketNames(namespace, bucket);
    const { config, state } = await streams.info(stream);
    await streams.update(stream, { ...config, max_bytes: most(state.bytes), max_msg_size: longest });
  };
  const endRound = (id: string, round: number) =>
    a.send('POST', `/v1/games/${id}/rounds/${round}/end`, { key: randomUUID(), body: {} });
  const begin = async (id: string, roundSeconds: number) => {
    const players = { p0: { id: 'p0', displayName: 'Ada' } };
    const body = { game: { id, players, settings: { roundSeconds } } };
    expectStatus(await a.send('POST', `/v1/games/${id}/continue`, { key: randomUUID(), body }), 201);
  };
  const step = async (name: string, run: () => Promise<void>) => {
    const begun = performance.now();
    await run();
    t.diagnostic(`${name}: ${Math.round(performance.now() - begun)} ms`);
  };

  await step('members that nobody asks anything log nothing, and doctor names what is wrong around them', async () => {
    await lab.mended();
    const members = [a, b, c];
    const before = await Promise.all(members.map(async (member) => ({ member, from: await renewals(member) })));
    const lines = members.map(({ output }) => output);
    await aroundThem(t, lab);
    const isLong = async () => {
      const now = await Promise.all(before.map(async ({ member, from }) => (await renewals(member)) - from));
      return now.every((count) => count >= 100);
    };
    await waitFor('100 more renewals of each', isLong, { timeoutMs: 60_000 });
    assert.deepEqual(
      members.map(({ output }) => output),
      lines,
    );
  });

  await step('a member that stands still, and slots that it should take', async () => {
    c.pause();
    await lab.named({ finds: /^members: c did not answer/, runbook: 'docs/runbook.md#one-member' });
    expectStatus(await a.send('POST', '/v1/cluster/members/b/drain', { key: randomUUID() }), 202);
    await lab.named({
      finds: /^ring: \d+ slots? not yet where .* \(.*b → c.*\): c does not answer, and so/,
      runbook: 'docs/runbook.md#it-does-not-go',
    });
    c.resume();
    expectStatus(await a.send('DELETE', '/v1/cluster/members/b/drain', { key: randomUUID() }), 200);
    await lab.mended();
  });

  await step('a webhook that refuses', async () => {
    receiver.treat = () => 401;
    await begin('HOOK', 3_600);
    await lab.named({
      finds: /^webhook: the receiver takes nothing: to \w, .* it answered 401 .*; 1 game waits/,
      runbook: 'docs/runbook.md#webhooks-are-not-delivered',
    });
    receiver.treat = () => 204;
    await lab.mended();
    expectStatus(await endRound('HOOK', 1), 200);
  });

  await step('a record of the archive that keeps a round from ending', async () => {
    await limit('archive', (bytes) => bytes);
    await begin('ROUND', 1);
    await lab.named({
      finds: /^progress: no progress: \w: 1 record that does not get into the archive, .*, first \d+\.ROUND\.1,/,
      runbook: 'docs/runbook.md#something-is-stuck',
    });
    await lab.named({ finds: /^room: the stream of archive has used/, runbook: 'docs/runbook.md#disks-are-full' });
    await lab.explained('ROUND', /its round 1 should have ended .* ago: the bucket archive does not take the record/);
    await limit('archive', () => -1);
    await lab.mended();
  });

  await step('a game that cannot be read', async () => {
    const { stream, keyPrefix } = bucketNames(namespace, 'sessions');
    const { slot } = expectStatus(await a.send('GET', '/v1/games/HOOK/location'), 200) as { readonly slot: number };
    const key = `${keyPrefix}${slot}.HOOK`;
    const stored = await streams.getMessage(stream, { last_by_subj: key });
    await js.publish(key, '{}');
    // The owner finds out by its next write.
    await endRound('HOOK', 2);
    await lab.explained('HOOK', /cannot use what is stored of it.*\ndocs\/runbook\.md#a-game-answers-500/);
    await lab.named({
      finds: /^incidents: something stored could not be read .*: \w \(1 time since it began\)$/,
      runbook: 'docs/runbook.md#a-game-answers-500',
    });
    // It is another write: what the first one expected counts no more.
    stored.header.delete('Nats-Expected-Last-Subject-Sequence');
    await js.publish(key, stored.data, { headers: stored.header });
    await lab.explained('HOOK', /^HOOK is well/m);
  });

  await step('a slot record that cannot be read, and the cure of the runbook', async () => {
    const key = `${bucketNames(namespace, 'slots').keyPrefix}3`;
    await js.publish(key, 'not a record');
    await lab.named({
      finds: /^slot records: the record of slot 3 cannot be read/,
      runbook: 'docs/runbook.md#a-slot-record-cannot-be-read',
    });
    const [, cure] = /minotaur_slots 3 '(.*)'/.exec(await readFile(join(root, 'docs/runbook.md'), 'utf8')) ?? [];
    await js.publish(key, cure ?? '');
    await lab.mended();
  });

  await step('a clock that is wrong, other versions, other rules, a member that knows of no webhook', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'minotaur-clock-'));
    t.after(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'offset'), '3600000');
    await c.kill();
    c.start({ NODE_OPTIONS: `--import ${jumpingClock}`, JUMPING_CLOCK_FILE: join(folder, 'offset') });
    await lab.named({
      finds: /^incidents: the clock of its machine differs from that of NATS: c /,
      runbook: 'docs/runbook.md#the-clock-of-a-machine-is-wrong',
    });
    const runbook = 'docs/operations.md#upgrading-and-rolling-back';
    await c.kill();
    c.entry = await otherSources(t);
    c.start({ MINOTAUR_WEBHOOK_URL: '', MINOTAUR_WEBHOOK_SECRETS: '' });
    await lab.named({ finds: /^versions: members are of 2 versions \(.*9\.9\.9: c\)/, runbook });
    await lab.named({ finds: /^rules: members play by 2 kinds of rules \(/, runbook });
    await lab.named({
      finds: /^webhook: c knows of none, others do/,
      runbook: 'docs/runbook.md#webhooks-are-not-delivered',
    });
    await c.kill();
    await lab.mended();
  });

  await step('an account that is nearly full', async () => {
    await streams.add({ name: 'others', subjects: ['others'] });
    for (let times = 0; times < 11; times += 1) await js.publish('others', Buffer.alloc(1_000_000));
    await lab.named({
      finds: /^disk: of what JetStream may store: the account CLUSTER \d\d %$/,
      runbook: 'docs/runbook.md#disks-are-full',
    });
    await streams.delete('others');
    await lab.mended();
  });

  await step('slots without an owner, as nobody can write their records', async () => {
    // A record that is shorter than the one it replaces goes into the fullest of streams.
    await limit('slots', (bytes) => bytes, 1);
    await b.kill();
    await lab.named({
      finds: /^owners: \d+ of 16 slots have no owner \(/,
      runbook: 'docs/runbook.md#503-session_unavailable',
    });
    await lab.named({ finds: /^room: the stream of slots has used/, runbook: 'docs/runbook.md#disks-are-full' });
    await limit('slots', () => -1);
    await cluster.settled();
  });
});

/** What is wrong with the one who asks, or with the NATS that he asks. */
async function aroundThem(t: TestContext, lab: Cluster): Promise<void> {
  await lab.named(
    { finds: /^members: .*\(the token of an administrator goes into/, runbook: 'docs/runbook.md#clients-are-refused' },
    { MINOTAUR_ADMIN_TOKEN: 'of-last-year' },
  );
  const folder = await mkdtemp(join(tmpdir(), 'minotaur-around-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'offset'), '3600000');
  await lab.named(
    {
      finds: /^clock: the clock of this machine is 60 min ahead/,
      runbook: 'docs/runbook.md#the-clock-of-a-machine-is-wrong',
    },
    { NODE_OPTIONS: `--import ${jumpingClock}`, JUMPING_CLOCK_FILE: join(folder, 'offset') },
  );
  await lab.named(
    { finds: /^environment: .*MINOTAUR_WEBHOOK_URL: its host is not allowed/, runbook: 'docs/operations.md#settings' },
    { MINOTAUR_WEBHOOK_URL: 'https://10.1.2.3/' },
  );
  await lab.named(
    { finds: /^NATS version: .*nats-server 2\.10\.27 is too old/, runbook: 'docs/operations.md#which-nats-server' },
    { MINOTAUR_NATS_URL: await greeter(t, '2.10.27') },
  );
  // Certificates of tests end within a day.
  const authority = new Authority('an authority');
  const { cert, key } = authority.issue(folder, 'server', { names: ['127.0.0.1'] });
  authority.writeTo(join(folder, 'ca.crt'));
  const encrypted = await NatsServers.prepare(1, `tls { cert_file: "${cert}", key_file: "${key}" }\n`);
  t.after(() => encrypted.dispose());
  const [server] = encrypted.servers;
  await server?.start();
  await lab.named(
    { finds: /^server certificates: that of .* ends in 24 h/, runbook: 'docs/operations.md#rotating-secrets' },
    { MINOTAUR_NATS_URL: `127.0.0.1:${server?.port}`, MINOTAUR_NATS_CA: join(folder, 'ca.crt') },
  );
}

/** What greets as a NATS server of that version, and does nothing else. */
async function greeter(t: TestContext, version: string): Promise<string> {
  const info = { server_id: 'x', version, proto: 1, headers: true, max_payload: 1_048_576 };
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => socket.write('PONG\r\n'.repeat(String(bytes).split('PING').length - 1)));
    socket.write(`INFO ${JSON.stringify(info)}\r\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
