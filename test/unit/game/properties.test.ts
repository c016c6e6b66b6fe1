/** Whatever is played, in whatever order: what must hold of the rules. States are frozen, so a mutation throws. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isErrorCode } from '../../../src/errors.ts';
import type { Action, GameCommand } from '../../../src/game/commands.ts';
import { minotaurRules } from '../../../src/game/rules.ts';
import type { GameState } from '../../../src/game/state.ts';
import type { Applied, RuleContext } from '../../../src/session/rules.ts';
import { create, frozen, players, start } from './games.ts';

const playerId = fc.constantFrom('p0', 'p1', '2', 'constructor', 'stranger', '__proto__');
const round = fc.integer({ min: 0, max: 6 });
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    type: fc.constant('move' as const),
    vector: fc.record({ q: fc.integer({ min: -1_001, max: 1_001 }), r: fc.integer({ min: -3, max: 3 }) }),
  }),
  fc.record({ type: fc.constant('attack' as const), targetPlayerId: playerId }),
);
const version = fc.integer({ min: 0, max: 40 });
const actionId = fc.oneof(
  version.map((number) => `a${number}`),
  fc.constantFrom('a1-1', 'mine', 'rubbish', '__proto__'),
);
const command: fc.Arbitrary<GameCommand> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('register_action' as const), playerId, action }) },
  {
    weight: 2,
    arbitrary: fc.record(
      { type: fc.constant('retract_action' as const), actionId, playerId },
      { requiredKeys: ['type', 'actionId'] },
    ),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('commit_round' as const), round, playerId }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('end_round' as const), round }) },
);
const step = fc.oneof(
  { weight: 12, arbitrary: command },
  { weight: 1, arbitrary: fc.constantFrom('time up' as const, 'abandon' as const) },
);
const document = fc.record({
  players: fc.constantFrom(null, players('p0', 'p1'), players('p0', 'p1', '2', 'constructor')),
  settings: fc.record({ actionPoints: fc.integer({ min: 1, max: 4 }), maxPlayers: fc.integer({ min: 4, max: 5 }) }),
  registeredActions: fc.constantFrom(
    {},
    {
      p0: [{ type: 'move', vector: { q: 0, r: 0 } }],
      p1: [{ id: 'mine', type: 'attack', targetPlayerId: 'p0' }],
    },
  ),
});

interface Content {
  readonly actions: readonly { readonly id: string }[];
  readonly events: readonly { readonly seq: number }[];
}

/** Plays `steps`; `look` sees every change. */
function play(
  given: unknown,
  steps: readonly (GameCommand | 'time up' | 'abandon')[],
  look: (before: GameState, outcome: Applied<GameState>, context: RuleContext, what: GameCommand | 'abandon') => void,
): GameState {
  let state = create(given);
  let version = 1;
  for (const [index, step] of steps.entries()) {
    const context = { now: start + index * 9_000, version: version + 1 };
    const what = step === 'time up' ? minotaurRules.timeUp(state) : step;
    const perform = () =>
      what === 'abandon'
        ? minotaurRules.abandonRound(state, context)
        : minotaurRules.apply(state, frozen(what), context);
    const outcome = frozen(perform());
    assert.deepEqual(perform(), outcome, 'the same arguments give the same answer');
    if (outcome.kind === 'rejected') {
      assert.ok(isErrorCode(outcome.code), outcome.code);
      continue;
    }
    look(state, outcome, context, what);
    state = outcome.state;
    version += 1;
  }
  return state;
}

const steps = fc.array(step, { maxLength: 40 });
const idsOf = (state: GameState) => Object.values(state.registeredActions).flatMap((list) => list.map(({ id }) => id));
const check = (property: fc.IProperty<[{ players: unknown }, (GameCommand | 'time up' | 'abandon')[]]>) =>
  fc.assert(property, { numRuns: 300 });

describe('whatever is played', () => {
  test('the state stays valid, small, and survives JSON', () => {
    check(
      fc.property(document, steps, (given, commands) => {
        play(given, commands, (_, { state }) => {
          const stored: unknown = JSON.parse(JSON.stringify(state));
          assert.deepEqual(minotaurRules.parse(stored), state);
          assert.deepEqual(Object.keys(stored as object), Object.keys(state));
          assert.ok(state.events.length <= 3);
          const acting = new Set([...Object.keys(state.registeredActions), ...state.committed]);
          assert.ok(acting.size <= state.settings.maxPlayers);
        });
      }),
    );
  });

  test('rounds rise by one, each with its record and a whole clock', () => {
    check(
      fc.property(document, steps, (given, commands) => {
        play(given, commands, (before, { state, record }, { now }) => {
          if (record === undefined) {
            assert.equal(state.round, before.round);
            assert.equal(state.roundEndTime, before.roundEndTime);
            return;
          }
          assert.equal(record.round, before.round);
          assert.equal(state.round, before.round + 1);
          assert.equal(state.roundEndTime, now + 60_000);
          assert.deepEqual([state.registeredActions, state.committed], [{}, []]);
        });
      }),
    );
  });

  test('nobody has more actions than points, and no id comes twice', () => {
    check(
      fc.property(document, steps, (given, commands) => {
        const seen = new Set(idsOf(create(given)));
        play(given, commands, (before, { state }, { version }, what) => {
          for (const list of Object.values(state.registeredActions)) {
            assert.ok(list.length >= 1 && list.length <= state.settings.actionPoints);
          }
          if (what === 'abandon' || what.type !== 'register_action') return;
          const { actionId: id } = minotaurRules.answer(what, version).body as { actionId: string };
          assert.ok(!seen.has(id));
          seen.add(id);
          assert.deepEqual(idsOf(state).sort(), [...idsOf(before), id].sort());
        });
      }),
    );
  });

  test('an action is carried out once or taken back, unless its round was abandoned', () => {
    check(
      fc.property(document, steps, (given, commands) => {
        play(given, commands, (before, { state, record }, _, what) => {
          if (record !== undefined) {
            const carriedOut = (record.content as Content).actions.map(({ id }) => id).sort();
            assert.deepEqual(carriedOut, what === 'abandon' ? [] : idsOf(before).sort());
          } else if (what !== 'abandon' && what.type === 'retract_action') {
            assert.deepEqual(
              idsOf(state),
              idsOf(before).filter((id) => id !== what.actionId),
            );
          }
        });
      }),
    );
  });

  test('the events of all records and of the running round have every number once', () => {
    check(
      fc.property(document, steps, (given, commands) => {
        const numbers: number[] = [];
        const last = play(given, commands, (_, { record }) => {
          if (record !== undefined) numbers.push(...(record.content as Content).events.map(({ seq }) => seq));
        });
        numbers.push(...last.events.filter((event) => event.round === last.round).map(({ seq }) => seq));
        assert.deepEqual(
          numbers,
          numbers.map((_, index) => index + 1),
        );
      }),
    );
  });
});

test('no document makes create throw, or a state that the store would not take back', () => {
  const field = fc.constantFrom(
    'id',
    'status',
    'round',
    'roundEndTime',
    'world',
    'players',
    'registeredActions',
    'settings',
  );
  const likely = fc.constantFrom<unknown>('ABC', 'lobby', 1, '2026-01-01T00:00:00Z', null, {}, players('p0'));
  fc.assert(
    fc.property(fc.dictionary(field, fc.oneof(likely, fc.jsonValue({ maxDepth: 3 }))), (given) => {
      const outcome = minotaurRules.create('ABC', frozen(given), { now: start, version: 1 });
      if (outcome.kind === 'rejected') assert.equal(outcome.code, 'bad_request');
      else assert.deepEqual(minotaurRules.parse(JSON.parse(JSON.stringify(outcome.state))), outcome.state);
    }),
    { numRuns: 2_000 },
  );
});
