/**
 * The index of games that are alive, against a model that looks at all of them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { matches } from '../../../../src/member/contract/list-filter.ts';
import { firstGames, type IndexQuery, SessionIndex } from '../../../../src/member/sessions/session-index.ts';
import { SortedIds } from '../../../../src/member/sessions/sorted-ids.ts';
import { type Listing, parseListing } from '../../../../src/session/snapshot.ts';

const listing = (status: string, listed: boolean): Listing => ({ ...parseListing({}), status, listed });
const statuses = ['lobby', 'active', 'concluded'];
const ids = fc.integer({ min: 0, max: 60 }).map((number) => `G${number}`);
const slots = 3;

/** A game becomes this, or is no longer alive. */
const change = fc.record({
  slot: fc.nat(slots - 1),
  id: ids,
  to: fc.option(
    fc.record({
      status: fc.constantFrom(...statuses),
      listed: fc.boolean(),
      suspended: fc.boolean(),
      playedAt: fc.option(fc.nat(9)),
      lobby: fc.option(fc.record({ seatsLeft: fc.nat(2), playerCount: fc.nat(2), host: fc.constant(null) }), {
        nil: undefined,
      }),
    }),
  ),
});
const query = fc.record({
  status: fc.option(fc.constantFrom(...statuses)),
  listedOnly: fc.boolean(),
  cursor: fc.option(ids),
  suspended: fc.option(fc.boolean(), { nil: undefined }),
  idleSince: fc.option(fc.nat(10), { nil: undefined }),
  seats: fc.option(fc.constant('free' as const), { nil: undefined }),
});

test('a page is what a walk through all games finds, whatever became of them before', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 120 }), query, fc.nat(20), (changes, asked, limit) => {
      const indexes = Array.from({ length: slots }, () => new SessionIndex());
      const model = new Map<string, Listing>();
      for (const { slot, id, to } of changes) {
        // One game is in one slot.
        const gameId = `${id}-${slot}`;
        const known = to === null ? null : { ...listing(to.status, to.listed), ...to };
        indexes[slot]?.set(gameId, known);
        if (known === null) model.delete(gameId);
        else model.set(gameId, known);
      }
      const page = firstGames(indexes, asked, limit);
      assert.deepEqual(page, walk(model, asked).slice(0, limit));
      const counts = new Map<string, number>();
      for (const index of indexes) index.addCounts(counts);
      const suspended = [...model.values()].filter((game) => game.suspended).length;
      assert.deepEqual(
        [counts.get('suspended') ?? 0, [...counts.values()].reduce((sum, each) => sum + each, 0)],
        [suspended, model.size],
      );
      assert.equal(
        indexes.reduce((sum, { size }) => sum + size, 0),
        model.size,
      );
    }),
  );
});

function walk(games: ReadonlyMap<string, Listing>, { status, listedOnly, cursor, ...filter }: IndexQuery) {
  return [...games]
    .filter(([gameId, game]) => {
      const isAfter = cursor === null || gameId > cursor;
      return (
        matches(game, filter) && isAfter && (status === null || game.status === status) && (game.listed || !listedOnly)
      );
    })
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([gameId, game]) => ({ gameId, listing: game }));
}

test('lobbies with free seats are found without a look at the full ones', () => {
  const index = new SessionIndex();
  let looks = 0;
  const lobby = (seatsLeft: number): Listing => ({
    ...listing('lobby', true),
    get lobby() {
      looks += 1;
      return { seatsLeft, playerCount: 0, host: null };
    },
  });
  for (let game = 0; game < 1_000; game += 1) index.set(`full${game}`, lobby(0));
  for (let game = 0; game < 5; game += 1) index.set(`open${game}`, lobby(1));
  looks = 0;
  const found = firstGames([index], { status: 'lobby', listedOnly: true, seats: 'free', cursor: null }, 3);
  assert.deepEqual(
    found.map(({ gameId }) => gameId),
    ['open0', 'open1', 'open2'],
  );
  assert.ok(looks < 10, `${looks} looks`);
});

test('pages that begin where the last one ended are all games, each once', () => {
  fc.assert(
    fc.property(fc.uniqueArray(ids), fc.integer({ min: 1, max: 9 }), (gameIds, limit) => {
      const index = new SessionIndex();
      for (const gameId of gameIds) index.set(gameId, listing('active', true));
      const found: string[] = [];
      for (let cursor: string | null = null; ; ) {
        const page = firstGames([index], { status: null, listedOnly: true, cursor }, limit);
        found.push(...page.map(({ gameId }) => gameId));
        if (page.length < limit) break;
        cursor = page.at(-1)?.gameId ?? null;
      }
      assert.deepEqual(found, [...gameIds].sort());
    }),
  );
});

test('ids stay in order through many chunks, added and removed in any order', () => {
  const steps = fc.array(fc.record({ id: fc.integer({ min: 0, max: 3_000 }), isAdded: fc.boolean() }), {
    minLength: 1_000,
    maxLength: 3_000,
  });
  fc.assert(
    fc.property(steps, fc.integer({ min: -1, max: 3_001 }), (all, from) => {
      const sorted = new SortedIds();
      const model = new Set<string>();
      for (const { id, isAdded } of all) {
        const name = String(id).padStart(5, '0');
        if (isAdded) sorted.add(name);
        else sorted.remove(name);
        if (isAdded) model.add(name);
        else model.delete(name);
      }
      const cursor = from < 0 ? null : String(from).padStart(5, '0');
      const expected = [...model].sort().filter((id) => cursor === null || id > cursor);
      const found: string[] = [];
      for (const ids = sorted.after(cursor); ids.id !== undefined; ids.next()) found.push(ids.id);
      assert.deepEqual(found, expected);
    }),
    { numRuns: 30 },
  );
});
