/**
 * A little cluster in trouble: members crash, fall silent, come back; NATS goes away. What was acknowledged is there.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { StartRefused } from '../../../src/member/membership/cluster-key.ts';
import { ADMIN } from '../../../src/session/permission.ts';
import { allApplied, allThere, ownersSeenBy, shares, traffic } from './cluster-traffic.ts';
import { act, allGames, bodyOf, LittleCluster, read, start } from './little-cluster.ts';

let cluster: LittleCluster;

beforeEach(() => {
  cluster = new LittleCluster();
});

afterEach(() => cluster.end());

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
  await allThere(cluster, [third], 1);
});

test('after a crash the others take over, and everything acknowledged is there', async () => {
  const members = await cluster.of('a', 'b', 'c');
  const [first, ...others] = members;
  assert.ok(first);
  await cluster.games(first);
  const clients = traffic(cluster, others);
  await cluster.clock.advance(300);
  cluster.kill(first);
  const took = await cluster.settled(others);
  assert.ok(took <= 600, `dead within 0.6 s: ${took} ms`);
  const { troubles, applied } = await clients.stop();
  assert.deepEqual(troubles, [], 'clients see latency, not errors');
  assert.ok(others[0]);
  await allApplied(cluster, others[0], applied);
  assert.deepEqual(Object.keys(await shares(cluster, others[0])), ['b', 'c']);
});

test('two of three crash at once', async () => {
  const members = await cluster.of('a', 'b', 'c');
  const [first, second, third] = members;
  assert.ok(first && second && third);
  await cluster.games(second);
  cluster.kill(first);
  cluster.kill(second);
  await cluster.settled([third], 1_500);
  await allThere(cluster, [third], 1);
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
    const subject = { gameId, caller: ADMIN, may: ['admin'] } as const;
    for (let round = 1; round < state.round; round += 1)
      assert.equal((await cluster.finish(second.member.round({ ...subject, round }))).status, 200);
    assert.equal((await cluster.finish(second.member.round({ ...subject, round: state.round }))).status, 404);
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
  assert.equal((await shares(cluster, second)).a !== undefined, true, 'it may come back');
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
  await allThere(cluster, members, 1);
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
  const { ready, reasons } = first.member.readiness;
  assert.deepEqual(
    [ready, reasons],
    [true, ['NATS acknowledges no renewals']],
    'it says so, and stays: all wait alike',
  );
  cluster.broker.start();
  for (const { status, body } of await cluster.finish(Promise.all(asked))) assert.equal(status, 200, body);
  await cluster.until('ready again', () => first.member.readiness.ready);
  await cluster.clock.advance(3_000);
  assert.deepEqual(await cluster.memberKeys(), incarnations);
  for (const gameId of allGames.slice(0, 5)) assert.equal((await cluster.stored(first, gameId)).version, 4);
});

test('what NATS lost while it was away is found out though nobody touches it', async () => {
  const [alone] = await cluster.of('a');
  assert.ok(alone);
  await cluster.games(alone);
  await cluster.clock.advance(1_000);
  const since = cluster.clock.monotonic();
  await cluster.clock.advance(10);
  for (const gameId of ['G0', 'G1']) assert.equal((await cluster.ask(alone, act(gameId))).status, 200);
  await cluster.clock.advance(10);
  cluster.broker.stop();
  cluster.buckets.content('sessions').rollBack(since);
  cluster.broker.start();
  await cluster.until('it says so', () => alone.incidents.counts().get('rollbacks') === 2, 5_000);
  const asked = cluster.clock.monotonic();
  assert.equal(bodyOf(await cluster.ask(alone, read('G0'))).version, 1);
  assert.ok(cluster.clock.monotonic() - asked < 300, 'as soon as a game whose owner is there answers');
  await cluster.clock.advance(10_000);
  assert.equal(alone.incidents.counts().get('rollbacks'), 2);
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
  await allThere(cluster, [again, second], 1);
});

test('readiness: who alone hears nothing of NATS goes, those who all hear nothing stay, for half a minute', async () => {
  const members = await cluster.of('a', 'b', 'c');
  const [first] = members;
  assert.ok(first);
  const ready = () => members.map(({ member }) => member.readiness.ready);
  const waited = async (ms: number) => {
    // Asked as a supervisor does: it is when it is asked that it looks.
    for (let time = 0; time < ms; time += 500) {
      ready();
      await cluster.clock.advance(500);
    }
    return ready();
  };
  first.link.cut();
  assert.deepEqual(await waited(8_000), [false, true, true]);
  assert.deepEqual(first.member.readiness.reasons, ['NATS acknowledges no renewals']);
  first.link.restore();
  await cluster.until('ready again', () => first.member.readiness.ready);
  await cluster.settled(members);
  cluster.broker.stop();
  for (let time = 0; time < 29_000; time += 1_000)
    assert.deepEqual(await waited(1_000), [true, true, true], `${time} ms`);
  assert.deepEqual(await waited(3_000), [false, false, false]);
  cluster.broker.start();
  await cluster.until('all are ready again', () => ready().every((one) => one));
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
