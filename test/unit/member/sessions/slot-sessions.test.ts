/**
 * What the owner of a slot answers: from committed state, under a valid lease, or not at all.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { parseListing } from '../../../../src/session/snapshot.ts';
import { held, lost, refused, unheard } from '../../../support/faulty-bucket.ts';
import { Lab } from '../lab.ts';
import { act, Owner, owning, read, SLOT, start, storedGame, told } from './slot-lab.ts';

let lab: Lab;

beforeEach(() => {
  lab = new Lab();
});

test('a game is made by whoever comes first, and found by everybody after that', async () => {
  const owner = await owning(lab, 1, null);
  assert.equal(await owner.tells(start({ round: 3 })), '201');
  assert.equal(await owner.tells(start({ round: 9 })), '200', 'it was alive: its state is untouched');
  assert.equal((await storedGame(lab))?.state.round, 3);
  const answer = await owner.ask(read());
  assert.ok(answer.kind === 'answer');
  const { game, version, owner: name, view } = JSON.parse(answer.body) as Record<string, unknown>;
  assert.deepEqual([(game as { round: number }).round, version, name, view], [3, 1, 'm1', 'admin']);
});

test('a repeated creation is the first one again; its key used otherwise is refused', async () => {
  const owner = await owning(lab, 1, null);
  const creation = start({}, { id: 'once' });
  assert.deepEqual([await owner.tells(creation), await owner.tells(creation)], ['201', '201']);
  assert.equal(await owner.tells(start({ round: 2 }, { id: 'once', fingerprint: 'g' })), '422 key_reused');
  assert.equal((await storedGame(lab))?.version, 1);
});

test('of those who make it at the same time one did', async () => {
  const owner = await owning(lab, 1, null);
  const asked = [start({}), start({}), start({})].map((operation) => owner.watch(operation));
  await lab.until('all answers', () => asked.every((one) => one.told !== null));
  assert.deepEqual(asked.map((one) => one.told).sort(), ['200', '200', '201']);
  assert.equal(owner.sessions.sent.filter(({ key }) => key === `${SLOT}.G`).length, 1);
});

test('a creation that the rules refuse leaves nothing behind', async () => {
  const owner = await owning(lab, 1, null);
  assert.equal(await owner.tells(start({ status: 'gone' })), '400 bad_request');
  assert.deepEqual([await storedGame(lab), owner.slot.items.size], [null, 0]);
  assert.equal(await owner.tells(read()), '404 game_not_alive');
  assert.equal(await owner.tells(start()), '201');
});

test('to continue without a document resumes what is stored and makes nothing', async () => {
  const owner = await owning(lab, 1, null);
  assert.equal(await owner.tells(start(null)), '404 game_not_alive');
  await owner.tells(start());
  assert.equal(await owner.tells(start(null)), '200');
});

test('a game that is not committed yet cannot be read', async () => {
  const owner = await owning(lab, 1, null);
  const slow = held();
  owner.sessions.writeFaults = [slow.fault];
  const made = owner.watch(start());
  await lab.clock.advance(10);
  assert.equal(owner.slot.readNow(read()), null);
  slow.release();
  await lab.until('the creation', () => made.told === '201');
  assert.equal(owner.slot.readNow(read())?.kind, 'answer');
});

test('what is in memory is listed as it was committed, however far a write of it came', async () => {
  const owner = await owning(lab, 1, {});
  const known = owner.slot.items.get('G');
  assert.ok(known?.live);
  const before = { revision: known.revision, listing: known.listing };
  const unacknowledged = held();
  let hasLanded = false;
  owner.sessions.writeFaults = [
    async (land) => {
      const outcome = await land();
      hasLanded = true;
      await unacknowledged.fault(async () => outcome);
      return outcome;
    },
  ];
  const acting = owner.watch(act());
  await lab.until('the write has landed', () => hasLanded);
  const entry = await lab.finish(owner.sessions.read(`${SLOT}.G`, 1_000));
  assert.ok(entry && entry.revision > before.revision);
  const listing = parseListing(entry.headers);
  owner.slot.adopt(new Map([['G', { revision: entry.revision, deleted: false, listing, writtenAt: entry.writtenAt }]]));
  owner.slot.show(new Map([['G', entry]]));
  assert.deepEqual({ revision: known.revision, listing: known.listing }, before);
  unacknowledged.release();
  await lab.until('it is acknowledged', () => acting.told !== null);
  assert.equal(known.revision, entry.revision);
});

test('a creation is answered only if the lease was still valid, or was renewed after it', async () => {
  for (const [renewed, expected] of [
    [true, '201'],
    [false, 'moved, uncertain'],
  ] as const) {
    lab = new Lab();
    const owner = await owning(lab, 1, null);
    owner.valid = false;
    owner.renewal = async () => {
      assert.ok((await storedGame(lab)) !== null, 'it is asked for after the write landed');
      return renewed;
    };
    assert.equal(await owner.tells(start()), expected);
  }
});

test('a command is answered after its write, and not before', async () => {
  const owner = await owning(lab);
  const slow = held();
  owner.sessions.writeFaults = [slow.fault];
  const asked = owner.watch(act());
  await lab.clock.advance(1_000);
  assert.equal(asked.told, null);
  slow.release();
  await lab.until('the answer', () => asked.told !== null);
  assert.equal(asked.told, '200');
  assert.equal((await storedGame(lab))?.version, 2);
});

test('a command whose write is too large for the store is told so, at once; the game goes on as it was', async () => {
  const owner = await owning(lab);
  const once = act(undefined, { id: 'once' });
  owner.sessions.writeFaults = [refused];
  const refusal = await owner.ask(once);
  assert.ok(refusal.kind === 'answer');
  assert.equal(told(refusal), '413 game_not_storable');
  assert.deepEqual([(await storedGame(lab))?.version, await owner.tells(read())], [1, '200']);
  assert.equal(await owner.tells(once), '200', 'it was not applied, and now it is');
  owner.sessions.writeFaults = [refused];
  const another = owner.watch(act());
  const repeated = owner.watch(once);
  await lab.until('both', () => another.told !== null && repeated.told !== null);
  assert.deepEqual([another.told, repeated.told], ['413 game_not_storable', 'moved'], 'that one was applied before');
});

test('a command that was applied needs no lease: its write is proof enough', async () => {
  const owner = await owning(lab);
  owner.valid = false;
  owner.renewal = () => new Promise(() => undefined);
  assert.equal(await owner.tells(act()), '200');
  assert.equal(await owner.tells(act({ type: 'end_round', round: 77 })), '409 round_over', 'stored, for it has a key');
});

test('what is said without writing needs the lease', async () => {
  const cases = [read(), act({ type: 'end_round', round: 77 }, { keyed: false }), start(null), read('nowhere')];
  for (const operation of cases) {
    const owner = await owning(lab);
    owner.valid = false;
    const whenRenewed = told(await owner.ask(operation));
    assert.notEqual(whenRenewed, 'moved');
    assert.equal(owner.renewals, 1, JSON.stringify(operation));
    if (operation.gameId === 'nowhere') continue;
    owner.renewal = async () => false;
    assert.equal(await owner.tells(operation), 'moved');
    lab = new Lab();
  }
});

test('that a game is not alive is never said under a lease that is over for good', async () => {
  const owner = await owning(lab, 1, null);
  owner.valid = false;
  owner.renewal = () => new Promise((resolve) => lab.clock.after(1, () => resolve(false)));
  for (const operation of [read(), act(), start(null)]) assert.equal(await owner.tells(operation), 'moved');
  assert.equal(owner.renewals, 3, 'one who asks again gets no other answer');
});

test('a read shows committed state only', async () => {
  const owner = await owning(lab);
  const slow = held();
  owner.sessions.writeFaults = [slow.fault];
  owner.watch(act());
  await lab.clock.advance(10);
  const answer = await owner.ask(read());
  assert.equal(answer.kind === 'answer' && (JSON.parse(answer.body) as { version: number }).version, 1);
  slow.release();
});

test('a read from memory takes no time; without a lease, or of what is not there, it has to wait', async () => {
  const owner = await owning(lab);
  assert.equal(owner.slot.readNow(read())?.kind, 'answer');
  assert.equal(owner.slot.readNow(read('nowhere')), null);
  owner.valid = false;
  assert.equal(owner.slot.readNow(read()), null);
});

test('an eventual read is answered without a lease, and says so', async () => {
  const owner = await owning(lab);
  owner.valid = false;
  owner.renewal = () => new Promise(() => undefined);
  const answer = await owner.ask(read('G', 'eventual'));
  assert.equal(answer.kind === 'answer' && (JSON.parse(answer.body) as { stale?: boolean }).stale, true);
});

test('an acknowledgement that got lost costs nothing but time', async () => {
  const owner = await owning(lab);
  owner.sessions.writeFaults = [unheard, lost];
  assert.equal(await owner.tells(act()), '200');
  assert.equal((await storedGame(lab))?.version, 2);
});

test('commands that come too late to begin are not applied', async () => {
  const owner = await owning(lab);
  assert.equal(told(await owner.ask(act(), lab.clock.wall() - 1)), 'moved');
  assert.equal((await storedGame(lab))?.version, 1);
});

test('waiting commands are bounded', async () => {
  const owner = await owning(lab, 1, { settings: { actionPoints: 1_000 } });
  const slow = held();
  owner.sessions.writeFaults = [slow.fault];
  const asked = Array.from({ length: 1_010 }, () => owner.watch(act()));
  await lab.clock.advance(10);
  const refusals = asked.filter((one) => one.told !== null);
  assert.deepEqual([...new Set(refusals.map((one) => one.told))], ['503 session_overloaded']);
  assert.equal(refusals.length, 10);
  slow.release();
  await lab.until('the others', () => asked.every((one) => one.told !== null));
});

test('the clock rings in the owner: a due round ends, also one that has to be loaded first', async () => {
  const roundEndTime = new Date(lab.clock.wall() + 500).toISOString();
  const owner = await owning(lab, 1, { roundEndTime });
  await lab.finish(owner.slot.ring('G', 0));
  assert.equal((await storedGame(lab))?.state.round, 1, 'not before its time');
  await lab.clock.advance(500);
  const next = new Owner(lab, 2);
  await lab.finish(next.slot.ring('G', 0));
  await lab.clock.advance(50);
  assert.equal((await storedGame(lab))?.state.round, 2);
  await lab
    .finish(
      next.slot.ring('nowhere', 0).catch(() => undefined),
      100,
    )
    .catch(() => undefined);
});

test('idle sessions leave memory and are found again', async () => {
  const owner = await owning(lab);
  await lab.clock.advance(1_000);
  owner.slot.evictIdle(lab.clock.monotonic() - 2_000);
  assert.ok(owner.slot.items.get('G')?.live);
  owner.slot.evictIdle(lab.clock.monotonic() - 500);
  const item = owner.slot.items.get('G');
  const entry = await lab.finish(owner.sessions.read(`${SLOT}.G`, 100));
  assert.deepEqual([item?.state.kind, item?.revision], ['out', entry?.revision]);
  assert.equal(await owner.tells(act()), '200');
});

test('a session in use is not evicted, however old', async () => {
  const owner = await owning(lab);
  const slow = held();
  owner.sessions.writeFaults = [slow.fault];
  const asked = owner.watch(act());
  await lab.clock.advance(1_000);
  owner.slot.evictIdle(lab.clock.monotonic());
  assert.ok(owner.slot.items.get('G')?.live);
  slow.release();
  await lab.until('the answer', () => asked.told === '200');
});

test('after close there is no answer but moved', async () => {
  const owner = await owning(lab);
  const slow = held();
  owner.sessions.writeFaults = [slow.fault];
  const waiting = owner.watch(act());
  const unlisted = new Owner(lab, 2);
  const absent = unlisted.watch(read('nowhere'));
  await lab.clock.advance(10);
  owner.slot.close();
  unlisted.slot.close();
  await lab.clock.advance(10);
  assert.deepEqual([waiting.told, absent.told], ['moved, uncertain', 'moved']);
  for (const operation of [read(), act(), start(), read('nowhere')])
    assert.equal(await owner.tells(operation), 'moved');
  assert.deepEqual([owner.slot.readNow(read()), owner.slot.items.size], [null, 0]);
  slow.release();
});

test('what is in doubt is not sent again once the slot is no longer held, nor by who holds it next in this very process', async () => {
  for (const begun of ['a command', 'a creation', 'a claim'] as const) {
    lab = new Lab();
    const first = await owning(lab, 1, begun === 'a creation' ? null : {});
    const owner = begun === 'a claim' ? new Owner(lab, 2) : first;
    owner.sessions.writeFaults = Array.from({ length: 1_000 }, () => lost);
    const before = owner.sessions.sent.length;
    const asked = owner.watch(begun === 'a command' ? act() : begun === 'a creation' ? start() : read());
    await lab.until('it is sent again', () => owner.sessions.sent.length > before + 2);
    owner.slot.close();
    await lab.until('the answer', () => asked.told !== null);
    const { length } = owner.sessions.sent;
    await lab.clock.advance(10_000);
    assert.equal(owner.sessions.sent.length, length, begun);
  }
});

test('nor is it when writes may be sent again only after that', async () => {
  const owner = await owning(lab);
  let open: (isOpen: boolean) => void = () => {};
  lab.open = new Promise((resolve) => {
    open = resolve;
  });
  const asked = owner.watch(act());
  const { length } = owner.sessions.sent;
  await lab.clock.advance(100);
  owner.slot.close();
  open(true);
  await lab.until('the answer', () => asked.told !== null);
  assert.equal(owner.sessions.sent.length, length);
});
