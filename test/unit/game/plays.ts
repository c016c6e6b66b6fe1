/**
 * Random games and what is played in them, for the properties of the rules.
 *
 * Role: generators of creations and commands, sensible and not; and the loop that plays them as a session would.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isErrorCode } from '../../../src/errors.ts';
import type { Action, GameCommand } from '../../../src/game/commands.ts';
import type { GameState } from '../../../src/game/state.ts';
import type { Applied, Origin, RuleContext } from '../../../src/session/rules.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { bare, create, frozen, hostedBy, players, start } from './games.ts';

interface Creation {
  readonly document: unknown;
  readonly origin: Origin;
}

type Step = GameCommand | 'time up' | 'abandon';

/** One change of a game: what was played, and what it led to. */
interface Change {
  readonly before: GameState;
  readonly outcome: Applied<GameState>;
  readonly context: RuleContext;
  readonly what: GameCommand | 'abandon';
}

const playerId = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('p0', 'p1', 'host') },
  { weight: 1, arbitrary: fc.constantFrom('2', 'constructor', 'stranger', '__proto__') },
);
const round = fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 0, max: 6 }));
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    type: fc.constant('move' as const),
    vector: fc.record({ q: fc.integer({ min: -1_001, max: 1_001 }), r: fc.integer({ min: -3, max: 3 }) }),
  }),
  fc.record({ type: fc.constant('attack' as const), targetPlayerId: playerId }),
);
const actionId = fc.oneof(
  fc.integer({ min: 0, max: 40 }).map((version) => `a${version}`),
  fc.constantFrom('a1-1', 'mine', 'rubbish', '__proto__'),
);
const command = <Type extends GameCommand['type'], Fields extends object>(type: Type, fields: Fields) =>
  fc.record({ type: fc.constant(type), ...fields } as { type: fc.Arbitrary<Type> } & Fields);

const keyedJoin = (playerId: string, digest: string) => ({
  type: 'join',
  playerId,
  displayName: `Player ${playerId}`,
  keys: [{ playerId, digest }],
  addresses: [`address of ${playerId}`],
});

const commands = fc.oneof(
  { weight: 6, arbitrary: command('register_action', { playerId, action }) },
  { weight: 1, arbitrary: command('retract_action', { actionId }) },
  { weight: 1, arbitrary: command('retract_action', { actionId, playerId }) },
  { weight: 3, arbitrary: command('commit_round', { round, playerId }) },
  { weight: 1, arbitrary: command('end_round', { round }) },
  // Mostly with one name a player, so that many joins are repetitions.
  { weight: 4, arbitrary: playerId.map((id) => keyedJoin(id, `key of ${id}`)) },
  { weight: 1, arbitrary: playerId.map((id) => keyedJoin(id, 'another key')) },
  { weight: 1, arbitrary: playerId.map((id) => ({ ...keyedJoin(id, `key of ${id}`), returns: 'host' })) },
  { weight: 1, arbitrary: command('join', { playerId, displayName: fc.constantFrom('Ada', '') }) },
  { weight: 1, arbitrary: command('set_ready', { playerId, ready: fc.boolean() }) },
  { weight: 2, arbitrary: command('leave', { playerId, kicked: fc.boolean() }) },
  { weight: 1, arbitrary: command('renew_token', { playerId }) },
  { weight: 1, arbitrary: command('lock', { locked: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: command('change_settings', {
      settings: fc.record({
        maxPlayers: fc.integer({ min: 0, max: 9 }),
        bots: fc.integer({ min: 0, max: 2 }),
        health: fc.integer({ min: 1, max: 200 }),
        idleRounds: fc.integer({ min: 0, max: 2 }),
      }) as fc.Arbitrary<Record<string, unknown>>,
      byAdmin: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: command('take_host', { playerId, appointed: fc.boolean() }) },
  { weight: 1, arbitrary: command('renew_token', { playerId, by: fc.constantFrom('host', 'admin') }) },
  { weight: 1, arbitrary: command('start', {}) },
) as fc.Arbitrary<GameCommand>;

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 16, arbitrary: commands },
    { weight: 1, arbitrary: fc.constantFrom('time up' as const, 'abandon' as const) },
  ),
  { maxLength: 40, size: 'max' },
);

const settings = fc.record({
  actionPoints: fc.integer({ min: 1, max: 4 }),
  maxPlayers: fc.integer({ min: 4, max: 5 }),
  seed: fc.constant(3_141_592_653),
  idleRounds: fc.integer({ min: 0, max: 2 }),
});

/** A running game that a document brought, with players or bare. */
const active = fc.record({
  document: fc.record({
    settings,
    players: fc.constantFrom(null, players('p0', 'p1'), players('p0', 'p1', '2', 'constructor')),
    registeredActions: fc.constantFrom(
      {},
      {
        p0: [{ type: 'move', vector: { q: 0, r: 0 } }],
        p1: [{ id: 'mine', type: 'attack', targetPlayerId: 'p0' }],
      },
    ),
  }),
  origin: fc.constant(bare),
});

const lobby = fc.record({
  document: fc.record({
    settings,
    status: fc.constant('lobby'),
    players: fc.constantFrom(null, players('p0'), players('p1', '2')),
  }),
  origin: fc.constantFrom(bare, hostedBy('host', null), hostedBy('host', 'Ada')),
});

export const creations: fc.Arbitrary<Creation> = fc.oneof(active, lobby);

/** Plays `taken` and answers the last state; `look` sees every change. */
export function play(
  { document, origin }: Creation,
  taken: readonly Step[],
  look: (change: Change) => void = () => {},
): GameState {
  let state = create(document, origin);
  let version = 1;
  for (const [index, step] of taken.entries()) {
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
    look({ before: state, outcome, context, what });
    state = outcome.state;
    version += 1;
  }
  return state;
}
