/** What an older member is given of a state, and what its states are taken for. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeState, encodeState } from '../../../src/session/snapshot.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { writing } from '../../support/written.ts';
import { create, frozen, hostedBy, start, Table } from './games.ts';
import { creations, play, steps } from './plays.ts';

const lowered = (state: ReturnType<typeof create>) => JSON.parse(encodeState(minotaurRules, frozen(state), writing(1)));
const lifted = (state: unknown) => decodeState(minotaurRules, JSON.stringify(state), 1);

/** A hosted game at rest, since `start`. */
function atRest(): Table {
  const table = new Table({ status: 'lobby', settings: { idleRounds: 1, roundSeconds: 30 } }, hostedBy('host', 'Ada'));
  table.play({ type: 'start' });
  table.play({ type: 'end_round', round: 1 });
  assert.equal(table.state.suspendedAt, start);
  return table;
}

describe('version 1', () => {
  test('knows nothing of rest: a clock that stood still runs on from there', () => {
    const old = lowered(atRest().state);
    for (const field of ['suspendedAt', 'played']) assert.ok(!Object.hasOwn(old, field), field);
    assert.ok(!Object.hasOwn(old.settings, 'idleRounds'));
    assert.equal(old.roundEndTime, start + 30_000);
    const taken = lifted(old);
    assert.deepEqual([taken.roundEndTime, taken.suspendedAt], [start + 30_000, null]);
  });

  test('events of the clock keep their numbers, as events that it knows', () => {
    const table = atRest();
    table.play({ type: 'register_action', playerId: 'host', action: { type: 'move', vector: { q: 0, r: 0 } } });
    const numbers = table.state.events.map(({ seq }) => seq);
    const { events } = lowered(table.state) as { events: { seq: number; type: string }[] };
    assert.deepEqual(
      events.map(({ seq }) => seq),
      numbers,
    );
    assert.deepEqual(
      events.map(({ type }) => type),
      ['round_ended', 'round_started', 'round_started', 'round_started'],
    );
  });

  test('its games come to rest by default if somebody hosts them, and never before their next rounds', () => {
    const hosted = lifted(lowered(Table.lobby(hostedBy('host', 'Ada')).state));
    assert.deepEqual([hosted.settings.idleRounds, hosted.played], [5, { round: 1, at: null }]);
    const bare = lifted(lowered(create({ round: 7 })));
    assert.deepEqual([bare.settings.idleRounds, bare.played], [0, { round: 7, at: null }]);
  });

  test('whatever is played, what comes back is a state that plays on, and loses nothing that version 1 knows', () => {
    fc.assert(
      fc.property(creations, steps, (creation, taken) => {
        play(creation, taken, ({ outcome: { state } }) => {
          const old = lowered(state);
          const back = lifted(old);
          assert.deepEqual(lowered(back), old);
          const running = state.status === 'active';
          const { now, version } = { now: start + 1, version: 1_000 };
          const ended = running
            ? minotaurRules.apply(back, { type: 'end_round', round: back.round }, { now, version })
            : null;
          assert.equal(ended?.kind ?? 'applied', 'applied');
        });
      }),
      { numRuns: 100 },
    );
  });
});
