/**
 * Reads that are answered at once: as they would be answered later, to the same viewer, of committed states only; else not at all.
 */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { ReadOperation } from '../../../src/member/contract/gateway.ts';
import { ADMIN, type Caller, PUBLIC } from '../../../src/session/permission.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { act, allGames, bodyOf, type Joined, LittleCluster, start } from './little-cluster.ts';

const GAME = 'G0';
const player = (playerId: string): Caller => ({ kind: 'player', playerId, nonce: 'n', generation: 1 });
const callers: readonly Caller[] = [ADMIN, PUBLIC, player('ada'), player('grace')];

let cluster: LittleCluster;

afterEach(() => cluster.end());

async function owner(rules = minotaurRules): Promise<Joined> {
  cluster = new LittleCluster({ rules });
  const [alone] = await cluster.of('a');
  assert.ok(alone);
  assert.equal((await cluster.ask(alone, start(GAME))).status, 201);
  return alone;
}

const strong = (caller: Caller = ADMIN, gameId = GAME): ReadOperation => ({
  kind: 'read',
  gameId,
  caller,
  may: ['anyone'],
  consistency: 'strong',
});

/** As a reader does who comes while the lease is valid. */
async function underLease({ member }: Joined): Promise<void> {
  await cluster.finish(member.execute(strong()));
}

const counted = ({ meter }: Joined, what: string) => meter.counted.get(`operations read ${what}`) ?? 0;

test('each viewer is told what it would be told later, whoever looked before', async () => {
  const view = (state: Parameters<typeof minotaurRules.view>[0], madeFor: string) => ({ madeFor, round: state.round });
  const alone = await owner({ ...minotaurRules, standing: () => 'player', view });
  const later = [];
  for (const caller of callers) later.push(await cluster.ask(alone, strong(caller)));
  const told = callers.map((caller) => alone.member.readNow(strong(caller)));
  assert.deepEqual(told, later);
  const seen = told.map((answer) => JSON.parse(answer?.body ?? '').game.madeFor);
  assert.deepEqual(seen, ['admin', 'public', 'player:ada', 'player:grace']);
});

test('a token that holds no more is refused at once', async () => {
  const alone = await owner();
  await underLease(alone);
  assert.equal(alone.member.readNow(strong(player('ada')))?.status, 401);
  assert.equal(counted(alone, 'refused'), 1);
});

test('what is not committed is never shown; what was acknowledged always is', async () => {
  const alone = await owner();
  const known = bodyOf(await cluster.ask(alone, strong())).version;
  let acknowledged = known;
  const acting = alone.member.execute(act(GAME)).then(({ status }) => {
    assert.equal(status, 200);
    acknowledged += 1;
  });
  const shown = new Set<number>();
  await cluster.until('it is acknowledged', () => {
    const now = alone.member.readNow(strong());
    if (now !== null) {
      const { version } = bodyOf(now);
      assert.ok(version >= acknowledged, `version ${version} is older than ${acknowledged}`);
      if (cluster.buckets.content('sessions').entries.size > 0) shown.add(version);
    }
    return acknowledged > known;
  });
  await cluster.finish(acting);
  await underLease(alone);
  assert.equal(bodyOf(alone.member.readNow(strong()) ?? assert.fail('it is here')).version, known + 1);
  assert.ok(shown.has(known), 'it was shown while the write was under way');
});

test('not at once: without a lease, eventual, not here, not in memory', async () => {
  const alone = await owner();
  await underLease(alone);
  const before = counted(alone, 'done');
  assert.ok(alone.member.readNow(strong()));
  assert.equal(counted(alone, 'done'), before + 1, 'it counts, once');
  assert.equal(alone.member.readNow({ ...strong(), consistency: 'eventual' }), null);
  assert.equal(alone.member.readNow(strong(ADMIN, 'nowhere')), null);
  await cluster.until('the lease has lapsed', () => (alone.member.renewedMsAgo ?? 0) > 90);
  assert.equal(alone.member.readNow(strong()), null);
  const other = await cluster.join('b');
  await cluster.settled([alone, other]);
  for (const gameId of allGames) {
    const reader = alone.member.location(gameId).owner === 'a' ? other : alone;
    assert.equal(reader.member.readNow(strong(ADMIN, gameId)), null, gameId);
  }
  assert.equal(counted(alone, 'done'), before + 1, 'what was not answered does not count');
});

test('rules that fail on a view fail that read alone', async () => {
  const alone = await owner({
    ...minotaurRules,
    view: (state, viewer) => (viewer === 'public' ? assert.fail('no view') : minotaurRules.view(state, viewer)),
  });
  await underLease(alone);
  assert.equal(alone.member.readNow(strong(PUBLIC))?.status, 500);
  assert.equal(counted(alone, 'failed'), 1);
  assert.equal(alone.incidents.counts().get('failures'), 1);
  assert.equal(alone.member.readNow(strong())?.status, 200);
});
