/** Presence in a cluster: told where games are followed, whoever owns them, however members and followers come and go. Nothing of it is stored. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { GameUpdate } from '../../../../src/member/contract/gateway.ts';
import { ADMIN, type Caller, PUBLIC } from '../../../../src/session/permission.ts';
import { minotaurRules } from '../../../support/minotaur-rules.ts';
import { type Joined, LittleCluster, start } from '../little-cluster.ts';

const GAME = 'G0';
const ada: Caller = { kind: 'player', playerId: 'ada', nonce: 'n', generation: 1 };
const grace: Caller = { kind: 'player', playerId: 'grace', nonce: 'n', generation: 1 };
const rules: typeof minotaurRules = { ...minotaurRules, standing: () => 'player', admitsSpectators: () => true };

type Told = Extract<GameUpdate, { kind: 'presence' }>;

interface Following {
  readonly told: string[];
  readonly updates: GameUpdate[];
  stop(): void;
}

let cluster: LittleCluster;
let owner: Joined;
let others: Joined[];

afterEach(() => cluster.end());

async function members(count = 3): Promise<void> {
  cluster = new LittleCluster({ rules });
  const all = await cluster.of(...['a', 'b', 'c'].slice(0, count));
  await cluster.ask(all[0] as Joined, start(GAME));
  const ownerId = all[0]?.member.location(GAME).owner;
  owner = all.find(({ id }) => id === ownerId) as Joined;
  others = all.filter(({ id }) => id !== ownerId);
  await cluster.clock.advance(7_000);
}

/** `told`: who is connected, and how many spectators, each time that it changed. */
function follow({ member }: Joined, caller: Caller): Following {
  const told: string[] = [];
  const updates: GameUpdate[] = [];
  const stop = member.watch({ gameId: GAME, caller, since: 0, after: null }, (update) => {
    updates.push(update);
    if (update.kind === 'presence') told.push(line(update));
  });
  return { told, updates, stop };
}

function line({ players, spectators }: Told): string {
  const named = Object.entries(JSON.parse(players) as Record<string, { connected: boolean }>);
  const connected = named.filter(([, player]) => player.connected).map(([id]) => id);
  return [...connected.sort(), `+${spectators}`].join(' ');
}

/** How many games it keeps in mind because somebody follows them. */
function followedBy({ member }: Joined): number {
  const { incarnation } = member as unknown as { incarnation: { host: { inspect(): { followed: number } } } };
  return incarnation.host.inspect().followed;
}

const last = ({ told }: Following) => told.at(-1);
const both = 'ada grace +0';

test('who follows at any member is told at every member within two seconds, the game first', async () => {
  await members();
  const [one, two] = others as [Joined, Joined];
  const following = [follow(one, ada), follow(two, grace), follow(owner, ADMIN)];
  await cluster.until('both', () => following.every((each) => last(each) === both), 2_000);
  const spectators = [follow(one, PUBLIC), follow(one, PUBLIC), follow(owner, PUBLIC)];
  await cluster.until('all', () => following.every((each) => last(each) === 'ada grace +3'), 2_000);
  for (const each of [...following, ...spectators]) assert.equal(each.updates[0]?.kind, 'state');
  assert.deepEqual(
    spectators.map(({ updates }) => updates.findLast(({ kind }) => kind === 'presence')),
    spectators.map(() => ({ kind: 'presence', players: '{}', spectators: 3 })),
    'the public is told of nobody',
  );
});

test("a slot's first owner waits for nobody's word", async () => {
  cluster = new LittleCluster({ rules });
  owner = await cluster.join('a');
  await cluster.ask(owner, start(GAME));
  const stays = follow(owner, ada);
  const goes = follow(owner, grace);
  await cluster.until('both', () => last(stays) === both, 2_000);
  goes.stop();
  await cluster.until('that she went', () => last(stays) === 'ada +0', 3_000);
});

test('who goes is told within three seconds, also where nobody else follows at that member', async () => {
  await members();
  const [one, two] = others as [Joined, Joined];
  const stays = follow(one, ada);
  const goes = follow(two, grace);
  await cluster.until('both', () => last(stays) === both, 2_000);
  goes.stop();
  await cluster.until('that she went', () => last(stays) === 'ada +0', 3_000);
  const spectator = follow(one, PUBLIC);
  await cluster.until('the spectator', () => last(stays) === 'ada +1', 3_000);
  spectator.stop();
  await cluster.until('nobody', () => last(stays) === 'ada +0', 3_000);
});

test('a page that is loaded anew was never away; a second tab is no second player', async () => {
  await members();
  const [one, two] = others as [Joined, Joined];
  const stays = follow(one, ada);
  const first = follow(two, grace);
  const second = follow(two, grace);
  await cluster.until('both', () => last(stays) === both, 2_000);
  first.stop();
  await cluster.clock.advance(5_000);
  second.stop();
  await cluster.clock.advance(500);
  follow(two, grace);
  await cluster.clock.advance(20_000);
  assert.deepEqual(stays.told.slice(stays.told.indexOf(both)), [both]);
});

test('a member that died without a word is believed for 15 s; nobody else looks gone, whoever owned the game', async () => {
  await members();
  const [one, two] = others as [Joined, Joined];
  const stays = follow(one, ada);
  follow(two, grace);
  await cluster.until('both', () => last(stays) === both, 2_000);
  const before = stays.told.length;
  cluster.kill(two);
  await cluster.until('that she is gone', () => last(stays) === 'ada +0', 20_000);
  assert.deepEqual(stays.told.slice(before), ['ada +0']);
  const [left] = [follow(owner, grace)];
  await cluster.until('both again', () => last(stays) === both, 3_000);
  cluster.kill(owner);
  left.stop();
  const since = stays.told.length;
  await cluster.until('that she is gone again', () => last(stays) === 'ada +0', 40_000);
  assert.deepEqual(stays.told.slice(since), ['ada +0']);
});

test('a takeover makes nobody look gone who is there', async () => {
  await members();
  const [one, two] = others as [Joined, Joined];
  const following = [follow(one, ada), follow(two, grace)];
  await cluster.until('both', () => following.every((each) => last(each) === both), 2_000);
  cluster.kill(owner);
  await cluster.clock.advance(40_000);
  for (const { told } of following)
    assert.ok(
      told.slice(told.indexOf(both)).every((each) => each === both),
      told.join(),
    );
  const spectator = follow(one, PUBLIC);
  await cluster.until('the new owner to tell', () => following.every((each) => last(each) === 'ada grace +1'), 3_000);
  spectator.stop();
});

test('whoever comes and goes all the time costs the others one word a second', async () => {
  await members();
  const [one, two] = others as [Joined, Joined];
  const stays = follow(one, ada);
  await cluster.until('her', () => last(stays) === 'ada +0', 2_000);
  const before = stays.told.length;
  for (let turn = 0; turn < 200; turn += 1) {
    const restless = [follow(two, PUBLIC), follow(owner, PUBLIC)];
    await cluster.clock.advance(50);
    for (const { stop } of restless) stop();
  }
  const seconds = (200 * 50) / 1_000;
  assert.ok(stays.told.length - before <= seconds + 1, `${stays.told.length - before} in ${seconds} s`);
  await cluster.until('quiet', () => last(stays) === 'ada +0', 3_000);
});

test('nothing is stored, and nothing is kept once nobody follows', async () => {
  await members(2);
  const { version } = await cluster.stored(owner, GAME);
  const timers = cluster.clock.pending;
  const following = [follow(owner, ada), ...others.map((other) => follow(other, grace))];
  await cluster.until('both', () => following.every((each) => last(each) === both), 2_000);
  for (const { stop } of following) stop();
  await cluster.clock.advance(20_000);
  assert.equal((await cluster.stored(owner, GAME)).version, version);
  assert.equal(followedBy(owner), 0);
  assert.ok(cluster.clock.pending <= timers + 5, `${cluster.clock.pending} timers instead of ${timers}`);
});

test('administrators follow unseen', async () => {
  await members(2);
  const watching = [follow(owner, ADMIN), follow(others[0] as Joined, ADMIN)];
  await cluster.clock.advance(20_000);
  for (const { told } of watching) assert.deepEqual(told, []);
  assert.equal(followedBy(owner), 0);
});

test('a read by any member says who follows, to players and administrators alone, and nothing of it in the game', async () => {
  await members();
  const [one, two] = others as [Joined, Joined];
  const read = async (by: Joined, caller: Caller, consistency: 'strong' | 'eventual' = 'strong') => {
    const { body } = await cluster.ask(by, { kind: 'read', gameId: GAME, caller, may: ['anyone'], consistency });
    return JSON.parse(body) as { presence?: Told; game: unknown };
  };
  const before = await read(one, ada);
  assert.equal(before.presence, undefined, 'nobody follows');
  const following = [follow(one, ada), follow(two, grace), follow(two, PUBLIC)];
  await cluster.until('all', () => last(following[0] as Following) === 'ada grace +1', 2_000);
  for (const member of [owner, one, two])
    for (const caller of [ada, ADMIN])
      for (const consistency of ['strong', 'eventual'] as const) {
        const { presence } = await read(member, caller, consistency);
        assert.deepEqual(Object.keys(presence?.players ?? {}).sort(), ['ada', 'grace']);
        assert.equal(presence?.spectators, 1);
      }
  assert.equal((await read(one, PUBLIC)).presence, undefined, 'the public is told of nobody');
  assert.deepEqual((await read(one, ada)).game, before.game);
  for (const { stop } of following) stop();
  await cluster.clock.advance(20_000);
  assert.equal((await read(owner, ada)).presence, undefined);
});
