/**
 * A store that loses acknowledged writes while slots are shown, and keeps the connection: it is noticed (I9), and nothing alive is "not alive".
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { heldAt } from '../../../support/faulty-bucket.ts';
import { bytes, Lab } from '../lab.ts';
import { type Hosting, holding, hosting } from './host-lab.ts';
import { erase, FOREVER, read, start, told } from './slot-lab.ts';

let lab: Lab;
/** Before the game was erased. */
let before: number;

/** Slot 1: a game that is alive, and one that was erased. */
beforeEach(async () => {
  lab = new Lab(1);
  const { host } = await holding(lab, 'm1', 1, [1]);
  for (const gameId of ['G', 'H']) await lab.finish(host.execute(1, start({}, {}, gameId), FOREVER));
  await lab.clock.advance(100);
  before = lab.clock.monotonic();
  await lab.clock.advance(100);
  assert.equal(told(await lab.finish(host.execute(1, erase('G'), FOREVER))), '204');
  host.stop();
});

const lose = (): void => {
  assert.ok(lab.buckets.content('sessions').rollBack(before).length > 0);
};
const rollbacks = ({ incidents }: Hosting): number => incidents.counts().get('rollbacks') ?? 0;

async function listed(all: Hosting, slot: number): Promise<void> {
  await lab.until('the list', () => all.host.get(slot)?.listed === true, 60_000);
}

const readG = async ({ host }: Hosting): Promise<string> => told(await lab.finish(host.execute(1, read(), FOREVER)));

test('without a loss none is told of', async () => {
  const all = hosting(lab, 'm2');
  all.host.open(1, 2, null);
  await listed(all, 1);
  await lab.clock.advance(10_000);
  assert.deepEqual([await readG(all), rollbacks(all)], ['404 game_not_alive', 0]);
});

test('the second barrier is below the first', async () => {
  const all = hosting(lab, 'm2');
  all.sessions.readManyFaults = [
    async (look) => {
      const found = await look();
      lose();
      return found;
    },
  ];
  all.host.open(1, 2, null);
  await listed(all, 1);
  assert.equal(await readG(all), '200');
  assert.ok(rollbacks(all) > 0);
});

test('the second barrier is above the first, because others have written: a game is older than it was', async () => {
  const all = hosting(lab, 'm2');
  const others = lab.bucket('sessions');
  all.sessions.readManyFaults = [
    async (look) => {
      const found = await look();
      lose();
      for (let key = 0; key < 30; key += 1) {
        await others.write(`9.K${key}`, { value: bytes('v'), expected: 0, timeoutMs: 100 });
      }
      return found;
    },
  ];
  all.host.open(1, 2, null);
  await listed(all, 1);
  assert.equal(await readG(all), '200');
  assert.ok(rollbacks(all) > 0);
});

test('slots that are taken later show the loss: what was cut before is confirmed by no cut', async () => {
  const all = hosting(lab, 'm2');
  const { sessions } = all;
  const slow = heldAt(sessions, '1.H');
  all.host.open(1, 2, null);
  await lab.until('the first cut', () => sessions.selections.length === 1);
  await lab.clock.advance(20);
  lose();
  all.host.open(3, 2, null);
  await listed(all, 3);
  slow.release();
  await listed(all, 1);
  await lab.clock.advance(5_000);
  assert.deepEqual(
    sessions.selections.map(({ prefixes }) => prefixes),
    [['1']],
  );
  assert.equal(await readG(all), '200');
  assert.ok(rollbacks(all) > 0);
});
