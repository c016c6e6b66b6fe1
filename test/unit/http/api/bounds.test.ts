/** The document of `continue_game` promises the bounds that the rules hold: no value is documented that they refuse, or the reverse. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wireShapesOf } from '../../../../src/game/wire-shapes.ts';
import { minotaurGame } from '../../../../src/games.ts';
import { openapi } from '../../../../src/http/api/openapi.ts';
import { operations } from '../../../../src/http/api/operations.ts';
import { Contract } from '../../../support/contract.ts';
import { fakeTime } from '../../../support/fake-gateway.ts';
import { minotaurRules } from '../../../support/minotaur-rules.ts';

const contract = new Contract(JSON.parse(JSON.stringify(openapi(wireShapesOf(minotaurGame)))));
const origin = { nonce: 'nonce', host: null };
const context = { now: 0, version: 1 };

const documentIs = contract.at('components', 'schemas', 'GameDocument');
const taken = (document: unknown) => minotaurRules.create('G', document, origin, context).kind === 'applied';

const player = (fields: object) => ({ players: { p0: { id: 'p0', displayName: 'Ada', ...fields } } });
const move = (q: unknown, r: unknown) => ({ registeredActions: { p0: [{ type: 'move', vector: { q, r } }] } });

/** Of each pair the first is the last that is allowed, the second the first that is not. */
const edges: readonly (readonly [object, object])[] = [
  [{ round: 1_000_000_000 }, { round: 1_000_000_001 }],
  [{ round: 1 }, { round: 0 }],
  [{ status: 'active' }, { status: 'concluded' }],
  [{ world: null }, { world: [] }],
  [player({ health: 10_000 }), player({ health: 10_001 })],
  [player({ health: 0 }), player({ health: -1 })],
  [player({ displayName: 'x'.repeat(64) }), player({ displayName: 'x'.repeat(65) })],
  [player({ displayName: '😀'.repeat(64) }), player({ displayName: '' })],
  [player({ ready: true }), player({ ready: 1 })],
  [move(1_000, -1_000), move(1_001, 0)],
  [move(-1_000, 1_000), move(0, -1_001)],
  [move(0, 0), move(0, 0.5)],
  [{ settings: { roundSeconds: 604_800 } }, { settings: { roundSeconds: 604_801 } }],
  [{ settings: { maxPlayers: 64 } }, { settings: { maxPlayers: 65 } }],
  [{ settings: { seed: 0xffff_ffff } }, { settings: { seed: -1 } }],
];

test('documents at the edge of what is allowed', () => {
  for (const [right, wrong] of edges) {
    assert.equal(documentIs(right), null, JSON.stringify(right));
    assert.ok(taken(right), JSON.stringify(right));
    assert.notEqual(documentIs(wrong), null, JSON.stringify(wrong));
    assert.ok(!taken(wrong), JSON.stringify(wrong));
  }
});

test('what a move may ask for, as a command', () => {
  const { body } = operations.register_action;
  const commandIs = contract.at('components', 'schemas', 'RegisterAction');
  const begun = minotaurRules.create('G', {}, origin, context);
  assert.ok(begun.kind === 'applied');
  for (const [q, allowed] of [
    [1_000, true],
    [-1_000, true],
    [1_001, false],
    [-1_001, false],
  ] as const) {
    const given = { type: 'move', vector: { q, r: 0 }, playerId: 'p0' } as const;
    assert.ok(body.safeParse(given).success, 'the edge leaves this to the rules');
    assert.equal(commandIs(given) === null, allowed, String(q));
    const command = {
      type: 'register_action',
      playerId: 'p0',
      action: { type: 'move', vector: given.vector },
    } as const;
    assert.equal(
      minotaurRules.apply(begun.state, command, { now: 1, version: 2 }).kind === 'applied',
      allowed,
      String(q),
    );
  }
});

test('what every viewer sees of a game, and its records, are as documented', () => {
  const host = { playerId: 'host', displayName: 'Ada' };
  const lobby = minotaurRules.create('G', { status: 'lobby' }, { nonce: 'nonce', host }, context);
  assert.ok(lobby.kind === 'applied');
  const steps = [
    { type: 'join', playerId: 'bob', displayName: 'Bob' },
    { type: 'join', playerId: 'eve', displayName: 'Eve' },
    { type: 'set_ready', playerId: 'bob', ready: true },
    { type: 'start' },
    { type: 'register_action', playerId: 'bob', action: { type: 'attack', targetPlayerId: 'host' } },
    { type: 'register_action', playerId: 'eve', action: { type: 'move', vector: { q: 1, r: 0 } } },
    { type: 'leave', playerId: 'eve', kicked: true },
    { type: 'commit_round', round: 1, playerId: 'bob' },
    { type: 'end_round', round: 1 },
    { type: 'leave', playerId: 'bob', kicked: false },
    { type: 'leave', playerId: 'host', kicked: false },
  ] as const;
  let { state } = lobby;
  let records = 0;
  for (const [index, step] of [null, ...steps].entries()) {
    if (step !== null) {
      const outcome = minotaurRules.apply(state, step, { now: index * 1_000, version: index + 1 });
      assert.ok(outcome.kind === 'applied', JSON.stringify(outcome));
      state = outcome.state;
      if (outcome.record !== undefined) {
        records += 1;
        for (const viewer of ['admin', 'player:bob'] as const) {
          const record = minotaurRules.record(outcome.record.content, viewer);
          assert.equal(
            contract.at('components', 'schemas', 'RoundRecord')({ ...record, serverTime: fakeTime }),
            null,
            viewer,
          );
        }
      }
    }
    for (const [viewer, schema] of [
      ['admin', 'AdminGame'],
      ['player:bob', 'PlayerGame'],
      ['public', 'PublicGame'],
    ] as const) {
      const is = contract.at('components', 'schemas', schema);
      assert.equal(is(minotaurRules.view(state, viewer)), null, `${viewer} after ${step?.type}`);
    }
    for (const event of minotaurRules.events(state, 'admin').events) {
      assert.equal(contract.at('components', 'schemas', 'GameEvent')(event), null, JSON.stringify(event));
    }
  }
  assert.equal(records, 2);
});
