/**
 * Rounds of the crawl: the origin's rules for events, to the letter; strikes, walls, sight, the minotaur, the end.
 *
 * The ground of these tests is a world of radius 2 without a wall: places are written as q,r from its middle.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gameOf } from '../../../../src/game/module-check.ts';
import { type Finished, finish, legalFor, look, type Table, tableWith, take } from '../../../../src/game/table.ts';
import { emptySet, toCharacter } from '../../../../src/games/minotaur/bits.ts';
import minotaur from '../../../../src/games/minotaur/game.ts';
import {
  directions,
  hexCount,
  hexesOf,
  hexOf,
  indexOf,
  isWithin,
  stepFrom,
} from '../../../../src/games/minotaur/hexes.ts';
import type { CrawlView } from '../../../../src/games/minotaur/view.ts';
import type { World } from '../../../../src/games/minotaur/world.ts';
import { seatsOf } from '../playing.ts';

const game = gameOf(minotaur);
const radius = 2;
const size = hexCount(radius);
const origin = { visionRadius: 0, attackRange: 0, worldRadius: radius, health: 100, damage: 25, minotaur: false };

/** Directions by their names. */
const [E, SE, SW, W] = [0, 1, 2, 3];
const move = (direction: number) => ({ type: 'move', vector: directions[direction] });
const attack = (targetPlayerId: string) => ({ type: 'attack', targetPlayerId });

/** Every passage of the world is open. */
function openPassages(walls: readonly (readonly [number, number])[] = []): string {
  const open = hexesOf(radius).map((hex, at) =>
    [0, 1, 2].reduce((bits, side) => {
      const isWall =
        !isWithin(radius, stepFrom(hex, side)) || walls.some(([from, wall]) => from === at && wall === side);
      return isWall ? bits : bits | (1 << side);
    }, 0),
  );
  return Array.from({ length: Math.ceil(size / 2) }, (_, pair) =>
    toCharacter((open[2 * pair] ?? 0) | ((open[2 * pair + 1] ?? 0) << 3)),
  ).join('');
}

const at = (q: number, r: number) => indexOf(radius, { q, r });

interface Scene {
  readonly places: Readonly<Record<string, number>>;
  readonly settings?: object;
  readonly health?: Readonly<Record<string, number>>;
  readonly passages?: string;
  readonly minotaur?: number | null;
  readonly left?: readonly string[];
  readonly round?: number;
}

function scene({
  places,
  settings,
  health = {},
  passages = openPassages(),
  minotaur = null,
  left = [],
  round = 1,
}: Scene) {
  const known = emptySet(size);
  const characters = Object.fromEntries(
    Object.entries(places).map(([id, place]) => [id, { at: place, health: health[id] ?? 100, known }]),
  );
  const world: World = { labyrinth: { radius, passages }, characters, minotaur };
  const seats = seatsOf(Object.keys(places)).map((seat) => ({ ...seat, left: left.includes(seat.id) }));
  return tableWith(game, world, {
    seats,
    settings: game.settings.parse({ ...origin, ...settings }),
    round,
    now: 0,
    defaults: { actions: 3, seconds: 60 },
  });
}

/** Ends the round with these actions, as if `allows` had passed them. */
function end(table: Table, actions: Readonly<Record<string, readonly object[]>>, seed = 1): Finished {
  const registered = actions as Table['actions'];
  const bytes = new Uint8Array(32).fill(seed);
  return finish(game, { ...table, actions: registered }, { now: 1, bytes, defaults: { actions: 3, seconds: 60 } });
}

/** Events as lines: what, who, and for whom, sorted. */
function told({ events }: Finished): string[] {
  return events.map(({ type, fields, to }) => {
    const audience = typeof to === 'string' ? to : [...to].sort().join(' ');
    return `${[type, ...Object.values(fields)].join(' ')} → ${audience}`;
  });
}

function healthOf({ world }: Finished): Record<string, number> {
  return Object.fromEntries(Object.entries((world as World).characters).map(([id, { health }]) => [id, health]));
}

function placesOf({ world }: Finished) {
  return Object.fromEntries(Object.entries((world as World).characters).map(([id, { at: place }]) => [id, place]));
}

const seen = (table: Table, id: string) => look(game, table, { kind: 'player', id }) as CrawlView;

test('who is left behind is told of a departure, who is there of an arrival, and who walks of its own arrival', () => {
  const table = scene({ places: { ada: at(0, 0), bob: at(0, 0), cy: at(1, 0), dan: at(2, 0) } });
  assert.deepEqual(told(end(table, { ada: [move(E as number)] })), ['left ada 0 → bob', 'entered ada → ada cy']);
});

test('who goes to the same hex is told of no departure', () => {
  const table = scene({ places: { ada: at(0, 0), bob: at(0, 0), cy: at(0, 0) } });
  const actions = { ada: [move(E as number)], bob: [move(E as number)] };
  const lines = told(end(table, actions));
  assert.deepEqual(lines.slice(0, 2).sort(), ['left ada 0 → cy', 'left bob 0 → cy']);
  assert.deepEqual(lines.slice(2).sort(), ['entered ada → ada bob', 'entered bob → ada bob']);
});

test('who left the hex as well, but for another one, is told of the departure', () => {
  const table = scene({ places: { ada: at(0, 0), bob: at(0, 0) } });
  const lines = told(end(table, { ada: [move(E as number)], bob: [move(W as number)] }));
  assert.deepEqual(lines.slice(0, 2).sort(), ['left ada 0 → bob', 'left bob 3 → ada']);
  assert.deepEqual(lines.slice(2).sort(), ['entered ada → ada', 'entered bob → bob']);
});

test('two who change places meet nobody', () => {
  const table = scene({ places: { ada: at(0, 0), bob: at(1, 0) } });
  const lines = told(end(table, { ada: [move(E as number)], bob: [move(W as number)] }));
  assert.deepEqual(lines.slice(0, 2).sort(), ['left ada 0 → ', 'left bob 3 → ']);
  assert.deepEqual(lines.slice(2).sort(), ['entered ada → ada', 'entered bob → bob']);
});

test('all departures of a round are told before all arrivals, and attacks before both', () => {
  const table = scene({ places: { ada: at(0, 0), bob: at(0, 0), cy: at(1, 0), dan: at(1, 0) } });
  const lines = told(end(table, { ada: [attack('bob'), move(E as number)], cy: [move(W as number), attack('dan')] }));
  assert.deepEqual(
    lines.map((line) => line.split(' ')[0]),
    ['attacked', 'attacked', 'left', 'left', 'entered', 'entered'],
  );
});

test('an attack is seen by those who started the round in that hex, wherever they go', () => {
  const table = scene({ places: { ada: at(0, 0), bob: at(0, 0), cy: at(0, 0), dan: at(1, 0) } });
  const lines = told(end(table, { ada: [attack('bob')], cy: [move(E as number)], dan: [move(W as number)] }));
  assert.equal(lines[0], 'attacked ada bob 1 → ada bob cy');
});

test('a way of several steps is one departure and one arrival, and nobody on the way is told', () => {
  const table = scene({ places: { ada: at(-1, 0), bob: at(-1, 0), cy: at(0, 0), dan: at(1, 0) } });
  assert.deepEqual(told(end(table, { ada: [move(E as number), move(E as number)] })), [
    'left ada 0 → bob',
    'entered ada → ada dan',
  ]);
  const back = end(table, { ada: [move(E as number), move(W as number)] });
  assert.deepEqual(told(back), [], 'who comes back was never gone');
});

test('with sight, who sees the place is told', () => {
  const places = { ada: at(0, 0), bob: at(-1, 0), cy: at(2, 0), dan: at(-2, 0) };
  const table = scene({ places, settings: { visionRadius: 1 } });
  const lines = told(end(table, { ada: [move(E as number)] }));
  assert.deepEqual(lines, ['left ada 0 → bob', 'entered ada → ada cy']);
});

test('a circle of attackers all hit, the dying too, in whatever order they come', () => {
  const ids = ['ada', 'bob', 'cy', 'dan'];
  const places = Object.fromEntries(ids.map((id) => [id, at(0, 0)]));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 255 }), fc.shuffledSubarray(ids, { minLength: 4 }), (seed, order) => {
      const table = scene({ places, settings: { health: 25 }, health: { ada: 25, bob: 25, cy: 25, dan: 50 } });
      const actions = order.map((id) => [id, [attack(ids[(ids.indexOf(id) + 1) % 4] as string)]] as const);
      const finished = end(table, Object.fromEntries(actions), seed);
      assert.deepEqual(healthOf(finished), { ada: 0, bob: 0, cy: 0, dan: 25 });
      assert.deepEqual(finished.outcome, { winners: ['dan'], reason: 'last_standing' });
    }),
  );
});

test('nobody escapes an attack by walking, the dead do not walk, and all may die', () => {
  const table = scene({ places: { ada: at(0, 0), bob: at(0, 0) }, health: { ada: 25, bob: 25 } });
  const finished = end(table, { ada: [attack('bob')], bob: [attack('ada'), move(E as number)] });
  assert.deepEqual(placesOf(finished), { ada: at(0, 0), bob: at(0, 0) });
  assert.deepEqual(finished.outcome, { winners: [], reason: 'all_dead' });
  const lines = told(finished);
  assert.deepEqual(lines.slice(2).sort(), ['died ada → everybody', 'died bob → everybody']);
});

test('the dying are told of attacks, and of no departure after their death', () => {
  const table = scene({ places: { ada: at(0, 0), bob: at(0, 0), cy: at(0, 0) }, health: { bob: 25 } });
  const lines = told(end(table, { ada: [attack('bob'), move(E as number)] }));
  assert.deepEqual(lines, [
    'attacked ada bob 1 → ada bob cy',
    'died bob → everybody',
    'left ada 0 → cy',
    'entered ada → ada',
  ]);
});

test('attacks reach as far as they are said to, through no wall, and never oneself, the dead or those out of sight', () => {
  const places = { ada: at(0, 0), bob: at(1, 0), cy: at(2, 0), dan: at(0, 0) };
  const all = { ada: ['ada', 'bob', 'cy', 'dan'].map(attack) };
  const hurt = (settings: object, passages?: string) => {
    const before = scene({ places, settings, health: { dan: 0 }, ...(passages !== undefined && { passages }) });
    return healthOf(end(before, all));
  };
  assert.deepEqual(hurt({ visionRadius: 2, attackRange: 0 }), { ada: 100, bob: 100, cy: 100, dan: 0 });
  assert.deepEqual(hurt({ visionRadius: 2, attackRange: 1 }), { ada: 100, bob: 75, cy: 100, dan: 0 });
  assert.deepEqual(hurt({ visionRadius: 2, attackRange: 2 }), { ada: 100, bob: 75, cy: 75, dan: 0 });
  assert.deepEqual(hurt({ visionRadius: 1, attackRange: 2 }), { ada: 100, bob: 75, cy: 100, dan: 0 });
  const walled = openPassages([[at(0, 0), E as number]]);
  assert.deepEqual(hurt({ visionRadius: 1, attackRange: 1 }, walled), { ada: 100, bob: 100, cy: 100, dan: 0 });
});

test('a wall ends the way, and the one who walked is told', () => {
  const passages = openPassages([[at(1, 0), E as number]]);
  const table = scene({ places: { ada: at(0, 0), bob: at(-2, 0) }, passages });
  const finished = end(table, { ada: [move(E as number), move(E as number), move(SW as number)] });
  assert.equal(placesOf(finished).ada, at(1, 0));
  assert.deepEqual(told(finished), ['stopped 0 → ada', 'left ada 0 → ', 'entered ada → ada']);
  const far = end(table, { ada: [{ type: 'move', vector: { q: 2, r: 0 } }] });
  assert.equal(placesOf(far).ada, at(0, 0), 'a longer step leads nowhere');
});

test('what was seen is remembered, and told from where the viewer stands', () => {
  const table = scene({ places: { ada: at(0, 0), bob: at(-2, 0) }, settings: { visionRadius: 1 } });
  const finished = end(table, { ada: [move(E as number), move(E as number)] });
  const next = { ...table, world: finished.world };
  const hexes = (runs: CrawlView['visible']) =>
    runs.flatMap(({ q, r, walls }) => Array.from(walls, (_, index) => `${q + index},${r}`)).sort();
  const view = seen(next, 'ada');
  assert.deepEqual(hexes(view.visible), ['-1,0', '-1,1', '0,-1', '0,0']);
  assert.deepEqual(view.remembered, [], 'it saw nothing before: this scene began without a memory');
  const back = end(next, { ada: [move(W as number)] });
  assert.deepEqual(hexes(seen({ ...next, world: back.world }, 'ada').remembered), []);
  const further = end({ ...next, world: back.world }, { ada: [move(W as number)] });
  const remembered = hexes(seen({ ...next, world: further.world }, 'ada').remembered);
  assert.deepEqual(
    remembered,
    ['1,1', '2,-1', '2,0'].filter((place) => remembered.includes(place)),
  );
  assert.ok(remembered.includes('2,0'));
});

test('whoever is moved with its surroundings sees the same: no place is absolute', () => {
  const settings = { visionRadius: 1 };
  // The two hexes in sight, walled in together.
  const passages = (q: number, r: number) => {
    const inside = [at(q, r), at(q + 1, r)];
    const sides = hexesOf(radius).flatMap((hex, from) =>
      [0, 1, 2]
        .filter((side) => {
          const next = stepFrom(hex, side);
          return isWithin(radius, next) && inside.includes(from) !== inside.includes(indexOf(radius, next));
        })
        .map((side) => [from, side] as const),
    );
    return openPassages(sides);
  };
  const here = scene({ places: { ada: at(0, 0), bob: at(1, 0) }, settings, passages: passages(0, 0) });
  const there = scene({ places: { ada: at(-2, 1), bob: at(-1, 1) }, settings, passages: passages(-2, 1) });
  assert.deepEqual(seen(here, 'ada'), seen(there, 'ada'));
  assert.deepEqual(seen(here, 'ada').characters, [{ id: 'bob', q: 1, r: 0, inReach: false }]);
});

test('what is hidden changes no view: neither others’ health nor where those are who are out of sight', () => {
  const settings = { visionRadius: 1 };
  const one = scene({ places: { ada: at(0, 0), bob: at(2, 0) }, settings, minotaur: at(-2, 0) });
  const two = scene({
    places: { ada: at(0, 0), bob: at(0, 2) },
    settings,
    health: { bob: 1 },
    minotaur: at(2, 0),
    passages: openPassages([[at(-2, 0), SE as number]]),
  });
  assert.deepEqual(seen(one, 'ada'), seen(two, 'ada'));
  for (const viewer of [{ kind: 'public' }, { kind: 'player', id: 'nobody' }] as const) {
    assert.deepEqual(look(game, one, viewer), look(game, two, viewer));
  }
});

test('the dead see what they knew, and act no more', () => {
  const table = scene({ places: { ada: at(0, 0), bob: at(0, 0), cy: at(0, 0) }, health: { ada: 0 } });
  assert.deepEqual(table.turn.players, ['bob', 'cy']);
  const { you, characters, visible } = seen(table, 'ada');
  assert.deepEqual({ you, characters, visible }, { you: { health: 0 }, characters: [], visible: [] });
  assert.deepEqual(told(end(table, { ada: [attack('bob'), move(E as number)] })), []);
});

test('what a player sees that it cannot do is no legal action; it is taken all the same, and comes to nothing', () => {
  const ids = ['ada', ...Array.from({ length: 10 }, (_, index) => `b${index}`)];
  const places = Object.fromEntries(ids.map((id, index) => [id, index === 10 ? at(2, 0) : at(0, 0)]));
  const passages = openPassages([[at(1, 0), E as number]]);
  const table = scene({ places, passages, settings: { visionRadius: 1, actionPoints: 20 } });
  const names = (own: readonly object[] = []) =>
    new Set(
      legalFor(game, { ...table, actions: { ada: own } as Table['actions'] }, 'ada').map((each) =>
        JSON.stringify(each),
      ),
    );
  const isLegal = (action: object, own?: readonly object[]) => names(own).has(JSON.stringify(action));
  assert.equal(isLegal(move(E as number)), true);
  assert.equal(isLegal(move(E as number), [move(E as number)]), false, 'a wall, from where the first move leads');
  assert.equal(isLegal(move(SE as number), [move(E as number)]), true);
  assert.equal(isLegal(attack('b9')), false, 'out of reach');
  assert.equal(isLegal(attack('ada')), false);
  const eight = Array.from({ length: 8 }, (_, index) => attack(`b${index}`));
  assert.equal(isLegal(attack('b7'), eight), true);
  assert.equal(isLegal(attack('b8'), eight), false, 'too many targets');
  for (const action of [{ type: 'move', vector: { q: 5, r: 5 } }, attack('b9'), attack('ada')]) {
    assert.ok('action' in take(game, table, 'ada', action));
    assert.deepEqual(told(end(table, { ada: [action] })), []);
  }
});

test('the minotaur strikes somebody in its hex, and goes for the nearest', () => {
  const settings = { minotaur: true, actionPoints: 2 };
  const struck = end(scene({ places: { ada: at(0, 0), bob: at(2, 0) }, settings, minotaur: at(0, 0) }), {});
  assert.deepEqual(healthOf(struck), { ada: 50, bob: 100 });
  assert.deepEqual(told(struck), ['minotaur_attacked ada → ada']);
  const hunting = end(scene({ places: { ada: at(2, 0), bob: at(-2, 0) }, settings, minotaur: at(1, 0) }), {});
  assert.equal((hunting.world as World).minotaur, at(2, 0));
  assert.deepEqual(told(hunting), ['minotaur_left 0 → ', 'minotaur_entered → ada']);
  const undecided = Array.from({ length: 40 }, (_, seed) => {
    const table = scene({ places: { ada: at(2, 0), bob: at(-2, 0) }, settings, minotaur: at(0, 0) });
    return hexOf(radius, (end(table, {}, seed).world as World).minotaur as number).q;
  });
  assert.deepEqual(new Set(undecided), new Set([1, -1]), 'it has no favourite');
});

test('who leaves is out, and the last one standing wins', () => {
  const places = { ada: at(0, 0), bob: at(0, 0), cy: at(2, 0) };
  const finished = end(scene({ places, left: ['bob', 'cy'] }), { ada: [attack('bob')] });
  assert.deepEqual(told(finished), [], 'who has left cannot be hit');
  assert.deepEqual(finished.outcome, { winners: ['ada'], reason: 'last_standing' });
});

test('after the last round those with the most health win; who plays alone goes on until then', () => {
  const places = { ada: at(0, 0), bob: at(1, 0), cy: at(2, 0) };
  const last = { settings: { lastRound: 7 }, health: { bob: 75 } };
  assert.equal(end(scene({ places, ...last, round: 6 }), {}).outcome, null);
  assert.deepEqual(end(scene({ places, ...last, round: 7 }), {}).outcome, {
    winners: ['ada', 'cy'],
    reason: 'last_round',
  });
  const alone = { places: { ada: at(0, 0) }, settings: { lastRound: 2 } };
  assert.equal(end(scene(alone), {}).outcome, null);
  assert.deepEqual(end(scene({ ...alone, round: 2 }), {}).outcome, { winners: ['ada'], reason: 'last_round' });
});
