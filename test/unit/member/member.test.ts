/**
 * A little cluster: what is promised holds while members join, drain, crash, are cut off and come back.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { StartRefused } from '../../../src/member/cluster-key.ts';
import { act, allGames, bodyOf, type Joined, LittleCluster, read, SLOTS, start } from './little-cluster.ts';

let cluster: LittleCluster;

beforeEach(() => {
  cluster = new LittleCluster();
});

afterEach(() => cluster.end());

/** How many slots each of these owns, as `by` sees it. */
async function shares(by: Joined): Promise<Record<string, number>> {
  const { members } = await cluster.finish(by.member.cluster());
  return Object.fromEntries(members.map(({ id, slots }) => [id, slots]));
}

/** Reads every game through every one of these members: all are there, at this version. */
async function allThere(members: readonly Joined[], version: number): Promise<void> {
  for (const { member } of members) {
    const answers = await cluster.finish(Promise.all(allGames.map((gameId) => member.execute(read(gameId)))));
    for (const answer of answers)
      assert.deepEqual([answer.status, bodyOf(answer).version], [200, version], answer.body);
  }
}

/** Keeps reading and writing all games through these members until stopped; collects what was no success. */
function traffic(members: readonly Joined[]): {
  stop(): Promise<{ troubles: string[]; applied: Map<string, number> }>;
} {
  let on = true;
  const troubles: string[] = [];
  const applied = new Map<string, number>();
  const clients = members.flatMap(({ member }, index) =>
    allGames
      .filter((_, game) => game % 8 === index)
      .map(async (gameId) => {
        while (on) {
          for (const operation of [act(gameId), read(gameId)]) {
            const answer = await member.execute(operation);
            if (answer.status !== 200) troubles.push(`${gameId} ${operation.kind}: ${answer.body}`);
            else if (operation.kind === 'command') applied.set(gameId, (applied.get(gameId) ?? 0) + 1);
            await new Promise<void>((resolve) => cluster.clock.after(20, resolve));
          }
        }
      }),
  );
  return {
    stop: async () => {
      on = false;
      await cluster.finish(Promise.all(clients));
      return { troubles, applied };
    },
  };
}

/** Every command that was answered is in the store, once. */
async function allApplied(by: Joined, applied: ReadonlyMap<string, number>): Promise<void> {
  for (const [gameId, count] of applied) assert.equal((await cluster.stored(by, gameId)).version, 1 + count, gameId);
}

test('one member alone is a cluster of one', async () => {
  const [alone] = await cluster.of('a');
  assert.ok(alone);
  await cluster.games(alone);
  await allThere([alone], 1);
  assert.deepEqual(await shares(alone), { a: SLOTS });
  assert.equal((await cluster.ask(alone, read('nowhere'))).status, 404);
  const page = await cluster.finish(alone.member.listGames({ viewer: 'admin', limit: 200 }));
  assert.deepEqual([page.games.length, page.partial, page.nextCursor], [allGames.length, false, null]);
});

test('three members share the slots, none more than its part and one; each answers for all', async () => {
  const members = await cluster.of('a', 'b', 'c');
  const [first] = members;
  assert.ok(first);
  const counts = Object.values(await shares(first));
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    SLOTS,
  );
  assert.ok(Math.max(...counts) <= Math.ceil(SLOTS / 3) + 1, counts.join());
  await cluster.games(first);
  await allThere(members, 1);
  for (const { member } of members) {
    const page = await cluster.finish(member.listGames({ viewer: 'admin', limit: 50 }));
    assert.deepEqual([page.games.length, page.partial], [50, false]);
  }
});

test('every answer says who owns the game', async () => {
  const members = await cluster.of('a', 'b', 'c');
  const [first] = members;
  assert.ok(first);
  await cluster.games(first);
  for (const gameId of allGames) {
    const owners = new Set<string | null>();
    for (const one of members) {
      owners.add((await cluster.ask(one, read(gameId))).owner);
      owners.add(one.member.location(gameId).owner);
    }
    assert.equal(owners.size, 1, gameId);
  }
});

test('a game is made once, by whichever member is asked', async () => {
  const members = await cluster.of('a', 'b', 'c');
  const answers = await cluster.finish(Promise.all(members.map(({ member }) => member.execute(start('Once')))));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 201]);
});

test('a key is answered alike by every member', async () => {
  const members = await cluster.of('a', 'b');
  const [first, second] = members;
  assert.ok(first && second);
  await cluster.games(first);
  for (const gameId of allGames.slice(0, 20)) {
    const one = await cluster.ask(first, act(gameId, 'k'));
    const two = await cluster.ask(second, act(gameId, 'k'));
    assert.deepEqual([one.status, one.body], [two.status, two.body]);
    assert.equal((await cluster.stored(first, gameId)).version, 2);
  }
});

test('a joiner is given its share after the delay, not before, and nobody notices', async () => {
  const [first] = await cluster.of('a');
  assert.ok(first);
  await cluster.games(first);
  const clients = traffic([first]);
  const second = cluster.add('b');
  await cluster.finish(cluster.begin(second));
  await cluster.clock.advance(900);
  assert.deepEqual(await shares(first), { a: SLOTS, b: 0 });
  assert.equal(second.member.readiness.ready, false, 'it does not have its share yet');
  const took = await cluster.settled([first, second]);
  assert.ok(took < 1_500, `${took} ms`);
  await cluster.until('b is ready', () => second.member.readiness.ready);
  const { troubles, applied } = await clients.stop();
  assert.deepEqual(troubles, []);
  await allApplied(first, applied);
});

test('what was handed over is served without reading it again', async () => {
  const [first] = await cluster.of('a');
  assert.ok(first);
  await cluster.games(first);
  const written = cluster.buckets.content('sessions').entries.size;
  const second = await cluster.join('b');
  await cluster.settled([first, second]);
  for (const gameId of allGames) {
    const { owner } = await cluster.ask(second, read(gameId));
    const { stamp, commit } = await cluster.stored(first, gameId);
    assert.deepEqual([stamp.owner, commit], ['a', 1], `${gameId} is now of ${owner}, unchanged`);
  }
  assert.equal(cluster.buckets.content('sessions').entries.size, written, 'no barriers: the handoff is the list');
});

test('a drain hands everything off at once, then leaves; nobody notices', async () => {
  const members = await cluster.of('a', 'b', 'c');
  const [first, second, third] = members;
  assert.ok(first && second && third);
  await cluster.games(first);
  const clients = traffic(members);
  await cluster.clock.advance(100);
  const began = cluster.clock.monotonic();
  const drained = first.member.drain();
  assert.deepEqual([first.member.readiness.ready, first.member.draining], [false, true]);
  await cluster.finish(drained);
  assert.ok(cluster.clock.monotonic() - began < 2_000, 'it does not wait for the rebalance delay');
  assert.equal((await shares(second)).a, 0);
  // The gateway goes on forwarding until it is stopped.
  const { troubles, applied } = await clients.stop();
  assert.deepEqual(troubles, []);
  await cluster.finish(first.member.stop());
  await cluster.until('the others have seen it', () => second.member.location('G0').desiredOwner !== 'a');
  assert.ok(!(await cluster.memberKeys()).some((key) => key.startsWith('a.')), 'its key is gone');
  await cluster.settled([second, third]);
  await allApplied(second, applied);
});

test('the last member drains too: what it had is stored', async () => {
  const [alone] = await cluster.of('a');
  assert.ok(alone);
  await cluster.games(alone);
  await cluster.finish(alone.member.drain());
  await cluster.finish(alone.member.stop());
  const next = await cluster.join('b');
  await allThere([next], 1);
});

test('a member may leave the moment it has taken over: what it had not listed yet is not lost', async () => {
  const members = await cluster.of('a', 'b', 'c');
  const [first, second, third] = members;
  assert.ok(first && second && third);
  await cluster.games(first);
  cluster.kill(first);
  await cluster.until('somebody takes over', () => Object.values(ownersSeenBy(second)).every((owner) => owner !== 'a'));
  await cluster.finish(second.member.drain());
  await cluster.finish(second.member.stop());
  await cluster.settled([third]);
  await allThere([third], 1);
});

function ownersSeenBy({ member }: Joined): Record<string, string | null> {
  return Object.fromEntries(allGames.map((gameId) => [gameId, member.location(gameId).owner]));
}

test('after a crash the others take over, and everything acknowledged is there', async () => {
  const members = await cluster.of('a', 'b', 'c');
  const [first, ...others] = members;
  assert.ok(first);
  await cluster.games(first);
  const clients = traffic(others);
  await cluster.clock.advance(300);
  cluster.kill(first);
  const took = await cluster.settled(others);
  assert.ok(took <= 600, `dead within 0.6 s: ${took} ms`);
  const { troubles, applied } = await clients.stop();
  assert.deepEqual(troubles, [], 'clients see latency, not errors');
  assert.ok(others[0]);
  await allApplied(others[0], applied);
  assert.deepEqual(Object.keys(await shares(others[0])), ['b', 'c']);
});

test('two of three crash at once', async () => {
  const members = await cluster.of('a', 'b', 'c');
  const [first, second, third] = members;
  assert.ok(first && second && third);
  await cluster.games(second);
  cluster.kill(first);
  cluster.kill(second);
  await cluster.settled([third], 1_500);
  await allThere([third], 1);
});

test('rounds go on after a crash, each ended once', async () => {
  const members = await cluster.of('a', 'b');
  const [first, second] = members;
  assert.ok(first && second);
  for (const gameId of allGames.slice(0, 10))
    await cluster.ask(first, start(gameId, { settings: { roundSeconds: 2 } }));
  await cluster.clock.advance(3_000);
  cluster.kill(first);
  await cluster.clock.advance(7_000);
  for (const gameId of allGames.slice(0, 10)) {
    const { state, version } = await cluster.stored(second, gameId);
    assert.ok(state.round >= 5, `round ${state.round}`);
    assert.equal(version, state.round, 'nothing but rounds made versions');
    for (let round = 1; round < state.round; round += 1)
      assert.ok(await cluster.finish(second.member.round(gameId, round)));
    assert.equal(await cluster.finish(second.member.round(gameId, state.round)), null);
  }
});

test('a member that is only silent is expelled late; it answers nothing stale, and comes back as a new incarnation', async () => {
  const members = await cluster.of('a', 'b');
  const [first, second] = members;
  assert.ok(first && second);
  await cluster.games(first);
  const before = first.member.self.incarnation;
  first.link.cut();
  const stale = first.member.execute(read('G0'));
  await cluster.clock.advance(2_400);
  assert.equal((await shares(second)).a !== undefined, true, 'it may come back');
  await cluster.settled([second], 1_300);
  assert.equal((await cluster.ask(second, act('G0'))).status, 200);
  const answer = await cluster.finish(stale);
  assert.deepEqual([answer.status, bodyOf(answer).code], [503, 'session_unavailable']);

  first.link.restore();
  await cluster.until('a is back', () => first.member.self.incarnation !== before);
  await cluster.settled(members);
  assert.equal(first.incidents.counts().get('rejoins'), 1);
  assert.equal(bodyOf(await cluster.ask(first, read('G0'))).version, 2);
  assert.deepEqual(first.failures, []);
});

test('a short disconnection is no reason to expel anybody', async () => {
  const members = await cluster.of('a', 'b');
  const [first, second] = members;
  assert.ok(first && second);
  await cluster.games(first);
  const incarnations = await cluster.memberKeys();
  for (let time = 0; time < 5; time += 1) {
    first.link.cut();
    await cluster.clock.advance(120);
    first.link.restore();
    await cluster.clock.advance(500);
  }
  assert.deepEqual(await cluster.memberKeys(), incarnations);
  await allThere(members, 1);
});

test('while NATS is away requests wait; nobody is expelled, nothing is lost, all resumes by itself', async () => {
  const members = await cluster.of('a', 'b', 'c');
  const [first, second] = members;
  assert.ok(first && second);
  await cluster.games(first);
  const incarnations = await cluster.memberKeys();
  cluster.broker.stop();
  const asked = members.flatMap(({ member }) => allGames.slice(0, 5).map((gameId) => member.execute(act(gameId))));
  await cluster.clock.advance(7_000);
  assert.equal(first.member.readiness.ready, false, 'it says so');
  cluster.broker.start();
  for (const { status, body } of await cluster.finish(Promise.all(asked))) assert.equal(status, 200, body);
  await cluster.until('ready again', () => first.member.readiness.ready);
  await cluster.clock.advance(3_000);
  assert.deepEqual(await cluster.memberKeys(), incarnations);
  for (const gameId of allGames.slice(0, 5)) assert.equal((await cluster.stored(first, gameId)).version, 4);
});

test('while NATS is away eventual reads of the owner answer, and say that they may be stale', async () => {
  const [alone] = await cluster.of('a');
  assert.ok(alone);
  await cluster.games(alone);
  cluster.broker.stop();
  await cluster.clock.advance(500);
  const answer = await cluster.ask(alone, read('G0', 'eventual'));
  assert.deepEqual([answer.status, bodyOf(answer).stale], [200, true]);
  const strong = await cluster.ask(alone, read('G0'));
  assert.deepEqual([strong.status, bodyOf(strong).outcome], [503, 'notApplied']);
  const write = await cluster.ask(alone, act('G0'));
  assert.deepEqual([write.status, bodyOf(write).outcome], [503, 'unknown']);
});

test('a command whose gateway lost the owner in the middle is applied once', async () => {
  const members = await cluster.of('a', 'b', 'c');
  const [first, second, third] = members;
  assert.ok(first && second && third);
  await cluster.games(first);
  const ofFirst = allGames.filter((gameId) => first.member.location(gameId).owner === 'a').slice(0, 12);
  const asked = ofFirst.map((gameId, index) => {
    cluster.clock.after(index / 2, () => undefined);
    return second.member.execute(act(gameId, index % 2 === 0 ? `k${index}` : null));
  });
  // Some have reached the owner, some of those were written; no answer has left it.
  await cluster.clock.advance(3);
  cluster.kill(first);
  for (const { status, body } of await cluster.finish(Promise.all(asked))) assert.equal(status, 200, body);
  for (const gameId of ofFirst) assert.equal((await cluster.stored(third, gameId)).version, 2, gameId);
});

test('a second process with the id of a living one must not run', async () => {
  await cluster.of('a', 'b');
  const twin = cluster.add('b');
  const first = cluster.all[1];
  assert.ok(first);
  const address = cluster.bus.addresses.get('b:1');
  const starting = cluster.begin(twin);
  if (address) cluster.bus.addresses.set('b:1', address);
  await assert.rejects(cluster.finish(starting), StartRefused);
  await cluster.clock.advance(1_000);
  assert.equal((await cluster.memberKeys()).length, 2);
});

test('a process that starts again under its old id takes over from its dead predecessor', async () => {
  const members = await cluster.of('a', 'b');
  const [first, second] = members;
  assert.ok(first && second);
  await cluster.games(first);
  cluster.kill(first);
  const again = await cluster.join('a');
  await cluster.settled([again, second]);
  await allThere([again, second], 1);
});

test('a cordoned member hands off and serves as a gateway; un-drained, it takes part again', async () => {
  const members = await cluster.of('a', 'b');
  const [first, second] = members;
  assert.ok(first && second);
  await cluster.games(first);
  assert.equal(await cluster.finish(second.member.setDrain('a', true)), true);
  await cluster.until('all handed off', () => Object.values(ownersSeenBy(second)).every((owner) => owner === 'b'));
  assert.equal(first.member.readiness.ready, false);
  await allThere([first], 1);
  assert.equal(await cluster.finish(second.member.setDrain('a', false)), true);
  await cluster.settled(members);
  assert.equal(first.member.readiness.ready, true);
  assert.equal(await cluster.finish(second.member.setDrain('nobody', true)), false);
});

test('if all are leaving, those who are there still serve', async () => {
  const members = await cluster.of('a', 'b');
  const [first, second] = members;
  assert.ok(first && second);
  await cluster.games(first);
  await cluster.finish(first.member.setDrain('a', true));
  await cluster.finish(first.member.setDrain('b', true));
  await cluster.clock.advance(2_000);
  await allThere(members, 1);
  cluster.kill(first);
  await cluster.until('the other one takes over', () =>
    Object.values(ownersSeenBy(second)).every((one) => one === 'b'),
  );
  await allThere([second], 1);
});

test('a watcher on any member sees versions rise, through a change of owner', async () => {
  const members = await cluster.of('a', 'b', 'c');
  const [first, second, third] = members;
  assert.ok(first && second && third);
  const gameId = allGames.find((id) => first.member.location(id).owner === 'a');
  assert.ok(gameId);
  await cluster.ask(first, start(gameId));
  const seen = new Map<Joined, number[]>(members.map((one) => [one, []]));
  for (const [{ member }, versions] of seen) member.watch(gameId, 'public', ({ version }) => versions.push(version));
  await cluster.clock.advance(100);
  await cluster.ask(second, act(gameId));
  await cluster.clock.advance(50);
  for (const versions of seen.values()) assert.deepEqual(versions, [1, 2]);
  cluster.kill(first);
  await cluster.settled([second, third]);
  await cluster.ask(third, act(gameId));
  await cluster.clock.advance(100);
  assert.deepEqual(
    [seen.get(second), seen.get(third)],
    [
      [1, 2, 3],
      [1, 2, 3],
    ],
  );
});

test('readiness: not before it has its share; a death elsewhere does not take it back', async () => {
  const waiting = cluster.add('z');
  assert.deepEqual(waiting.member.readiness.reasons, ['waiting for NATS']);
  const members = await cluster.of('a', 'b');
  const [first, second] = members;
  assert.ok(first && second);
  cluster.kill(first);
  for (let elapsed = 0; elapsed < 1_500; elapsed += 10) {
    assert.equal(second.member.readiness.ready, true);
    await cluster.clock.advance(10);
  }
});
