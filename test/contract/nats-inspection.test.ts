/**
 * What the operator's tool sees of real NATS servers, what it finds missing, and that looking changes nothing.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect } from 'nats';
import { connectNats } from '../../src/adapters/nats/connection.ts';
import { type Inspection, openInspection } from '../../src/adapters/nats/inspection.ts';
import { memberPermissions } from '../../src/adapters/nats/permissions.ts';
import { lookAtServers } from '../../src/adapters/nats/server-look.ts';
import type { StreamLook } from '../../src/adapters/nats/stream-look.ts';
import { NatsClusterKeys } from '../../src/cli/cluster-keys.ts';
import { encodeMemberRecord } from '../../src/cluster/view.ts';
import { freePort, type NatsProcess, startNats } from '../../src/dev/nats-process.ts';
import { locateNatsServer } from '../../src/dev/nats-server.ts';
import { BUCKETS } from '../../src/ports/store.ts';
import { Authority } from '../support/certificates.ts';
import { NatsServers } from '../support/nats-servers.ts';
import { type NatsUser, natsAccount, natsAccounts } from '../support/nats-users.ts';
import { waitFor } from '../support/wait.ts';
import { natsOptions } from './nats-backend.ts';
import { land, lay } from './store-steps.ts';

type There = StreamLook & { readonly is: 'there' };

const password = 'a-password';
const needed = memberPermissions('test', true);
/** Each lacks every line whose place divided by their number leaves theirs, so that each line is lacking once. */
const lacking = [0, 1, 2].map((rest): NatsUser => {
  const others = (_: string, index: number) => index % 3 !== rest;
  const publish = needed.publish.filter((line, index) => others(line, index) || isForLooking(line));
  return { user: `lacking${rest}`, password, permissions: { publish, subscribe: needed.subscribe } };
});
const deaf = { user: 'deaf', password, permissions: { ...needed, subscribe: needed.subscribe.slice(2) } };
const users: readonly NatsUser[] = [{ user: 'member', password, permissions: needed }, deaf, ...lacking];

/** Without these it could not be asked. */
function isForLooking(line: string): boolean {
  return line.startsWith('$JS.API.STREAM.INFO');
}

function settingsFor(servers: readonly NatsProcess[], user?: string, replicas = 1) {
  const urls = servers.map(({ port }) => `${user === undefined ? '' : `${user}:${password}@`}127.0.0.1:${port}`);
  return natsOptions(urls, replicas);
}

async function inspect<T>(
  settings: ReturnType<typeof settingsFor>,
  look: (inspection: Inspection) => Promise<T>,
): Promise<T> {
  const inspection = await openInspection(settings);
  try {
    return await look(inspection);
  } finally {
    await inspection.close();
  }
}

describe('one server, with users', () => {
  let folder: string;
  let server: NatsProcess;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'minotaur-inspection-'));
    const config = natsAccounts(natsAccount('CLUSTER', [...users, { user: 'operator', password }]));
    server = await startNats({ binary: (await locateNatsServer()).path, storeDir: folder, config });
    const member = await connectNats(settingsFor([server], 'member'));
    await land(member.store.bucket('sessions'), '7.ABC', 0);
    await land(member.store.bucket('slots'), '7', 0);
    await member.close();
  });
  after(async () => {
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  });

  /** What every stream holds, and when it was written to last. */
  async function stored(): Promise<unknown> {
    const connection = await connect({ servers: `127.0.0.1:${server.port}`, user: 'operator', pass: password });
    try {
      const manager = await connection.jetstreamManager();
      const streams = await Promise.all(BUCKETS.map((name) => manager.streams.info(`KV_test_${name}`)));
      return streams.map(({ config, state }) => ({ config, state: { ...state, consumer_count: 0 } }));
    } finally {
      await connection.close();
    }
  }

  it('whoever has every line lacks none, and to look changes nothing', async () => {
    const before = await stored();
    for (const user of ['member', 'operator']) {
      assert.deepEqual(await inspect(settingsFor([server], user), (at) => at.missingPermissions()), []);
    }
    assert.deepEqual(await stored(), before);
  });

  it('each line that is lacking is named, and no other', async () => {
    for (const { user, permissions } of [deaf, ...lacking]) {
      const missing = await inspect(settingsFor([server], user), (at) => at.missingPermissions());
      const expected = [
        ...needed.publish
          .filter((line) => !permissions?.publish.includes(line))
          .map((line) => ({ action: 'publish', line })),
        ...needed.subscribe
          .filter((line) => !permissions?.subscribe.includes(line))
          .map((line) => ({ action: 'subscribe', line })),
      ];
      assert.ok(expected.length > 0);
      assert.deepEqual(missing, expected, user);
    }
  });

  it('reads keys and entries as members may', async () => {
    await inspect(settingsFor([server], 'member'), async (at) => {
      assert.deepEqual(await at.keys('sessions'), ['7.ABC']);
      assert.equal((await at.entry('sessions', '7.ABC'))?.deleted, false);
      assert.equal(await at.entry('sessions', '7.NONE'), null);
    });
  });

  it('lists the members as of a revision of the record, and changes the record over no other one', async () => {
    const member = await connectNats(settingsFor([server], 'member'));
    const members = member.store.bucket('members');
    const speaking = (stateVersion: number) =>
      new TextDecoder().decode(
        encodeMemberRecord({
          status: 'active',
          startedAt: '2026-01-01T00:00:00Z',
          createdRevision: 0,
          addresses: ['a:1'],
          leaseMs: 50,
          version: '1',
          stateVersions: { min: 1, max: stateVersion },
          protocol: { min: 1, max: 1 },
        }),
      );
    const numbers = { stateVersion: 3, protocol: 1, module: 1 };
    const record = { slots: 8, later: true, minimum: numbers, written: numbers };
    const made = await land(members, 'cluster', 0, JSON.stringify(record));
    await land(members, 'a.i1', 0, speaking(4));
    await lay(members, 'b.i1', await land(members, 'b.i1', 0, speaking(3)));
    await lay(members, 'barrier.i9', 0);
    await land(members, 'odd.i1', 0, 'no record');
    try {
      await inspect(settingsFor([server], 'member'), async (at) => {
        const keys = new NatsClusterKeys(at);
        const found = (await keys.record()) ?? assert.fail('it is there');
        assert.deepEqual([found.revision, found.record], [made, record]);
        const expected = [
          { id: 'a', stateVersion: 4, protocol: 1 },
          { id: 'odd', stateVersion: 1, protocol: 1 },
        ];
        assert.deepEqual(await keys.membersPast(made), expected);
        assert.equal(await keys.membersPast(made + 100), null, 'nobody has come as far');
        const raised = { ...found.record, minimum: { ...numbers, stateVersion: 4 } };
        assert.equal(await keys.replace(raised, made + 1), false);
        assert.equal(await keys.replace(raised, made), true);
        assert.equal(await keys.replace(raised, made), false);
        const now = await keys.record();
        assert.deepEqual(now?.record, raised);
        assert.ok((now?.revision ?? 0) > made);
      });
    } finally {
      await member.close();
    }
  });

  it('says how each stream was made, and what is wrong with that', async () => {
    const settings = settingsFor([server], 'operator');
    const slots = (await inspect(settings, (at) => at.stream('slots'))) as There;
    const { unsuitable, replicas, isClustered, entries, aheadMs } = slots;
    assert.deepEqual([unsuitable, replicas, isClustered, entries], [null, 1, false, 1]);
    assert.ok(Math.abs(aheadMs ?? Number.NaN) < 5_000, `${aheadMs}`);
    const connection = await connect({ servers: `127.0.0.1:${server.port}`, user: 'operator', pass: password });
    const { streams } = await connection.jetstreamManager();
    const { config } = await streams.info('KV_test_slots');
    await streams.update('KV_test_slots', { ...config, max_age: 3600e9 });
    const changed = (await inspect(settings, (at) => at.stream('slots'))) as There;
    assert.equal(changed.unsuitable, 'its entries age out');
    await streams.update('KV_test_slots', config);
    await streams.delete('KV_test_archive');
    await connection.close();
    const gone = await inspect(settings, (at) => at.stream('archive'));
    assert.deepEqual([gone.is, 'reason' in gone && gone.reason], ['missing', 'stream not found (10059)']);
  });

  it('says of each server why it is not reached', async () => {
    const nobody = await freePort();
    const settings = {
      ...settingsFor([server], 'member'),
      servers: [`member:${password}@127.0.0.1:${server.port}`, `127.0.0.1:${nobody}`],
    };
    const [reached, away] = await lookAtServers(settings);
    assert.ok(reached?.is === 'reached' && reached.hasJetStream && reached.maxPayload === 1_048_576);
    assert.equal(reached.certificateEnd, null);
    assert.match(reached.version, /^\d+\.\d+\.\d+/);
    assert.equal(reached.address, `127.0.0.1:${server.port}`, 'no password is shown');
    assert.deepEqual(away, {
      is: 'away',
      address: `127.0.0.1:${nobody}`,
      reason: `nobody listens there (connect ECONNREFUSED 127.0.0.1:${nobody})`,
    });
    const refused = { ...settings, servers: [`member:wrong@127.0.0.1:${server.port}`] };
    await assert.rejects(openInspection(refused), /NATS refuses the credentials/);
    assert.doesNotMatch(JSON.stringify(await lookAtServers(refused)), /wrong/);
  });
});

it('says when the certificate of a server ends', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'minotaur-inspection-'));
  const authority = new Authority('the authority');
  const ca = join(folder, 'ca.crt');
  authority.writeTo(ca);
  const { cert, key } = authority.issue(folder, 'server', { names: ['127.0.0.1'] });
  const config = `tls { cert_file: "${cert}", key_file: "${key}" }`;
  const server = await startNats({ binary: (await locateNatsServer()).path, storeDir: join(folder, 'nats'), config });
  t.after(async () => {
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  });
  const [look] = await lookAtServers({ ...settingsFor([server]), tls: { caFile: ca } });
  assert.ok(look?.is === 'reached', JSON.stringify(look));
  // As the authority makes them: a day from now.
  const hours = ((look.certificateEnd ?? 0) - Date.now()) / 3_600_000;
  assert.ok(hours > 23 && hours < 25, `${hours}`);
});

it('of three servers, followers that are away are named, and a stream without a leader', {
  timeout: 110_000,
}, async (t) => {
  const nats = await NatsServers.prepare(3);
  t.after(() => nats.dispose());
  await nats.startAll();
  const settings = settingsFor(nats.servers, undefined, 3);
  await (await connectNats(settings)).close();
  const look = () => inspect(settings, (at) => at.stream('sessions'));
  const whole = (await waitFor('all are current', async () => {
    const found = await look();
    return (
      found.is === 'there' && found.followers.length === 2 && found.followers.every(({ current }) => current) && found
    );
  })) as There;
  assert.deepEqual([whole.isClustered, whole.replicas], [true, 3]);
  const follower = nats.servers.find(({ name }) => name !== whole.leader);
  await follower?.kill();
  const hurt = (await waitFor(
    'one is away',
    async () => {
      const found = await look();
      return found.is === 'there' && found.followers.some(({ offline, current }) => offline || !current) && found;
    },
    { timeoutMs: 40_000 },
  )) as There;
  const away = hurt.followers.filter(({ offline, current }) => offline || !current).map(({ name }) => name);
  assert.deepEqual(away, [follower?.name]);
  const leader = nats.servers.find(({ name }) => name === hurt.leader);
  await leader?.kill();
  const silent = await waitFor(
    'there is no leader',
    async () => {
      const found = await look();
      return (found.is === 'noAnswer' || (found.is === 'there' && found.leader === null)) && found;
    },
    { timeoutMs: 40_000 },
  );
  assert.ok(silent);
});
