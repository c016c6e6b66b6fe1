/**
 * Watched games: pushes may come twice, late or never; what a listener gets only rises.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Answer, EventsQuery, GameUpdate } from '../../../../src/member/contract/gateway.ts';
import type { MemberOperation } from '../../../../src/member/contract/rpc.ts';
import { encodeUpdate } from '../../../../src/member/contract/updates.ts';
import { WatchHub, type WatchHubContext } from '../../../../src/member/gateway/watch-hub.ts';
import type { Messaging } from '../../../../src/ports/messaging.ts';
import { CommittedGame } from '../../../../src/session/committed-game.ts';
import { ADMIN, type Caller } from '../../../../src/session/permission.ts';
import type { Rules } from '../../../../src/session/rules.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { manualRandom } from '../../../support/manual-time.ts';
import { OVER, type TinyState, tinyRules, tinyState } from '../../../support/tiny-rules.ts';
import { writing } from '../../../support/written.ts';
import { bytes } from '../lab.ts';

const rules = tinyRules as Rules<TinyState, unknown>;
const p0: Caller = { kind: 'player', playerId: 'p0', nonce: 'n', generation: 1 };

let clock: ManualClock;
let hub: WatchHub<TinyState>;
/** The committed version of each game; 0: not alive; below: its owner cannot be reached. */
let versions: Map<string, number>;
/** Games that are over. */
let over: Set<string>;
let reads: string[];
/** Who was said to watch as the game's host, in each read. */
let hosts: (Caller | undefined)[];
let fetched: EventsQuery[];
let broken: string[];
/** Reads that are answered with something that is no update. */
let garbled: number;
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
  over = new Set();
  reads = [];
  hosts = [];
  fetched = [];
  broken = [];
  garbled = 0;
  answering = Promise.resolve();
  subscriptions = new Map();
  connected = true;
  hub = new WatchHub<TinyState>(context());
});

function context(): WatchHubContext<TinyState> {
  return {
    clock,
    random: manualRandom(),
    rules,
    now: () => clock.wall(),
    self: 'm1',
    slotOf: (gameId) => (gameId === 'A' ? 1 : 2),
    broken: (gameId) => broken.push(gameId),
    messaging: () => (connected ? (messaging as Messaging) : null),
    read,
    events: async (query) => {
      fetched.push(query);
      const events = Array.from({ length: 9 - query.after }, (_, index) => ({ seq: query.after + 1 + index }));
      return { status: 200, body: JSON.stringify({ events, latest: 9, truncated: false }), owner: 'm1' };
    },
  };
}

const messaging: Pick<Messaging, 'subscribe'> = {
  subscribe: (slot, gameId, handler) => {
    const name = `${slot}.${gameId}`;
    assert.ok(!subscriptions.has(name), 'one subscription a game');
    subscriptions.set(name, handler);
    return { stop: () => subscriptions.delete(name) };
  },
};

function stateOf(gameId: string, version: number, parts: Partial<TinyState> = {}): CommittedGame<TinyState> {
  const total = over.has(gameId) ? OVER : version;
  return new CommittedGame(rules, { ...tinyState, total, ...parts }, version);
}

async function read(operation: MemberOperation): Promise<Answer> {
  assert.ok(operation.kind === 'state');
  hosts.push(operation.host);
  reads.push(operation.gameId);
  await answering;
  const version = versions.get(operation.gameId) ?? 0;
  if (version === 0) return { status: 404, body: '{}', owner: null };
  if (version < 0) return { status: 503, body: '{}', owner: null };
  if (garbled > 0) {
    garbled -= 1;
    return { status: 200, body: 'x', owner: 'm1' };
  }
  return { status: 200, body: encodeUpdate(rules, stateOf(operation.gameId, version), writing(2)), owner: 'm1' };
}

function push(gameId: string, version: number, parts: Partial<TinyState> = {}): void {
  const update = encodeUpdate(rules, stateOf(gameId, version, parts), writing(2));
  subscriptions.get(`${gameId === 'A' ? 1 : 2}.${gameId}`)?.(bytes(update));
}

/** Watches, and collects the versions that come; null for no longer alive. */
function watch(gameId: string, caller: Caller = ADMIN, after: number | null = null, since = 0) {
  const seen: (number | null)[] = [];
  const updates: GameUpdate[] = [];
  const stop = hub.watch({ gameId, caller, since, after }, (update) => {
    updates.push(update);
    if (update.kind === 'presence') return;
    if (update.kind !== 'refused') seen.push(update.kind === 'gone' ? null : update.version);
  });
  return { seen, updates, stop };
}

/** Versions of the updates that start over. */
function resets(updates: readonly GameUpdate[]): number[] {
  return updates.flatMap((update) => (update.kind === 'state' && update.reset ? [update.version] : []));
}

test('the first state comes soon after the call', async () => {
  const { updates } = watch('A');
  await clock.advance(0);
  const game = '{"total":1,"size":0,"round":1}';
  assert.deepEqual(updates, [
    { kind: 'state', version: 1, reset: false, view: 'admin', game, events: ['{"seq":1}'], seq: 1 },
  ]);
});

test('pushes come as they are made; what is not newer is dropped', async () => {
  const { seen } = watch('A');
  await clock.advance(0);
  for (const version of [2, 2, 1, 4, 3, 5]) push('A', version);
  assert.deepEqual(seen, [1, 2, 4, 5]);
});

test('the owner is told that the host watches, with each read, for as long as it does', async () => {
  const host: Caller = { kind: 'player', playerId: 'host', nonce: 'n', generation: 1 };
  watch('A');
  watch('A', p0);
  const { stop } = watch('A', host);
  await clock.advance(0);
  hosts = [];
  await clock.advance(6_500);
  assert.deepEqual(hosts, [host], 'others who watch are not named');
  stop();
  hosts = [];
  await clock.advance(6_500);
  assert.deepEqual(hosts, [undefined, undefined], 'as he went, and the next time');
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

test('after a strong read that goes back it starts over with what that shows', async () => {
  versions.set('A', 9);
  const { seen, updates } = watch('A');
  await clock.advance(10);
  versions.set('A', 2);
  push('A', 2);
  assert.deepEqual(seen, [9], 'a push may only be late');
  await clock.advance(7_000);
  assert.deepEqual([seen, resets(updates)], [[9, 2], [2]]);
  versions.set('A', 3);
  push('A', 3);
  await clock.advance(7_000);
  assert.deepEqual([seen, resets(updates)], [[9, 2, 3], [2]]);
});

test('who had more than there is starts over at once; who had less, or just that, does not', async () => {
  versions.set('A', 5);
  const [ahead, even, behind] = [watch('A', ADMIN, null, 9), watch('A', p0, null, 5), watch('A', p0, null, 4)];
  await clock.advance(0);
  assert.deepEqual([ahead.seen, resets(ahead.updates)], [[5], [5]]);
  for (const { seen, updates } of [even, behind]) assert.deepEqual([seen, resets(updates)], [[5], []]);
});

test('a push before the first read proves nothing; the read does', async () => {
  let answer: () => void = () => undefined;
  answering = new Promise((resolve) => {
    answer = resolve;
  });
  versions.set('A', 5);
  const { seen, updates } = watch('A', ADMIN, null, 9);
  push('A', 5);
  assert.deepEqual([seen, resets(updates)], [[5], []]);
  answer();
  await clock.advance(0);
  assert.deepEqual([seen, resets(updates)], [[5, 5], [5]]);
});

test('a read that was begun before the newest push is no proof', async () => {
  const { seen, updates } = watch('A');
  await clock.advance(0);
  let answer: () => void = () => undefined;
  answering = new Promise((resolve) => {
    answer = resolve;
  });
  hub.slotChanged(1);
  await clock.advance(0);
  push('A', 2);
  answer();
  await clock.advance(0);
  assert.deepEqual([seen, resets(updates)], [[1, 2], []]);
});

test('what cannot be read is reported, and the next one counts', async () => {
  garbled = 1;
  const { seen } = watch('A');
  await clock.advance(10);
  subscriptions.get('1.A')?.(bytes('x'));
  assert.deepEqual([seen, broken], [[], ['A', 'A']]);
  await clock.advance(7_000);
  assert.deepEqual(seen, [1]);
});

test('commits of this very member need no message', async () => {
  const { seen } = watch('A');
  await clock.advance(0);
  for (const version of [2, 2]) hub.committedHere('A', stateOf('A', version));
  hub.committedHere('B', stateOf('B', 9));
  assert.deepEqual(seen, [1, 2]);
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

test('each sees it with its own eyes; all share one read and one subscription', async () => {
  const all = [watch('A', ADMIN), watch('A', p0), watch('A', p0)];
  await clock.advance(0);
  assert.deepEqual(reads, ['A', 'A'], 'one, and one more for those who came while it was under way');
  push('A', 2);
  for (const [index, game] of [
    '{"total":2,"size":0,"round":1}',
    '{"total":2,"round":1}',
    '{"total":2,"round":1}',
  ].entries()) {
    const update = all[index]?.updates[1];
    assert.ok(update?.kind === 'state' && update.game === game);
  }
  reads = [];
  hosts = [];
  hub.reconnected();
  await clock.advance(0);
  assert.deepEqual([reads, subscriptions.size], [['A'], 1]);
});

test('whose token holds no more is refused, the others go on', async () => {
  const [admin, player] = [watch('A'), watch('A', p0)];
  await clock.advance(0);
  for (const version of [2, 3]) push('A', version, { generation: 2 });
  assert.deepEqual([admin.seen, player.seen], [[1, 2, 3], [1]]);
  assert.deepEqual(
    player.updates.slice(1).map((update) => update.kind === 'refused' && update.code),
    ['unauthorized'],
  );
});

test('events of rounds that are over are fetched for the one who lacks them', async () => {
  const [early, late] = [watch('A', p0, 0), watch('A', ADMIN, null)];
  await clock.advance(0);
  push('A', 2, { round: 2 });
  assert.equal(fetched.length, 0);
  push('A', 3, { round: 9 });
  await clock.advance(0);
  const asked = fetched.map(({ gameId, caller, after }) => `${gameId} ${caller.kind} ${after}`);
  assert.deepEqual(asked, ['A player 2', 'A admin 2']);
  for (const { seen } of [early, late]) assert.deepEqual(seen, [1, 2, 3]);
});

test('a game that is over: its last state, then gone, and nothing more at any re-reading', async () => {
  const { seen } = watch('A');
  await clock.advance(0);
  over.add('A');
  versions.set('A', 2);
  push('A', 2);
  await clock.advance(60_000);
  hub.slotChanged(1);
  await clock.advance(0);
  assert.deepEqual(seen, [1, 2, null]);
  const late = watch('A');
  await clock.advance(60_000);
  assert.deepEqual(late.seen, [2, null], 'from the archive');
  assert.deepEqual(seen, [1, 2, null]);
});

test('a slot that changes hands has its games read again, at once', async () => {
  watch('A');
  watch('B');
  await clock.advance(0);
  reads = [];
  hosts = [];
  hub.slotChanged(1);
  await clock.advance(0);
  assert.deepEqual(reads, ['A']);
});

test('after a reconnect all are read again', async () => {
  const [a, b] = [watch('A'), watch('B')];
  await clock.advance(0);
  versions.set('A', 2).set('B', 3);
  hub.reconnected();
  await clock.advance(2);
  assert.deepEqual(a.seen, [1, 2]);
  assert.deepEqual(b.seen, [1, 3]);
});

test('many games are read again a few at once, spread over some time, each once', async () => {
  const ids = Array.from({ length: 2_000 }, (_, index) => `G${index}`);
  let hashed = 0;
  let running = 0;
  let most = 0;
  hub = new WatchHub<TinyState>({
    ...context(),
    slotOf: (gameId) => {
      hashed += 1;
      return Number(gameId.slice(1)) % 256;
    },
    read: async (operation) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => clock.after(40, resolve));
      running -= 1;
      versions.set(operation.gameId, 1);
      return read(operation);
    },
  });
  for (const gameId of ids) watch(gameId);
  await clock.advance(50);
  [reads, most, hashed] = [[], 0, 0];
  for (let time = 0; time < 3; time += 1) hub.reconnected();
  for (let slot = 0; slot < 256; slot += 1) hub.slotChanged(slot);
  await clock.advance(200);
  assert.ok(reads.length < 400, `${reads.length} reads in 200 ms`);
  await clock.advance(3_400);
  assert.deepEqual([new Set(reads).size, hashed], [2_000, 0]);
  assert.ok(most <= 32 + 2, `${most} at once`);
});

test('a read that throws is told, and the next one is made all the same', async () => {
  let isSick = true;
  hub = new WatchHub<TinyState>({
    ...context(),
    read: (operation) => (isSick ? Promise.reject(new Error('sick')) : read(operation)),
  });
  const { seen } = watch('A');
  await clock.advance(0);
  assert.deepEqual([broken, seen], [['A'], []]);
  isSick = false;
  hub.slotChanged(1);
  await clock.advance(0);
  assert.deepEqual(seen, [1]);
});

test('reads of one game do not overlap; what asked meanwhile is read after it', async () => {
  watch('A');
  await clock.advance(0);
  reads = [];
  hosts = [];
  let answer: () => void = () => undefined;
  answering = new Promise((resolve) => {
    answer = resolve;
  });
  hub.slotChanged(1);
  await clock.advance(0);
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
  hosts = [];
  await clock.advance(60_000);
  hub.committedHere('A', stateOf('A', 3));
  assert.deepEqual([reads, two.seen], [[], [1, 2]]);
  two.stop();
});

test('who stops while the first read is under way hears nothing', async () => {
  const { seen, stop } = watch('A');
  stop();
  await clock.advance(0);
  assert.deepEqual([seen, subscriptions.size], [[], 0]);
});

test('who stops while its events are fetched hears nothing', async () => {
  const { seen, stop } = watch('A', ADMIN, 0);
  await clock.advance(0);
  push('A', 2, { round: 9 });
  stop();
  await clock.advance(0);
  assert.deepEqual([fetched.length, seen], [1, [1]]);
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

test('a watcher that throws costs the others nothing', async () => {
  const failing = hub.watch({ gameId: 'A', caller: ADMIN, after: null, since: 0 }, () => {
    throw new Error('a socket failed');
  });
  const { seen } = watch('A');
  await clock.advance(0);
  push('A', 2);
  hub.committedHere('A', stateOf('A', 3));
  versions.set('A', 0);
  await clock.advance(7_000);
  assert.deepEqual(seen, [1, 2, 3, null]);
  assert.ok(broken.length > 0);
  failing();
});

test('a read that fails is made again', async () => {
  answering = Promise.reject(new Error('no answer at all'));
  const { seen } = watch('A');
  await clock.advance(1_000);
  assert.deepEqual([seen, broken], [[], ['A']]);
  answering = Promise.resolve();
  await clock.advance(7_000);
  assert.deepEqual(seen, [1]);
});
