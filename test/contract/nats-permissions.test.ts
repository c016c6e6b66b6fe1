/**
 * The permissions of src/adapters/nats/permissions.ts against real servers: enough for all that the adapter does, and none
 * too many; and what users without them, or of another account, can do to a namespace: nothing.
 *
 * One of the servers has the subjects of acknowledgements and flow control in their second form, which no server has by itself yet.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect, type NatsConnection } from 'nats';
import { connectNats, type NatsBackend } from '../../src/adapters/nats/connection.ts';
import { memberPermissions, type Permissions } from '../../src/adapters/nats/permissions.ts';
import { type NatsProcess, startNats } from '../../src/dev/nats-process.ts';
import { locateNatsServer } from '../../src/dev/nats-server.ts';
import { BUCKETS, type BucketName } from '../../src/ports/store.ts';
import { type NatsUser, natsAccount, natsAccounts } from '../support/nats-users.ts';
import { waitFor } from '../support/wait.ts';
import { natsOptions } from './nats-backend.ts';
import { collect, lay, timeoutMs } from './store-steps.ts';

const password = 'a-password';
const value = new Uint8Array(3);
/** Waits of a tour that may be in vain, and would keep the process alive. */
const patience = { timeoutMs: 3_000 };
type Action = keyof Permissions;

/** A namespace of its own, and a user who lacks one of the permissions for it. */
interface Lacking {
  readonly namespace: string;
  readonly action: Action;
  readonly permission: string;
}

const lacking: readonly Lacking[] = (['publish', 'subscribe'] as const).flatMap((action) =>
  memberPermissions('n', true)[action].map((_, index) => {
    const namespace = `${action}${index}`;
    return { namespace, action, permission: memberPermissions(namespace, true)[action][index] ?? '' };
  }),
);
const without = ({ namespace, action, permission }: Lacking): Permissions => {
  const all = memberPermissions(namespace, true);
  return { ...all, [action]: all[action].filter((one) => one !== permission) };
};
const userOf = (namespace: string, makesBuckets: boolean): NatsUser => {
  return { user: namespace, password, permissions: memberPermissions(namespace, makesBuckets) };
};
const users: readonly NatsUser[] = [
  userOf('whole', true),
  userOf('neighbour', true),
  { user: 'administrator', password },
  { ...userOf('whole', false), user: 'narrow' },
  { ...userOf('empty', false), user: 'empty' },
  ...lacking.map((one) => ({ user: one.namespace, password, permissions: without(one) })),
];

interface Denial {
  readonly action: string;
  readonly subject: string;
  readonly grant: string;
}

/** One member's connection, and what NATS did not allow it. */
class Visitor {
  readonly denials: Denial[] = [];
  readonly waits: string[] = [];
  readonly #givingUp = new AbortController();
  readonly #backends: NatsBackend[] = [];
  readonly #server: NatsProcess;
  readonly #namespace: string;
  readonly #user: string;

  constructor(server: NatsProcess, namespace: string, user: string) {
    this.#server = server;
    this.#namespace = namespace;
    this.#user = user;
  }

  async open(retentionDays = 90): Promise<NatsBackend> {
    const servers = [this.#server.url.replace('//', `//${this.#user}:${password}@`)];
    const log = {
      info: () => {},
      warn: ({ reason }: { reason?: string }) => void this.waits.push(String(reason)),
      error: (details: object) => void this.denials.push(details as Denial),
    };
    const options = { ...natsOptions(servers, 1), namespace: this.#namespace, retentionDays, log };
    const backend = await connectNats(options, this.#givingUp.signal);
    this.#backends.push(backend);
    return backend;
  }

  async close(): Promise<void> {
    this.#givingUp.abort(new Error('seen enough'));
    await Promise.all(this.#backends.map((backend) => backend.close()));
  }
}

/** Only asked for by a server with the second form of subjects. */
const isSecondForm = (permission: string): boolean => permission.startsWith('$JS.FC.*.*.');
const secondForm = 'feature_flags { js_ack_fc_v2: true }\n';

/** A subject that a permission allows. */
function concrete(permission: string): string {
  return permission.replaceAll('*', 'x').replaceAll('>', '1.x');
}

/** Everything that a member does with NATS. */
async function tour(visitor: Visitor): Promise<void> {
  const backend = await visitor.open();
  await Promise.all(BUCKETS.map((name) => tourBucket(backend, name)));
  const self = { id: 'm1', incarnation: 'i1' };
  const pushed: Uint8Array[] = [];
  backend.messaging.answer(self, async (payload) => payload);
  backend.messaging.subscribe(7, 'GAME', (payload) => pushed.push(payload));
  await waitFor(
    'an answer',
    async () => {
      const { kind } = await backend.messaging.call(self, new Uint8Array(1), timeoutMs);
      return kind === 'answer';
    },
    patience,
  );
  backend.messaging.publish(7, 'GAME', new Uint8Array(1));
  await waitFor('the push', () => pushed.length > 0, patience);
  await visitor.open(7);
}

async function tourBucket({ store }: NatsBackend, name: BucketName): Promise<void> {
  const bucket = store.bucket(name);
  // So much that the server asks whether we keep up, and before the last of it has come.
  const large = new Uint8Array(700_000);
  for (const key of ['k.1', 'k.2', 'k.3', 'k.4']) {
    assert.equal((await bucket.write(key, { value: large, expected: 0, timeoutMs })).kind, 'landed');
  }
  assert.equal((await bucket.read('k.1', timeoutMs))?.value.length, large.length);
  if (name === 'sessions') await bucket.readMany({ keys: ['k.1'], prefixes: [], timeoutMs });
  const seen = collect(bucket, { prefixes: ['k'] });
  await waitFor('the entries', () => seen.newest('k.4'), patience);
  seen.follow.stop();
  const marker = await lay(bucket, 'k.2', seen.newest('k.2')?.revision ?? 0);
  if (name === 'members' || name === 'sessions') await bucket.purge('k.2', marker);
}

describe('the permissions of a member', () => {
  let dir: string;
  let server: NatsProcess;
  let coming: NatsProcess;
  const visitors: Visitor[] = [];
  const strangers: NatsConnection[] = [];
  const visit = (namespace: string, user = namespace, at = server) => {
    const visitor = new Visitor(at, namespace, user);
    visitors.push(visitor);
    return visitor;
  };
  const raw = async (user: string): Promise<NatsConnection> => {
    const connection = await connect({ servers: server.url, user, pass: password });
    strangers.push(connection);
    return connection;
  };

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'minotaur-permissions-'));
    const others = natsAccount('OTHERS', [{ user: 'stranger', password }]);
    const config = natsAccounts(natsAccount('MEMBERS', users), others);
    const { path: binary } = await locateNatsServer();
    server = await startNats({ binary, storeDir: join(dir, 'usual'), config });
    coming = await startNats({ binary, storeDir: join(dir, 'coming'), config: config + secondForm });
  });
  after(async () => {
    await Promise.all([...visitors, ...strangers].map((one) => one.close()));
    await Promise.all([server?.kill(), coming?.kill()]);
    await rm(dir, { recursive: true, force: true });
  });

  it('are enough for everything that it does', async () => {
    for (const at of [server, coming]) {
      const visitor = visit('whole', 'whole', at);
      await tour(visitor);
      assert.deepEqual(visitor.denials, []);
    }
  });

  it('hold none that is not needed, and a missing one is named', async () => {
    assert.ok(lacking.length > 30);
    const look = async ({ namespace, permission }: Lacking) => {
      const visitor = visit(namespace, namespace, isSecondForm(permission) ? coming : server);
      // What fails for want of the permission may take its time to: that NATS refused is enough.
      tour(visitor).catch(() => {});
      const denial = await waitFor(`a refusal without ${permission}`, () => visitor.denials[0]);
      await visitor.close();
      return denial;
    };
    const left = [...lacking];
    const lookAtAll = async () => {
      for (let one = left.shift(); one; one = left.shift()) {
        const { action, grant } = await look(one);
        assert.deepEqual({ action, grant }, { action: one.action, grant: one.permission });
      }
    };
    await Promise.all([lookAtAll(), lookAtAll(), lookAtAll(), lookAtAll()]);
  });

  it('need not include making and changing buckets, where those are made', async () => {
    const made = visit('empty', 'administrator');
    const waiting = visit('empty');
    const opening = waiting.open(7);
    await waitFor('a word about it', () => waiting.waits.includes('a permission is missing'));
    const creations = waiting.denials.map(({ grant }) => grant).filter((grant) => grant.includes('.STREAM.CREATE.'));
    assert.ok(creations.length > 0, JSON.stringify(waiting.denials));
    await made.open();
    // It had kept trying. That the archive keeps for longer than it wants is said, and no obstacle.
    const { store } = await opening;
    const updates = waiting.denials.filter(({ grant }) => grant === '$JS.API.STREAM.UPDATE.KV_empty_archive');
    assert.equal(updates.length, 1);
    assert.equal((await store.bucket('slots').write('1', { value, expected: 0, timeoutMs })).kind, 'landed');
  });

  it('let the users of another namespace do nothing to this one', async () => {
    const neighbour = await raw('neighbour');
    const { publish, subscribe } = memberPermissions('whole', true);
    const refusals = new Set<string>();
    void (async () => {
      for await (const { permissionContext } of neighbour.status()) refusals.add(permissionContext?.subject ?? '');
    })();
    const attempts = publish.map(concrete);
    for (const subject of attempts) neighbour.publish(subject);
    const eavesdropping = [
      '>',
      '$KV.>',
      '$KV.whole_sessions.*.*',
      '_INBOX.>',
      ...subscribe,
      ...subscribe.map(concrete),
    ];
    for (const subject of eavesdropping) neighbour.subscribe(subject, { callback: () => {} });
    const all = [...attempts, ...eavesdropping];
    await waitFor('all to be refused', () => all.every((subject) => refusals.has(subject)));
  });

  it('do not matter in another account: nothing of this one is there', async () => {
    const stranger = await raw('stranger');
    const heard: string[] = [];
    // Its own question and the answer are no news.
    const note = (subject: string) => /^(_INBOX|\$JS)\./.test(subject) || heard.push(subject);
    stranger.subscribe('>', { callback: (_, { subject }) => note(subject) });
    const stream = await stranger.request('$JS.API.STREAM.INFO.KV_whole_sessions', '');
    assert.equal(stream.json<{ error: { err_code: number } }>().error.err_code, 10059);
    const { store, messaging } = await visit('whole').open();
    const written = await store.bucket('sessions').write('9.S', { value, expected: 0, timeoutMs });
    messaging.publish(9, 'S', value);
    stranger.publish('$KV.whole_sessions.9.S', 'forged');
    stranger.publish('marker');
    await waitFor('its own message', () => heard.includes('marker'));
    assert.deepEqual(heard.sort(), ['$KV.whole_sessions.9.S', 'marker']);
    const kept = await store.bucket('sessions').read('9.S', timeoutMs);
    assert.deepEqual([written.kind, kept?.value.length], ['landed', value.length]);
  });
});
