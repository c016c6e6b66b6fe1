/**
 * The auction of examples/, and the game that docs/your-own-game.md makes.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkGame } from 'minotaur/check';
import auction from '../../../examples/auction.ts';
import { gameOf } from '../../../src/game/module-check.ts';
import { look, nextTable, type Table, take } from '../../../src/game/table.ts';
import { act, end, open, playOut, seatsOf } from './playing.ts';

const game = gameOf(auction);
const seats = seatsOf(['ada', 'bob', 'cy']);
const seed = 3;

interface Auction {
  readonly order: readonly string[];
  readonly money: Readonly<Record<string, number>>;
  readonly hands: Readonly<Record<string, readonly string[]>>;
  readonly bought: Readonly<Record<string, readonly string[]>>;
}

const worldOf = (table: Pick<Table, 'world'>) => table.world as Auction;

/** The first thing of the first seller is for sale. */
function selling() {
  const table = open(game, seats, {}, seed);
  const seller = worldOf(table).order[0] as string;
  const thing = worldOf(table).hands[seller]?.[0] as string;
  const offered = end(game, act(game, table, seller, [{ type: 'offer', thing }]), seed);
  const bidders = seats.map(({ id }) => id).filter((id) => id !== seller);
  return { table: nextTable(table, offered, 0), seller, thing, bidders, offered };
}

test('one offers, then all others bid at the same time', () => {
  const { table, seller, thing, bidders, offered } = selling();
  assert.deepEqual(offered.events, [{ type: 'offered', fields: { seller, thing }, to: 'everybody' }]);
  assert.deepEqual([...table.turn.players].sort(), [...bidders].sort());
  assert.deepEqual(take(game, table, seller, { type: 'bid', amount: 1 }), { refusal: { kind: 'not_your_turn' } });
  const [first, second] = bidders as [string, string];
  const bids = act(game, act(game, table, first, [{ type: 'bid', amount: 4 }]), second, [{ type: 'bid', amount: 7 }]);
  const sold = end(game, bids, seed);
  assert.deepEqual(sold.events, [{ type: 'sold', fields: { to: second, price: 7 }, to: 'everybody' }]);
  assert.deepEqual(worldOf(sold).money, { [first]: 20, [second]: 13, [seller]: 27 });
  assert.deepEqual(worldOf(sold).bought[second], [thing]);
  assert.notEqual(sold.next?.players[0], seller, 'another sells next');
});

test('equal bids are decided by lot', () => {
  const { table, bidders } = selling();
  const bids = bidders.reduce((before, id) => act(game, before, id, [{ type: 'bid', amount: 5 }]), table);
  const winners = Array.from({ length: 30 }, (_, draw) => end(game, bids, draw).events[0]?.fields.to);
  assert.deepEqual(new Set(winners), new Set(bidders));
});

test('what cannot be is refused: more money than there is, a thing of others', () => {
  const { table, bidders } = selling();
  const reason = (id: string, action: object, at = table) => {
    const taken = take(game, at, id, action);
    return 'refusal' in taken && taken.refusal.kind === 'refused' ? taken.refusal.reason : 'taken';
  };
  assert.equal(reason(bidders[0] as string, { type: 'bid', amount: 21 }), 'not_enough_money');
  assert.equal(reason(bidders[0] as string, { type: 'bid', amount: 20 }), 'taken');
  assert.equal(reason(bidders[0] as string, { type: 'offer', thing: 'map' }), 'something_is_sold');
  const start = open(game, seats, { things: 1 }, seed);
  const seller = worldOf(start).order[0] as string;
  const others = ['clock', 'map', 'stamp', 'vase'].filter((thing) => !worldOf(start).hands[seller]?.includes(thing));
  assert.equal(reason(seller, { type: 'offer', thing: others[0] }, start), 'not_in_hand');
  assert.equal(reason(seller, { type: 'bid', amount: 1 }, start), 'nothing_is_sold');
});

test('nobody sees for whom another buys, nor what another holds', () => {
  const table = open(game, seats, {}, seed);
  const view = look(game, table, { kind: 'player', id: 'ada' });
  assert.deepEqual(Object.keys(view as object), ['hand', 'client', 'money', 'bought', 'offer']);
  assert.deepEqual(look(game, table, { kind: 'public' }), { ...(view as object), hand: [], client: null });
});

test('bots sell everything, and nobody’s time stops a game', () => {
  for (let game_ = 0; game_ < 10; game_ += 1) {
    const { rounds, outcome } = playOut(game, seatsOf(['ada', 'bob', 'cy'], true), {}, game_);
    assert.equal(rounds.length, 18, 'two rounds for each of nine things');
    const money = Object.values(worldOf(rounds.at(-1)?.finished as Pick<Table, 'world'>).money);
    assert.equal(
      money.reduce((a, b) => a + b),
      60,
      'money is neither made nor lost',
    );
    assert.ok(outcome.winners.length > 0);
    assert.ok(playOut(game, seats, {}, game_).rounds.length === 18, 'people who do nothing');
  }
});

test('the check finds nothing in it, nor in the game of the guide', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'minotaur-guide-'));
  try {
    const guide = readFileSync(new URL('../../../docs/your-own-game.md', import.meta.url), 'utf8');
    const [, text] = /```ts\n(import [\s\S]*?)```/.exec(guide) ?? [];
    writeFileSync(join(folder, 'my-game.ts'), text as string);
    for (const file of [new URL('../../../examples/auction.ts', import.meta.url), join(folder, 'my-game.ts')]) {
      const { findings, campaign } = await checkGame(file, { games: 20 });
      assert.deepEqual(findings, []);
      assert.equal(campaign?.games, 20);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
