/**
 * Whose turn it is to be sent to another member: bounded, game by game.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import {
  BYTES_AT_ONCE,
  FORWARDS_AT_ONCE,
  Forwards,
  type Turn,
  WAITING_FOR_AN_OWNER,
  WAITING_OF_A_GAME,
} from '../../../../src/member/gateway/forwards.ts';

let forwards: Forwards;
/** Games in the order in which their turns began, of those that had to wait. */
let begun: string[];

beforeEach(() => {
  forwards = new Forwards();
  begun = [];
});

function ask(gameId = 'G', owner = 'm2.i2'): Turn {
  const turn = forwards.ask(owner, gameId);
  assert.ok(turn !== null, `${gameId} is refused`);
  void turn.begun?.then(() => begun.push(gameId));
  return turn;
}

function askMany(count: number, gameId = 'G', owner?: string): Turn[] {
  return Array.from({ length: count }, () => ask(gameId, owner));
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** From now on an answer about the game is expected to take so many bytes. */
function teach(gameId: string, bytes: number): void {
  const turn = ask(gameId, 'another');
  turn.answered(bytes);
  turn.end();
}

test('what there is room for begins at once; each that ends lets the next one begin', async () => {
  const under = askMany(FORWARDS_AT_ONCE);
  assert.ok(under.every((turn) => turn.begun === null));
  askMany(2, 'A');
  await settled();
  assert.deepEqual(begun, []);
  under[0]?.end();
  await settled();
  assert.deepEqual(begun, ['A']);
  assert.equal(ask('G', 'm3.i3').begun, null, 'another owner has room');
});

test('games take turns, however many wait of one', async () => {
  const under = askMany(FORWARDS_AT_ONCE);
  askMany(5, 'A');
  askMany(1, 'B');
  askMany(2, 'C');
  for (const turn of under.slice(0, 6)) turn.end();
  await settled();
  assert.deepEqual(begun, ['A', 'B', 'C', 'A', 'C', 'A']);
});

test('who comes later does not overtake those that wait, however small', async () => {
  teach('L', BYTES_AT_ONCE);
  const large = [ask('L'), ask('L')];
  const small = ask('S');
  assert.deepEqual(
    [...large, small].map((turn) => turn.begun === null),
    [true, false, false],
  );
  large[0]?.end();
  await settled();
  assert.deepEqual(begun, ['L', 'S']);
});

test('bytes are bounded by what the last answer about each game took; one forward always goes', () => {
  teach('L', BYTES_AT_ONCE / 4);
  teach('H', 2 * BYTES_AT_ONCE);
  const under = askMany(5, 'L');
  assert.deepEqual(
    under.map((turn) => turn.begun === null),
    [true, true, true, true, false],
  );
  assert.equal(ask('H', 'm3.i3').begun, null);
  teach('L', 1);
  assert.equal(askMany(FORWARDS_AT_ONCE, 'L', 'm4.i4').filter((turn) => turn.begun !== null).length, 0);
});

test('more than may wait are refused: of one game, and in all; who gives up makes room', async () => {
  const under = askMany(FORWARDS_AT_ONCE);
  const waiting = askMany(WAITING_OF_A_GAME);
  assert.equal(forwards.ask('m2.i2', 'G'), null);
  for (let game = 1; game < WAITING_FOR_AN_OWNER / WAITING_OF_A_GAME; game += 1) askMany(WAITING_OF_A_GAME, `G${game}`);
  assert.equal(forwards.ask('m2.i2', 'other'), null);
  waiting[0]?.end();
  ask('other');
  assert.equal(forwards.ask('m2.i2', 'other'), null);
  for (const turn of waiting.slice(1)) turn.end();
  under[0]?.end();
  await settled();
  assert.deepEqual(begun, ['G1'], 'who gave up has no turn');
});

test('an owner without forwards takes no memory', () => {
  for (let owner = 0; owner < 100; owner += 1) for (const turn of askMany(300, 'G', `m${owner}`)) turn.end();
  assert.equal((Reflect.get(forwards, 'lanes') as Map<string, unknown>).size, 0);
});
