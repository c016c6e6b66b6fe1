/**
 * How a host learns what is stored in slots that it took: shown at once with what has to be claimed, listed only once nothing can be missing.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Selected } from '../../../../src/ports/store.ts';
import { heldAt, type ReadManyFault } from '../../../support/faulty-bucket.ts';
import { Lab } from '../lab.ts';
import { holding, hosting } from './host-lab.ts';
import { end, FOREVER, read, SLOT, start, storedGame, told } from './slot-lab.ts';

let lab: Lab;

beforeEach(() => {
  lab = new Lab(1);
});

/** Games that another member made and left. */
async function left(slot: number, gameIds: readonly string[]): Promise<void> {
  const first = await holding(lab, 'm1', 1, [slot]);
  await lab.finish(Promise.all(gameIds.map((gameId) => first.host.execute(slot, start({}, {}, gameId), FOREVER))));
  first.host.stop();
}

const everything = { limit: 10, status: null, listedOnly: false, cursor: null };
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `G${index}`);

/** A replica that has not yet what was written again: without these games. */
const lacking =
  (...keys: string[]): ReadManyFault =>
  async (look): Promise<Selected> => {
    const found = await look();
    if (found.kind === 'tooMany') return found;
    return { kind: 'entries', entries: found.entries.filter(({ key }) => !keys.includes(key)) };
  };

test('what was shown is claimed without being read', async () => {
  await left(1, names(100));
  const { host, sessions } = hosting(lab, 'm2');
  host.open(1, 2, null);
  await lab.until('all claims', () => sessions.sent.filter(({ key }) => key.startsWith('1.G')).length === 100);
  await lab.until('the list', () => host.get(1)?.listed === true);
  assert.equal(sessions.reads, 2, 'of barriers that were there');
});

test('a claim that meets something newer reads it', async () => {
  const zombie = await holding(lab, 'm1', 1, [SLOT]);
  assert.equal(told(await lab.finish(zombie.host.execute(SLOT, start({}), FOREVER))), '201');
  const { host, sessions } = hosting(lab, 'm2');
  const write = sessions.write.bind(sessions);
  sessions.write = async (key, given) => {
    sessions.write = key.endsWith('.G') ? write : sessions.write;
    if (key.endsWith('.G')) assert.equal(told(await zombie.host.execute(SLOT, end(1), FOREVER)), '200');
    return write(key, given);
  };
  host.open(SLOT, 2, null);
  await lab.until('the list', () => host.get(SLOT)?.listed === true);
  const stored = await lab.finish(storedGame(lab));
  assert.deepEqual([stored?.stamp.owner, stored?.version, stored?.state.round], ['m2', 2, 2]);
});

test('a game that the first cut lacks is none that is not there', async () => {
  await left(1, ['A', 'B']);
  const { host, sessions } = hosting(lab, 'm2');
  sessions.readManyFaults = [lacking('1.A')];
  host.open(1, 2, null);
  const asked = host.execute(1, read('A'), FOREVER);
  // Its own read shows nothing either.
  sessions.readFaults = [async () => null];
  assert.equal(told(await lab.finish(asked)), '200');
  await lab.until('the list', () => host.get(1)?.listed === true);
  assert.equal(host.sessionCount, 2);
});

test('lists are told of after the second cut only', async () => {
  await left(1, ['A', 'B']);
  const { host, sessions } = hosting(lab, 'm2');
  const first = lacking('1.A');
  let cuts = 0;
  sessions.readManyFaults = [
    async (look) => {
      cuts += 1;
      return first(look);
    },
    async (look) => {
      assert.equal(host.get(1)?.listed, false);
      assert.deepEqual(host.page(everything).slots, []);
      cuts += 1;
      return look();
    },
  ];
  host.open(1, 2, null);
  await lab.until('the list', () => host.get(1)?.listed === true);
  assert.equal(cuts, 2);
  assert.deepEqual(
    host.page(everything).games.map(({ id }) => id),
    ['A', 'B'],
  );
});

test('the barrier of the second cut is sent after the first cut has come', async () => {
  const { host, sessions } = hosting(lab, 'm2');
  let come: () => void = () => {};
  const coming = new Promise<void>((resolve) => {
    come = resolve;
  });
  sessions.readManyFaults = [
    async (look) => {
      await coming;
      return look();
    },
  ];
  host.open(1, 1, null);
  await lab.clock.advance(3_000);
  assert.equal(sessions.sent.length, 1);
  come();
  await lab.until('the list', () => host.get(1)?.listed === true);
  const [one, two] = sessions.sent.map(({ headers }) => headers['Minotaur-Write']);
  assert.notEqual(one, two);
});

test('the second cut waits for claims, for a second at most, and for nobody who asks for what is not there', async () => {
  await left(1, ['A']);
  for (const asks of [false, true]) {
    const { host, sessions } = hosting(lab, 'm2');
    const slow = heldAt(sessions, '1.A');
    host.open(1, asks ? 3 : 2, null);
    const asked = asks ? host.execute(1, read('none'), FOREVER) : null;
    await lab.until('the first cut', () => sessions.selections.length > 0);
    const shownAt = lab.clock.monotonic();
    await lab.until('the list', () => host.get(1)?.listed === true);
    const tookMs = lab.clock.monotonic() - shownAt;
    assert.ok(asks ? tookMs < 50 : tookMs >= 990 && tookMs < 1_100, `${tookMs} ms`);
    if (asked !== null) assert.equal(told(await lab.finish(asked)), '404 game_not_alive');
    slow.release();
    host.stop();
  }
});

test('once all is claimed, those who waited for that have as long again', async () => {
  await left(1, ['A']);
  const { host, sessions } = hosting(lab, 'm2');
  const slow = heldAt(sessions, '1.A');
  host.open(1, 2, null);
  await lab.until('the first cut', () => sessions.selections.length > 0);
  const shownAt = lab.clock.monotonic();
  await lab.clock.advance(200);
  slow.release();
  await lab.until('the list', () => host.get(1)?.listed === true);
  const tookMs = lab.clock.monotonic() - shownAt;
  assert.ok(tookMs >= 390 && tookMs < 460, `${tookMs} ms`);
});

test('a slot that is taken anew while it is shown is shown anew', async () => {
  await left(1, ['A']);
  const { host, sessions } = hosting(lab, 'm2');
  let come: () => void = () => {};
  const coming = new Promise<void>((resolve) => {
    come = resolve;
  });
  sessions.readManyFaults = [
    async (look) => {
      const found = await look();
      await coming;
      return found;
    },
  ];
  host.open(1, 2, null);
  await lab.until('the cut', () => sessions.selections.length === 1);
  host.open(1, 4, null);
  come();
  await lab.clock.advance(10);
  assert.equal(host.sessionCount, 0, 'what was cut before the slot was taken says nothing');
  await lab.until('the list', () => host.get(1)?.listed === true);
  assert.equal(host.sessionCount, 1);
});

test('a slot that is too large for cuts is listed by a consumer, and claimed all the same', async () => {
  await left(1, names(30));
  const { host, sessions } = hosting(lab, 'm2');
  sessions.readMany = async () => ({ kind: 'tooMany' });
  host.open(1, 2, null);
  host.open(2, 2, null);
  await lab.until('the list', () => host.get(1)?.listed === true && host.get(2)?.listed === true);
  await lab.until('all claims', () => sessions.sent.filter(({ key }) => key.startsWith('1.G')).length === 30);
  assert.equal(sessions.reads >= 30, true, 'nothing of them was shown');
});
