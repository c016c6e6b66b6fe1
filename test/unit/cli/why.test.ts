/** `why`: of everything that can stand in a player's way, the first is named. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterAnswer } from '../../../src/cli/cluster-findings.ts';
import { explain, factLines, type GameRead, type ShownGame } from '../../../src/cli/why.ts';
import type { Location } from '../../../src/member/contract/gateway.ts';
import { wellCluster, withMember } from './samples.ts';

const now = '2030-01-31T12:00:00.000Z';
const before = { acquired: 'initial', previousOwner: null, ownedSince: '2030-01-31T11:30:00.000Z' };
const location: Location = { gameId: 'ABC', slot: 3, owner: 'm2', desiredOwner: 'm2', epoch: 2, ...before };
const ends = (seconds: number) => new Date(Date.parse(now) + seconds * 1_000).toISOString();

function game(change: Partial<ShownGame['game']> = {}): GameRead {
  const shown = { status: 'active', round: 4, roundEndTime: ends(41), players: { p1: { done: true }, p2: {} } };
  return { is: 'game', tookMs: 3, game: { ...shown, ...change }, version: 88, serverTime: now };
}

/** As whoever has no token is shown it. */
function publicGame(change: Partial<ShownGame['game']> = {}): GameRead {
  const shown = { status: 'active', round: 4, roundEndTime: ends(41), ...change };
  return { is: 'game', tookMs: 3, game: shown, version: 88, serverTime: now };
}

function problem(status: number, code: string, detail = ''): GameRead {
  return { is: 'problem', tookMs: 10_000, status, code, detail };
}

const buckets = { members: true, slots: true, sessions: true, archive: true };
const unusable = (name: string): ClusterAnswer => ({
  ...wellCluster,
  nats: { renewedMsAgo: 40, buckets: { ...buckets, [name]: false } },
});
const gone: ClusterAnswer = { ...wellCluster, members: wellCluster.members.filter(({ id }) => id !== 'm2') };
const unowned: Location = { ...location, owner: null, desiredOwner: 'm1', previousOwner: 'm9' };

const cases: readonly (readonly [string, boolean, RegExp, GameRead, (Location | null)?, ClusterAnswer?])[] = [
  ['a round that runs', true, /^ABC is well: it is with m2; round 4 ends in 41 s \(1 of 2 are done\)\.$/, game()],
  [
    'a lobby',
    true,
    /its lobby waits to be started \(1 of 2 players ready\)/,
    game({ status: 'lobby', roundEndTime: null, players: { p1: { ready: true }, p2: {} } }),
  ],
  [
    'a clock that stands still',
    true,
    /its clock stands still in round 4, until somebody plays/,
    game({ roundEndTime: null }),
  ],
  ['a game whose players are not shown', true, /^ABC is well: it is with m2; round 4 ends in 41 s\.$/, publicGame()],
  [
    'a lobby whose players are not shown',
    true,
    /its lobby waits to be started\.$/,
    publicGame({ status: 'lobby', roundEndTime: null }),
  ],
  [
    'a NATS that is away',
    false,
    /^ABC is not answered: NATS does not answer m1 \(it acknowledged the last renewal 9 s ago\)/,
    problem(503, 'session_unavailable'),
    null,
    { ...withMember('m2', { sessions: null }), nats: { renewedMsAgo: 9_000, buckets } },
  ],
  [
    'a NATS that is away since a moment',
    false,
    /^ABC is not answered: NATS does not answer m1/,
    problem(503, 'session_unavailable'),
    unowned,
    withMember('m1', { sessions: null }),
  ],
  ['a game that is over', true, /^ABC is over: it ended in round 4/, game({ status: 'concluded' })],
  [
    'a game that moves',
    true,
    /it is with m2; round 4 .* It is about to move to m1\.$/,
    game(),
    { ...location, desiredOwner: 'm1' },
  ],
  ['a round that is overdue', false, /round 4 should have ended 34 s ago/, game({ roundEndTime: ends(-34) })],
  ['no such game', false, /^There is no ABC/, problem(404, 'game_not_alive')],
  ['a wrong token', false, /the token in MINOTAUR_ADMIN_TOKEN/, problem(401, 'unauthorized')],
  ['something unreadable', false, /^m2 owns ABC but cannot use what is stored/, problem(500, 'internal')],
  ['too many commands', false, /more commands waiting for it/, problem(503, 'session_overloaded')],
  [
    'an answer of another kind',
    false,
    /^m2 answers 418 teapot for ABC: short and stout/,
    problem(418, 'teapot', 'short and stout'),
  ],
  [
    'no owner',
    false,
    /slot 3 has no owner: m9 is gone and m1 has not taken it over yet/,
    problem(503, 'session_unavailable'),
    unowned,
  ],
  [
    'no owner, and no bucket',
    false,
    /has no owner: the bucket slots takes no writes/,
    problem(503, 'session_unavailable'),
    unowned,
    unusable('slots'),
  ],
  [
    'an owner that is gone',
    false,
    /its owner m2 is not in the cluster any more/,
    problem(503, 'session_unavailable'),
    null,
    gone,
  ],
  [
    'an owner that stands still',
    false,
    /its owner m2 answers nothing: it stands still/,
    problem(503, 'session_unavailable'),
    null,
    withMember('m2', { sessions: null }),
  ],
  [
    'a bucket that takes no writes',
    false,
    /its owner m2 cannot work, since NATS takes no writes into sessions/,
    problem(503, 'session_unavailable'),
    null,
    unusable('sessions'),
  ],
  [
    'a NATS that is slow',
    false,
    /gives this game no answer in time, as NATS does not acknowledge/,
    problem(503, 'session_unavailable'),
  ],
];

for (const [what, isWell, words, read, at = null, cluster = wellCluster] of cases) {
  test(`${what}: one sentence`, () => {
    const said = explain({ location: at ?? location, cluster, read });
    assert.match(said.sentence, words);
    assert.equal(said.isWell, isWell);
    assert.match(said.sentence, /^[^\n]+\.?$/);
    assert.equal(said.sentence.includes('undefined') || said.sentence.includes('null'), false, said.sentence);
  });
}

test('before the sentence stands what is known', () => {
  const lines = factLines({ location, cluster: wellCluster, read: game() });
  assert.deepEqual(lines, [
    '  game    ABC: active, round 4, version 88, 2 players',
    '  slot    3, epoch 2',
    '  owner   m2 (active, version 0.3.0), as the ring wants',
    '  since   initial at 2030-01-31T11:30:00.000Z, 30 min ago',
    '  answer  read, after 3 ms',
  ]);
});

test('players that are not shown are not counted', () => {
  const [first] = factLines({ location, cluster: wellCluster, read: publicGame() });
  assert.equal(first, '  game    ABC: active, round 4, version 88, players are shown to administrators alone');
});

test('a game that moved says from whom, how and when', () => {
  const said = (change: Partial<Location>) =>
    explain({ location: { ...location, previousOwner: 'm1', ...change }, cluster: wellCluster, read: game() }).sentence;
  assert.match(said({ acquired: 'takeover' }), /is with m2, which took it over from m1 30 min ago; round 4/);
  assert.match(said({ acquired: 'handoff' }), /is with m2, to which m1 handed it over 30 min ago; round 4/);
  assert.match(said({ acquired: 'retake', previousOwner: 'm2' }), /is with m2, which started anew 30 min ago; round 4/);
  // As members answer that store neither.
  const { acquired: _a, previousOwner: _p, ownedSince: _o, ...older } = location;
  const facts = { location: older as Location, cluster: wellCluster, read: game() };
  assert.match(explain(facts).sentence, /is with m2; round 4/);
  assert.equal(factLines(facts).length, 4);
});
