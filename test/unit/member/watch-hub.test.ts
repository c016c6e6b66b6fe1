/**
 * Watched games: pushes may come twice, late or never; what a listener gets only rises.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Answer, GameUpdate, Operation } from '../../../src/member/gateway.ts';
import { encodeUpdate } from '../../../src/member/updates.ts';
import { WatchHub } from '../../../src/member/watch-hub.ts';
import type { Messaging } from '../../../src/ports/messaging.ts';
import type { Viewer } from '../../../src/session/rules.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { manualRandom } from '../../support/manual-time.ts';

let clock: ManualClock;
let hub: WatchHub;
/** The committed version of each game; 0: not alive. */
let versions: Map<string, number>;
let reads: string[];
/** Until this is settled no read is answered. */
let answering: Promise<void>;
let subscriptions: Map<string, (payload: Uint8Array) => void>;
let connected: boolean;

beforeEach(() => {
  clock = new ManualClock();
  versions = new Map([
    ['A', 1],
    ['B', 1],
  ]);
  reads = [];
  answering = Promise.resolve();
  subscriptions = new Map();
  connected = true;
  hub = new WatchHub({
    clock,
    random: manualRandom(),
    slotOf: (gameId) => (gameId === 'A' ? 1 : 2),
    messaging: () => (connected ? (messaging as Messaging) : null),
    read,
  });
});

const messaging: Pick<Messaging, 'subscribe'> = {
  subscribe: (slot, gameId, handler) => {
    const name = `${slot}.${gameId}`;
    assert.ok(!subscriptions.has(name), 'one subscription a game');
    subscriptions.set(name, handler);
    return { stop: () => subscriptions.delete(name) };
  },
};

const viewOf = (version: number, viewer: Viewer): string => JSON.stringify({ version, viewer });
const stateOf = (version: number) => ({ committedVersion: version, view: (viewer: Viewer) => viewOf(version, viewer) });

async function read(operation: Operation): Promise<Answer> {
  reads.push(`${operation.gameId} ${operation.viewer}`);
  await answering;
  const version = versions.get(operation.gameId) ?? 0;
  if (version === 0) return { status: 404, body: '{}', owner: null };
  if (version < 0) return { status: 503, body: '{}', owner: null };
  return { status: 200, body: `{"version":${version},"game":${viewOf(version, operation.viewer)}}`, owner: 'm1' };
}

function push(gameId: string, version: number): void {
  subscriptions.get(`${gameId === 'A' ? 1 : 2}.${gameId}`)?.(encodeUpdate(stateOf(version)));
}

/** Watches, and collects the versions that come; null for no longer alive. */
function watch(gameId: string, viewer: Viewer = 'public') {
  const seen: (number | null)[] = [];
  const updates: GameUpdate[] = [];
  const stop = hub.watch(gameId, viewer, (update) => {
    updates.push(update);
    seen.push(update.game === null ? null : update.version);
  });
  return { seen, updates, stop };
}

test('the first state comes soon after the call', async () => {
  const { updates } = watch('A');
  await clock.advance(0);
  assert.deepEqual(updates, [{ version: 1, viewer: 'public', game: viewOf(1, 'public') }]);
});

test('pushes come as they are made; what is not newer is dropped', async () => {
  const { seen } = watch('A');
  await clock.advance(0);
  for (const version of [2, 2, 1, 4, 3, 5]) push('A', version);
  assert.deepEqual(seen, [1, 2, 4, 5]);
});

test('a push that overtakes the first read wins', async () => {
  let answer: () => void = () => undefined;
  answering = new Promise((resolve) => {
    answer = resolve;
  });
  const { seen } = watch('A');
  push('A', 3);
  answer();
  await clock.advance(0);
  assert.deepEqual(seen, [3]);
});

test('a read that found no game does not take back one that was made while it was under way', async () => {
  let answer: () => void = () => undefined;
  answering = new Promise((resolve) => {
    answer = resolve;
  });
  versions.set('A', 0).set('B', 0);
  const [made, none] = [watch('A'), watch('B')];
  push('A', 1);
  answer();
  await clock.advance(0);
  assert.deepEqual([made.seen, none.seen], [[1], [null]]);
});

test('commits of this very member need no message', async () => {
  const { updates, seen } = watch('A', 'admin');
  await clock.advance(0);
  hub.committedHere('A', stateOf(2));
  hub.committedHere('A', stateOf(2));
  hub.committedHere('B', stateOf(9));
  assert.deepEqual(seen, [1, 2]);
  assert.equal(updates[1]?.game, viewOf(2, 'admin'));
});

test('a lost push is made up for by reading again', async () => {
  const { seen } = watch('A');
  await clock.advance(0);
  versions.set('A', 7);
  await clock.advance(6_300);
  assert.deepEqual(seen, [1, 7]);
  const { length } = reads;
  await clock.advance(60_000);
  assert.ok(reads.length - length >= 9 && reads.length - length <= 16, `${reads.length - length} reads in a minute`);
});

test('each viewer gets its own view, all of one kind share a read', async () => {
  const all = [watch('A', 'admin'), watch('A', 'public'), watch('A', 'public')];
  await clock.advance(0);
  push('A', 2);
  for (const [index, viewer] of (['admin', 'public', 'public'] as const).entries()) {
    assert.deepEqual(
      all[index]?.updates.map(({ game }) => game),
      [viewOf(1, viewer), viewOf(2, viewer)],
    );
  }
  reads = [];
  hub.reconnected();
  await clock.advance(0);
  assert.deepEqual(reads.sort(), ['A admin', 'A public']);
  assert.equal(subscriptions.size, 1);
});

test('a slot that changes hands has its games read again, at once', async () => {
  watch('A');
  watch('B');
  await clock.advance(0);
  reads = [];
  hub.slotChanged(1);
  await clock.advance(0);
  assert.deepEqual(reads, ['A public']);
});

test('after a reconnect all are read again', async () => {
  const [a, b] = [watch('A'), watch('B')];
  await clock.advance(0);
  versions.set('A', 2).set('B', 3);
  hub.reconnected();
  await clock.advance(0);
  assert.deepEqual(
    [a.seen, b.seen],
    [
      [1, 2],
      [1, 3],
    ],
  );
});

test('reads of one game do not overlap; what asked meanwhile is read after it', async () => {
  watch('A');
  await clock.advance(0);
  reads = [];
  let answer: () => void = () => undefined;
  answering = new Promise((resolve) => {
    answer = resolve;
  });
  for (let time = 0; time < 5; time += 1) hub.slotChanged(1);
  await clock.advance(100);
  assert.equal(reads.length, 1);
  answer();
  await clock.advance(0);
  assert.equal(reads.length, 2, 'once more for all of them');
});

test('no longer alive is told once, until it is again', async () => {
  const { seen } = watch('A');
  await clock.advance(0);
  versions.set('A', 0);
  for (let time = 0; time < 3; time += 1) {
    hub.slotChanged(1);
    await clock.advance(0);
  }
  assert.deepEqual(seen, [1, null]);
  versions.set('A', 5);
  hub.slotChanged(1);
  await clock.advance(0);
  versions.set('A', 0);
  hub.slotChanged(1);
  await clock.advance(0);
  assert.deepEqual(seen, [1, null, 5, null]);
});

test('the same state again is news to whoever was told that there is no game', async () => {
  const { seen } = watch('A');
  await clock.advance(0);
  for (const version of [0, 1]) {
    versions.set('A', version);
    hub.slotChanged(1);
    await clock.advance(0);
  }
  push('A', 1);
  assert.deepEqual(seen, [1, null, 1], 'but only once');
  versions.set('A', 0);
  hub.slotChanged(1);
  await clock.advance(0);
  push('A', 1);
  assert.deepEqual(seen, [1, null, 1, null, 1]);
});

test('an owner that cannot be reached says nothing about the game', async () => {
  const { seen } = watch('A');
  await clock.advance(0);
  versions.set('A', -1);
  hub.slotChanged(1);
  await clock.advance(0);
  assert.deepEqual(seen, [1]);
});

test('who stops hears nothing more; with the last one the subscription and the reading end', async () => {
  const [one, two] = [watch('A'), watch('A')];
  await clock.advance(0);
  one.stop();
  push('A', 2);
  assert.deepEqual([one.seen, two.seen], [[1], [1, 2]]);
  two.stop();
  assert.equal(subscriptions.size, 0);
  reads = [];
  await clock.advance(60_000);
  hub.committedHere('A', stateOf(3));
  assert.deepEqual([reads, two.seen], [[], [1, 2]]);
  two.stop();
});

test('who stops while the first read is under way hears nothing', async () => {
  const { seen, stop } = watch('A');
  stop();
  await clock.advance(0);
  assert.deepEqual([seen, subscriptions.size], [[], 0]);
});

test('watched again, it begins again', async () => {
  watch('A').stop();
  const { seen } = watch('A');
  await clock.advance(0);
  push('A', 2);
  assert.deepEqual([seen, subscriptions.size], [[1, 2], 1]);
});

test('without a connection it subscribes as soon as there is one', async () => {
  connected = false;
  const { seen } = watch('A');
  await clock.advance(0);
  assert.deepEqual([seen, subscriptions.size], [[1], 0]);
  connected = true;
  hub.reconnected();
  await clock.advance(0);
  push('A', 2);
  assert.deepEqual(seen, [1, 2]);
});
