/** The judge of lists and of finished rounds judged: each kind of damage is planted, and it must name it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GamePage, PagedGame } from '../../../src/member/contract/gateway.ts';
import { rules } from '../../simulation/world/game.ts';
import type { AskedPage } from '../../simulation/world/witness.ts';
import { CheckedWorld, GAME } from './checked-world.ts';

const question = { client: 'b1', viewer: 'admin', status: null, suspended: null, idleSince: null, limit: 3 } as const;
const empty: GamePage = { games: [], nextCursor: null, partial: false };

function ask(world: CheckedWorld, more: Partial<AskedPage> = {}): AskedPage {
  world.now += 1;
  const asked: AskedPage = { ...question, number: 1, cursor: null, ...more, invokedAt: world.now };
  world.history.askedPage(asked);
  return asked;
}

function hear(world: CheckedWorld, asked: AskedPage, page: Partial<GamePage>): void {
  world.now += 1;
  world.history.heardPage(asked, { at: world.now, via: 'm1#1', page: { ...empty, ...page } });
}

function shown(world: CheckedWorld, more: Partial<PagedGame> = {}): PagedGame {
  const { roundEndTime, played } = world.held.state;
  const text = (time: number | null) => (time === null ? null : new Date(time).toISOString());
  return { id: GAME, status: 'active', roundEndTime: text(roundEndTime), playedAt: text(played.at), ...more };
}

function publicly(game: PagedGame): PagedGame {
  const { id, status, roundEndTime } = game;
  return { id, status, roundEndTime };
}

function assertFound(world: CheckedWorld, promise: string, what: RegExp): void {
  const [first, ...more] = world.violations.found;
  assert.deepEqual(more, []);
  assert.equal(first?.promise, promise);
  assert.match(first?.what ?? '', what);
}

test('pages that show what there is are right, to everybody', () => {
  const world = CheckedWorld.withGame({ roundMs: 1_000 });
  hear(world, ask(world), { games: [shown(world)] });
  hear(world, ask(world, { viewer: 'public', status: 'active' }), { games: [publicly(shown(world))] });
  hear(world, ask(world, { limit: 1 }), { games: [shown(world)], nextCursor: GAME });
  hear(world, ask(world, { cursor: GAME }), {});
  hear(world, ask(world, { status: 'concluded' }), {});
  hear(world, ask(world, { suspended: true }), {});
  world.assertRight();
});

test('what changes while a page is under way may be on it as it was or as it is', () => {
  const world = CheckedWorld.withGame({ roundMs: 1_000 });
  const before = shown(world);
  const [one, other] = [ask(world), ask(world)];
  world.ask('act', 'a');
  world.act('a');
  world.land();
  hear(world, one, { games: [before] });
  hear(world, other, { games: [shown(world)] });
  world.assertRight();
});

test('a page that says that games may be missing may miss some', () => {
  const world = CheckedWorld.withGame();
  hear(world, ask(world), { partial: true });
  world.assertRight();
});

test('a page without a game that somebody had been told of is found', () => {
  const world = CheckedWorld.withGame();
  hear(world, ask(world, { suspended: false }), {});
  assertFound(
    world,
    'I3',
    /b1 was shown a page by m1#1 .* without G as all there is, but c1 had heard .* version 1 of it/,
  );
});

test('a page without a game that another page had shown is found', () => {
  const world = new CheckedWorld();
  world.ask('create', 'made');
  world.create({ tag: 'made', roundMs: null });
  world.land();
  hear(world, ask(world), {});
  hear(world, ask(world), { games: [shown(world)] });
  assert.deepEqual(world.violations.found, []);
  hear(world, ask(world), {});
  assertFound(world, 'I3', /without G as all there is, but b1 had seen a list by m1#1/);
});

test('a page that shows a game as it was before is found', () => {
  const world = CheckedWorld.withGame({ roundMs: 1_000 });
  const before = shown(world);
  world.acted('a');
  hear(world, ask(world), { games: [before] });
  assertFound(world, 'I2', /which it has not been since/);
});

test('a page with a game of which nothing has landed is found', () => {
  const world = new CheckedWorld();
  world.create({ tag: 'made', roundMs: null });
  hear(world, ask(world), { games: [shown(world)] });
  assertFound(world, 'I2', /of which nothing has landed/);
});

test('a page that shows everybody what is not listed, or when a game was played, is found', () => {
  const world = CheckedWorld.withGame({ listed: false });
  hear(world, ask(world, { viewer: 'public' }), { games: [publicly(shown(world))] });
  assertFound(world, 'contract', /which is not for everybody/);
  const other = CheckedWorld.withGame();
  hear(other, ask(other, { viewer: 'public' }), { games: [shown(other)] });
  assertFound(other, 'contract', /which is not for everybody/);
});

test('games out of order, too many, twice, or a cursor that leads nowhere are found', () => {
  const pages: Partial<GamePage>[] = [
    { nextCursor: GAME },
    { nextCursor: 'A' },
    { games: [shown(CheckedWorld.withGame())], nextCursor: GAME },
  ];
  for (const page of pages) {
    const world = CheckedWorld.withGame();
    hear(world, ask(world), { partial: true, ...page });
    assertFound(world, 'contract', /as the next cursor/);
  }
  const world = CheckedWorld.withGame();
  hear(world, ask(world, { cursor: GAME }), { games: [shown(world)] });
  assertFound(world, 'contract', /as the next cursor/);
});

test('the record of a finished round is right, and one that is not finished is not there', () => {
  const world = CheckedWorld.withGame();
  const early = world.ask('round', null, { round: 1 });
  end(world);
  world.hear(early, 404, { code: 'round_not_found' });
  world.hear(world.ask('round', null, { round: 1, viewer: 'public' }), 200, recordOf(world, 'public'));
  world.hear(world.ask('round', null, { round: 2 }), 404, { code: 'round_not_found' });
  world.assertRight();
});

test('a record for other eyes, of a round that runs, or that says something else is found', () => {
  const world = CheckedWorld.withGame();
  end(world);
  world.hear(world.ask('round', null, { round: 1, viewer: 'public' }), 200, recordOf(world, 'admin'));
  world.assertFound('contract', /what is for admin, not for public/);
  const other = CheckedWorld.withGame();
  end(other);
  world.violations.found.length = 0;
  other.hear(other.ask('round', null, { round: 1 }), 200, { ...recordOf(other, 'admin'), at: 7 });
  other.assertFound('I3', /but archived is/);
  const third = CheckedWorld.withGame();
  end(third);
  third.hear(third.ask('round', null, { round: 2 }), 200, recordOf(third, 'admin'));
  third.assertFound('I2', /round 2 is not over/);
});

test('a record that nobody finds, though somebody was told that its round is over, is found', () => {
  const world = CheckedWorld.withGame();
  end(world);
  world.hear(world.ask('strong'), 200, world.shown());
  world.hear(world.ask('round', null, { round: 1 }), 404, { code: 'round_not_found' });
  world.assertFound('I3', /no record of round 1, but c1 had heard .* in round 2/);
});

function end(world: CheckedWorld): void {
  world.ask('endRound', 'end1', { round: 1 });
  world.endRound(1, 'end1');
  world.land();
}

function recordOf(world: CheckedWorld, viewer: 'admin' | 'public'): object {
  const entry = world.buckets.content('archive').entries.get(`3.${GAME}.1`);
  assert.ok(entry !== undefined);
  return rules.record(JSON.parse(new TextDecoder().decode(entry.value)), viewer);
}
