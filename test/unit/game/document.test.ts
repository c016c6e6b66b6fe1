/** Creating a game from a document: what is filled in, what is refused and how it is named. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { bare, create, east, hostedBy, players, refusal, start } from './games.ts';

const defaults = {
  roundSeconds: 60,
  actionPoints: 3,
  worldRadius: 10,
  visionRadius: 3,
  maxPlayers: 8,
  health: 100,
  seed: 1552166763,
  listed: false,
  idleRounds: 0,
  bots: 0,
  awayRounds: 3,
  table: { damage: 25, attackRange: 0, minotaur: false, lastRound: 1_000 },
};

describe('a bare session', () => {
  test('needs only an id and the end of its round', () => {
    const state = create({ id: 'ABC', roundEndTime: '2026-03-01T12:00:00Z' });
    assert.deepEqual(minotaurRules.view(state, 'admin'), {
      id: 'ABC',
      status: 'active',
      round: 1,
      roundEndTime: '2026-03-01T12:00:00.000Z',
      world: null,
      locked: false,
      host: null,
      players: null,
      registeredActions: {},
      settings: defaults,
      stateVersion: 3,
    });
    assert.equal(minotaurRules.deadline(state), Date.UTC(2026, 2, 1, 12));
    const summary = { status: 'active', listed: false, suspended: false, playedAt: start };
    assert.deepEqual(minotaurRules.summary(state), summary);
    assert.equal(minotaurRules.isOver(state), false);
    assert.equal(minotaurRules.hostGrant(state), null);
    assert.deepEqual(state.generations, {});
  });

  test('may have a round end in the past, in any offset and precision', () => {
    const state = create({ roundEndTime: '2001-02-03T04:05:06.7899999+02:00' });
    assert.equal(minotaurRules.deadline(state), Date.UTC(2001, 1, 3, 2, 5, 6, 789));
  });

  test('without an end of the round gets a whole one from now', () => {
    assert.equal(minotaurRules.deadline(create({})), start + 60_000);
    assert.equal(minotaurRules.deadline(create({ roundEndTime: null, settings: { roundSeconds: 5 } })), start + 5_000);
  });

  test('ignores what it does not know, but for its settings and actions', () => {
    assert.deepEqual(create({ banana: 1 }), create({}));
    assert.equal(
      refusal({ settings: { roundSecs: 3600 } }),
      'settings.roundSecs: is not known; did you mean roundSeconds?',
    );
    const wrong = { registeredActions: { p0: [{ ...east, vektor: 1, vector: { q: 1, r: 0, s: -1 } }] } };
    assert.match(refusal(wrong), /^registeredActions\.p0\.0\.vector\.s: is not known/);
    assert.match(refusal(wrong), /registeredActions\.p0\.0\.vektor: is not known; did you mean vector\?/);
  });

  test('names what is wrong where it stands in the body', () => {
    const detailOf = (document: unknown, origin = bare) => {
      const outcome = minotaurRules.create('ABC', document, origin, { now: start, version: 1 });
      return outcome.kind === 'rejected' ? outcome.detail : assert.fail();
    };
    assert.equal(
      detailOf({ roundEndTime: 'x', round: 0 }),
      'game.round: is too small: must be at least 1; game.roundEndTime: must be an RFC 3339 time',
    );
    assert.equal(detailOf([]), 'game: must be a JSON object');
    assert.equal(detailOf({ id: 'other' }), "game.id: must be the game's id, ABC");
    const lobby = { status: 'lobby', settings: { roundSecs: 1, seed: -1 } };
    assert.match(detailOf(lobby, hostedBy('h', null)), /^settings\.\w+: .*; settings\.\w+: /);
  });

  test('calls a number that is too large that', () => {
    for (const [settings, said] of [
      [{ roundSeconds: 604_801 }, 'settings.roundSeconds: is too large: must be at most 604800'],
      [{ roundSeconds: 1e21 }, 'settings.roundSeconds: is too large'],
      [{ roundSeconds: Number.POSITIVE_INFINITY }, 'settings.roundSeconds: is too large'],
      [{ seed: -1e300 }, 'settings.seed: is too small'],
      [{ roundSeconds: 0 }, 'settings.roundSeconds: is too small: must be at least 1'],
      [{ roundSeconds: 1.5 }, 'settings.roundSeconds: must be a whole number'],
      [{ roundSeconds: '60' }, 'settings.roundSeconds: must be a number'],
      [{ listed: 1 }, 'settings.listed: must be true or false'],
    ] as const) {
      assert.equal(refusal({ settings }), said);
    }
  });

  test('begins with the first two events', () => {
    assert.deepEqual(create({ round: 4 }).events, [
      { seq: 1, round: 4, at: start, type: 'game_started' },
      { seq: 2, round: 4, at: start, type: 'round_started' },
    ]);
  });
});

describe('a lobby', () => {
  test('runs no clock and has seen no events', () => {
    const state = create({ status: 'lobby', players: players('p0') });
    assert.equal(state.status, 'lobby');
    assert.equal(minotaurRules.deadline(state), null);
    assert.deepEqual(state.events, []);
    assert.equal((minotaurRules.view(state, 'admin') as { roundEndTime: unknown }).roundEndTime, null);
  });

  test('has players from the beginning, even if none', () => {
    assert.deepEqual(create({ status: 'lobby' }).players, {});
    assert.deepEqual(create({ status: 'lobby', players: null }).players, {});
  });

  test('begins with the first round', () => {
    assert.match(refusal({ status: 'lobby', round: 2 }), /^round: must be 1/);
    assert.equal(create({ status: 'lobby', round: 1 }).round, 1);
  });

  test('has neither a time nor actions', () => {
    assert.match(refusal({ status: 'lobby', roundEndTime: '2026-03-01T12:00:00Z' }), /^roundEndTime: /);
    assert.match(refusal({ status: 'lobby', registeredActions: { p0: [east] } }), /^registeredActions: /);
  });
});

describe('players', () => {
  test('may be given with a name only', () => {
    const state = create({ players: players('p0'), settings: { health: 70 } });
    assert.deepEqual(state.players, {
      p0: { id: 'p0', displayName: 'Player p0', health: 70, ready: false, joinedAtVersion: 1 },
    });
    assert.deepEqual(state.generations, {});
  });

  test('keep what they are given, no health included', () => {
    const ada = { id: 'p0', displayName: 'Ada', health: 0, ready: true };
    const state = create({ players: { p0: { ...ada, done: true, hat: 'red', joinedAtVersion: 9 } } });
    assert.deepEqual(state.players, { p0: { ...ada, joinedAtVersion: 1 } });
    assert.deepEqual(state.committed, []);
  });

  test('are at most maxPlayers', () => {
    assert.match(refusal({ players: players('a', 'b', 'c'), settings: { maxPlayers: 2 } }), /^players: /);
    assert.equal(
      Object.keys(create({ players: players('a', 'b'), settings: { maxPlayers: 2 } }).players ?? {}).length,
      2,
    );
  });

  test('may have the name of an inherited property', () => {
    const state = create({ players: players('constructor', 'toString'), registeredActions: { constructor: [east] } });
    assert.deepEqual(Object.keys(state.players ?? {}), ['constructor', 'toString']);
    assert.deepEqual(Object.keys(state.registeredActions), ['constructor']);
  });

  test('have names of 1 to 64 characters, whatever their code points', () => {
    const named = (displayName: unknown) => ({ players: { p0: { id: 'p0', displayName } } });
    for (const name of ['A', '🐂'.repeat(64), 'Ωμέγα ✨']) assert.ok(create(named(name)));
    for (const name of ['', 'x'.repeat(65), 'a\nb', 'a\u0000', '\ud800', '\u0085', 7, null]) {
      assert.match(refusal(named(name)), /^players\.p0\.displayName: /, JSON.stringify(name));
    }
  });
});

describe('registered actions', () => {
  test('keep their ids, or get one', () => {
    const attack = { type: 'attack', targetPlayerId: 'p0' };
    const state = create({ registeredActions: { p0: [{ ...east, id: 'mine' }, attack], p1: [east] } });
    assert.deepEqual(state.registeredActions, {
      p0: [
        { id: 'mine', ...east },
        { id: 'a1-2', ...attack },
      ],
      p1: [{ id: 'a1-3', ...east }],
    });
  });

  test('never keep an id that the session may give later', () => {
    const ids = ['a1', 'a2', 'a77', 'a1-1', 'a9-9'].map((id) => ({ ...east, id }));
    const state = create({ registeredActions: { p0: ids }, settings: { actionPoints: 5 } });
    assert.deepEqual(
      state.registeredActions.p0?.map((action) => action.id),
      ['a1-1', 'a1-2', 'a1-3', 'a1-4', 'a1-5'],
    );
  });

  test('keep to the rules', () => {
    const given = (registeredActions: unknown) => ({ players: players('p0'), registeredActions });
    assert.match(refusal(given({ p0: [east, east, east, east] })), /^registeredActions\.p0\.3: .*action points/);
    assert.match(refusal(given({ p1: [east] })), /^registeredActions\.p1\.0: /);
    assert.match(refusal(given({ p0: [{ type: 'attack', targetPlayerId: 'p1' }] })), /^registeredActions\.p0\.0\./);
    assert.match(
      refusal(given({ p0: [{ type: 'move', vector: { q: 1001, r: 0 } }] })),
      /^registeredActions\.p0\.0\.vector\.q: /,
    );
    assert.match(
      refusal(
        given({
          p0: [
            { ...east, id: 'x' },
            { ...east, id: 'x' },
          ],
        }),
      ),
      /^registeredActions\.p0\.1\.id: /,
    );
    assert.match(refusal(given({ p0: [{ type: 'fly' }] })), /^registeredActions\.p0\.0\.type: /);
  });

  test('of a bare session come from at most maxPlayers players', () => {
    const document = { registeredActions: { a: [east], b: [east] }, settings: { maxPlayers: 1 } };
    assert.match(refusal(document), /^registeredActions\.b\.0: /);
  });
});

describe('settings', () => {
  test('are complete whatever was given', () => {
    const given = { actionPoints: 7, listed: true, seed: 0 };
    assert.deepEqual(create({ settings: given }).settings, { ...defaults, ...given });
  });

  test('get a seed from the id: the same for the same game, another for another', () => {
    const seedOf = (id: string) => {
      const outcome = minotaurRules.create(id, {}, bare, { now: start, version: 1 });
      return outcome.kind === 'applied' ? outcome.state.settings.seed : null;
    };
    assert.equal(seedOf('ABC'), seedOf('ABC'));
    assert.notEqual(seedOf('ABC'), seedOf('ABD'));
    // Published test vectors of FNV-1a 32.
    assert.equal(seedOf('a'), 0xe40c292c);
    assert.equal(seedOf('foobar'), 0xbf9cf968);
  });

  test('never let anybody see further than the world', () => {
    const sight = (settings: object) =>
      Object.entries(create({ settings }).settings).find(([name]) => name === 'visionRadius');
    assert.deepEqual(sight({ worldRadius: 2 }), ['visionRadius', 2]);
    assert.deepEqual(sight({ worldRadius: 2, visionRadius: 2 }), ['visionRadius', 2]);
    assert.match(refusal({ settings: { visionRadius: 11 } }), /^settings\.visionRadius: /);
  });

  const bounds: [string, number, number][] = [
    ['roundSeconds', 1, 604_800],
    ['actionPoints', 1, 1_000],
    ['worldRadius', 3, 100],
    ['maxPlayers', 1, 64],
    ['health', 1, 10_000],
    ['seed', 0, 2 ** 32 - 1],
  ];
  for (const [name, least, most] of bounds) {
    test(`${name} is a whole number up to ${most}`, () => {
      for (const good of [least, most]) {
        assert.equal((create({ settings: { [name]: good } }).settings as Record<string, unknown>)[name], good);
      }
      for (const bad of [most + 1, least + 0.5, -1, '5', null, true]) {
        assert.ok(refusal({ settings: { [name]: bad } }).startsWith(`settings.${name}: `), `${name} = ${bad}`);
      }
    });
  }

  test('that may not be 0 are refused at 0', () => {
    for (const name of ['roundSeconds', 'actionPoints', 'worldRadius', 'maxPlayers', 'health']) {
      assert.ok(refusal({ settings: { [name]: 0 } }).startsWith(`settings.${name}: `), name);
    }
  });
});

describe('a wrong document', () => {
  const wrong: [string, unknown, RegExp][] = [
    ['nothing', null, /^game: /],
    ['a list', [], /^game: /],
    ['a text', 'ABC', /^game: /],
    ['another id', { id: 'ABD' }, /^id: /],
    ['an id that is none', { id: 7 }, /^id: /],
    ['a concluded game', { status: 'concluded' }, /^status: must be lobby or active/],
    ['round 0', { round: 0 }, /^round: /],
    ['half a round', { round: 1.5 }, /^round: /],
    ['a time that is none', { roundEndTime: 'tomorrow' }, /^roundEndTime: must be an RFC 3339 time/],
    ['a number for a time', { roundEndTime: 1 }, /^roundEndTime: /],
    ['a world where nobody plays', { world: {} }, /^world: must be null/],
    ['a world in a lobby', { status: 'lobby', players: players('p0'), world: {} }, /^world: must be null/],
    ['a world that is none', { players: players('p0'), world: {} }, /^world: the world is not as its schema says/],
    ['a list of players', { players: [] }, /^players: /],
    ['a player under another key', { players: { p1: { id: 'p0', displayName: 'Ada' } } }, /^players\.p1\.id: /],
    ['a player without a name', { players: { p0: { id: 'p0' } } }, /^players\.p0\.displayName: /],
    ['a player id that is none', { players: { 'a b': { id: 'a b', displayName: 'Ada' } } }, /^players\.a b: /],
    ['half ready', { players: { p0: { id: 'p0', displayName: 'Ada', ready: 'no' } } }, /^players\.p0\.ready: /],
    ['health below 0', { players: { p0: { id: 'p0', displayName: 'Ada', health: -1 } } }, /^players\.p0\.health: /],
    ['settings that are null', { settings: null }, /^settings: /],
    ['listed that is a number', { settings: { listed: 1 } }, /^settings\.listed: /],
    ['actions that are a list', { registeredActions: [] }, /^registeredActions: /],
    ['an action that is null', { registeredActions: { p0: [null] } }, /^registeredActions\.p0\.0: /],
  ];
  for (const [what, document, detail] of wrong) {
    test(`is refused by name: ${what}`, () => assert.match(refusal(document), detail));
  }

  test('cannot reach a prototype', () => {
    for (const field of ['players', 'registeredActions']) {
      const document: unknown = JSON.parse(`{"${field}":{"__proto__":{"id":"__proto__","displayName":"x"}}}`);
      assert.ok(refusal(document).startsWith(`${field}.__proto__: `), field);
    }
    assert.equal(({} as Record<string, unknown>).displayName, undefined);
  });

  test('is answered briefly, however large it is', () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`${'k'.repeat(300)}${index}`, 1]));
    assert.ok(refusal({ players: many }).length < 1_100);
  });
});

test('a game whose id would be none of a player either is not made', () => {
  for (const gameId of ['__proto__', '', 'a.b', 'a*', 'x'.repeat(65)]) {
    const outcome = minotaurRules.create(gameId, {}, bare, { now: start, version: 1 });
    assert.deepEqual(outcome, { kind: 'rejected', code: 'bad_request', detail: 'game.id: is not an id' }, gameId);
  }
});
