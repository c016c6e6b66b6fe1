/**
 * How games come into a slot: by whom they may be made, once, and not while it is unclear whether there is one.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { RoutedOperation } from '../../../../src/member/contract/rpc.ts';
import { ADMIN, type Caller, PUBLIC } from '../../../../src/session/permission.ts';
import { type ReadFault, refused } from '../../../support/faulty-bucket.ts';
import { Lab } from '../lab.ts';
import { act, create, events, owning, read, SLOT, start, storedGame, told } from './slot-lab.ts';

let lab: Lab;

/** A read whose answer is held back until the test lets it come. */
function slowly(): { readonly fault: ReadFault; release(): void } {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { fault: (look) => released.then(look), release: () => release() };
}

beforeEach(() => {
  lab = new Lab();
});

test('nothing at all is no document either', async () => {
  const owner = await owning(lab, 1, null);
  const resuming = { ...start(null), document: undefined } as RoutedOperation;
  assert.equal(await owner.tells(resuming), '404 game_not_alive');
  assert.equal(await owner.tells(start()), '201');
  assert.equal(await owner.tells(resuming), '200');
});

test('a lobby is made by whoever may, with a grant for its host; its repetition gets the same again', async () => {
  const owner = await owning(lab, 1, null);
  const creation = create({ id: 'once' });
  const first = await owner.ask(creation);
  assert.ok(first.kind === 'answer');
  const { game, view, version } = JSON.parse(first.body) as { game: { you: string }; view: string; version: number };
  assert.deepEqual([first.status, game.you, view, version], [201, 'h', 'player', 1]);
  assert.deepEqual(first.grant, { role: 'host', playerId: 'h', nonce: 'n', generation: 1 });
  assert.deepEqual(await owner.ask(creation), first);
  assert.equal(await owner.tells(create({ id: 'once', fingerprint: 'g' })), '422 key_reused');
  assert.equal(await owner.tells(create()), '409 game_exists');
  assert.equal(await owner.tells(start({})), '200', 'to continue it is another thing');

  assert.equal(await owner.tells(act({ type: 'renew_token', playerId: 'h' })), '200');
  const late = await owner.ask(creation);
  assert.ok(late.kind === 'answer');
  assert.deepEqual([late.status, late.grant], [201, first.grant], 'never a newer one');
  assert.equal(JSON.parse(late.body).view, 'public', 'and the old one shows nothing any more');
});

test('a game with a document is made by an administrator only', async () => {
  const owner = await owning(lab, 1, null);
  const player: Caller = { kind: 'player', playerId: 'p0', nonce: 'n', generation: 1 };
  const by = (caller: Caller) => owner.tells({ ...start({}), caller } as RoutedOperation);
  assert.deepEqual([await by(PUBLIC), await by(player)], ['401 unauthorized', '403 forbidden']);
  assert.deepEqual([await storedGame(lab), owner.slot.items.size], [null, 0]);
  assert.equal(await by(ADMIN), '201');
  assert.deepEqual([await by(PUBLIC), await by(player)], ['401 unauthorized', '401 unauthorized']);
});

test('whoever may not look or act is told so, by the owner', async () => {
  const owner = await owning(lab, 1, null);
  await owner.tells(create());
  const host: Caller = { kind: 'player', playerId: 'h', nonce: 'n', generation: 1 };
  const foreign: Caller = { ...host, nonce: 'earlier' };
  for (const operation of [read(), events(), act({ type: 'end_round', round: 1 })]) {
    const by = (caller: Caller) => owner.tells({ ...operation, caller } as RoutedOperation);
    assert.deepEqual([await by(PUBLIC), await by(foreign)], ['401 unauthorized', '401 unauthorized'], operation.kind);
    assert.equal(await by(host), '403 forbidden', operation.kind);
    assert.notEqual(await by(ADMIN), '403 forbidden');
  }
  const readNow = owner.slot.readNow({ ...read(), caller: foreign, may: ['anyone'] });
  assert.ok(readNow !== null && told(readNow) === '401 unauthorized');
  assert.equal((await storedGame(lab))?.version, 1);
});

for (const [what, operations] of [
  ['two documents', [start({ round: 3 }), start({ round: 3 })]],
  ['two lobbies', [create(), create()]],
  ['a document and a lobby', [start({}), create()]],
] as const) {
  test(`${what} at once, while the archive is being read, make one game`, async () => {
    const owner = await owning(lab, 1, null);
    const slow = slowly();
    owner.archive.readFaults = [slow.fault, slow.fault];
    const asked = operations.map((operation) => owner.watch(operation));
    await lab.clock.advance(50);
    assert.deepEqual([owner.archive.reads, owner.slot.items.size], [2, 0], 'nothing is begun before it is read');
    slow.release();
    await lab.until('both', () => asked.every((one) => one.told !== null));
    const answers = asked.map((one) => one.told).sort();
    assert.deepEqual(answers, operations[1]?.kind === 'create' ? ['201', '409 game_exists'] : ['200', '201']);
    assert.equal(owner.sessions.sent.filter(({ key }) => key === `${SLOT}.G`).length, 1);
  });
}

test('a creation during which the slot freezes or closes begins nothing', async () => {
  for (const closes of [true, false]) {
    lab = new Lab();
    const owner = await owning(lab, 1, null);
    const slow = slowly();
    owner.archive.readFaults = [slow.fault];
    const asked = owner.watch(start());
    await lab.clock.advance(10);
    if (closes) owner.slot.close();
    else await lab.finish(owner.slot.freeze(400));
    slow.release();
    await lab.clock.advance(500);
    assert.deepEqual([asked.told, await storedGame(lab), owner.slot.items.size], [closes ? 'moved' : null, null, 0]);
    owner.slot.unfreeze();
    await lab.until('the answer', () => asked.told !== null);
    assert.equal(asked.told, closes ? 'moved' : '201');
  }
});

test('a game that comes into the slot while the archive is being read is found', async () => {
  const owner = await owning(lab, 1, null);
  const slow = slowly();
  owner.archive.readFaults = [slow.fault];
  const asked = owner.watch(start({ round: 5 }));
  await lab.clock.advance(10);
  assert.equal(await owner.tells(start({ round: 2 })), '201');
  slow.release();
  await lab.until('the answer', () => asked.told !== null);
  assert.deepEqual([asked.told, (await storedGame(lab))?.state.round], ['200', 2]);
});

test('a creation that is too large for the store is told so, at once, and leaves nothing', async () => {
  const owner = await owning(lab, 1, null);
  for (const creation of [create({ id: 'once' }), start({})]) {
    owner.sessions.writeFaults = [refused];
    assert.equal(await owner.tells(creation), '413 game_not_storable');
    assert.deepEqual([await storedGame(lab), owner.slot.items.size, owner.sessions.writeFaults], [null, 0, []]);
  }
  assert.equal(await owner.tells(create({ id: 'once' })), '201', 'with room again');
});
