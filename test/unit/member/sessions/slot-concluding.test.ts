/**
 * Games that are over: archived, then deleted; still readable, and never played again.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { GameState } from '../../../../src/game/state.ts';
import { PUBLIC } from '../../../../src/session/permission.ts';
import { decode, type Snapshot } from '../../../../src/session/snapshot.ts';
import { held, refused, unheard } from '../../../support/faulty-bucket.ts';
import { minotaurRules } from '../../../support/minotaur-rules.ts';
import { Lab } from '../lab.ts';
import {
  act,
  ada,
  anew,
  archived,
  concluded,
  create,
  deleted,
  events,
  handOver,
  leaving,
  Owner,
  owning,
  read,
  SLOT,
  start,
  state,
  storedGame,
  told,
} from './slot-lab.ts';

let lab: Lab;

beforeEach(() => {
  lab = new Lab();
});

/** An owner of a game that is about to end. */
const nearlyOver = (): Promise<Owner> => owning(lab, 1, ada);

const over = (): Promise<Owner> => concluded(lab);
const gone = (): Promise<number> => deleted(lab);

async function lastState(): Promise<Snapshot<GameState> | null> {
  const value = await archived(lab, 'G');
  return value && decode(minotaurRules, value);
}

test('it is archived and deleted; everybody may read it, nobody plays on', async () => {
  const owner = await over();
  const last = await lastState();
  assert.deepEqual([await storedGame(lab), last?.state.status, last?.version], [null, 'concluded', 2]);
  for (const operation of [read(), read('G', 'eventual'), events(), state()]) {
    assert.equal(await owner.tells(operation), '200', operation.kind);
  }
  const sent = owner.sessions.sent.length;
  for (const operation of anew()) assert.equal(await owner.tells(operation), '409 game_concluded', operation.kind);
  assert.equal(await owner.tells(create()), '409 game_exists', 'the next id may be free');
  assert.equal(owner.sessions.sent.length, sent, 'nothing is written');
});

test('what is read from the archive is what was committed last, as each may see it', async () => {
  const owner = await over();
  const answer = await owner.ask(read());
  assert.ok(answer.kind === 'answer');
  const { game, version, view, owner: name } = JSON.parse(answer.body) as Record<string, { status?: string }>;
  assert.deepEqual([game?.status, version, view, name], ['concluded', 2, 'admin', 'm1']);
  const publicly = await owner.ask({ ...read(), caller: PUBLIC, may: ['anyone'] });
  assert.ok(publicly.kind === 'answer' && JSON.parse(publicly.body).view === 'public');
  assert.equal(await owner.tells({ ...read(), caller: PUBLIC, may: ['player'] }), '401 unauthorized');
  const ended = { kind: 'player', playerId: 'p0', nonce: 'n', generation: 1 } as const;
  assert.equal(await owner.tells({ ...read(), caller: ended, may: ['anyone'] }), '401 unauthorized');
});

test('the last state is in the archive before the session is deleted', async () => {
  const owner = await nearlyOver();
  const slow = held();
  owner.archive.writeFaults = [async (land) => land(), slow.fault];
  assert.equal(await owner.tells(act(leaving)), '204', 'the answer waits for the commit only');
  await lab.clock.advance(1_000);
  assert.equal((await storedGame(lab))?.state.status, 'concluded');
  for (const operation of [read(), events(), state()]) assert.equal(await owner.tells(operation), '200');
  for (const operation of anew()) assert.equal(await owner.tells(operation), '409 game_concluded', operation.kind);
  slow.release();
  await gone();
  assert.equal((await lastState())?.state.status, 'concluded');
  assert.equal(await owner.tells(read()), '200');
});

test('a session whose last state cannot be archived is not deleted', async () => {
  const owner = await nearlyOver();
  owner.archive.writeFaults = [async (land) => land(), refused];
  assert.equal(await owner.tells(act(leaving)), '204');
  await lab.clock.advance(10_000);
  assert.deepEqual([(await storedGame(lab))?.state.status, await lastState()], ['concluded', null]);
  assert.equal(await owner.tells(read()), '200');
  for (const operation of anew()) assert.equal(await owner.tells(operation), '409 game_concluded', operation.kind);
});

test('a refusal that is stored while it is archived is archived as well', async () => {
  const owner = await nearlyOver();
  const slow = held();
  owner.archive.writeFaults = [async (land) => land(), slow.fault];
  await owner.tells(act(leaving));
  const late = act({ type: 'end_round', round: 1 }, { id: 'late' });
  assert.equal(await owner.tells(late), '409 game_concluded');
  assert.equal((await storedGame(lab))?.commit, 3);
  slow.release();
  await gone();
  assert.equal((await lastState())?.commit, 3);
});

test('a command that is being written while the session is deleted is answered all the same', async () => {
  const owner = await nearlyOver();
  const removal = held();
  owner.sessions.writeFaults = [async (land) => land(), removal.fault];
  await owner.tells(act(leaving));
  await lab.until('the removal is sent', () => owner.sessions.sent.some(({ value }) => value === null));
  for (const first of ['the command', 'the removal']) {
    const slow = held();
    owner.sessions.writeFaults = [slow.fault];
    const asked = owner.watch(act({ type: 'end_round', round: 1 }));
    await lab.clock.advance(10);
    if (first === 'the removal') removal.release();
    await lab.clock.advance(10);
    slow.release();
    await lab.until('the answer', () => asked.told !== null);
    assert.ok(asked.told === '409 game_concluded' || asked.told === 'moved, uncertain', `${first}: ${asked.told}`);
  }
  // As its host does with what was dropped.
  await lab.finish(owner.slot.ring('G', 0));
  await gone();
  await lab.clock.advance(1_000);
  assert.deepEqual([await storedGame(lab), (await lastState())?.state.status], [null, 'concluded']);
});

for (const stuck of ['the archive', 'the deletion'] as const) {
  test(`a session that is lost and claimed anew while ${stuck} is being written is concluded once, and that is no incident`, async () => {
    const owner = await nearlyOver();
    const slow = held();
    const claim = held();
    const through = async (land: () => ReturnType<Parameters<typeof slow.fault>[0]>) => land();
    if (stuck === 'the archive') owner.archive.writeFaults = [through, slow.fault];
    owner.sessions.writeFaults = [through, ...(stuck === 'the deletion' ? [slow.fault] : []), refused, claim.fault];
    assert.equal(await owner.tells(act(leaving)), '204');
    await lab.clock.advance(50);
    await owner.tells(act({ type: 'end_round', round: 1 }));
    const asked = owner.watch(read());
    const isClaimed = () => owner.sessions.writeFaults.length === 0;
    await lab.until('the claim is sent', isClaimed);
    slow.release();
    await lab.clock.advance(50);
    claim.release();
    await lab.until('the answer', () => asked.told !== null);
    assert.equal(asked.told, '200');
    await gone();
    await lab.clock.advance(1_000);
    assert.deepEqual([await storedGame(lab), (await lastState())?.state.status], [null, 'concluded']);
    assert.equal(await owner.tells(read()), '200');
    // The refusal is all that operators hear of.
    assert.deepEqual(
      owner.notes.filter((note) => note.startsWith('broken')),
      ['broken G'],
    );
    assert.equal(owner.sessions.sent.filter(({ value }) => value === null).length, 1);
  });
}

test('whoever takes the slot over reads it from the archive as well', async () => {
  await over();
  const next = new Owner(lab, 2);
  const early = next.watch(read());
  await lab.clock.advance(100);
  assert.equal(early.told, null, 'not before the slot is listed: the game could have been made anew');
  await next.list();
  await lab.until('the answer', () => early.told !== null);
  assert.equal(early.told, '200');
  for (const operation of anew()) assert.equal(await next.tells(operation), '409 game_concluded', operation.kind);
  assert.equal(next.sessions.sent.filter(({ key }) => key === `${SLOT}.G`).length, 0);
});

test('a slot that is handed over later brings its marker only, and still finds it', async () => {
  const owner = await over();
  await lab.finish(owner.slot.freeze(400));
  const [left, ...others] = owner.slot.export();
  assert.deepEqual([left?.deleted, left?.listing.status, left?.value, others], [true, 'concluded', null, []]);
  const next = new Owner(lab, 2);
  handOver(owner, next);
  assert.equal(await next.tells(read()), '200');
  assert.equal(await next.tells(start({})), '409 game_concluded');
});

for (const stuck of ['the archive', 'the deletion'] as const) {
  test(`a handoff while ${stuck} is being written: the next owner concludes it, whatever becomes of that`, async () => {
    for (const lands of ['before', 'after', 'never']) {
      lab = new Lab();
      const owner = await nearlyOver();
      const slow = held();
      const through = async (land: () => ReturnType<Parameters<typeof slow.fault>[0]>) => land();
      if (stuck === 'the archive') owner.archive.writeFaults = [through, slow.fault];
      else owner.sessions.writeFaults = [through, slow.fault];
      assert.equal(await owner.tells(act(leaving)), '204');
      await lab.clock.advance(50);
      await lab.finish(owner.slot.freeze(400));
      const next = new Owner(lab, 2);
      handOver(owner, next);
      if (lands === 'before') slow.release();
      for (const operation of [read(), events()]) assert.equal(await next.tells(operation), '200', lands);
      assert.equal(await next.tells(act()), '409 game_concluded', lands);
      await gone();
      if (lands === 'after') slow.release();
      await lab.clock.advance(3_000);
      assert.deepEqual([await storedGame(lab), (await lastState())?.state.status], [null, 'concluded'], lands);
      assert.equal(await next.tells(read()), '200');
      assert.equal(await next.tells(start({})), '409 game_concluded');
    }
  });
}

for (const when of ['before it is archived', 'between archive and deletion'] as const) {
  test(`an owner that dies ${when}: the next one finishes`, async () => {
    const owner = await nearlyOver();
    const never = () => new Promise<never>(() => undefined);
    if (when === 'before it is archived') owner.archive.writeFaults = [async (land) => land(), never];
    else owner.sessions.writeFaults = [async (land) => land(), never];
    assert.equal(await owner.tells(act(leaving)), '204');
    await lab.clock.advance(100);
    assert.deepEqual(
      [(await storedGame(lab))?.commit, (await lastState()) !== null],
      [2, when !== 'before it is archived'],
    );
    const next = new Owner(lab, 2);
    await next.list();
    await lab.finish(next.slot.ring('G', 0));
    await gone();
    assert.equal((await lastState())?.stamp.owner, 'm2', 'what is archived is what it claimed');
    assert.equal(await next.tells(read()), '200');
  });
}

test('a deletion whose acknowledgement is lost is found out about', async () => {
  const owner = await nearlyOver();
  owner.sessions.writeFaults = [async (land) => land(), unheard];
  assert.equal(await owner.tells(act(leaving)), '204');
  await gone();
  await lab.clock.advance(100);
  assert.deepEqual([owner.slot.items.get('G')?.deleted, await owner.tells(read())], [true, '200']);
  assert.equal(owner.notes.includes('dropped G'), false);
});

test('a session on its way to the archive is not evicted, however long that takes', async () => {
  const owner = await nearlyOver();
  const slow = held();
  owner.archive.writeFaults = [async (land) => land(), slow.fault];
  await owner.tells(act(leaving));
  await lab.clock.advance(1_000);
  owner.slot.evictIdle(lab.clock.monotonic());
  assert.ok(owner.slot.items.get('G')?.live);
  slow.release();
  await gone();
});

test('a command that is repeated after the game is archived gets its first answer', async () => {
  const owner = await nearlyOver();
  const moved = act(undefined, { id: 'moved' });
  const left = act(leaving, { id: 'left' });
  const first = await owner.ask(moved);
  assert.deepEqual([told(first), await owner.tells(left)], ['200', '204']);
  await gone();
  const next = new Owner(lab, 2);
  await next.list();
  for (const by of [owner, next]) {
    assert.deepEqual(await by.ask(moved), first);
    assert.equal(await by.tells(left), '204');
    assert.equal(await by.tells(act(leaving, { id: 'left', fingerprint: 'g' })), '422 key_reused');
    assert.equal(await by.tells(act(leaving, { id: 'another' })), '409 game_concluded');
  }
});

test('a creation that is repeated after the game is over gets its first answer; any other does not', async () => {
  const owner = await owning(lab, 1, null);
  const creation = create({ id: 'once' });
  const first = await owner.ask(creation);
  assert.ok(first.kind === 'answer' && first.status === 201);
  assert.equal(await owner.tells(act({ type: 'leave', playerId: 'h', kicked: false })), '204');
  for (const when of ['while it is in memory', 'once it is archived']) {
    if (when === 'once it is archived') await gone();
    const again = await owner.ask(creation);
    assert.ok(again.kind === 'answer');
    assert.deepEqual([again.status, again.grant], [201, first.grant], when);
    assert.equal(await owner.tells(create({ id: 'once', fingerprint: 'g' })), '422 key_reused', when);
    assert.equal(await owner.tells(create()), '409 game_exists', when);
  }
});
