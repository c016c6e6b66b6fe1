/** One game at its table: what the host makes of a module, right or wrong. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineGame, player, z } from 'minotaur/game';
import { GameFault } from '../../../src/game/faults.ts';
import { LARGEST_WORLD_BYTES } from '../../../src/game/kept-world.ts';
import type { LoadedGame } from '../../../src/game/loaded-game.ts';
import { gameOf } from '../../../src/game/module-check.ts';
import { noPlayer } from '../../../src/game/player-field.ts';
import { DRAWN_BYTES } from '../../../src/game/random-stream.ts';
import {
  awaitedAt,
  botPlays,
  finish,
  isComplete,
  legalFor,
  look,
  nextTable,
  openTable,
  readAction,
  readSettings,
  readWorld,
  type Table,
  tableWith,
  take,
  withAction,
} from '../../../src/game/table.ts';
import { MOST_EVENTS } from '../../../src/game/tell.ts';
import ticTacToe from '../../../src/games/tic-tac-toe/game.ts';

const defaults = { actions: 3, seconds: 60 };
const bytes = (value: number) => new Uint8Array(DRAWN_BYTES).fill(value);
const seat = (id: string, more = {}) => ({ id, bot: false, away: false, left: false, ...more });
const seats = [seat('ann'), seat('bob')];
const opening = { seats, settings: {}, round: 1, now: 1_000, bytes: bytes(1), defaults };
const open = (game: LoadedGame, more = {}) => openTable(game, { ...opening, ...more });

/** Two players who may say things; every member can be replaced. */
function talk(over: Record<string, unknown> = {}): LoadedGame {
  const game = defineGame({
    name: 'talk',
    version: 1,
    players: { min: 1, max: 4 },
    settings: z.object({}),
    world: z.object({ said: z.array(z.string()), by: z.record(player(), z.int()) }),
    actions: { say: z.object({ text: z.string() }), point: z.object({ at: player() }) },
    events: { heard: z.object({ text: z.string() }) },
    reasons: ['rude'],
    setup: ({ players }) => ({ said: [], by: Object.fromEntries(players.map((id) => [id, 0])) }),
    turn: (world) => ({ players: Object.keys(world.by) }),
    resolve(world, actions, { tell }) {
      for (const action of actions) {
        if (action.type !== 'say') continue;
        world.said.push(`${action.player}: ${action.text}`);
        tell('heard', { text: action.text }, [action.player]);
      }
    },
    outcome: () => null,
    view: (world) => world,
    allows: (_view, _player, action) => action.type !== 'say' || action.text !== 'boo' || 'rude',
  });
  return gameOf({ ...game, ...over });
}

const say = (text: string) => ({ type: 'say', text });
const faultOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (error instanceof GameFault) return error.message;
    throw error;
  }
  return null;
};
function acting(game: LoadedGame, table: Table, id: string, action: object): Table {
  const taken = take(game, table, id, action);
  assert.ok('action' in taken, JSON.stringify(taken));
  return withAction(table, id, taken.action);
}

test('a whole game, by what is legal', () => {
  const game = gameOf(ticTacToe);
  let table = open(game);
  for (let round = 1; ; round += 1) {
    const [id = ''] = awaitedAt(table);
    const other = id === 'ann' ? 'bob' : 'ann';
    const [first] = legalFor(game, table, id);
    assert.ok(first !== undefined);
    assert.deepEqual(take(game, table, other, first), { refusal: { kind: 'not_your_turn' } });
    assert.equal(isComplete(table), false);
    table = acting(game, table, id, first);
    assert.equal(isComplete(table), true);
    const end = finish(game, table, { now: 1_000 + round, bytes: bytes(round), defaults });
    assert.deepEqual(end.events, [{ type: 'marked', fields: { by: id, cell: round - 1 }, to: 'everybody' }]);
    if (end.outcome !== null) {
      // 0 2 4 6: the diagonal of whoever began.
      assert.deepEqual(end.outcome, { winners: [id] });
      assert.equal(round, 7);
      return;
    }
    table = nextTable(table, end, 1_000 + round);
    assert.equal(table.round, round + 1);
  }
});

test('bots play by what they see, and are not waited for', () => {
  const game = gameOf(ticTacToe);
  const bots = [seat('ann', { bot: true }), seat('bob', { bot: true })];
  const table = open(game, { seats: bots });
  assert.deepEqual(awaitedAt(table), []);
  const { actions } = finish(game, table, { now: 2_000, bytes: bytes(2), defaults });
  assert.equal(actions.length, 1);
  assert.deepEqual(actions, finish(game, table, { now: 2_000, bytes: bytes(2), defaults }).actions);
});

test('a bot that makes a mistake passes, and it is told', () => {
  const game = talk({
    bot: () => {
      throw new Error('no idea');
    },
  });
  const table = open(game, { seats: [seat('ann', { bot: true }), seat('bob')] });
  const end = finish(game, table, { now: 2_000, bytes: bytes(2), defaults });
  assert.deepEqual(end.actions, []);
  assert.deepEqual(
    end.faults.map(({ message }) => message),
    ['bot: no idea'],
  );
});

test('what a bot may not do, it does not', () => {
  const game = talk({ bot: () => [say('boo'), say('hello'), { type: 'shout' }] });
  const table = open(game, { seats: [seat('ann', { bot: true })] });
  const end = finish(game, table, { now: 2_000, bytes: bytes(2), defaults });
  assert.deepEqual(end.actions, [{ type: 'say', text: 'hello', player: 'ann' }]);
});

test('actions are read by their schemas, by whose turn it is, and by what the module allows', () => {
  const game = talk();
  const table = open(game);
  const refusal = (given: unknown, id = 'ann', at = table) => {
    const taken = take(game, at, id, given);
    return 'refusal' in taken ? taken.refusal : null;
  };
  assert.deepEqual(refusal({ type: 'shout' }), { kind: 'unknown_type', types: ['say', 'point'] });
  assert.deepEqual(refusal({ type: '__proto__' }), { kind: 'unknown_type', types: ['say', 'point'] });
  assert.deepEqual(refusal(null), { kind: 'unknown_type', types: ['say', 'point'] });
  assert.deepEqual(refusal({ type: 'say' }), { kind: 'wrong_fields', complaints: ['text: is required'] });
  assert.deepEqual(refusal({ ...say('hi'), texts: 'x' }), {
    kind: 'wrong_fields',
    complaints: ['texts: is not known; did you mean text?'],
  });
  for (const at of ['eve', '__proto__', 'constructor', 'toString']) {
    assert.equal(refusal({ type: 'point', at })?.kind, 'wrong_fields', at);
  }
  assert.equal(refusal({ type: 'point', at: 'bob' }), null);
  assert.deepEqual(refusal(say('boo')), { kind: 'refused', reason: 'rude' });
  assert.deepEqual(refusal(say('hi'), 'eve'), { kind: 'not_your_turn' });
  const full = acting(game, acting(game, acting(game, table, 'ann', say('1')), 'ann', say('2')), 'ann', say('3'));
  assert.deepEqual(refusal(say('4'), 'ann', full), { kind: 'no_actions_left', most: 3 });
});

test('a reason that was not declared is a fault of the module', () => {
  const game = talk({ allows: () => 'whatever' });
  assert.match(String(faultOf(() => take(game, open(game), 'ann', say('hi')))), /^allows: must answer true or one of/);
});

test('everybody acts once before anybody acts twice, in an order that is drawn', () => {
  const game = talk();
  let table = open(game);
  for (const [id, text] of [
    ['ann', '1'],
    ['ann', '2'],
    ['bob', '1'],
    ['bob', '2'],
  ] as const) {
    table = acting(game, table, id, say(text));
  }
  const orders = Array.from({ length: 32 }, (_, value) => {
    const { actions } = finish(game, table, { now: 2_000, bytes: bytes(value), defaults });
    assert.deepEqual(
      actions.map(({ text }) => text),
      ['1', '1', '2', '2'],
    );
    return actions.map((action) => action.player).join();
  });
  assert.deepEqual([...new Set(orders)].sort(), ['ann,bob,ann,bob', 'bob,ann,bob,ann']);
});

test('when a round ends before its time', () => {
  const ending = (ends: string) => {
    const game = talk({ turn: () => ({ players: ['ann', 'bob'], actions: 1, ends }) });
    const table = open(game);
    const one = acting(game, table, 'ann', say('1'));
    const both = acting(game, one, 'bob', say('1'));
    const done = { ...table, done: ['ann', 'bob'] };
    return [table, one, both, done].map(isComplete);
  };
  assert.deepEqual(ending('done'), [false, false, false, true]);
  assert.deepEqual(ending('all'), [false, false, true, true]);
  assert.deepEqual(ending('first'), [false, true, true, true]);
});

test('nobody waits for bots, for who is away, or for who left', () => {
  for (const state of ['bot', 'away', 'left']) {
    const table = open(talk(), { seats: [seat('ann'), seat('bob', { [state]: true })] });
    assert.deepEqual(awaitedAt(table), ['ann'], state);
    assert.equal(isComplete({ ...table, done: ['ann'] }), true, state);
  }
  const alone = open(talk(), { seats: [seat('ann', { away: true }), seat('bob', { bot: true })] });
  assert.equal(isComplete(alone), false, 'of a round that waits for nobody the clock decides');
});

test('what is kept is what is stored, and nobody changes it', () => {
  const game = talk({
    setup: () => ({ said: ['a'], by: { ann: 1, bob: 2 }, extra: new Date(0), more: undefined }),
    view: (world: { said: string[] }) => world.said.push('b'),
  });
  const table = open(game);
  assert.deepEqual(table.world, { said: ['a'], by: { ann: 1, bob: 2 } });
  assert.match(String(faultOf(() => look(game, table, { kind: 'public' }))), /^view: .*not extensible/);
});

test('a schema that makes of JSON what JSON does not hold is refused: it would be stored as something else', () => {
  const worlds = [
    [z.object({ at: z.coerce.date() }), { at: 0 }, 'at'],
    [
      z.object({ rows: z.array(z.object({ of: z.string().transform((id) => new Set([id])) })) }),
      { rows: [{ of: '' }] },
      'rows.0.of',
    ],
    [z.object({ ratio: z.number().transform((part) => part / 0) }), { ratio: 1 }, 'ratio'],
    [z.object({ all: z.array(z.string().transform(() => undefined)) }), { all: [''] }, 'all.0'],
  ] as const;
  for (const [world, made, at] of worlds) {
    assert.equal(
      faultOf(() => open(talk({ world, setup: () => made }))),
      `setup: the world's schema makes something at ${at} that JSON does not hold`,
    );
  }
  const world = z.object({
    n: z.number(),
    more: z.string().optional().catch(undefined),
    facts: z.record(z.string(), z.null()),
  });
  const made = { n: -1.5, more: 7, facts: { a: null } };
  assert.deepEqual(readWorld(talk({ world }), made, seats), { ...made, more: undefined });
});

test('what a module does wrong is named by its member, and nothing of it is kept', () => {
  const thrower = () => {
    throw new Error('oops');
  };
  const end = (game: LoadedGame) => finish(game, open(game), { now: 2_000, bytes: bytes(3), defaults });
  const faults = [
    faultOf(() => open(talk({ setup: thrower }))),
    faultOf(() => open(talk({ setup: () => ({ said: 'x', by: {} }) }))),
    faultOf(() => open(talk({ setup: () => ({ said: [], by: { eve: 1 } }) }))),
    faultOf(() => open(talk({ setup: () => undefined }))),
    faultOf(() => open(talk({ setup: () => ({ said: ['x'.repeat(400_000)], by: {} }) }))),
    faultOf(() => open(talk({ turn: thrower }))),
    faultOf(() => open(talk({ turn: () => ({ players: [undefined] }) }))),
    faultOf(() => open(talk({ turn: () => ({ players: ['eve'] }) }))),
    faultOf(() => open(talk({ turn: () => ({ players: [], seconds: -1 }) }))),
    faultOf(() => end(talk({ resolve: thrower }))),
    faultOf(() => end(talk({ outcome: () => ({ winners: ['eve'] }) }))),
    faultOf(() => end(talk({ outcome: thrower }))),
    faultOf(() => look(talk({ view: thrower }), open(talk()), { kind: 'public' })),
  ];
  assert.deepEqual(faults, [
    'setup: oops',
    'setup: the world is not as its schema says: said: must be a list',
    'setup: the world is not as its schema says: by.eve: Invalid key in record',
    'setup: must answer a JSON value',
    `setup: the world takes 400021 bytes; at most ${LARGEST_WORLD_BYTES} are kept`,
    'turn: oops',
    'turn: players.0: is required',
    'turn: names "eve", who is no player',
    'turn: seconds: is too small: must be at least 0',
    'resolve: oops',
    'outcome: names "eve", who is no player',
    'outcome: oops',
    'view: oops',
  ]);
});

test('events are of a declared type and told to players', () => {
  const telling = (...told: readonly unknown[]) => {
    const game = talk({
      resolve: (_world: unknown, _actions: unknown, { tell }: { tell: (...of: readonly unknown[]) => void }) =>
        tell(...told),
    });
    return () => finish(game, open(game), { now: 2_000, bytes: bytes(4), defaults }).events;
  };
  const fields = { text: 'x' };
  assert.deepEqual(telling('heard', fields)(), [{ type: 'heard', fields, to: 'players' }]);
  assert.deepEqual(telling('heard', fields, ['bob', 'bob'])(), [{ type: 'heard', fields, to: ['bob'] }]);
  assert.deepEqual(telling('heard', fields, [])(), [{ type: 'heard', fields, to: [] }]);
  assert.match(String(faultOf(telling('seen', fields))), /"seen" is no event/);
  assert.match(String(faultOf(telling('heard', {}))), /heard: text: is required/);
  assert.match(String(faultOf(telling('heard', fields, ['eve']))), /"eve" is no player/);
  assert.match(String(faultOf(telling('heard', fields, 'all'))), /must be a list of players/);
  const flood = talk({
    resolve: (_world: unknown, _actions: unknown, { tell }: { tell: (...of: readonly unknown[]) => void }) => {
      for (let each = 0; each <= MOST_EVENTS; each += 1) tell('heard', fields);
    },
  });
  assert.match(
    String(faultOf(() => finish(flood, open(flood), { now: 2_000, bytes: bytes(5), defaults }))),
    /at most 1000 events/,
  );
});

test('settings and worlds that somebody brings are read by their schemas', () => {
  const game = talk({ settings: z.object({ words: z.int().max(9).default(3) }) });
  assert.deepEqual(readSettings(game, {}), { value: { words: 3 } });
  assert.deepEqual(readSettings(game, { words: 10, word: 1 }), {
    complaints: ['words: is too large: must be at most 9', 'word: is not known; did you mean words?'],
  });
  const world = readWorld(game, { said: [], by: { bob: 1 } }, seats);
  const table = tableWith(game, world, opening);
  assert.deepEqual([table.world, table.turn.players], [{ said: [], by: { bob: 1 } }, ['bob']]);
  assert.match(String(faultOf(() => readWorld(game, { said: [], by: { eve: 1 } }, seats))), /^world: /);
  assert.match(String(faultOf(() => readWorld(game, [], seats))), /^world: /);
});

test('where nobody knows who plays, any id will do for a player, and nothing else', () => {
  const point = (at: unknown, players: readonly string[] | null) => {
    const read = readAction(talk(), { type: 'point', at }, players);
    return 'action' in read || read.refusal;
  };
  assert.equal(point('eve', null), true);
  assert.equal(point('bob', ['bob']), true);
  assert.deepEqual(point('eve', ['bob']), { kind: 'wrong_fields', complaints: [`at: ${noPlayer}`] });
  assert.notEqual(point('__proto__', null), true);
  assert.notEqual(point(7, null), true);
});

test('what a bot does follows from its bytes, seat by seat', () => {
  const game = gameOf(ticTacToe);
  const table = open(game, { seats: [seat('ann', { bot: true }), seat('bob', { bot: true })] });
  const [id = ''] = table.turn.players;
  const cells = Array.from({ length: 64 }, (_, value) => botPlays(game, table, id, bytes(value))[0]?.cell);
  assert.deepEqual([...new Set(cells)].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
});
