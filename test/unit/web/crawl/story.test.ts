/** What a page makes of a game, checked against whole games of the real rules: the page never learns where anybody is, and has to find it out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gameOf } from '../../../../src/game/module-check.ts';
import { look, nextTable, type Table } from '../../../../src/game/table.ts';
import { nameOf } from '../../../../src/games/minotaur/atlas.ts';
import minotaur from '../../../../src/games/minotaur/game.ts';
import { distance, hexOf } from '../../../../src/games/minotaur/hexes.ts';
import type { CrawlView } from '../../../../src/games/minotaur/view.ts';
import type { World } from '../../../../src/games/minotaur/world.ts';
import { actorsOf, beast, motionBetween } from '../../../../src/web/crawl/motion.ts';
import type { Action } from '../../../../src/web/crawl/seen.ts';
import {
  eventsBefore,
  follow,
  minus,
  recall,
  type Story,
  untold,
  untoldRounds,
} from '../../../../src/web/crawl/story.ts';
import { act, end, open, seatsOf } from '../../games/playing.ts';

const game = gameOf(minotaur);
const me = 'p1';
const seats = [...seatsOf([me]), ...seatsOf(['p2', 'p3', 'p4'], true)];
const settings = { worldRadius: 4, minotaur: true, lastRound: 60, health: 1_000, attackRange: 1 };

const viewOf = (table: Table) => look(game, table, { kind: 'player', id: me }) as CrawlView;
const placeOf = ({ world }: Table) => hexOf(4, (world as World).characters[me]?.at as number);

/** Steps at random: walls that nobody knows stop many of them. */
function stepsOf(seed: number, round: number): readonly Action[] {
  const vectors = [
    { q: 1, r: 0 },
    { q: 0, r: 1 },
    { q: -1, r: 1 },
    { q: -1, r: 0 },
    { q: 0, r: -1 },
    { q: 1, r: -1 },
  ];
  const draw = (below: number, salt: number) =>
    Math.floor(((Math.sin(seed * 91 + round * 17 + salt * 7) + 1) / 2) * below) % below;
  // Often several in one direction: where such a walk was stopped, the event alone does not say.
  return [0, 1, 2].map((salt) => ({ type: 'move', vector: vectors[draw(6, salt === 1 ? 0 : salt)] ?? { q: 1, r: 0 } }));
}

interface Told {
  readonly story: Story;
  readonly tables: readonly Table[];
}

/** A whole game, as one player's page hears it. */
function play(seed: number): Told {
  let table = open(game, seats, settings, seed);
  let story = untold;
  const tables: Table[] = [];
  let seq = 0;
  for (;;) {
    const { round } = table;
    const own = viewOf(table).you?.health === 0 ? [] : stepsOf(seed, round);
    table = act(game, table, me, own);
    tables.push(table);
    story = follow(story, {
      seen: { step: round, round, view: viewOf(table), own: own.map((action, id) => ({ ...action, id: `${id}` })) },
      events: [],
      resumed: 'gapless',
    });
    const finished = end(game, table, seed);
    const heard = finished.events.filter(({ to }) => !Array.isArray(to) || to.includes(me));
    const events = heard.map(({ type, fields }) => ({ seq: ++seq, round, at: '', type, ...fields }));
    story = follow(story, { seen: null, events, resumed: 'gapless' });
    if (finished.outcome !== null) return { story, tables };
    table = nextTable(table, finished, 0);
  }
}

const games = Array.from({ length: 8 }, (_, seed) => play(seed));

test('the map holds still: what the page thinks I walked is what I walked, in every round of every game', () => {
  let walks = 0;
  for (const { story, tables } of games) {
    assert.equal(story.frames.length, tables.length);
    const start = placeOf(tables[0] as Table);
    for (const [index, frame] of story.frames.entries()) {
      assert.equal(frame.goesOn, index > 0);
      assert.deepEqual(frame.at, minus(placeOf(tables[index] as Table), start), `round ${frame.round}`);
      if (index > 0 && distance(frame.at, story.frames[index - 1]?.at as typeof frame.at) > 0) walks += 1;
    }
  }
  assert.ok(walks > 60, `enough was walked to mean something: ${walks}`);
});

test('who is drawn stands where it is, and every movement ends there', () => {
  let moved = 0;
  for (const { story, tables } of games) {
    const start = placeOf(tables[0] as Table);
    for (const [index, frame] of story.frames.entries()) {
      const { characters, minotaur: hunter } = (tables[index] as Table).world as World;
      for (const { id, at } of actorsOf(frame, me)) {
        const real = id === beast ? (hunter as number) : (characters[id]?.at as number);
        assert.deepEqual(at, minus(hexOf(4, real), start));
      }
      const before = story.frames[index - 1];
      if (before === undefined) continue;
      const { walks } = motionBetween(before, frame, eventsBefore(story, frame), me);
      const now = new Map(actorsOf(frame, me).map(({ id, at }) => [id, at]));
      const then = new Map(actorsOf(before, me).map(({ id, at }) => [id, at]));
      assert.deepEqual(new Set(walks.map(({ id }) => id)), new Set([...now.keys(), ...then.keys()]));
      for (const { id, way, sight } of walks) {
        if (sight !== 'leaves') assert.deepEqual(way.at(-1), now.get(id));
        if (sight !== 'comes') assert.deepEqual(way[0], then.get(id));
        if (sight === 'all') moved += Math.min(1, way.length - 1);
        for (const [step, hex] of way.slice(1).entries()) assert.equal(distance(way[step] as typeof hex, hex), 1);
      }
    }
  }
  assert.ok(moved > 60, `${moved}`);
});

test('strikes are shown where their target stood, with how often it was hit', () => {
  const strikes = games.flatMap(({ story }) =>
    story.frames.slice(1).flatMap((frame, index) => {
      const before = story.frames[index] as typeof frame;
      const places = new Map(actorsOf(before, me).map(({ id, at }) => [id, nameOf(at)]));
      const found = motionBetween(before, frame, eventsBefore(story, frame), me).strikes;
      for (const { target, at } of found) assert.equal(nameOf(at), places.get(target));
      return found;
    }),
  );
  assert.ok(strikes.length > 5, `${strikes.length}`);
  assert.ok(strikes.every(({ hits }) => hits >= 1));
});

const plain: CrawlView = {
  you: { health: 9 },
  alive: [],
  characters: [],
  minotaur: null,
  visible: [{ q: 0, r: 0, walls: 'B' }],
  remembered: [],
};

test('rounds that were missed start the map over, rather than tell where nobody knows', () => {
  const frameOf = (step: number, view: CrawlView) => ({
    seen: { step, round: step, view, own: [] },
    events: [],
    resumed: 'snapshot' as const,
  });
  const first = follow(untold, frameOf(1, plain));
  const elsewhere = { ...plain, visible: [{ q: 0, r: 0, walls: 'C' }] };
  const { frames } = follow(first, frameOf(9, elsewhere));
  assert.deepEqual(
    frames.map(({ step, goesOn }) => [step, goesOn]),
    [
      [1, false],
      [9, false],
    ],
  );
  assert.equal(follow(first, frameOf(1, plain)).frames.length, 1, 'the same round again');
  assert.equal(follow({ ...untold, frames }, frameOf(3, plain)).frames.length, 1, 'put back');
});

test('records fill in what was before, once each and in order', () => {
  const event = (seq: number) => ({ seq, round: 1, at: '', type: 'x' });
  const story = recall(recall({ ...untold, events: [event(5), event(6)] }, [event(3), event(4), event(5)]), [event(1)]);
  assert.deepEqual(
    story.events.map(({ seq }) => seq),
    [1, 3, 4, 5, 6],
  );
  const anew = follow(story, { seen: null, events: [event(4)], resumed: 'snapshot' });
  assert.deepEqual(
    anew.events.map(({ seq }) => seq),
    [1, 3, 4],
    'a game that was put back counts on from there',
  );
  const later = follow(story, { seen: null, events: [event(9)], resumed: 'snapshot' });
  assert.equal(later.events.length, 6, 'what was missed takes nothing away');
});

test('rounds whose end was never told are asked for, the last ones alone', () => {
  const ended = (round: number) => ({ seq: round, round, at: '', type: 'round_ended' });
  const story = { ...untold, events: [ended(7), ended(9)] };
  assert.deepEqual(untoldRounds(story, 10, 4), [8, 10]);
  assert.deepEqual(untoldRounds(untold, 2, 12), [1, 2]);
  assert.deepEqual(untoldRounds(untold, 0, 12), []);
});
