/** What counts as a sign of the host at the owner of its game: its own reads, and the word of a gateway at which it watches. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { GameCommand } from '../../../../src/game/commands.ts';
import type { RoutedOperation } from '../../../../src/member/contract/rpc.ts';
import type { Caller } from '../../../../src/session/permission.ts';
import { Lab } from '../lab.ts';
import { act, create, type Owner, owning, read, state } from './slot-lab.ts';

const TWO_MINUTES = 120_000;
const host: Caller = { kind: 'player', playerId: 'h', nonce: 'n', generation: 1 };
const guest: Caller = { kind: 'player', playerId: 'p1', nonce: 'n', generation: 2 };
const join: GameCommand = { type: 'join', playerId: 'p1', displayName: 'Bob' };
const take: GameCommand = { type: 'take_host', playerId: 'p1', appointed: false };

let lab: Lab;
let owner: Owner;

beforeEach(async () => {
  lab = new Lab();
  owner = await owning(lab, 1, null);
  assert.deepEqual([await owner.tells(create()), await owner.tells(act(join))], ['201', '201']);
});

/** What taking the hosting over comes to, two minutes after the game was made but a moment, when this was asked half-way. */
async function afterHalfway(asked: RoutedOperation): Promise<string> {
  await lab.clock.advance(TWO_MINUTES / 2);
  assert.equal(await owner.tells(asked), '200');
  await lab.clock.advance(TWO_MINUTES / 2);
  return owner.tells(act(take));
}

test('a host of whom nothing is heard is gone', async () => {
  assert.equal(await afterHalfway(state()), '200');
});

test('a gateway that reads the game for the socket of the host says that it is there', async () => {
  assert.equal(await afterHalfway(state('G', host)), '409 host_present');
});

test('a gateway whose word is of a guest, or of a token that holds no more, says nothing', async () => {
  assert.equal(await afterHalfway(state('G', guest)), '200');
});

test('the host is there when it reads, from memory too', async () => {
  assert.equal(await afterHalfway({ ...read(), caller: host, may: ['player'] } as RoutedOperation), '409 host_present');
  await lab.clock.advance(TWO_MINUTES / 2);
  assert.equal(owner.slot.readNow({ ...read(), caller: host, may: ['player'] })?.kind, 'answer');
  await lab.clock.advance(TWO_MINUTES / 2);
  assert.equal(await owner.tells(act(take)), '409 host_present');
  await lab.clock.advance(TWO_MINUTES);
  assert.equal(await owner.tells(act(take)), '200');
});
