/** Games with a world, by the rules: what the module says, what it does wrong, and what everybody may know of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { player, z } from 'minotaur/game';
import type { GameCommand } from '../../../src/game/commands.ts';
import { gameOf } from '../../../src/game/module-check.ts';
import { rulesWith } from '../../../src/game/rules.ts';
import { flatFields } from '../../../src/games/minotaur/before-modules.ts';
import ticTacToe from '../../../src/games/tic-tac-toe/game.ts';
import type { Viewer } from '../../../src/session/rules.ts';
import { decodeState, encodeState } from '../../../src/session/snapshot.ts';
import { plainHost } from '../../support/minotaur-rules.ts';
import { writing } from '../../support/written.ts';
import { commit, Played, whisper, whispers } from './worlds.ts';

const thrower = () => {
  throw new Error('the secret of bob is 12345678');
};

describe('a game that starts', () => {
  test('has a world, a turn and a module, and each sees of it what the module says', () => {
    const game = new Played().begun('bob');
    const { world, turn, outcome, module, players } = game.see('player:ann');
    assert.deepEqual(world, { yours: 0 });
    assert.deepEqual(turn, { players: ['ann', 'bob'], actions: { ann: 2, bob: 2 }, ends: 'done', seconds: 60 });
    assert.deepEqual([outcome, module], [null, { name: 'whispers', version: 1 }]);
    const bob = {
      id: 'bob',
      displayName: 'Player bob',
      ready: false,
      done: false,
      bot: false,
      away: false,
      left: false,
    };
    assert.deepEqual((players as Record<string, object>).bob, bob);
    assert.deepEqual([game.see('public').world, game.see('admin').world], [{ yours: null }, { yours: null }]);
  });

  test('has no world while none can be kept, and none without a start', () => {
    const game = new Played();
    game.play({ type: 'join', playerId: 'bob', displayName: 'Bob' });
    const { bytes: _, ...context } = game.context;
    const outcome = game.rules.apply(game.state, { type: 'start' }, context);
    assert.ok(outcome.kind === 'applied');
    assert.deepEqual([outcome.state.status, outcome.state.play], ['active', null]);
    const bare = game.rules.create('B', {}, { nonce: 'n', host: null }, game.context);
    assert.ok(bare.kind === 'applied');
    assert.equal(bare.state.play, null);
  });

  test('needs as many players as its module says', () => {
    assert.equal(new Played().refuse({ type: 'start' }), 'not_enough_players');
    const full = new Played().begun('bob', 'cid', 'dan');
    assert.equal(full.state.play?.seats.length, 4);
    const lobby = new Played();
    for (const id of ['b', 'c', 'd']) lobby.play({ type: 'join', playerId: id, displayName: `Player ${id}` });
    assert.equal(lobby.refuse({ type: 'join', playerId: 'e', displayName: 'Eve' }), 'game_full');
  });

  test('is not started by a module that fails, and nobody but the log is told why', () => {
    const game = new Played({ setup: thrower });
    game.play({ type: 'join', playerId: 'bob', displayName: 'Bob' });
    const outcome = game.attempt({ type: 'start' });
    assert.ok(outcome.kind === 'rejected');
    assert.equal(outcome.code, 'rule_failed');
    assert.doesNotMatch(outcome.detail, /12345678/);
    assert.deepEqual(game.faults, ['setup: the secret of bob is 12345678']);
  });

  test('reads the settings of its module, with the flat ones that it names', () => {
    assert.deepEqual(new Played({}, { table: { volume: 9 } }).state.settings.table, { volume: 9 });
    assert.deepEqual(new Played().state.settings.table, { volume: 3 });
    assert.throws(() => new Played({}, { table: { volume: 10 } }), /settings\.table\.volume: is too large/);
    assert.throws(
      () => new Played({}, { table: { volum: 1 } }),
      /settings\.table\.volum: is not known; did you mean volume/,
    );
    assert.throws(() => new Played({}, { maxPlayers: 5 }), /settings\.maxPlayers: must be at most 4/);
    const settings = z.object({ health: z.int().max(50).default(20) });
    assert.throws(() => new Played({ settings }, { health: 60 }), /settings\.health: is too large: must be at most 50/);
    assert.deepEqual(new Played({ settings }, { health: 40 }).state.settings.table, {});
  });
});

describe('chance', () => {
  const luckAfter = (game: Played, drawn: number): unknown => {
    game.drawn = drawn;
    game.ring();
    return game.world<{ luck: number }>().luck;
  };

  test('comes from what is drawn, not from the game or its id', () => {
    const [one, same, other] = [1, 1, 2].map((drawn) => luckAfter(new Played().begun('bob'), drawn));
    assert.equal(one, same);
    assert.notEqual(one, other);
  });

  test("comes from an administrator's seed, whatever is drawn; a seed of anybody else is refused", () => {
    const seeded = () => new Played({}, { seed: 7 }, whispers, { byAdmin: true }).begun('bob');
    assert.equal(luckAfter(seeded(), 1), luckAfter(seeded(), 2));
    assert.throws(() => new Played({}, { seed: 7 }), /forbidden/);
  });
});

describe('a round', () => {
  test('ends when all in turn are done, and the module makes of it what it will', () => {
    const game = new Played().begun('bob');
    game.play(whisper('ann', 'bob'));
    game.play(commit('ann', 1));
    const { record } = game.play(commit('bob', 1));
    assert.equal(game.state.round, 2);
    assert.deepEqual(game.see('player:ann').world, { yours: 1 });
    const { actions } = (record ?? assert.fail()).content as { actions: readonly object[] };
    assert.deepEqual(actions, [{ playerId: 'ann', id: 'a4', type: 'whisper', to: 'bob', word: 'psst' }]);
  });

  test('takes what the schema, the turn and the module allow', () => {
    const game = new Played().begun('bob');
    const action = (fields: object): GameCommand => ({
      type: 'register_action',
      playerId: 'ann',
      action: { type: 'whisper', to: 'bob', word: 'x', ...fields },
    });
    assert.equal(game.refuse(action({ to: 'eve' })), 'player_not_found');
    assert.equal(game.refuse(action({ type: 'shout' })), 'bad_request');
    assert.equal(game.refuse(action({ volume: 1 })), 'bad_request');
    assert.equal(game.refuse(action({ to: 'ann' })), 'action_refused to_yourself');
    game.play(action({}));
    game.play(action({}));
    assert.equal(game.refuse(action({})), 'no_action_points');
    const alternating = new Played({}, {}, ticTacToe).begun('bob');
    const [turn = '', other = ''] = alternating.world<{ order: string[] }>().order;
    const mark = (playerId: string, cell: number): GameCommand => ({
      type: 'register_action',
      playerId,
      action: { type: 'mark', cell },
    });
    assert.equal(alternating.refuse(mark(other, 0)), 'not_your_turn');
    alternating.play(mark(turn, 0));
    assert.equal(alternating.state.round, 2, 'all in turn have acted');
    assert.equal(alternating.refuse(mark(other, 0)), 'action_refused cell_taken');
  });

  test('whose actions are final takes none back', () => {
    const turn = () => ({ players: ['ann', 'bob'], actions: 1, ends: 'all' });
    const game = new Played({ turn }).begun('bob');
    game.play(whisper('ann', 'bob'));
    assert.equal(game.refuse({ type: 'retract_action', actionId: 'a4' }), 'actions_final');
  });

  test('of the winning move is the last, and everybody learns the outcome', () => {
    const game = new Played().begun('bob');
    for (let round = 1; round <= 3; round += 1) {
      game.play(whisper('ann', 'bob'));
      game.play(whisper('ann', 'bob'));
      game.ring();
    }
    assert.equal(game.state.status, 'concluded');
    assert.equal(game.rules.deadline(game.state), null);
    for (const viewer of ['admin', 'public', 'player:bob'] as const) {
      assert.deepEqual(game.see(viewer).outcome, { winners: ['ann'], reason: 'talkative' }, viewer);
    }
    const types = game.rules.events(game.state, 'player:bob').events.map((event) => (event as { type?: string }).type);
    assert.deepEqual(types.slice(-2), ['round_ended', 'game_concluded']);
    assert.equal(game.refuse(whisper('ann', 'bob')), 'game_concluded');
  });
});

describe('a module that fails at the end of a round', () => {
  test('costs the command that would have ended it, and nothing else', () => {
    const game = new Played({ resolve: thrower }).begun('bob');
    game.play(commit('ann', 1));
    assert.equal(game.refuse(commit('bob', 1)), 'rule_failed');
    assert.equal(game.state.round, 1);
    assert.deepEqual(game.faults, ['resolve: the secret of bob is 12345678']);
  });

  test('keeps the old world and the old turn; at the third in a row the clock stands still, and a command wakes it', () => {
    const game = new Played({ resolve: thrower }).begun('bob');
    const { world, turn } = game.state.play ?? {};
    for (const round of [2, 3]) {
      game.ring();
      assert.deepEqual([game.state.round, game.state.suspendedAt], [round, null]);
      assert.deepEqual([game.state.play?.world, game.state.play?.turn], [world, turn]);
    }
    game.ring();
    assert.deepEqual([game.state.round, game.state.roundEndTime, game.state.suspendedAt], [4, null, game.now]);
    game.play(whisper('ann', 'bob'));
    assert.equal(game.rules.deadline(game.state), game.now + 60_000);
  });

  test('by a world, a record or events that are too large, as well', () => {
    const grown = {
      resolve: (world: { padding: string }) => {
        world.padding = 'x'.repeat(400_000);
      },
    };
    const told = {
      resolve: (_world: object, _actions: object, { tell }: { tell(type: string, fields: object): void }) => {
        for (let each = 0; each < 1_001; each += 1) tell('noise', { words: each });
      },
    };
    const wordy = {
      events: { whispered: z.object({ word: z.string() }) },
      resolve: (_world: object, _actions: object, { tell }: { tell(type: string, fields: object): void }) => {
        for (let each = 0; each < 600; each += 1) tell('whispered', { word: 'x'.repeat(1_000) });
      },
    };
    for (const over of [grown, told, wordy]) {
      const game = new Played(over).begun('bob');
      game.ring();
      assert.equal(game.state.play?.failures, 1);
      assert.equal(game.faults.length, 1, String(game.faults));
    }
  });

  test('lets whoever wants to leave, leave', () => {
    const game = new Played({ resolve: thrower }).begun('bob', 'cid');
    game.play(commit('ann', 1));
    game.play(commit('bob', 1));
    game.play({ type: 'leave', playerId: 'cid', kicked: false });
    assert.deepEqual(Object.keys(game.state.players ?? {}), ['ann', 'bob']);
  });
});

test('a view that fails is empty for that viewer alone', () => {
  const view = (_world: object, viewer: { kind: string; id?: string }) =>
    viewer.id === 'bob' ? thrower() : { fine: true };
  const game = new Played({ view }).begun('bob');
  const { world, worldError } = game.see('player:bob');
  assert.deepEqual([world, worldError], [null, 'view_failed']);
  assert.deepEqual([game.see('player:ann').world, game.see('public').world], [{ fine: true }, { fine: true }]);
  game.ring();
  assert.equal(game.state.round, 2);
});

test('events are numbered for each viewer without a gap, over rounds and records', () => {
  const game = new Played().begun('bob', 'cid');
  const viewers: Viewer[] = ['admin', 'public', 'player:ann', 'player:bob', 'player:cid'];
  const seen = new Map<Viewer, Map<number, string>>(viewers.map((viewer) => [viewer, new Map()]));
  const look = (viewer: Viewer, told: { from: number; through: number; events: readonly { seq: number }[] }) => {
    assert.equal(told.through - told.from + 1, told.events.length);
    const known = seen.get(viewer) ?? assert.fail();
    assert.ok(told.from <= known.size + 1, `${viewer} misses something before ${told.from}`);
    for (const [index, event] of told.events.entries()) {
      assert.equal(event.seq, told.from + index);
      const text = JSON.stringify(event);
      assert.doesNotMatch(text, /"to":/);
      assert.equal(known.get(event.seq) ?? text, text, 'a number means the same for ever');
      known.set(event.seq, text);
    }
    assert.equal(known.size, told.through);
    const unnumbered = [...known.values()].map((text) => text.replace(/"seq":\d+,/, ''));
    assert.equal(new Set(unnumbered).size, known.size, 'nothing is told under two numbers');
  };
  for (let round = 1; round <= 4; round += 1) {
    game.play(whisper('ann', round % 2 === 0 ? 'bob' : 'cid', `word ${round}`));
    const outcome = game.play({ type: 'end_round', round });
    for (const viewer of viewers) {
      look(viewer, game.rules.record(JSON.parse(JSON.stringify(outcome.record?.content)), viewer));
      look(viewer, game.rules.events(game.state, viewer));
    }
  }
  const wordsOf = (viewer: Viewer) => [...(seen.get(viewer)?.values() ?? [])].join().match(/word \d/g) ?? [];
  assert.deepEqual(wordsOf('admin'), ['word 1', 'word 2', 'word 3', 'word 4']);
  assert.deepEqual(
    [wordsOf('player:bob'), wordsOf('player:cid')],
    [
      ['word 2', 'word 4'],
      ['word 1', 'word 3'],
    ],
  );
  assert.deepEqual([wordsOf('player:ann'), wordsOf('public')], [[], []]);
  assert.equal(seen.get('public')?.size, 4, 'what everybody may know');
});

test('fields of events are the module’s, whatever they are called: they say nothing of who may know', () => {
  const given = z.object({ to: z.string(), audiences: z.string() });
  const events = { ...whispers.events, given, hidden: given };
  const resolve = (_world: object, _actions: object, { tell }: { tell(...told: unknown[]): void }) => {
    tell('given', { to: 'p1', audiences: 'all' });
    tell('hidden', { to: 'p1', audiences: 'one' }, ['p12']);
    tell('given', { to: 'p12', audiences: 'everybody' }, 'everybody');
  };
  const game = new Played({ events, resolve }).begun('p1', 'p12');
  const { record } = game.play({ type: 'end_round', round: 1 });
  const kept = JSON.parse(JSON.stringify(record?.content));
  const told = (viewer: Viewer) => {
    const [inRecord, inState] = [game.rules.record(kept, viewer), game.rules.events(game.state, viewer)].map((each) =>
      (each.events as unknown as { type: string; to: string; audiences: string }[])
        .filter(({ type }) => type === 'given' || type === 'hidden')
        .map(({ to, audiences }) => `${to} ${audiences}`),
    );
    assert.deepEqual(inRecord, inState);
    return inRecord;
  };
  assert.deepEqual(told('admin'), ['p1 all', 'p1 one', 'p12 everybody']);
  assert.deepEqual(told('player:p1'), ['p1 all', 'p12 everybody']);
  assert.deepEqual(told('player:p12'), ['p1 all', 'p1 one', 'p12 everybody']);
  assert.deepEqual(told('public'), ['p12 everybody']);
  for (const viewer of ['admin', 'player:p1', 'public'] as const) {
    assert.equal(Object.hasOwn(game.rules.record(kept, viewer), 'fieldsTo'), false, viewer);
  }

  // A member of before reads `to` of an event that is kept as its audience, and has written no more than that.
  const { fieldsTo, events: keptEvents, ...rest } = kept;
  assert.deepEqual(
    keptEvents.flatMap((event: { type: string; to?: unknown }) => (event.type === 'hidden' ? [event.to] : [])),
    [['p12']],
  );
  const before = { ...rest, events: [...keptEvents, { ...keptEvents.at(-1), seq: 99, to: 'p1 everybody' }] };
  const shown = (viewer: Viewer) =>
    game.rules.record(before, viewer).events.filter((event) => 'type' in event && event.type === 'hidden').length;
  assert.deepEqual([shown('player:p1'), shown('player:p12'), shown('public')], [0, 1, 0]);
  const strays = (viewer: Viewer) => game.rules.record(before, viewer).events.length;
  assert.equal(strays('admin') - strays('player:p12'), 1, 'what names nobody is an administrator’s to know');
});

describe('who is waited for', () => {
  test('is nobody who let three of its rounds pass, until it does something, be it to say that it is ready', () => {
    const game = new Played().begun('bob');
    for (let round = 1; round <= 3; round += 1) {
      game.play(commit('ann', round));
      game.ring();
    }
    const away = () => (game.see('admin').players as Record<string, { away: boolean }>).bob?.away;
    assert.equal(away(), true);
    game.play(commit('ann', 4));
    assert.equal(game.state.round, 5, 'nobody waits for bob');
    game.play({ type: 'set_ready', playerId: 'bob', ready: true });
    assert.equal(away(), false);
    game.play(commit('ann', 5));
    assert.equal(game.state.round, 5, 'bob is waited for');
  });

  test('is nobody who left; the seat stays', () => {
    const game = new Played().begun('bob', 'cid');
    game.play(commit('ann', 1));
    game.play(commit('bob', 1));
    game.play({ type: 'leave', playerId: 'cid', kicked: false });
    assert.equal(game.state.round, 2);
    const { cid } = game.see('player:ann').players as Record<string, { left: boolean }>;
    assert.equal(cid?.left, true);
    assert.equal(game.refuse(whisper('cid', 'ann')), 'player_not_found');
    game.play(whisper('ann', 'cid'));
  });

  test('a game that all people left is over, whatever bots sit there', () => {
    const game = new Played({}, { bots: 2 }).begun();
    game.play({ type: 'leave', playerId: 'ann', kicked: false });
    assert.equal(game.state.status, 'concluded');
  });
});

describe('bots', () => {
  test('take the empty seats, and play when the round ends', () => {
    const game = new Played({}, { bots: 1 }, ticTacToe).begun();
    const [first = ''] = game.world<{ order: string[] }>().order;
    assert.deepEqual(game.state.play?.bots, ['bot1']);
    if (first === 'bot1') {
      assert.equal(game.rules.deadline(game.state), game.now, 'only a bot is waited for: its round ends at once');
      game.ring();
    }
    const { cells } = game.world<{ cells: (string | null)[] }>();
    const cell = cells.indexOf(null);
    game.play({ type: 'register_action', playerId: 'ann', action: { type: 'mark', cell } });
    assert.equal(game.rules.deadline(game.state), game.now);
    game.ring();
    const marked = game.world<{ cells: (string | null)[] }>().cells.filter((owner) => owner === 'bot1');
    assert.equal(marked.length, first === 'bot1' ? 2 : 1);
    assert.deepEqual(game.see('player:ann').players && Object.keys(game.see('player:ann').players as object), [
      'ann',
      'bot1',
    ]);
  });

  test('are no players of a game that knows none', () => {
    const { bot: _, ...without } = whispers;
    assert.throws(() => new Played({}, { bots: 1 }, without), /settings\.bots: must be 0/);
  });

  test('alone hurry on for 32 rounds, then one takes its time', () => {
    const turn = (_world: object, { players }: { players: readonly { id: string; bot: boolean }[] }) => ({
      players: players.filter(({ bot }) => bot).map(({ id }) => id),
    });
    const game = new Played({ turn }, { bots: 1 }).begun();
    game.ring();
    let rounds = 0;
    for (; game.rules.deadline(game.state) === game.now; rounds += 1) game.ring();
    assert.equal(rounds, 31);
    assert.equal(game.rules.deadline(game.state), game.now + 60_000);
    assert.equal(game.state.suspendedAt, null, 'that is not idleness of who is there');
  });
});

test('a world of another version of its module is lifted; one of another game is never read', () => {
  const stored = encodeState(new Played().rules, new Played().begun('bob').state, writing(3));
  const newer = gameOf({
    ...whispers,
    version: 2,
    world: z.object({ said: z.record(player(), z.int()), luck: z.int(), padding: z.string(), mood: z.string() }),
    migrations: {
      2: {
        up: (world: object) => ({ ...world, mood: 'calm' }),
        down: ({ mood: _, ...world }: { mood: string }) => world,
      },
    },
  });
  const host = { guard: <A>(calls: () => A) => calls(), faulty: () => {} };
  const rules = rulesWith({ abandonMs: 1, host: { ...host, game: newer } });
  const { play } = decodeState(rules, stored, 3);
  assert.partialDeepStrictEqual(play, { world: { mood: 'calm' }, module: { version: 2 } });
  const others = rulesWith({ abandonMs: 1, host: { ...host, game: gameOf(ticTacToe) } });
  assert.throws(() => decodeState(others, stored, 3), /this world is of the game whispers/);
});

test('an older version is given a game without its world', () => {
  const game = new Played().begun('bob');
  game.play(whisper('ann', 'bob'));
  game.ring();
  const older = JSON.parse(encodeState(game.rules, game.state, writing(2))) as Record<string, unknown>;
  assert.equal(older.world, null);
  assert.equal('play' in older, false);
  const lifted = decodeState(game.rules, JSON.stringify(older), 2);
  assert.deepEqual([lifted.play, lifted.round], [null, 2]);
});

describe('while an older version of the module is written', () => {
  const world = z.object({ said: z.record(player(), z.int()), luck: z.int(), padding: z.string(), mood: z.string() });
  const calm = (world: object) => ({ ...world, mood: 'calm' });
  const withoutMood = ({ mood: _, ...world }: { mood: string }) => world;
  const second = {
    version: 2,
    world,
    migrations: { 2: { up: calm, down: withoutMood } },
    setup: (of: Parameters<typeof whispers.setup>[0]) => ({ ...whispers.setup(of), mood: 'tense' }),
    resolve(...[now, actions, of]: Parameters<typeof whispers.resolve>) {
      whispers.resolve(now, actions, of);
      Object.assign(now, { mood: 'wild' });
    },
    view: (now: object) => ({ mood: 'mood' in now ? now.mood : null }),
  };
  const older = rulesWith({ abandonMs: 1, host: { ...plainHost, game: gameOf(whispers, flatFields) } });
  const written = { stateVersion: older.stateVersion, module: 1 };

  test('what is kept and shown is what an older member makes of it, from the first world on', () => {
    const game = new Played(second);
    game.moduleWritten = 1;
    game.begun('bob');
    for (const round of [1, 2]) {
      assert.deepEqual(game.see('admin').world, { mood: 'calm' });
      assert.deepEqual(game.see('admin').module, { name: 'whispers', version: 2 });
      const stored = encodeState(game.rules, game.state, written);
      const taken = decodeState(older, stored, older.stateVersion);
      assert.deepEqual(taken.play?.module, { name: 'whispers', version: 1 });
      assert.equal('mood' in (taken.play?.world ?? {}), false);
      // An older member takes it over, and a newer one after that: nothing has changed.
      const back = decodeState(game.rules, encodeState(older, taken, written), older.stateVersion);
      assert.deepEqual(JSON.parse(JSON.stringify(back)), JSON.parse(JSON.stringify(game.state)), `round ${round}`);
      game.play(whisper('ann', 'bob'));
      game.ring();
    }
    assert.equal(game.world<{ said: { ann: number } }>().said.ann, 2);
    game.moduleWritten = 2;
    game.ring();
    assert.deepEqual(game.see('admin').world, { mood: 'wild' }, 'once the newer one is written it is kept whole');
  });

  test('a world that a document brings is kept so, too', () => {
    const game = new Played(second);
    const players = { ann: { id: 'ann', displayName: 'Ann' }, bob: { id: 'bob', displayName: 'Bob' } };
    const brought = { said: { ann: 0, bob: 0 }, luck: 1, padding: '', mood: 'grim' };
    const origin = { nonce: 'n', host: null };
    const made = game.rules.create('G', { players, world: brought }, origin, { ...game.context, moduleWritten: 1 });
    assert.ok(made.kind === 'applied');
    assert.partialDeepStrictEqual(game.rules.view(made.state, 'admin'), { world: { mood: 'calm' } });
  });

  test('steps that fail harm their own game only: the round is abandoned, a document is refused, and what is there is written as it is', () => {
    const broken = { ...second, migrations: { 2: { up: calm, down: () => assert.fail('no way back') } } };
    const game = new Played(broken).begun('bob');
    game.moduleWritten = 1;
    const before = game.state.play?.world;
    assert.equal(game.refuse(game.rules.timeUp(game.state)), 'rule_failed');
    game.ring();
    assert.deepEqual(game.state.play?.world, before);
    assert.equal(game.state.round, 2);
    const stored = JSON.parse(encodeState(game.rules, game.state, written));
    assert.deepEqual(stored.play.module, { name: 'whispers', version: 2 });
    assert.match(game.faults.join(), /no way back/);
    const odd = new Played({ ...second, migrations: { 2: { up: calm, down: () => 7 } } }).begun('bob');
    odd.moduleWritten = 1;
    assert.equal(odd.refuse(odd.rules.timeUp(odd.state)), 'rule_failed');
    assert.match(odd.faults.join(), /`down` must answer a world/);
  });

  test('the world that is kept is never changed by a step', () => {
    const hasty = {
      ...second,
      migrations: {
        2: {
          up: calm,
          down: (now: { mood?: string }) => {
            delete now.mood;
            return now;
          },
        },
      },
    };
    const game = new Played(hasty).begun('bob');
    const before = JSON.stringify(game.state);
    const stored = JSON.parse(encodeState(game.rules, game.state, written));
    assert.deepEqual(stored.play.module, { name: 'whispers', version: 1 }, 'it was lowered all the same');
    assert.equal(JSON.stringify(game.state), before);
  });
});
