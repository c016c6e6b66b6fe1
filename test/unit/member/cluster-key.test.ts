/**
 * The key that all members agree on: who comes first decides, who does not fit stays out.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { agree, CLUSTER_KEY, type ClusterRecord, StartRefused } from '../../../src/member/cluster-key.ts';
import { noAnswer, shows, unheard } from '../../support/faulty-bucket.ts';
import { bytes, Lab } from './lab.ts';

let lab: Lab;

beforeEach(() => {
  lab = new Lab();
});

function join(slots: number, stateVersion = 1, members = lab.bucket('members')): Promise<ClusterRecord> {
  return agree(lab.writing, { members, slots: lab.bucket('slots') }, { slots, stateVersion });
}

async function stored(record: unknown): Promise<void> {
  const write = { value: bytes(JSON.stringify(record)), expected: 0, timeoutMs: 100 };
  assert.equal((await lab.finish(lab.bucket('members').write(CLUSTER_KEY, write))).kind, 'landed');
}

const versions = (stateVersion: number, protocol = 1) => ({ stateVersion, protocol });

test('the first member makes the record, the next ones find it', async () => {
  const made = await lab.finish(join(256, 3));
  assert.deepEqual(made, { slots: 256, minimum: versions(3), written: versions(3) });
  assert.deepEqual(await lab.finish(join(256, 4)), made, 'a newer one changes nothing by joining');
});

test('of those who come at the same time one makes it, and all agree', async () => {
  const [one, two] = await lab.finish(Promise.all([join(64, 1), join(64, 2)]));
  assert.deepEqual(one, two);
});

test('another number of slots is refused, with both numbers', async () => {
  await lab.finish(join(256));
  await assert.rejects(lab.finish(join(128)), (error: unknown) => {
    assert.ok(error instanceof StartRefused);
    assert.match(error.message, /MINOTAUR_SLOTS is 128.*256/);
    return true;
  });
});

test('even when both make it at once', async () => {
  const [, second] = await lab.finish(Promise.allSettled([join(256), join(128)]));
  assert.ok(second.status === 'rejected' && second.reason instanceof StartRefused);
});

test('a member older than the minimum is refused, one that is not joins', async () => {
  await stored({ slots: 8, minimum: versions(2), written: versions(2) });
  await assert.rejects(lab.finish(join(8, 1)), StartRefused);
  assert.equal((await lab.finish(join(8, 2))).slots, 8);
});

test('a protocol that it does not speak is refused', async () => {
  await stored({ slots: 8, minimum: versions(1, 2), written: versions(1, 2) });
  await assert.rejects(lab.finish(join(8, 9)), StartRefused);
});

test('it writes what the cluster writes, not what it could', async () => {
  await stored({ slots: 8, minimum: versions(1), written: versions(1) });
  assert.equal((await lab.finish(join(8, 2))).written.stateVersion, 1);
});

test('a lagging or silent read does not make a second record', async () => {
  await lab.finish(join(256, 1));
  for (const fault of [noAnswer, shows(null)]) {
    const members = lab.bucket('members');
    members.readFaults = [fault];
    assert.equal((await lab.finish(join(256, 2, members))).minimum.stateVersion, 1);
  }
});

test('its own record is recognised when the acknowledgement got lost', async () => {
  const members = lab.bucket('members');
  members.writeFaults = [unheard];
  assert.equal((await lab.finish(join(16, 1, members))).slots, 16);
});

/** The slots of a cluster with so many. */
async function slotsStored(...slots: number[]): Promise<void> {
  for (const slot of slots) {
    const write = { value: bytes('{}'), expected: 0, timeoutMs: 100 };
    assert.equal((await lab.finish(lab.bucket('slots').write(String(slot), write))).kind, 'landed');
  }
}

async function lose(): Promise<void> {
  const members = lab.bucket('members');
  const { revision: expected = 0 } = (await lab.finish(members.read(CLUSTER_KEY, 100))) ?? {};
  assert.equal((await lab.finish(members.remove(CLUSTER_KEY, { expected, timeoutMs: 100 }))).kind, 'landed');
}

const refusedAsLost = (error: unknown) =>
  error instanceof StartRefused && /8.*record of it is lost/.test(error.message);

test('a record that was deleted is made again', async () => {
  await lab.finish(join(8));
  await lose();
  assert.equal((await lab.finish(join(8, 2))).written.stateVersion, 2);
  assert.equal((await lab.finish(join(8, 2))).slots, 8, 'and found');
});

test('nobody makes it again with another number of slots', async () => {
  await slotsStored(...Array(16).keys());
  await assert.rejects(lab.finish(join(8)), refusedAsLost);
  assert.equal((await lab.finish(join(16))).slots, 16);
  await lose();
  await assert.rejects(lab.finish(join(8)), refusedAsLost, 'nor where it was deleted');
});

test('nor with more of them', async () => {
  await slotsStored(0, 1, 2, 3);
  await assert.rejects(lab.finish(join(8)), refusedAsLost);
});

test('a replica that shows it late makes no difference, nor one that does not answer', async () => {
  await lab.finish(join(8));
  await slotsStored(0, 1);
  for (const fault of [shows(null), noAnswer]) {
    const members = lab.bucket('members');
    members.readFaults = Array(25).fill(fault);
    assert.equal((await lab.finish(join(8, 1, members))).slots, 8);
  }
  const silent = lab.bucket('members');
  silent.readFaults = [shows(null), ...Array(60).fill(noAnswer)];
  assert.equal((await lab.finish(join(8, 1, silent))).slots, 8);
});

test('whoever gives up does not look for ever', async () => {
  await slotsStored(0);
  const silent = lab.bucket('members');
  silent.readFaults = [shows(null), ...Array(1_000).fill(noAnswer)];
  const joining = assert.rejects(join(8, 1, silent), /given up/);
  await lab.clock.advance(1_000);
  lab.open = false;
  await lab.finish(joining, 1_000);
});

test('what is no record is an error', async () => {
  await stored({ slots: 0 });
  await assert.rejects(lab.finish(join(8)), (error: unknown) => !(error instanceof StartRefused));
});
