/**
 * What must be true of a cluster at rest: each thing that is not as it should be is found.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildRing } from '../../../src/cluster/ring.ts';
import type { Renewals } from '../../../src/member/membership/renewals.ts';
import { ADMIN } from '../../../src/session/permission.ts';
import { watchedGames } from '../../simulation/checks/belief.ts';
import { assertFound, CalmWorld, heldBy, inside, SLOTS, statesOf } from './calm-world.ts';

/** What is not at rest, how it is brought about, and what is said about it. */
const unrest: readonly (readonly [string, (world: CalmWorld) => void, RegExp])[] = [
  [
    'a slot that its owner does not hold',
    (world) => {
      statesOf(world, 'm0')[heldBy(world, 'm0')] = 'idle';
    },
    /m0#1\/\w+: slots \d+: the slot is idle, not serving/,
  ],
  [
    'a slot that somebody else is busy with',
    (world) => {
      statesOf(world, 'm1')[heldBy(world, 'm0')] = 'taking';
    },
    /m1#1\/\w+: slots \d+: the slot is taking, not idle/,
  ],
  [
    'a record that names whom the ring does not want',
    (world) => {
      const { self } = world.host('m1').member;
      world.write(heldBy(world, 'm0'), { owner: self.id, incarnation: self.incarnation });
    },
    /the store: slots \d+: the record names m1\/\w+, not m0#1/,
  ],
  [
    'a record that nobody has heard of',
    (world) => world.write(heldBy(world, 'm0'), { acquired: 'retake' }),
    /m1#1\/\w+: slots \d+: knows a record that is not the one in the store \(of m0\)/,
  ],
  [
    'a frozen slot',
    (world) => {
      void world.belief('m0').open.get(heldBy(world, 'm0'))?.freeze(0);
    },
    /m0#1\/\w+: slots \d+: frozen or closed/,
  ],
  [
    'sessions of a slot that is not held',
    (world) =>
      inside<{ open(...of: unknown[]): void }>(world.host('m1').member, 'incarnation', 'host').open(
        heldBy(world, 'm0'),
        9,
        null,
      ),
    /m1#1\/\w+: slots \d+: its sessions are open/,
  ],
  [
    'a stash that nobody redeems',
    (world) =>
      inside<Map<number, unknown>>(world.host('m1').member, 'incarnation', 'slots', 'stashes', 'bySlot').set(3, {}),
    /m1#1\/\w+: keeps stashes that nobody redeems, of slots 3/,
  ],
  [
    'the key of a member that is not there',
    (world) => world.haunt('m0', 'm7.ghost'),
    /the store: has the members .*m7\.ghost/,
  ],
  [
    'an interest that has lapsed',
    (world) =>
      inside<Map<string, number>>(world.host('m0').member, 'incarnation', 'host', 'feed', 'interest').set('G', -60_000),
    /m0#1\/\w+: still publishes for G/,
  ],
  [
    'a deadline that did not fire',
    (world) =>
      inside<{ add(of: object): void }>(
        world.host('m0').member,
        'incarnation',
        'host',
        'ends',
        'deadlines',
        'heap',
      ).add({
        at: 0,
      }),
    /m0#1\/\w+: a deadline has been due for \d+ ms/,
  ],
  [
    'something that was begun and never ended',
    (world) =>
      inside<{ set(what: string, since: number): void }>(
        inside<{ of(kind: string): object }>(world.host('m0').member, 'incarnation', 'progress').of('claim'),
      ).set('1.G', -1e6),
    /m0#1\/\w+: has begun this \d+ ms ago, and not ended it: claim 1\.G/,
  ],
  [
    'a wait without end',
    (world) => {
      inside<{ next(...of: number[]): void }>(world.host('m0').member, 'incarnation', 'slots', 'waiters').next(1, 1e9);
    },
    /m0#1\/\w+: still waiting: 1 for slots, 0 for renewals, 0 for the gate/,
  ],
  [
    'a peer that is gone and still looked after',
    (world) =>
      inside<Map<string, unknown>>(
        world.host('m0').member,
        'incarnation',
        'membership',
        'peers',
        'detector',
        'peers',
      ).clear(),
    /m0#1\/\w+: looks after nobody, but its peers are m1\./,
  ],
  [
    'a slot that is not listed',
    (world) => {
      inside<{ isListed: boolean }>(world.belief('m0').open.get(heldBy(world, 'm0')) ?? {}, 'loader').isListed = false;
    },
    /m0#1\/\w+: slots \d+: not listed yet/,
  ],
  [
    'a slot that is hosted at an old epoch',
    (world) => {
      inside<{ epoch: number }>(world.belief('m0').open.get(heldBy(world, 'm0')) ?? {}, 'stamp').epoch = 0;
    },
    /m0#1\/\w+: slots \d+: hosted at another epoch/,
  ],
  [
    'a member that does not see another one',
    (world) => {
      inside<Map<string, unknown>>(world.belief('m0').view, 'members').delete(world.belief('m1').key);
    },
    /m0#1\/\w+: sees m1#1\/\w+ absent, who is active/,
  ],
  [
    'a slot that somebody takes for unowned',
    (world) => {
      inside<Map<string, unknown>>(world.belief('m0').view, 'members').delete(world.belief('m1').key);
      inside<{ mapped: unknown }>(world.host('m0').member, 'incarnation', 'slots', 'around').mapped = null;
    },
    /m0#1\/\w+: says that \d slots are unowned/,
  ],
  [
    'a member in a view that is not there',
    (world) => {
      const { view } = world.belief('m0');
      inside<Map<string, unknown>>(view, 'members').set('m7.ghost', view.members.get(world.belief('m1').key));
    },
    /m0#1\/\w+: sees the members .*m7\.ghost, but /,
  ],
  [
    'a member that leaves',
    (world) => {
      inside<{ status: string }>(world.host('m0').member, 'incarnation', 'membership', 'own').status = 'leaving';
    },
    /m0#1\/\w+: is leaving/,
  ],
  [
    'more deadlines than sessions',
    (world) => {
      const { deadlines, sessions } = { ...world.belief('m0').kept, sessions: world.belief('m0').sessions };
      const heap = inside<{ add(of: object): void }>(
        world.host('m0').member,
        'incarnation',
        'host',
        'ends',
        'deadlines',
        'heap',
      );
      for (let more = deadlines; more <= sessions; more += 1) heap.add({ at: Number.MAX_SAFE_INTEGER });
    },
    /m0#1\/\w+: keeps \d+ deadlines for \d+ sessions/,
  ],
  [
    'a ring without somebody',
    (world) => {
      inside<{ ring: unknown }>(world.host('m0').member, 'incarnation', 'slots', 'around').ring = buildRing(
        ['m0'],
        SLOTS,
      );
    },
    /m0#1\/\w+: has a ring of m0, not of m0, m1/,
  ],
  [
    'a member that does not renew its key',
    (world) => {
      const { member } = world.host('m0');
      const renewals = inside<Renewals>(member, 'incarnation', 'membership', 'keeper', 'renewals');
      renewals.acknowledged(renewals.begin(0));
    },
    /m0#1\/\w+: its last renewal was sent 4\d\d\d ms ago/,
  ],
  [
    'a member that drains',
    (world) => {
      void world.host('m0').member.setDrain('m0', true);
    },
    /m0#1\/\w+: is not ready: draining/,
  ],
];

for (const [what, bringAbout, said] of unrest) {
  test(`at rest there must not be ${what}`, async () => {
    const world = await CalmWorld.of('m0', 'm1');
    bringAbout(world);
    const found = world.unsettled();
    assertFound(found, said);
    for (const message of found) assert.match(message, /^liveness: at \d+\.\d{3}, when all is calm: /);
  });
}

test('at rest nobody watches a game without a socket', async () => {
  const world = await CalmWorld.of('m0', 'm1');
  const close = world.host('m0').member.watch({ gameId: 'G', caller: ADMIN, since: 0, after: null }, () => undefined);
  await world.run(50);
  assert.deepEqual(watchedGames(world.host('m0')), ['G']);
  assertFound(world.unsettled(), /m0#1\/\w+: watches G for nobody/);
  assert.deepEqual(world.unsettled({ isQuiet: false }), []);
  close();
  await world.run(50);
  assert.deepEqual(world.unsettled(), []);
});

test('at rest a member that is to be up is there', async () => {
  const world = await CalmWorld.of('m0', 'm1');
  const up = world.stage.room.running;
  const slot = heldBy(world, 'm1');
  world.stage.room.crash('m1', 0);
  // It is found although nobody has noticed yet.
  assertFound(
    world.unsettled({ up }),
    /m1#1: has ended/,
    /the store: has the members m0\.\w+, m1\.\w+, but m0\.\w+ are there/,
    new RegExp(`the store: slots .*${slot}.*: the record names m1/`),
  );
  inside<{ phase: unknown }>(world.host('m0').member, 'life').phase = { kind: 'waiting' };
  assertFound(world.unsettled({ up }), /m0#1: has not joined/);
});

test('at rest an incarnation that has ended has nothing open', async () => {
  const world = await CalmWorld.of('m0', 'm1');
  const ended = world.belief('m0');
  const host = inside<{ open(...of: unknown[]): void }>(world.host('m0').member, 'incarnation', 'host');
  world.isUnreachable = true;
  world.host('m0').process.stall(6_000);
  await world.run(15_000);
  assert.deepEqual(world.unsettled(), []);
  host.open(2, 1, null);
  assertFound(world.unsettled(), new RegExp(`${ended.name}: has ended and still has slots 2 open`));
});
