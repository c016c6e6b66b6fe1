/**
 * Rounds whose owner's time of games was behind, or is set: they can be seen for all of their time.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Stash } from '../../../../src/member/sessions/slot-context.ts';
import { heldAt, refused } from '../../../support/faulty-bucket.ts';
import { Lab } from '../lab.ts';
import { type Hosting, holding, hosting, stashOf, tells } from './host-lab.ts';
import { SLOT, start, storedGame } from './slot-lab.ts';

const ROUND_MS = 10_000;
const IDLE_MS = 1_000;
const BEHIND_MS = 4_000;

let lab: Lab;
let due: number;

beforeEach(() => {
  lab = new Lab();
});

/** An owner with one game whose first round ends at `due`; of every slot that it takes over as well. */
async function owning(): Promise<Hosting> {
  due = lab.clock.wall() + ROUND_MS;
  const owner = await holding(lab, 'm1', 1, [SLOT], IDLE_MS);
  assert.equal(await tells(lab, owner, SLOT, start({ roundEndTime: new Date(due).toISOString() })), '201');
  return owner;
}

async function frozen(owner: Hosting): Promise<Stash> {
  await lab.finish(owner.host.get(SLOT)?.freeze(400) ?? assert.fail('the slot is not hosted'));
  return stashOf(owner, SLOT);
}

/** The round is over `byMs` after `due`, and not before. */
async function endsLater(byMs: number): Promise<void> {
  await lab.clock.advance(due + byMs - 1 - lab.clock.wall());
  assert.equal((await storedGame(lab))?.state.round, 1, 'it ended too early');
  await lab.clock.advance(1_100);
  assert.equal((await storedGame(lab))?.state.round, 2, 'it never ended');
}

for (const isIdle of [false, true]) {
  const what = isIdle ? 'that is not in memory' : 'in memory';

  test(`a round ${what} goes on for longer where it is handed over to, and from there on`, async () => {
    const owner = await owning();
    if (isIdle) await lab.clock.advance(3 * IDLE_MS);
    const stash = await frozen(owner);
    assert.equal(stash.stored.size, isIdle ? 0 : 1);
    owner.host.stop();
    const next = hosting(lab, 'm2', IDLE_MS);
    next.host.open(SLOT, 2, {
      ...stash,
      clocks: new Map([['G', { deadline: due, byMs: BEHIND_MS, begunHere: false, starting: null }]]),
    });
    // It leaves the memory there, too.
    await lab.clock.advance(3 * IDLE_MS);
    await frozen(next);
    const [exported] = next.host.get(SLOT)?.export() ?? [];
    assert.equal(exported?.goesOnMs, due + BEHIND_MS - lab.clock.wall());
    next.host.get(SLOT)?.unfreeze();
    await endsLater(BEHIND_MS);
  });

  test(`a round ${what} keeps what it had left when time is set`, async () => {
    const owner = await owning();
    if (isIdle) await lab.clock.advance(3 * IDLE_MS);
    owner.host.timeSet(BEHIND_MS - 1);
    owner.host.timeSet(1);
    await endsLater(BEHIND_MS);
  });

  test(`a round ${what} that began by its owner's time keeps what it had left, however far off that was`, async () => {
    const owner = await owning();
    await lab.clock.advance(ROUND_MS + 500);
    const second = (await storedGame(lab))?.state;
    assert.deepEqual([second?.round, owner.host.get(SLOT)?.items.get('G')?.live !== null], [2, true]);
    if (isIdle) await lab.clock.advance(3 * IDLE_MS);
    assert.equal(owner.host.get(SLOT)?.items.get('G')?.live === null, isIdle);
    owner.host.timeSet(3_600_000);
    owner.host.timeSet(1);
    await lab.clock.advance((second?.roundEndTime ?? 0) + 3_600_000 - lab.clock.wall());
    assert.equal((await storedGame(lab))?.state.round, 2, 'it ended too early');
    await lab.clock.advance(1_100);
    assert.equal((await storedGame(lab))?.state.round, 3, 'it never ended');
  });

  test(`a round ${what} that began elsewhere lasts ten seconds longer at most, however far off its owner was`, async () => {
    const owner = await owning();
    if (isIdle) await lab.clock.advance(3 * IDLE_MS);
    owner.host.timeSet(3_600_000);
    owner.host.timeSet(1);
    await endsLater(10_000);
  });
}

test('a round keeps what it had left when time is set while its game is being claimed', async () => {
  const owner = await owning();
  owner.host.stop();
  const next = hosting(lab, 'm2', IDLE_MS);
  const claim = heldAt(next.sessions, `${SLOT}.G`);
  next.host.open(SLOT, 2, null);
  await lab.until('the claim', () => next.sessions.sent.some(({ key }) => key === `${SLOT}.G`));
  next.host.timeSet(BEHIND_MS);
  claim.release();
  await endsLater(BEHIND_MS);
});

/** What is stored says how long its round goes on, as one whose time was behind would have written it; what it said before. */
async function saysItGoesOn(owner: Hosting, ms: number): Promise<number> {
  const key = `${SLOT}.G`;
  const { revision, value, headers } =
    (await lab.finish(owner.sessions.read(key, 100))) ?? assert.fail('nothing stored');
  const told = { ...headers, 'Minotaur-Goes-On': String(ms) };
  await lab.finish(owner.sessions.write(key, { value, headers: told, expected: revision, timeoutMs: 100 }));
  return Number(headers['Minotaur-Goes-On']);
}

test('whoever claims a game lets its round go on for as long as it was to when it was stored, and says so in turn', async () => {
  const owner = await owning();
  owner.host.stop();
  assert.ok(Math.abs((await saysItGoesOn(owner, ROUND_MS + BEHIND_MS)) - ROUND_MS) < 100);
  const claimer = hosting(lab, 'm2', IDLE_MS);
  claimer.host.open(SLOT, 2, null);
  await lab.clock.advance(3_000);
  claimer.host.stop();
  const next = hosting(lab, 'm3', IDLE_MS);
  next.host.open(SLOT, 3, null);
  await lab.clock.advance(due + BEHIND_MS - 200 - lab.clock.wall());
  assert.equal((await storedGame(lab))?.state.round, 1, 'it ended too early');
  await lab.clock.advance(1_300);
  assert.equal((await storedGame(lab))?.state.round, 2, 'it never ended');
});

for (const [what, ms] of [
  ['less than its deadline says', 1_000],
  ['hardly more', ROUND_MS + 150],
] as const) {
  test(`a round that was to go on for ${what} ends at its deadline`, async () => {
    const owner = await owning();
    owner.host.stop();
    await saysItGoesOn(owner, ms);
    hosting(lab, 'm2', IDLE_MS).host.open(SLOT, 2, null);
    await endsLater(0);
  });
}

test('a round whose record is of an epoch that the store has forgotten gives its slot up, to be taken above that', async () => {
  const owner = await owning();
  const late = { value: new Uint8Array(), expected: 0, timeoutMs: 100, headers: { 'Minotaur-Epoch': '5' } };
  await lab.finish(owner.archive.write(`${SLOT}.G.1`, late));
  await lab.clock.advance(ROUND_MS + 1_000);
  assert.deepEqual([owner.fences, owner.host.get(SLOT)], [[[SLOT, 5]], undefined]);
  assert.equal(owner.incidents.counts().get('outranked'), 1);
  const next = hosting(lab, 'm2', IDLE_MS);
  next.host.open(SLOT, 6, null);
  await lab.clock.advance(1_000);
  assert.equal((await storedGame(lab))?.state.round, 2);
});

test('a round whose time comes by a faster clock than the pause of its game ends all the same', async () => {
  const owner = await owning();
  await lab.clock.advance(ROUND_MS - 1);
  owner.sessions.writeFaults = Array.from({ length: 3 }, () => refused);
  await lab.clock.advance(2);
  for (let rings = 0; rings < 40; rings += 1) {
    await lab.clock.advance(5);
    // Time of games is a little ahead of the clock that pauses go by.
    lab.clock.jumpWall(5);
  }
  await lab.clock.advance(2_000);
  assert.equal((await storedGame(lab))?.state.round, 2);
});

test('what was known of another round says nothing of this one', async () => {
  const owner = await owning();
  const stash = await frozen(owner);
  owner.host.stop();
  const next = hosting(lab, 'm2', IDLE_MS);
  next.host.open(SLOT, 2, {
    ...stash,
    clocks: new Map([['G', { deadline: due - 1, byMs: BEHIND_MS, begunHere: false, starting: null }]]),
  });
  await endsLater(0);
});
