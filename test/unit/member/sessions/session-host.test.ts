/**
 * All slots of one incarnation: opened, listed, claimed, rung, listed for others, closed.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { GameState } from '../../../../src/game/state.ts';
import type { RoutedOperation } from '../../../../src/member/contract/rpc.ts';
import { AT_ONCE } from '../../../../src/member/sessions/loads.ts';
import type { Entry } from '../../../../src/ports/store.ts';
import { decode, type Snapshot } from '../../../../src/session/snapshot.ts';
import { held, refused } from '../../../support/faulty-bucket.ts';
import { minotaurRules } from '../../../support/minotaur-rules.ts';
import { Lab } from '../lab.ts';
import { type Hosting, holding as holdingIn, hosting as hostingIn, stashOf, tells as tellsIn } from './host-lab.ts';
import { act, erase, FOREVER, read, start } from './slot-lab.ts';

let lab: Lab;

beforeEach(() => {
  lab = new Lab();
});

const hosting = (name: string, idleMs?: number): Hosting => hostingIn(lab, name, idleMs);
const holding = (name: string, epoch: number, slots: readonly number[], idleMs?: number): Promise<Hosting> =>
  holdingIn(lab, name, epoch, slots, idleMs);
const tells = (owner: Hosting, slot: number, operation: RoutedOperation): Promise<string> =>
  tellsIn(lab, owner, slot, operation);

/** Makes a game whose round ends after `ms` (null: by the default, a minute). */
async function make(
  owner: Hosting,
  slot: number,
  gameId: string,
  ms: number | null = null,
  settings = {},
): Promise<void> {
  const roundEndTime = ms === null ? null : new Date(lab.clock.wall() + ms).toISOString();
  assert.equal(await tells(owner, slot, start({ roundEndTime, settings }, {}, gameId)), '201');
}

async function stored(slot: number, gameId: string): Promise<Snapshot<GameState>> {
  const entry = await lab.finish(lab.bucket('sessions').read(`${slot}.${gameId}`, 100));
  assert.ok(entry !== null);
  return decode(minotaurRules, entry.value);
}

test('after a takeover every session is claimed without anyone asking', async () => {
  const first = await holding('m1', 1, [1, 2]);
  for (const [slot, gameId] of [
    [1, 'A'],
    [1, 'B'],
    [2, 'C'],
  ] as const)
    await make(first, slot, gameId);
  await holding('m2', 2, [1, 2]);
  await lab.clock.advance(50);
  for (const [slot, gameId] of [
    [1, 'A'],
    [1, 'B'],
    [2, 'C'],
  ] as const)
    assert.equal((await stored(slot, gameId)).stamp.owner, 'm2');
});

test('those with the nearest deadline first, those without a clock last', async () => {
  const first = await holding('m1', 1, [1]);
  await make(first, 1, 'never');
  await tells(first, 1, start({ status: 'lobby' }, {}, 'lobby'));
  for (const seconds of [50, 10, 40, 20, 30]) await make(first, 1, `in${seconds}`, seconds * 1_000);
  const next = await holding('m2', 2, [1]);
  await lab.clock.advance(50);
  const claims = next.sessions.sent.map(({ key }) => key).filter((key) => !key.endsWith('barrier'));
  assert.deepEqual(claims, ['1.in10', '1.in20', '1.in30', '1.in40', '1.in50', '1.never', '1.lobby']);
});

test('more sessions than are claimed at once are all claimed', async () => {
  const first = await holding('m1', 1, [1]);
  const ids = Array.from({ length: 150 }, (_, index) => `G${index}`);
  for (const gameId of ids) await make(first, 1, gameId);
  const next = await holding('m2', 2, [1]);
  await lab.clock.advance(100);
  assert.equal(next.host.sessionCount, 150);
  assert.deepEqual(new Set(next.sessions.sent.map(({ key }) => key)).size, 151, 'and the barrier');
});

test('slots that are taken together are shown together', async () => {
  const { host, sessions } = hosting('m1');
  for (const slot of [1, 2, 3]) host.open(slot, 1, null);
  await lab.until('all is listed', () => [1, 2, 3].every((slot) => host.get(slot)?.listed === true));
  const all = { keys: ['1._.barrier'], prefixes: ['1', '2', '3'] };
  assert.deepEqual(sessions.selections, [all, all]);
});

test('a listing that fails is tried again', async () => {
  const { host, sessions, incidents } = hosting('m1');
  sessions.readManyFaults = [
    () => {
      throw new Error('no answers today');
    },
  ];
  host.open(1, 1, null);
  await lab.until('the list', () => host.get(1)?.listed === true);
  assert.equal(incidents.counts().get('failures'), 1);
});

test('a round ends at its time, once, and the next one after it', async () => {
  const owner = await holding('m1', 1, [1]);
  await make(owner, 1, 'A', 1_500, { roundSeconds: 2 });
  await lab.clock.advance(1_499);
  assert.equal((await stored(1, 'A')).state.round, 1);
  await lab.clock.advance(30);
  assert.equal((await stored(1, 'A')).state.round, 2);
  await lab.clock.advance(2_000);
  assert.equal((await stored(1, 'A')).state.round, 3);
  await lab.clock.advance(60_000);
  const { round } = (await stored(1, 'A')).state;
  assert.ok(round >= 31 && round <= 33, `round ${round}`);
});

test('a game has one deadline, however often its slot is listed and however many rounds end before their time', async () => {
  const owner = await holding('m1', 1, [1], 86_400_000);
  const week = { roundSeconds: 604_800 };
  await tells(owner, 1, start({ settings: week, players: { p0: { id: 'p0', displayName: 'Ada' } } }, {}, 'A'));
  await tells(owner, 1, start({ settings: week }, {}, 'B'));
  await tells(owner, 1, start({ status: 'lobby' }, {}, 'lobby'));
  await lab.clock.advance(1_000_000);
  for (let round = 1; round <= 30; round += 1) {
    const commit = act({ type: 'commit_round', round, playerId: 'p0' }, { id: `r${round}` }, 'A');
    assert.equal(await tells(owner, 1, commit), '200');
  }
  assert.equal(owner.host.inspect().deadlines, 2);
  assert.equal(await tells(owner, 1, erase('B')), '204');
  assert.equal(owner.host.inspect().deadlines, 1);
  owner.host.close(1);
  assert.equal(owner.host.inspect().deadlines, 0);
});

/** What is asked of the sessions bucket at one time, at most. */
function mostAtOnce({ sessions }: Hosting): { reads: number; writes: number } {
  const most = { reads: 0, writes: 0 };
  const now = { reads: 0, writes: 0 };
  const counted = async <Result>(kind: 'reads' | 'writes', run: () => Promise<Result>): Promise<Result> => {
    now[kind] += 1;
    most[kind] = Math.max(most[kind], now[kind]);
    try {
      return await run();
    } finally {
      now[kind] -= 1;
    }
  };
  const { read: look, write } = sessions;
  sessions.read = (...of) => counted('reads', () => look.apply(sessions, of));
  sessions.write = (...of) => counted('writes', () => write.apply(sessions, of));
  return most;
}

/** A host that takes over `count` games whose rounds are long over, and one whose round is not. */
async function manyOverdue(count: number): Promise<{ next: Hosting; most: ReturnType<typeof mostAtOnce> }> {
  lab = new Lab(1);
  const first = await holding('m1', 1, [1]);
  const making = Array.from({ length: count }, (_, index) => {
    const roundEndTime = new Date(lab.clock.wall() + 1_000 + index).toISOString();
    return first.host.execute(1, start({ roundEndTime }, {}, `G${index}`), FOREVER);
  });
  await lab.finish(Promise.all(making));
  await make(first, 1, 'far', 600_000);
  first.host.stop();
  await lab.clock.advance(30_000);
  const next = hosting('m2');
  const most = mostAtOnce(next);
  next.host.open(1, 2, null);
  await lab.until('all are known', () => next.host.sessionCount === count + 1);
  return { next, most };
}

test('however many rounds are overdue, only so many games are loaded and written at once', async () => {
  const { next, most } = await manyOverdue(600);
  await lab.until('all rounds', () => next.archive.sent.length === 600);
  assert.ok(most.reads <= AT_ONCE.most, `${most.reads} reads at once`);
  assert.ok(most.writes <= AT_ONCE.most + 64, `${most.writes} writes at once`);
  await lab.clock.advance(100);
  const { loading, ending, deadlines } = next.host.inspect();
  const idle = { running: 0, waiting: 0 };
  assert.deepEqual([loading, ending, deadlines], [{ ...idle, atOnce: loading.atOnce }, idle, 601]);
});

test('whoever waits for a game goes before all that is overdue', async () => {
  const { next } = await manyOverdue(900);
  assert.ok(next.host.inspect().claims > 600);
  assert.equal(await tells(next, 1, read('far')), '200');
  assert.ok(next.host.inspect().claims > 300, 'the others still wait');
});

test('rounds whose records cannot be written keep nobody from other games', async () => {
  const { next } = await manyOverdue(200);
  next.archive.writeFaults = Array.from({ length: 100_000 }, () => async () => ({ kind: 'unknown' }));
  await lab.until('the ends', () => next.host.inspect().ending.running === 64);
  await lab.clock.advance(5_000);
  const { loading, claims } = next.host.inspect();
  assert.deepEqual([loading.running, loading.waiting, claims], [0, 0, 0], 'all are claimed');
  assert.equal(await tells(next, 1, read('far')), '200');
});

test('a claim that the store refuses is told once, tried again after growing pauses, and leaves nothing behind', async () => {
  const first = await holding('m1', 1, [1]);
  await make(first, 1, 'A', 600_000);
  first.host.stop();
  const next = hosting('m2');
  const land = next.sessions.write.bind(next.sessions);
  let isRefused = true;
  next.sessions.write = (key, write) =>
    isRefused && key === '1.A' ? refused(() => land(key, write)) : land(key, write);
  let claims = 0;
  const { read: look } = next.sessions;
  next.sessions.read = (...of) => {
    claims += 1;
    return look.apply(next.sessions, of);
  };
  next.host.open(1, 2, null);
  await lab.clock.advance(60_000);
  assert.ok(claims > 5 && claims < 16, `${claims} claims in a minute`);
  assert.equal(next.incidents.counts().get('unreadable'), 1);
  for (let asked = 0; asked < 100; asked += 1) assert.equal(await tells(next, 1, read('A')), 'moved');
  assert.ok(claims < 16, 'nobody who asks makes it try again');
  const { deadlines, loading, ending } = next.host.inspect();
  assert.deepEqual([deadlines, loading.running, ending.running], [1, 0, 0]);
  isRefused = false;
  await lab.until('the claim', () => next.host.get(1)?.items.get('A')?.live !== null, 120_000);
  assert.equal(await tells(next, 1, read('A')), '200');
});

test('an end of a round that the store refuses is tried again after growing pauses, told once', async () => {
  const owner = await holding('m1', 1, [1]);
  await make(owner, 1, 'A', 1_000);
  owner.archive.writeFaults = Array.from({ length: 100_000 }, () => refused);
  await lab.clock.advance(60_000);
  assert.ok(owner.archive.sent.length > 5 && owner.archive.sent.length < 16, `${owner.archive.sent.length} tries`);
  assert.equal(owner.incidents.counts().get('unreadable'), 1);
  owner.archive.writeFaults = [];
  await lab.until('the end', () => owner.archive.sent.at(-1)?.key === '1.A.1', 120_000);
  await lab.clock.advance(100_000);
  assert.ok((await stored(1, 'A')).state.round >= 2);
});

test('an end of a round that the store refuses is tried once a second at most, however many ask for the game', async () => {
  const owner = await holding('m1', 1, [1]);
  await make(owner, 1, 'A', 1_000);
  const land = owner.sessions.write.bind(owner.sessions);
  let ends = 0;
  owner.sessions.write = (key, write) => {
    const isEnd = key === '1.A' && JSON.parse(new TextDecoder().decode(write.value)).state.round > 1;
    ends += isEnd ? 1 : 0;
    return isEnd ? refused(() => land(key, write)) : land(key, write);
  };
  await lab.clock.advance(10_000);
  const [before, since] = [ends, lab.clock.monotonic()];
  for (let asked = 0; asked < 100; asked += 1) {
    assert.equal(await tells(owner, 1, read('A')), '200', 'it can be read');
    await lab.clock.advance(50);
  }
  const seconds = (lab.clock.monotonic() - since) / 1_000;
  assert.ok(ends > before && ends - before <= seconds + 1, `${ends - before} ends in ${seconds} s`);
});

test('a round that was due while nobody was there ends when its session is claimed', async () => {
  const first = await holding('m1', 1, [1]);
  await make(first, 1, 'A', 1_000);
  first.host.stop();
  await lab.clock.advance(20_000);
  await holding('m2', 2, [1]);
  await lab.clock.advance(50);
  assert.equal((await stored(1, 'A')).state.round, 2);
});

test('a deadline that the former owner moved after the list was made is kept all the same', async () => {
  const zombie = await holding('m1', 1, [1]);
  await make(zombie, 1, 'A', 1_000, { roundSeconds: 5 });
  const next = hosting('m2');
  const claim = held();
  const write = next.sessions.write.bind(next.sessions);
  // The barriers go through, the claim waits.
  next.sessions.write = (key, given) => {
    if (key === '1.A') next.sessions.writeFaults = [claim.fault];
    next.sessions.write = key === '1.A' ? write : next.sessions.write;
    return write(key, given);
  };
  next.host.open(1, 2, null);
  await lab.until('the list', () => next.host.get(1)?.listed === true);
  await lab.until('the claim', () => next.sessions.sent.some(({ key }) => key === '1.A'));
  await lab.clock.advance(1_010);
  assert.equal((await stored(1, 'A')).state.round, 2, 'the zombie ended the round; the next one ends 5 s later');
  claim.release();
  await lab.clock.advance(100);
  zombie.host.stop();
  assert.equal((await stored(1, 'A')).stamp.owner, 'm2');
  await lab.clock.advance(5_000);
  assert.equal((await stored(1, 'A')).state.round, 3);
});

test('what came with doubts is served at once, and listed within 3 s: what NATS has lost of it is found', async () => {
  for (const doubtful of [true, false]) {
    lab = new Lab();
    const first = await holding('m1', 1, [1]);
    await make(first, 1, 'A');
    const older = lab.buckets.content('sessions').entries.get('1.A');
    assert.equal(await tells(first, 1, act(undefined, {}, 'A')), '200');
    await lab.finish(first.host.get(1)?.freeze(400) ?? Promise.resolve());
    const next = hosting('m2');
    next.host.open(1, 2, { ...stashOf(first, 1), doubtful });
    assert.equal(next.host.get(1)?.certain, !doubtful);
    assert.equal(await tells(next, 1, read('A')), '200');
    assert.ok(older);
    (lab.buckets.content('sessions').entries as Map<string, Entry>).set('1.A', older);
    await lab.clock.advance(3_500);
    assert.deepEqual(
      [next.host.get(1)?.certain, next.incidents.counts().get('rollbacks')],
      [true, doubtful ? 1 : undefined],
    );
    next.host.stop();
  }
});

test('a session that was handed over keeps its clock', async () => {
  const first = await holding('m1', 1, [1]);
  await make(first, 1, 'A', 3_000);
  await lab.finish(first.host.get(1)?.freeze(400) ?? Promise.resolve());
  const next = hosting('m2');
  next.host.open(1, 2, stashOf(first, 1));
  first.host.close(1);
  assert.equal(await tells(next, 1, read('A')), '200');
  assert.equal(next.sessions.sent.length, 0);
  await lab.clock.advance(3_010);
  assert.equal((await stored(1, 'A')).state.round, 2);
});

test('a session that was handed over in doubt is claimed at once, and in no page before', async () => {
  const first = await holding('m1', 1, [1]);
  await make(first, 1, 'A');
  const slow = held();
  first.sessions.writeFaults = [slow.fault];
  void first.host.execute(1, act(undefined, {}, 'A'), FOREVER);
  await lab.clock.advance(1);
  await lab.finish(first.host.get(1)?.freeze(50) ?? Promise.resolve());
  const next = hosting('m2');
  const claim = held();
  next.sessions.writeFaults = [claim.fault];
  next.host.open(1, 2, stashOf(first, 1));
  first.host.close(1);
  await lab.clock.advance(50);
  const all = { status: null, listedOnly: false, limit: 10, cursor: null };
  assert.deepEqual(next.host.page(all), { slots: [], games: [] });
  claim.release();
  await lab.clock.advance(50);
  assert.equal((await stored(1, 'A')).stamp.owner, 'm2');
  assert.deepEqual(next.host.page(all).slots, [1]);
  slow.release();
});

test('a game whose erasure is under way when its slot is handed over keeps no page incomplete', async () => {
  const first = await holding('m1', 1, [1]);
  await make(first, 1, 'A');
  const slow = held();
  first.archive.writeFaults = Array.from({ length: 10 }, () => slow.fault);
  const erasing = first.host.execute(1, erase('A'), FOREVER);
  await lab.until('the marker', () => lab.buckets.content('sessions').entries.get('1.A')?.deleted === true);
  await lab.finish(first.host.get(1)?.freeze(50) ?? Promise.resolve());
  const next = hosting('m2');
  next.host.open(1, 2, stashOf(first, 1));
  first.host.close(1);
  await lab.clock.advance(50);
  assert.equal(await tells(next, 1, read('A')), '404 game_not_alive');
  assert.deepEqual(next.host.page({ status: null, listedOnly: false, limit: 10, cursor: null }).slots, [1]);
  slow.release();
  assert.equal((await lab.finish(erasing)).kind, 'moved');
});

test('a round that is due while its slot is frozen ends after the thaw', async () => {
  const owner = await holding('m1', 1, [1]);
  await make(owner, 1, 'A', 500);
  await lab.finish(owner.host.get(1)?.freeze(100) ?? Promise.resolve());
  await lab.clock.advance(900);
  assert.equal((await stored(1, 'A')).state.round, 1);
  owner.host.get(1)?.unfreeze();
  await lab.clock.advance(100);
  assert.equal((await stored(1, 'A')).state.round, 2);
});

test('a closed slot rings no more and answers nothing', async () => {
  const owner = await holding('m1', 1, [1, 2]);
  await make(owner, 1, 'A', 500);
  owner.host.close(1);
  await lab.clock.advance(1_000);
  assert.equal((await stored(1, 'A')).state.round, 1);
  assert.equal(await tells(owner, 1, read('A')), 'moved');
  assert.deepEqual([owner.host.get(1), owner.host.sessionCount], [undefined, 0]);
});

test('a claim that lands after its slot was closed leaves nothing behind', async () => {
  await make(await holding('m1', 1, [1]), 1, 'A', 60_000);
  const next = hosting('m2');
  const claim = held();
  const write = next.sessions.write.bind(next.sessions);
  let isSent = false;
  next.sessions.write = (key, what) => {
    if (key !== '1.A') return write(key, what);
    isSent = true;
    return claim.fault(() => write(key, what));
  };
  next.host.open(1, 2, null);
  await lab.until('the claim is sent', () => isSent);
  next.host.close(1);
  claim.release();
  await lab.clock.advance(100);
  assert.deepEqual([next.host.inspect().deadlines, next.updated], [0, []]);
  assert.equal((await stored(1, 'A')).stamp.owner, 'm2', 'it has landed');
});

test('after stop nothing is hosted, rung or written', async () => {
  const owner = await holding('m1', 1, [1]);
  await make(owner, 1, 'A', 500);
  const { length } = owner.sessions.sent;
  owner.host.stop();
  await lab.clock.advance(700_000);
  assert.equal(owner.sessions.sent.length, length);
  assert.equal(await tells(owner, 1, read('A')), 'moved');
});

test('a session that a late write brought into the slot is found by the next list', async () => {
  const owner = await holding('m1', 1, [1]);
  const elsewhere = await holding('m0', 1, [9]);
  await make(elsewhere, 9, 'A', 500);
  const entry = await lab.finish(lab.bucket('sessions').read('9.A', 100));
  assert.ok(entry !== null);
  const { value, headers } = entry;
  await lab.finish(lab.bucket('sessions').write('1.A', { value, headers, expected: 0, timeoutMs: 100 }));
  elsewhere.host.stop();
  assert.equal(await tells(owner, 1, read('A')), '404 game_not_alive');
  await lab.clock.advance(301_000);
  assert.equal(await tells(owner, 1, read('A')), '200');
  assert.ok((await stored(1, 'A')).state.round > 1, 'and its clock runs');
});

test('a page: committed games in order, filtered, cut, and only of slots that are known whole', async () => {
  const owner = await holding('m1', 1, [1, 2]);
  await make(owner, 1, 'D', null, { listed: true });
  await make(owner, 2, 'B');
  await make(owner, 1, 'A', null, { listed: true });
  await tells(owner, 2, start({ status: 'lobby', settings: { listed: true } }, {}, 'C'));
  const all = { status: null, listedOnly: false, limit: 10, cursor: null };
  const ids = (query: Parameters<typeof owner.host.page>[0]) => owner.host.page(query).games.map(({ id }) => id);
  assert.deepEqual(ids(all), ['A', 'B', 'C', 'D']);
  assert.deepEqual(ids({ ...all, limit: 2 }), ['A', 'B']);
  assert.deepEqual(ids({ ...all, cursor: 'B' }), ['C', 'D']);
  assert.deepEqual(ids({ ...all, status: 'lobby' }), ['C']);
  assert.deepEqual(ids({ ...all, listedOnly: true }), ['A', 'C', 'D']);
  const now = lab.clock.wall();
  assert.deepEqual(
    [ids({ ...all, idleSince: now + 1 }), ids({ ...all, idleSince: now - 60_000 })],
    [['A', 'B', 'C', 'D'], []],
  );
  assert.deepEqual([ids({ ...all, suspended: false }), ids({ ...all, suspended: true })], [['A', 'B', 'C', 'D'], []]);
  assert.deepEqual(owner.host.page(all).slots, [1, 2]);
  const [a, , c] = owner.host.page(all).games;
  assert.deepEqual([typeof a?.roundEndTime, c?.roundEndTime], ['string', null]);

  await lab.finish(owner.host.get(2)?.freeze(50) ?? Promise.resolve());
  owner.host.open(3, 1, null);
  assert.deepEqual(owner.host.page(all).slots, [1], 'one is frozen, one is not listed yet');
  assert.deepEqual(ids(all), ['A', 'D']);
});

test('a game that is not committed yet is in no page and no count', async () => {
  const owner = await holding('m1', 1, [1]);
  const slow = held();
  owner.sessions.writeFaults = [slow.fault];
  const made = owner.host.execute(1, start({}, {}, 'A'), FOREVER);
  await lab.clock.advance(5);
  const all = { status: null, listedOnly: false, limit: 10, cursor: null };
  assert.deepEqual([owner.host.page(all).games, owner.host.sessionCount], [[], 0]);
  slow.release();
  await lab.finish(made);
  assert.deepEqual([owner.host.page(all).games.length, owner.host.sessionCount], [1, 1]);
});

test('every commit is told on this member; published only while another one watches', async () => {
  const owner = await holding('m1', 1, [1]);
  await make(owner, 1, 'A');
  await tells(owner, 1, act(undefined, {}, 'A'));
  assert.deepEqual([owner.updated, owner.published], [['A', 'A'], []]);
  owner.host.publishFor('A');
  await tells(owner, 1, act(undefined, {}, 'A'));
  assert.deepEqual(owner.published, [{ gameId: 'A', version: 3 }]);
  await lab.clock.advance(15_001);
  await tells(owner, 1, act({ type: 'commit_round', round: 1, playerId: 'p' }, {}, 'A'));
  assert.equal(owner.published.length, 1, 'interest has to be renewed');
});

test('idle sessions leave memory, but not the list, and their clock goes on', async () => {
  const owner = await holding('m1', 1, [1], 1_000);
  await make(owner, 1, 'A', 5_000);
  await lab.clock.advance(2_000);
  assert.equal(owner.host.get(1)?.items.get('A')?.live, null);
  assert.equal(owner.host.sessionCount, 1);
  await lab.clock.advance(3_050);
  assert.equal((await stored(1, 'A')).state.round, 2);
});

test('a watcher that throws costs nobody a commit: it is reported, the session stays', async () => {
  let throws = false;
  const owner = hostingIn(lab, 'm1', 60_000, () => {
    if (throws) throw new Error('a watcher failed');
  });
  owner.host.open(1, 1, null);
  await lab.until('it is listed', () => owner.host.get(1)?.listed === true);
  assert.equal(await tells(owner, 1, start({}, {}, 'A')), '201');
  throws = true;
  const live = owner.host.get(1)?.items.get('A')?.live;
  assert.equal(await tells(owner, 1, act(undefined, {}, 'A')), '200');
  assert.equal(owner.host.get(1)?.items.get('A')?.live, live, 'the same session, still in memory');
  assert.deepEqual(
    [owner.incidents.counts().get('failures'), owner.incidents.counts().get('unreadable')],
    [1, undefined],
  );
});
