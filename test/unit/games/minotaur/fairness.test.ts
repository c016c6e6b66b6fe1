/**
 * Rounds of the crawl favour nobody: neither who comes first, nor who has which name; and nobody learns what is hidden.
 *
 * Any world, any actions: legal ones, moves into walls, attacks out of reach, attacks of the dead.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { randomOf } from '../../../../src/game/random-stream.ts';
import minotaur from '../../../../src/games/minotaur/game.ts';
import { directions } from '../../../../src/games/minotaur/hexes.ts';
import { waysOf } from '../../../../src/games/minotaur/labyrinth.ts';
import { sightFrom } from '../../../../src/games/minotaur/walking.ts';
import type { Played, World } from '../../../../src/games/minotaur/world.ts';
import { seatsOf } from '../playing.ts';

const ids = ['ada', 'bob', 'cy', 'dan', 'eve'];

interface Told {
  readonly type: string;
  readonly fields: object;
  readonly to: readonly string[] | 'everybody' | undefined;
}

const action = fc.oneof(
  fc.integer({ min: 0, max: 5 }).map((direction) => ({ type: 'move' as const, vector: { ...directions[direction] } })),
  fc.constantFrom(...ids).map((targetPlayerId) => ({ type: 'attack' as const, targetPlayerId })),
);
const situation = fc.record({
  seed: fc.nat(),
  radius: fc.integer({ min: 1, max: 3 }),
  visionRadius: fc.integer({ min: 0, max: 2 }),
  attackRange: fc.integer({ min: 0, max: 2 }),
  health: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 5, maxLength: 5 }),
  hasMinotaur: fc.boolean(),
  plans: fc.array(fc.array(action, { maxLength: 4 }), { minLength: 5, maxLength: 5 }),
});
type Situation = typeof situation extends fc.Arbitrary<infer Value> ? Value : never;

const settingsOf = ({ radius, visionRadius, attackRange, hasMinotaur }: Situation) =>
  minotaur.settings.parse({ worldRadius: radius, visionRadius, attackRange, minotaur: hasMinotaur, damage: 1 });

function worldOf(situation: Situation): World {
  const random = randomOf(new Uint8Array(32).fill(situation.seed % 256), `world ${situation.seed}`);
  const world = minotaur.setup({ players: ids, settings: settingsOf(situation), random, now: 0 });
  const hexes = 3 * situation.radius * (situation.radius + 1) + 1;
  // Closer together than they start, so that they meet.
  for (const [index, id] of ids.entries()) {
    const character = world.characters[id];
    if (character === undefined) continue;
    character.at = random.int(Math.min(hexes, 4));
    character.health = situation.health[index] as number;
  }
  return world;
}

/** The end of a round in which the players come in this order. */
function resolved(situation: Situation, before: World, order: readonly string[], plans: ReadonlyMap<string, Played[]>) {
  const world = structuredClone(before);
  const told: Told[] = [];
  const lists = order.map((id) => plans.get(id) ?? []);
  const most = Math.max(...lists.map(({ length }) => length));
  const actions = Array.from({ length: most }, (_, turn) => lists.flatMap((list) => list.slice(turn, turn + 1))).flat();
  minotaur.resolve(world, actions, {
    round: 1,
    settings: settingsOf(situation),
    players: seatsOf([...order].sort()),
    now: 0,
    startedAt: 0,
    turn: { players: ids, actions: {}, ends: 'done', seconds: 60 },
    done: [],
    random: randomOf(new Uint8Array(32), 'resolve'),
    tell: (type, fields, to) => told.push({ type, fields, to }),
  });
  return { world, told };
}

function plansOf({ plans }: Situation): ReadonlyMap<string, Played[]> {
  return new Map(ids.map((id, index) => [id, (plans[index] ?? []).map((each) => ({ ...each, player: id }) as Played)]));
}

const sorted = (told: readonly Told[]) =>
  told.map(({ to, ...event }) => JSON.stringify([event, Array.isArray(to) ? [...to].sort() : to])).sort();

test('the order in which players come changes neither the world nor what is told to whom', () => {
  fc.assert(
    fc.property(situation, fc.shuffledSubarray(ids, { minLength: 5 }), (of, order) => {
      const world = worldOf(of);
      const [one, two] = [ids, order].map((each) => resolved(of, world, each, plansOf(of)));
      assert.deepEqual(one?.world, two?.world);
      assert.deepEqual(sorted(one?.told ?? []), sorted(two?.told ?? []));
    }),
    { numRuns: 300 },
  );
});

test('other names in the same places come to the same', () => {
  const renamed = new Map(ids.map((id, index) => [id, ids[(index + 2) % 5] as string]));
  const rename = (text: string) => text.replaceAll(/"(ada|bob|cy|dan|eve)"/g, (_, id) => `"${renamed.get(id)}"`);
  fc.assert(
    fc.property(situation, (given) => {
      // Whom the minotaur chooses is drawn; the rest follows.
      const of = { ...given, hasMinotaur: false };
      const world = worldOf(of);
      const plans = plansOf(of);
      const other = new Map<string, Played[]>(JSON.parse(rename(JSON.stringify([...plans]))));
      const one = resolved(of, world, ids, plans);
      const two = resolved(
        of,
        JSON.parse(rename(JSON.stringify(world))),
        ids.map((id) => renamed.get(id) as string),
        other,
      );
      assert.deepEqual(JSON.parse(rename(JSON.stringify(one.world))), two.world);
      assert.deepEqual(sorted(JSON.parse(rename(JSON.stringify(one.told)))), sorted(two.told));
    }),
    { numRuns: 300 },
  );
});

test('events come in their order, those of the dying last words included', () => {
  const order = [
    'attacked',
    'minotaur_attacked',
    'died',
    'stopped',
    'left',
    'minotaur_left',
    'entered',
    'minotaur_entered',
  ];
  fc.assert(
    fc.property(situation, (of) => {
      const { told } = resolved(of, worldOf(of), ids, plansOf(of));
      const ranks = told.map(({ type }) => order.indexOf(type));
      assert.deepEqual(
        ranks,
        ranks.toSorted((a, b) => a - b),
      );
    }),
    { numRuns: 300 },
  );
});

test('what a character out of sight does is not noticed', () => {
  fc.assert(
    fc.property(situation, fc.array(action, { maxLength: 4 }), (of, other) => {
      const world = worldOf(of);
      const eve = world.characters.eve;
      const last = 3 * of.radius * (of.radius + 1);
      if (eve === undefined || of.hasMinotaur) return;
      eve.at = last;
      const heard = (moves: readonly object[]) => {
        const plans = new Map([...plansOf(of), ['eve', moves.map((each) => ({ ...each, player: 'eve' }) as Played)]]);
        const { world: after, told } = resolved(of, world, ids, plans);
        const at = { round: 2, settings: settingsOf(of), players: seatsOf(ids) };
        return {
          after,
          mine: told.filter(({ to }) => to === 'everybody' || to?.includes('ada')),
          view: minotaur.view(after, { kind: 'player', id: 'ada' }, at),
        };
      };
      const [one, two] = [heard([]), heard(other)];
      const sees = (id: string, { characters, labyrinth }: World) => {
        const near = sightFrom(waysOf(labyrinth), characters[id]?.at as number, of.visionRadius);
        return near.sees(characters.eve?.at as number);
      };
      // Whom eve meets may do something else then, or die.
      const meets = [world, one.after, two.after].some((each) => ids.slice(0, 4).some((id) => sees(id, each)));
      if (meets) return;
      assert.deepEqual(one.mine, two.mine);
      assert.deepEqual(one.view, two.view);
    }),
    { numRuns: 500 },
  );
});
