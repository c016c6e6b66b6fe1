/**
 * A connection to NATS through trouble: after each kind of it a client has exactly one socket, nothing was taken for what it is not, everything
 * that was asked has been answered once, and store and messaging go on.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, mock } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { connectNats, type NatsBackend } from '../../src/adapters/nats/connection.ts';
import { freePort, type NatsProcess, startNats } from '../../src/dev/nats-process.ts';
import { locateNatsServer } from '../../src/dev/nats-server.ts';
import { NatsProxy } from '../support/nats-proxy.ts';
import { waitFor } from '../support/wait.ts';
import { natsOptions } from './nats-backend.ts';
import { bytes, collect, land, type Recording } from './store-steps.ts';

const MIB = 1_048_576;
/** What one client's buffers may add up to when nothing is under way. */
const MOST_KEPT = 48 * MIB;
/** Enough tries in vain for sockets to pile up, if they do. */
const TRIES = 4;

/** A client behind a proxy of its own, with a follow, a subscription, and requests that never stop. */
class Client {
  readonly name: string;
  readonly proxy: NatsProxy;
  readonly lines: string[] = [];
  readonly heard = new Set<string>();
  #backend: NatsBackend | null = null;
  #follow: Recording | null = null;
  #keys = 0;
  #asked = 0;
  #answered = 0;

  constructor(name: string, proxy: NatsProxy) {
    this.name = name;
    this.proxy = proxy;
  }

  async open(): Promise<void> {
    const say = (_: object, text: string) => void this.lines.push(text);
    const log = { info: say, warn: say, error: say };
    this.#backend = await connectNats({ ...natsOptions([this.proxy.url], 1), clientName: this.name, log });
    const { store, messaging } = this.#backend;
    this.#follow = collect(store.bucket('sessions'), { prefixes: [this.name], headersOnly: true });
    messaging.subscribe(1, this.name, (payload) => {
      if (payload.length < 100) this.heard.add(Buffer.from(payload).toString());
    });
    messaging.answer({ id: this.name, incarnation: '1' }, async (payload) => payload);
  }

  get backend(): NatsBackend {
    return this.#backend ?? assert.fail('not open');
  }

  /** Asks for something of each kind, whatever may come of it. */
  ask(): void {
    const { store, messaging } = this.backend;
    const asked = [
      store.bucket('sessions').write(`${this.name}.asked`, { value: bytes('x'), expected: 0, timeoutMs: 20_000 }),
      store.bucket('sessions').read(`${this.name}.asked`, 20_000),
      messaging.call({ id: this.name, incarnation: '1' }, bytes('echo'), 20_000),
    ];
    for (const answer of asked) {
      this.#asked += 1;
      const settled = (): void => {
        this.#answered += 1;
      };
      answer.then(settled, settled);
    }
  }

  newKey(): string {
    return `${this.name}.${this.#keys++}`;
  }

  count(line: string): number {
    return this.lines.filter((text) => text === line).length;
  }

  /** Everything works, and nothing of the trouble is left. */
  async isWell(): Promise<void> {
    const { store, messaging } = this.backend;
    await waitFor(`${this.name} to be connected`, () => store.connected);
    const key = this.newKey();
    await land(store.bucket('sessions'), key, 0);
    await waitFor('the follow to show it', () => this.#follow?.newest(key));
    assert.deepEqual(this.#follow?.violations, []);
    const word = `word ${key}`;
    messaging.publish(1, this.name, bytes(word));
    await waitFor('the subscription to hear it', () => this.heard.has(word));
    const outcome = await messaging.call({ id: this.name, incarnation: '1' }, bytes('echo'), 5_000);
    assert.equal(outcome.kind === 'answer' && Buffer.from(outcome.payload).toString(), 'echo');
    await waitFor('all to be answered', () => this.#answered === this.#asked);
    await waitFor('one socket', () => this.proxy.connections === 1);
    assert.equal(this.count('disconnected from NATS'), this.count('reconnected to NATS'), this.lines.join());
  }
}

describe('the connection to NATS', () => {
  let dir: string;
  let server: NatsProcess;
  let monitoring: string;
  const clients: Client[] = [];
  const printed = (['log', 'info', 'warn', 'error', 'trace'] as const).map((method) => mock.method(console, method));

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'minotaur-connection-'));
    const port = await freePort();
    monitoring = `http://127.0.0.1:${port}/connz`;
    const { path: binary } = await locateNatsServer();
    server = await startNats({ binary, storeDir: dir, config: `http: "127.0.0.1:${port}"\n` });
    for (const name of ['a', 'b']) clients.push(new Client(name, await NatsProxy.open(server.port)));
    await Promise.all(clients.map((client) => client.open()));
  });
  after(async () => {
    await Promise.all(clients.map((client) => client.backend.close()));
    await Promise.all(clients.map((client) => client.proxy.close()));
    await server?.kill();
    await rm(dir, { recursive: true, force: true });
  });

  const all = (step: (client: Client) => Promise<void>): Promise<unknown> => Promise.all(clients.map(step));

  async function isOver(): Promise<void> {
    await all((client) => client.isWell());
    await waitFor('one connection each at the server', async () => {
      const { connections } = (await (await fetch(monitoring)).json()) as { connections: { name?: string }[] };
      const names = connections.map(({ name }) => name ?? 'nobody').sort();
      return names.join() === clients.map(({ name }) => name).join();
    });
    assert.deepEqual(
      printed.flatMap(({ mock: { calls } }) => calls.map((call) => call.arguments)),
      [],
    );
  }

  /** Until every client has tried in vain often enough, it asks for more. */
  async function untilTried(): Promise<void> {
    await all(async (client) => {
      const goal = client.proxy.accepted + TRIES;
      const tried = (): boolean => {
        client.ask();
        return client.proxy.accepted >= goal;
      };
      await waitFor(`${client.name} to have tried`, tried, { timeoutMs: 40_000, everyMs: 50 });
    });
  }

  it('a server that stands still and wakes up again', async () => {
    for (let time = 0; time < 2; time += 1) {
      process.kill(server.pid ?? 0, 'SIGSTOP');
      try {
        await untilTried();
        await all(async ({ proxy }) => assert.ok(proxy.connections <= 1, `${proxy.connections} sockets`));
      } finally {
        process.kill(server.pid ?? 0, 'SIGCONT');
      }
      await isOver();
    }
  });

  it('a network that swallows everything, and delivers it late', async () => {
    await all(({ proxy }) => proxy.set('blackhole'));
    await untilTried();
    await all(({ proxy }) => proxy.set('open'));
    await isOver();
  });

  it('resets, one after the other', async () => {
    for (let time = 0; time < 5; time += 1) {
      await all(async (client) => {
        client.ask();
        await client.proxy.set('refused');
        await waitFor('it to notice', () => !client.backend.store.connected);
        client.ask();
        await client.proxy.set('open');
      });
      await isOver();
    }
  });

  it('a stream that is cut anywhere', async () => {
    await all(({ proxy }) => proxy.set('trickle'));
    await isOver();
    // From the greeting on.
    await all(async (client) => {
      await client.proxy.set('refused');
      await waitFor('it to notice', () => !client.backend.store.connected);
      await client.proxy.set('trickle');
    });
    await isOver();
    await all(({ proxy }) => proxy.set('open'));
    await isOver();
  });

  it('a flood in both directions, and one that meets a server that stands still', async () => {
    const collectGarbage = garbageCollector();
    const value = new Uint8Array(256 * 1024);
    const flood = (client: Client, messages: number): Promise<unknown> => {
      const bucket = client.backend.store.bucket('sessions');
      const { messaging } = client.backend;
      const writes = Array.from({ length: messages }, () => {
        messaging.publish(1, client.name, value);
        return bucket.write(client.newKey(), { value, expected: 0, timeoutMs: 60_000 });
      });
      return Promise.all(writes);
    };
    for (let time = 0; time < 4; time += 1) await all(async (client) => void (await flood(client, 64)));
    await isOver();
    process.kill(server.pid ?? 0, 'SIGSTOP');
    try {
      const flooding = all(async (client) => void (await flood(client, 64)));
      await untilTried();
      await flooding;
    } finally {
      process.kill(server.pid ?? 0, 'SIGCONT');
    }
    await isOver();
    const kept = (): number => {
      collectGarbage();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    await waitFor('the memory to be given back', () => kept() < MOST_KEPT);
  });
});

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
