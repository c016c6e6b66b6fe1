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
  return agree(lab.writing, members, { slots, stateVersion });
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

test('what is no record is an error', async () => {
  await stored({ slots: 0 });
  await assert.rejects(lab.finish(join(8)), (error: unknown) => !(error instanceof StartRefused));
});
