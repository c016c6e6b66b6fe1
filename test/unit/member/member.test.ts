/**
 * A little cluster at work: members join, share, hand over, drain; clients do not notice.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { type Answer, MemberSilent, type Operation, OrderVoid } from '../../../src/member/contract/gateway.ts';
import { ADMIN, PUBLIC } from '../../../src/session/permission.ts';
import { allApplied, allThere, ownersSeenBy, shares, traffic } from './cluster-traffic.ts';
import { act, allGames, type Joined, LittleCluster, read, SLOTS, start } from './little-cluster.ts';

let cluster: LittleCluster;

beforeEach(() => {
  cluster = new LittleCluster();
});

afterEach(() => cluster.end());

test('one member alone is a cluster of one', async () => {
  const [alone] = await cluster.of('a');
  assert.ok(alone);
  await cluster.games(alone);
  await allThere(cluster, [alone], 1);
  assert.deepEqual(await shares(cluster, alone), { a: SLOTS });
  assert.equal((await cluster.ask(alone, read('nowhere'))).status, 404);
  const page = await cluster.finish(alone.member.listGames({ caller: ADMIN, limit: 200 }));
  assert.deepEqual([page.games.length, page.partial, page.nextCursor], [allGames.length, false, null]);
});

test('three members share the slots, none more than its part and one; each answers for all', async () => {
  const members = await cluster.of('a', 'b', 'c');
  const [first] = members;
  assert.ok(first);
  const counts = Object.values(await shares(cluster, first));
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    SLOTS,
  );
  assert.ok(Math.max(...counts) <= Math.ceil(SLOTS / 3) + 1, counts.join());
  await cluster.games(first);
  await allThere(cluster, members, 1);
  for (const { member } of members) {
    const page = await cluster.finish(member.listGames({ caller: ADMIN, limit: 50 }));
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
  const clients = traffic(cluster, [first]);
  const second = cluster.add('b');
  await cluster.finish(cluster.begin(second));
  await cluster.clock.advance(900);
  assert.deepEqual(await shares(cluster, first), { a: SLOTS, b: 0 });
  assert.equal(second.member.readiness.ready, false, 'it does not have its share yet');
  const took = await cluster.settled([first, second]);
  assert.ok(took < 1_500, `${took} ms`);
  await cluster.until('b is ready', () => second.member.readiness.ready);
  const { troubles, applied } = await clients.stop();
  assert.deepEqual(troubles, []);
  await allApplied(cluster, first, applied);
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
  const clients = traffic(cluster, members);
  await cluster.clock.advance(100);
  const began = cluster.clock.monotonic();
  const drained = first.member.drain();
  assert.deepEqual([first.member.readiness.ready, first.member.draining], [false, true]);
  await cluster.finish(drained);
  assert.ok(cluster.clock.monotonic() - began < 2_000, 'it does not wait for the rebalance delay');
  assert.equal((await shares(cluster, second)).a, 0);
  // The gateway goes on forwarding until it is stopped.
  const { troubles, applied } = await clients.stop();
  assert.deepEqual(troubles, []);
  await cluster.finish(first.member.stop());
  await cluster.until('the others have seen it', () => second.member.location('G0').desiredOwner !== 'a');
  assert.ok(!(await cluster.memberKeys()).some((key) => key.startsWith('a.')), 'its key is gone');
  await cluster.settled([second, third]);
  await allApplied(cluster, second, applied);
});

test('the last member drains too: what it had is stored', async () => {
  const [alone] = await cluster.of('a');
  assert.ok(alone);
  await cluster.games(alone);
  await cluster.finish(alone.member.drain());
  await cluster.finish(alone.member.stop());
  const next = await cluster.join('b');
  await allThere(cluster, [next], 1);
});

test('a cordoned member hands off and serves as a gateway; un-drained, it takes part again', async () => {
  const members = await cluster.of('a', 'b');
  const [first, second] = members;
  assert.ok(first && second);
  await cluster.games(first);
  assert.equal(await cluster.finish(second.member.setDrain('a', true)), true);
  await cluster.until('all handed off', () => Object.values(ownersSeenBy(second)).every((owner) => owner === 'b'));
  assert.equal(first.member.readiness.ready, false);
  await allThere(cluster, [first], 1);
  assert.equal(await cluster.finish(second.member.setDrain('a', false)), true);
  await cluster.until('it owns slots again', () => Object.values(ownersSeenBy(second)).includes('a'));
  await cluster.settled(members);
  assert.equal(first.member.readiness.ready, true);
  assert.equal(await cluster.finish(second.member.setDrain('nobody', true)), false);
});

test('orders that follow each other within a millisecond are obeyed in turn', async () => {
  const [first, second] = await cluster.of('a', 'b');
  assert.ok(first && second);
  const orders = [true, false, true, false].map((on) => second.member.setDrain('a', on));
  assert.deepEqual(await cluster.finish(Promise.all(orders)), [true, true, true, true]);
  assert.equal(first.member.readiness.ready, true);
});

/** A member that was expelled and is about to join again; it stays a while without an answer from the store once it does. */
async function joiningAgain(first: Joined): Promise<void> {
  const key = `a.${first.member.self.incarnation}`;
  const { revision } = cluster.buckets.content('members').entries.get(key) ?? { revision: 0 };
  const removal = { expected: revision, timeoutMs: 100 };
  assert.equal((await cluster.finish(cluster.store.bucket('members').remove(key, removal))).kind, 'landed');
  await cluster.until('a is out', () => first.incidents.counts().get('rejoins') === 1);
  await cluster.clock.advance(10);
  assert.equal(first.member.measurements().members, 0, 'between two incarnations');
  first.link.toMember.hold();
}

for (const [when, ms] of [
  ['between two incarnations', 0],
  ['while it joins again', 100],
] as const) {
  for (const on of [false, true]) {
    test(`${on ? 'a drain' : 'an un-drain'} that comes ${when} decides how the join ends`, async () => {
      const members = await cluster.of('a', 'b');
      const [first, second] = members;
      assert.ok(first && second);
      if (!on) {
        await cluster.finish(first.member.setDrain('a', true));
        await cluster.until('b has all', () => Object.values(ownersSeenBy(first)).every((owner) => owner === 'b'));
      }
      await joiningAgain(first);
      await cluster.clock.advance(ms);
      assert.equal(await first.member.setDrain('a', on), true);
      await cluster.clock.advance(100);
      first.link.toMember.release();
      await cluster.until('a is back', () => first.member.measurements().members === 2);
      await cluster.clock.advance(2_000);
      assert.equal((await shares(cluster, second)).a === 0, on);
      assert.equal(first.member.readiness.ready, !on);
    });
  }
}

test('an order to drain that was stuck somewhere is void', async () => {
  const [first, second] = await cluster.of('a', 'b');
  assert.ok(first && second);
  first.link.toMember.hold();
  await assert.rejects(cluster.finish(second.member.setDrain('a', true)), MemberSilent);
  await cluster.clock.advance(100);
  first.link.toMember.release();
  await cluster.clock.advance(2_000);
  assert.equal(first.member.readiness.ready, true);
  assert.notEqual((await shares(cluster, second)).a, 0);
});

test('an order that is older than one that was obeyed is answered as void, not as silence', async () => {
  const [first, second] = await cluster.of('a', 'b');
  assert.ok(first && second);
  first.link.toMember.hold();
  const late = assert.rejects(cluster.finish(second.member.setDrain('a', true)), OrderVoid);
  await cluster.clock.advance(100);
  await first.member.setDrain('a', false);
  first.link.toMember.release();
  await late;
});

test('if all are leaving, those who are there still serve', async () => {
  const members = await cluster.of('a', 'b');
  const [first, second] = members;
  assert.ok(first && second);
  await cluster.games(first);
  await cluster.finish(first.member.setDrain('a', true));
  await cluster.finish(first.member.setDrain('b', true));
  await cluster.clock.advance(2_000);
  await allThere(cluster, members, 1);
  cluster.kill(first);
  await cluster.until('the other one takes over', () =>
    Object.values(ownersSeenBy(second)).every((one) => one === 'b'),
  );
  await allThere(cluster, [second], 1);
});

test('a watcher on any member sees versions rise, through a change of owner', async () => {
  const members = await cluster.of('a', 'b', 'c');
  const [first, second, third] = members;
  assert.ok(first && second && third);
  const gameId = allGames.find((id) => first.member.location(id).owner === 'a');
  assert.ok(gameId);
  await cluster.ask(first, start(gameId));
  const seen = new Map<Joined, number[]>(members.map((one) => [one, []]));
  for (const [{ member }, versions] of seen) {
    const subject = { gameId, caller: ADMIN, since: 0, after: null };
    member.watch(subject, (update) => update.kind === 'state' && versions.push(update.version));
  }
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

test('every kind of operation goes through any member: its grant, its refusal, its end', async () => {
  const members = await cluster.of('a', 'b');
  const [first, second] = members;
  assert.ok(first && second);
  const admin = { caller: ADMIN, may: ['admin'] } as const;
  const identity = { principal: 'p', key: null, fingerprint: 'f' };
  for (const owner of ['a', 'b']) {
    const gameId: string = allGames.find((id) => first.member.location(id).owner === owner) ?? '';
    const resume = { ...start(gameId, undefined), document: undefined } as Operation;
    assert.equal((await cluster.ask(first, resume)).status, 404, `of ${owner}: nothing is resumed where nothing is`);
    const origin = { nonce: 'n', host: { playerId: 'h', displayName: 'Host' } };
    const lobby = { kind: 'create', gameId, caller: PUBLIC, may: ['anyone'], document: { status: 'lobby' } } as const;
    const made = await cluster.ask(first, { ...lobby, origin, command: identity });
    const grant = { role: 'host', playerId: 'h', nonce: 'n', generation: 1 } as const;
    assert.deepEqual([made.status, made.owner, made.grant], [201, owner, grant]);
    assert.equal((await cluster.ask(first, resume)).status, 200);

    const host = { caller: { kind: 'player', ...grant }, may: ['player', 'host'] } as const;
    const begin: Operation = { kind: 'command', gameId, ...host, input: { type: 'start' }, command: identity };
    assert.equal((await cluster.ask(first, { ...begin, caller: PUBLIC })).status, 401);
    assert.equal((await cluster.ask(first, begin)).status, 200);
    const end: Operation = { ...begin, ...admin, input: { type: 'end_round', round: 1 } };
    assert.equal((await cluster.ask(first, end)).status, 200);
    const happened: Answer = await cluster.finish(first.member.events({ gameId, ...host, after: 0, limit: 10 }));
    const { events, latest } = JSON.parse(happened.body) as { events: unknown[]; latest: number };
    assert.deepEqual([happened.status, events.length, latest], [200, 4, 4]);
    assert.equal((await cluster.finish(first.member.round({ gameId, ...host, round: 1 }))).status, 200);

    const erase = { kind: 'erase', gameId, ...admin, command: identity } as const;
    assert.equal((await cluster.ask(first, { ...erase, caller: PUBLIC })).status, 401);
    const since = { ...erase, idleSince: cluster.clock.wall() - 60_000 };
    const played = await cluster.ask(first, since);
    assert.deepEqual([played.status, JSON.parse(played.body).code], [409, 'game_not_idle']);
    assert.equal((await cluster.ask(first, { ...erase, idleSince: cluster.clock.wall() + 1 })).status, 204);
    assert.equal((await cluster.ask(first, since)).status, 204, 'what is gone, nobody plays');
    for (const { member } of members) assert.equal((await cluster.finish(member.execute(read(gameId)))).status, 404);
  }
});
