/** What webhooks are told of a game: which events, in which words, and what is never in them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GameState } from '../../../src/game/state.ts';
import type { Notice } from '../../../src/session/rules.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { contentOf, create, nonce, players, start, take } from './games.ts';

const { notices } = minotaurRules;
const later = { now: start + 5_000, version: 2 };

function dataOf(notice: Notice | null | 'recorded'): Record<string, unknown> {
  assert.ok(notice !== null && notice !== 'recorded');
  const { type, timestamp, data } = JSON.parse(notice.body) as { type: string; timestamp: string; data: object };
  assert.equal(type, notice.type);
  assert.equal(timestamp, new Date(notice.at).toISOString());
  return { type, ...data };
}

/** All that the state holds. */
function told(state: GameState): Record<string, unknown>[] {
  const all: Record<string, unknown>[] = [];
  for (let seq = (state.events[0]?.seq ?? 1) - 1; ; ) {
    const notice = notices.next(state, seq);
    if (notice === null || notice === 'recorded') return all;
    all.push(dataOf(notice));
    seq = notice.seq;
  }
}

const running = () => create({ players: players('p0', 'p1'), settings: { roundSeconds: 60 } });
const endRound = (state: GameState) => take(minotaurRules.apply(state, { type: 'end_round', round: 1 }, later));

test('a game that begins tells who plays, who is to act, and until when', () => {
  const roundEndTime = new Date(start + 60_000).toISOString();
  assert.deepEqual(told(running()), [
    { type: 'game_started', gameId: 'ABC', round: 1, players: ['p0', 'p1'] },
    { type: 'round_started', gameId: 'ABC', round: 1, asked: ['p0', 'p1'], roundEndTime },
  ]);
});

test('who has committed the round is not asked any more', () => {
  const { state } = take(minotaurRules.apply(running(), { type: 'commit_round', round: 1, playerId: 'p0' }, later));
  assert.deepEqual(told(state)[1]?.asked, ['p1']);
});

test('a bare session has nobody to be told of', () => {
  assert.deepEqual(
    told(create({})).map(({ type, players: who, asked }) => [type, who ?? asked]),
    [
      ['game_started', []],
      ['round_started', []],
    ],
  );
});

test('a lobby tells nothing', () => {
  const lobby = create({ status: 'lobby', players: players('p0') });
  assert.equal(notices.newest(lobby), 0);
  assert.equal(notices.next(lobby, 0), null);
});

test('of a round that is over the record tells, and it asks nobody', () => {
  const ended = endRound(running());
  const { state } = ended;
  assert.equal(notices.next(state, 0), 'recorded');
  const content = contentOf(ended);
  const first = notices.recorded(state, content, 0);
  const second = notices.recorded(state, content, 1);
  assert.deepEqual(dataOf(first), { type: 'game_started', gameId: 'ABC', round: 1, players: ['p0', 'p1'] });
  const over = { type: 'round_started', gameId: 'ABC', round: 1, asked: [], roundEndTime: null };
  assert.deepEqual(dataOf(second), over);
  assert.deepEqual(dataOf(notices.recorded(state, content, 2)), {
    type: 'round_ended',
    gameId: 'ABC',
    round: 1,
    reason: 'command',
  });
  assert.equal(notices.recorded(state, content, 3), null);
});

test('an event has one id, in the state and in the record; what happens at another time has another', () => {
  const before = running();
  const ended = endRound(before);
  const inState = notices.next(before, 0);
  const inRecord = notices.recorded(ended.state, contentOf(ended), 0);
  assert.ok(inState !== null && inState !== 'recorded' && inRecord !== null);
  assert.equal(inState.id, inRecord.id);
  assert.match(inState.id, /^msg_[\w-]{24}$/);
  const [first, ...rest] = before.events;
  assert.ok(first);
  const again = notices.next({ ...before, events: [{ ...first, at: first.at + 1 }, ...rest] }, 0);
  const other = notices.next({ ...before, nonce: 'another' }, 0);
  for (const notice of [again, other]) {
    assert.ok(notice !== null && notice !== 'recorded');
    assert.notEqual(notice.id, inState.id);
  }
});

test('the end of a game is told last, and nothing but that after the end of the round', () => {
  const left = take(minotaurRules.apply(running(), { type: 'leave', playerId: 'p0', kicked: false }, later)).state;
  const over = take(minotaurRules.apply(left, { type: 'leave', playerId: 'p1', kicked: false }, later)).state;
  assert.deepEqual(told(over).slice(-2), [
    { type: 'round_ended', gameId: 'ABC', round: 1, reason: 'deserted' },
    { type: 'game_concluded', gameId: 'ABC', round: 1, reason: 'abandoned' },
  ]);
  assert.equal(notices.newest(over), over.events.at(-1)?.seq);
});

test('who has left is asked for nothing', () => {
  const left = take(minotaurRules.apply(running(), { type: 'leave', playerId: 'p0', kicked: false }, later)).state;
  assert.deepEqual(told(left)[1]?.asked, ['p1']);
});

test('neither names nor the nonce nor numbers of events are told', () => {
  const ended = endRound(running());
  const texts = [running(), ended.state].flatMap((state) => told(state).map((data) => JSON.stringify(data)));
  assert.ok(texts.length > 3);
  for (const text of texts) {
    assert.ok(!text.includes('Player p0') && !text.includes(nonce) && !text.includes('seq'), text);
  }
});
