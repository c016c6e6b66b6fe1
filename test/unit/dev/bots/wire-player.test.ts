/** One bot at one game: when it acts, what it keeps of what it was told, and that it ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GameEvent, type Match, Refused, type Update } from '../../../../src/client/index.ts';
import { Tally } from '../../../../src/dev/bots/tally.ts';
import { WirePlayer } from '../../../../src/dev/bots/wire-player.ts';
import type { LoadedGame } from '../../../../src/game/loaded-game.ts';
import { gameOf } from '../../../../src/game/module-check.ts';
import { randomOf } from '../../../../src/game/random-stream.ts';
import { whispers } from '../../game/worlds.ts';

const { legal: _, bot: _2, ...silent } = whispers;
const settings = { actionPoints: 2, table: { volume: 3 } };

interface Shown {
  readonly round: number;
  readonly players?: readonly string[];
  readonly ends?: string;
  readonly status?: string;
  readonly events?: readonly string[];
  readonly module?: string;
}

function updateOf(shown: Shown, seq: number): Update {
  const { round, players = ['ann', 'bob'], ends = 'done', status = 'active', events = [], module = 'whispers' } = shown;
  const turn = { players, actions: Object.fromEntries(players.map((id) => [id, 2])), ends, seconds: 60 };
  const all = ['ann', 'bob', 'cid'].map((id) => ({ id, displayName: id, ready: true, done: false }));
  return {
    view: {},
    game: { status, round, turn, settings, module: { name: module } },
    players: all,
    events: events.map((type, index): GameEvent => ({ seq: seq + index, round, at: '', type })),
  } as unknown as Update;
}

/** Plays `game` through what it is shown; what it asked of the server, in order. */
async function played(game: LoadedGame, shows: readonly Shown[], refuse: (what: string) => string | null = () => null) {
  const asked: string[] = [];
  let [waiting, mostAtOnce] = [0, 0];
  const ask = async (what: string) => {
    asked.push(what);
    waiting += 1;
    mostAtOnce = Math.max(mostAtOnce, waiting);
    await Promise.resolve();
    waiting -= 1;
    const code = refuse(what);
    if (code !== null) throw new Refused({ status: 409, code, detail: what });
    return { actionId: `a${asked.length}`, version: asked.length };
  };
  const match = {
    seat: { gameId: 'G', playerId: 'ann', token: 't' },
    act: new Proxy(
      {},
      { get: (_target, type) => (fields: object) => ask(`${String(type)} ${JSON.stringify(fields)}`) },
    ),
    retract: (id: string) => ask(`retract ${id}`),
    done: (round: number) => ask(`done ${round}`),
    async *[Symbol.asyncIterator]() {
      for (const [index, shown] of shows.entries()) yield updateOf(shown, 10 * index + 1);
    },
  };
  const tally = new Tally();
  const player = new WirePlayer(match as unknown as Match, game, randomOf(new Uint8Array(32), 'test'), tally);
  await player.play();
  return { asked, player, tally, mostAtOnce };
}

test('it acts once in each round that is its turn, says that it is done, and stops at the end', async () => {
  const over = { round: 3, status: 'concluded', events: ['round_ended', 'game_concluded'] };
  const shows = [{ round: 1 }, { round: 1 }, { round: 2, players: ['bob'] }, { round: 3 }, over, { round: 4 }];
  const { asked, player, tally } = await played(gameOf(silent), shows);
  assert.deepEqual(
    asked.filter((what) => what.startsWith('done')),
    ['done 1', 'done 3'],
  );
  const acts = asked.filter((what) => what.startsWith('whisper'));
  assert.ok(acts.length >= 2 && acts.length <= 4, String(acts));
  // What `allows` refuses, and who does not play, is not even tried.
  for (const act of acts) assert.match(act, /"to":"(bob|cid)"/);
  assert.equal(player.given.length, acts.length);
  assert.equal(tally.actions, acts.length);
  assert.equal(player.given.filter(({ retracted }) => retracted).length, tally.takenBack);
  assert.deepEqual([player.isOver, player.round, player.live.length], [true, 3, 2]);
});

test('it does what is legal, and says nothing more where the first action ends the round, or the last', async () => {
  const legal = () => [{ type: 'whisper', to: 'cid', word: 'legal' }];
  const shows = Array.from({ length: 30 }, (_value, index) => ({
    round: index + 1,
    ends: index % 2 ? 'first' : 'all',
  }));
  const { asked, player } = await played(gameOf({ ...silent, legal }), shows);
  const ofRounds = Map.groupBy(player.given, ({ round }) => round);
  assert.ok([...ofRounds.values()].some((given) => given.length === 2));
  for (const [round, given] of ofRounds) {
    assert.ok(given.every(({ action }) => (action as { word?: string }).word === 'legal'));
    const isSaid = asked.includes(`done ${round}`);
    if (round % 2 === 0) assert.deepEqual([given.length, isSaid], [1, false], 'first');
    else assert.equal(isSaid, given.length < 2, 'all');
  }
  assert.equal(
    asked.some((what) => what.startsWith('retract')),
    false,
  );
});

test('who comes too late goes on, says all the same that it is done, and is counted; any other refusal is an error', async () => {
  const late = await played(gameOf(silent), [{ round: 1 }, { round: 2 }], () => 'round_over');
  assert.deepEqual(
    late.asked.map((what) => what.split(' ')[0]),
    ['whisper', 'done', 'whisper', 'done'],
  );
  assert.deepEqual([...late.tally.refusals], [['round_over', 4]]);
  assert.deepEqual(late.player.given, []);
  const wrong = played(gameOf(silent), [{ round: 1 }], () => 'bad_request');
  await assert.rejects(wrong, /bad_request/);
});

test('what it plans it does at once; what it chooses when its time comes, one after another', async () => {
  const rounds = Array.from({ length: 20 }, (_, index) => ({ round: index + 1 }));
  const plan = [1, 2].map(() => ({ type: 'whisper', to: 'bob', word: 'a' }));
  assert.equal((await played(gameOf({ ...whispers, bot: () => plan }), rounds)).mostAtOnce, 2);
  assert.equal((await played(gameOf(silent), rounds)).mostAtOnce, 1);
});

test('another game than was asked for is said', async () => {
  await assert.rejects(
    played(gameOf(silent), [{ round: 1, module: 'chess' }]),
    /^Error: chess is played there, not whispers$/,
  );
});
