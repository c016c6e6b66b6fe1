/**
 * What a host asks of the store to learn what is in its slots: bounded for all of them, and given up soon where it is not answered.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { type Selection, StoreUnavailable } from '../../../../src/ports/store.ts';
import type { FaultyBucket } from '../../../support/faulty-bucket.ts';
import { Lab } from '../lab.ts';
import { type Hosting, hosting } from './host-lab.ts';

let lab: Lab;
let all: Hosting;

beforeEach(() => {
  lab = new Lab(1);
  all = hosting(lab, 'm2');
});

const numbers = (count: number, from = 0): number[] => Array.from({ length: count }, (_, index) => from + index);

/** How long it takes until all of these are listed, ms of the test's clock. */
async function listed(slots: readonly number[]): Promise<number> {
  const from = lab.clock.monotonic();
  for (const slot of slots) all.host.open(slot, 2, null);
  await lab.until('all lists', () => slots.every((slot) => all.host.get(slot)?.listed === true), 300_000);
  return lab.clock.monotonic() - from;
}

/** Answers come so late; `running` are awaited. */
function slowly(sessions: FaultyBucket, ms: number): { most: number; asked: Selection[] } {
  const ask = sessions.readMany.bind(sessions);
  const seen = { most: 0, asked: [] as Selection[] };
  let running = 0;
  sessions.readMany = async (selection) => {
    seen.asked.push(selection);
    running += 1;
    seen.most = Math.max(seen.most, running);
    await new Promise<void>((resolve) => lab.clock.after(ms, resolve));
    running -= 1;
    return ask(selection);
  };
  return seen;
}

const denied = async (): Promise<never> => {
  throw new StoreUnavailable('denied');
};

for (const count of [86, 256]) {
  test(`where cuts are denied ${count} slots are listed by the consumer after a few of them`, async () => {
    let asked = 0;
    all.sessions.readMany = () => {
      asked += 1;
      return denied();
    };
    const tookMs = await listed(numbers(count));
    assert.ok(tookMs < 500, `${tookMs} ms`);
    assert.ok(asked <= 5, `${asked} cuts`);
  });
}

test('that cuts are denied is remembered for the slots that are taken later, and after two minutes asked for anew', async () => {
  const { sessions } = all;
  const ask = sessions.readMany.bind(sessions);
  sessions.readMany = denied;
  await listed(numbers(32));
  sessions.readMany = ask;
  await listed(numbers(32, 100));
  assert.deepEqual(sessions.selections, []);
  await lab.clock.advance(121_000);
  await listed(numbers(32, 200));
  assert.equal(sessions.selections.length, 4, 'two cuts of 16 slots, twice');
});

test('one cut in three without an answer delays only its own slots', async () => {
  const { sessions } = all;
  const ask = sessions.readMany.bind(sessions);
  let asked = 0;
  sessions.readMany = async (selection) => {
    asked += 1;
    if (asked % 3 !== 0) return ask(selection);
    await new Promise<void>((resolve) => lab.clock.after(selection.timeoutMs, resolve));
    return denied();
  };
  const tookMs = await listed(numbers(86));
  assert.ok(tookMs <= 30_000, `${tookMs} ms`);
});

test('while some slots are not answered, those that were given up are listed without waiting for the others', async () => {
  const { sessions } = all;
  const ask = sessions.readMany.bind(sessions);
  sessions.readMany = async (selection) => {
    if (selection.prefixes.includes('0')) return denied();
    await new Promise<void>((resolve) => lab.clock.after(4_000, resolve));
    return ask(selection);
  };
  for (const slot of numbers(86)) all.host.open(slot, 2, null);
  await lab.until('the list', () => all.host.get(0)?.listed === true, 3_000);
  assert.equal(all.host.get(85)?.listed, false);
});

test('slots that are taken one by one while answers take long: two cuts at once, and what was taken meanwhile is one batch', async () => {
  const seen = slowly(all.sessions, 4_000);
  const slots = numbers(128);
  for (const slot of slots) {
    all.host.open(slot, 2, null);
    await lab.clock.advance(30);
  }
  await lab.until('all lists', () => slots.every((slot) => all.host.get(slot)?.listed === true), 120_000);
  assert.equal(seen.most, 2);
  assert.ok(seen.asked.length < 60, `${seen.asked.length} cuts`);
});

test('slots that are closed are asked for no more', async () => {
  const seen = slowly(all.sessions, 1_000);
  for (const slot of numbers(86)) all.host.open(slot, 2, null);
  await lab.until('the first cuts', () => seen.asked.length === 2);
  for (const slot of numbers(84)) all.host.close(slot);
  await lab.until('all lists', () => [84, 85].every((slot) => all.host.get(slot)?.listed === true), 60_000);
  assert.deepEqual(
    seen.asked.slice(2).map(({ prefixes }) => prefixes),
    [
      ['84', '85'],
      ['84', '85'],
    ],
  );
});

test('after a failure what is not listed is tried again, later each time', async () => {
  const tries: number[] = [];
  const { sessions } = all;
  const ask = sessions.readMany.bind(sessions);
  sessions.readMany = async (selection) => {
    if (!selection.prefixes.includes('20')) return ask(selection);
    tries.push(lab.clock.monotonic());
    if (tries.length < 4) throw new Error('the test fails');
    return ask(selection);
  };
  await listed([20]);
  await listed([1, 20]);
  const pauses = tries.slice(1, 4).map((at, index) => at - (tries[index] ?? 0));
  assert.deepEqual(
    pauses.map((ms, index) => ms >= 500 * 2 ** index && ms < 1_600 * 2 ** index),
    [true, true, true],
    pauses.join(),
  );
});
