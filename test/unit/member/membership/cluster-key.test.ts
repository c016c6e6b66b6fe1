/**
 * The key that all members agree on: who comes first decides, who does not fit stays out.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { CLUSTER_KEY } from '../../../../src/cluster/view.ts';
import {
  agree,
  type ClusterRecord,
  refuseOlder,
  replaceRecord,
  StartRefused,
} from '../../../../src/member/membership/cluster-key.ts';
import { noAnswer, shows, unheard } from '../../../support/faulty-bucket.ts';
import { bytes, Lab } from '../lab.ts';

let lab: Lab;

beforeEach(() => {
  lab = new Lab();
});

function join(
  slots: number,
  stateVersion = 1,
  members = lab.bucket('members'),
  game = 'chess',
  moduleVersion = 1,
): Promise<ClusterRecord> {
  return agree(
    lab.writing,
    { members, slots: lab.bucket('slots') },
    { slots, module: { name: game, version: moduleVersion }, stateVersion },
  );
}

const joinAs = (game: string, stateVersion = 1, members = lab.bucket('members')) =>
  join(8, stateVersion, members, game);

async function kept(): Promise<unknown> {
  const entry = await lab.finish(lab.bucket('members').read(CLUSTER_KEY, 100));
  return JSON.parse(new TextDecoder().decode(entry?.value));
}

async function stored(record: unknown): Promise<void> {
  const write = { value: bytes(JSON.stringify(record)), expected: 0, timeoutMs: 100 };
  assert.equal((await lab.finish(lab.bucket('members').write(CLUSTER_KEY, write))).kind, 'landed');
}

const versions = (stateVersion: number, protocol = 1) => ({ stateVersion, protocol, module: 1 });
const oldVersions = { stateVersion: 1, protocol: 1 };

test('the first member makes the record, the next ones find it', async () => {
  const made = await lab.finish(join(256, 3));
  assert.deepEqual(made, { slots: 256, game: 'chess', minimum: versions(3), written: versions(3) });
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

test('a member of another game is refused: both names are said, and what to do', async () => {
  await lab.finish(joinAs('chess'));
  const before = await kept();
  await assert.rejects(lab.finish(joinAs('go', 9)), (error: unknown) => {
    assert.ok(error instanceof StartRefused);
    assert.match(error.message, /plays "go" \(MINOTAUR_GAME\).*cluster plays "chess".*MINOTAUR_NAMESPACE/);
    return true;
  });
  assert.deepEqual(await kept(), before);
});

test('of two games that come first at the same time one is played', async () => {
  const ends = await lab.finish(Promise.allSettled([joinAs('chess'), joinAs('go')]));
  assert.deepEqual(ends.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
});

const unnamed = { slots: 8, minimum: oldVersions, written: oldVersions };

test('a record of before games had names gets the name, and keeps what only later versions know', async () => {
  const later = { ...unnamed, written: { ...oldVersions, more: 1 }, most: [1] };
  await stored(later);
  assert.equal((await lab.finish(joinAs('chess', 2))).game, 'chess');
  const named = { minimum: versions(1), written: { ...versions(1), more: 1 } };
  assert.deepEqual(await kept(), { ...later, ...named, game: 'chess' });
  await assert.rejects(lab.finish(joinAs('go', 2)), StartRefused);
});

test('of several that find it without a name one gives it one', async () => {
  await stored(unnamed);
  const ends = await lab.finish(Promise.allSettled(['chess', 'go', 'chess', 'go'].map((game) => joinAs(game))));
  assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 2);
});

test('a member that does not fit names nothing', async () => {
  await stored({ slots: 8, minimum: versions(2), written: versions(2) });
  await assert.rejects(lab.finish(joinAs('go', 1)), StartRefused);
  await assert.rejects(lab.finish(join(16, 2)), StartRefused);
  assert.equal((await lab.finish(joinAs('chess', 2))).game, 'chess');
});

test('a replica that still shows it without a name renames nothing', async () => {
  await stored(unnamed);
  const old = await lab.finish(lab.bucket('members').read(CLUSTER_KEY, 100));
  assert.ok(old);
  await lab.finish(joinAs('chess'));
  const members = lab.bucket('members');
  members.readFaults = [shows(old)];
  await assert.rejects(lab.finish(joinAs('go', 1, members)), StartRefused);
  const unsure = lab.bucket('members');
  unsure.readFaults = [shows(old)];
  unsure.writeFaults = [unheard];
  assert.equal((await lab.finish(joinAs('chess', 1, unsure))).game, 'chess');
});

const ofModule = (moduleVersion: number) => join(8, 1, lab.bucket('members'), 'chess', moduleVersion);

test('a member whose game is older than what is written, or is about to be, is refused; a newer one changes nothing', async () => {
  const at = (minimum: number, written: number) => ({
    slots: 8,
    game: 'chess',
    minimum: { ...oldVersions, module: minimum },
    written: { ...oldVersions, module: written },
  });
  await stored(at(3, 2));
  await assert.rejects(lab.finish(ofModule(2)), (error: unknown) => {
    assert.ok(error instanceof StartRefused);
    assert.match(error.message, /plays version 2 of "chess".*are of version 3/);
    return true;
  });
  assert.deepEqual(await lab.finish(ofModule(3)), at(3, 2));
  assert.deepEqual(await lab.finish(ofModule(9)), at(3, 2));
  assert.deepEqual(await kept(), at(3, 2));
});

test('a member that is older than what is written, or is about to be, is refused; both numbers are said', async () => {
  await stored({ slots: 8, game: 'chess', minimum: versions(4), written: versions(3) });
  await assert.rejects(
    lab.finish(join(8, 3)),
    /knows state version 3 and protocol 1; the cluster needs at least 4 and 1/,
  );
  assert.equal((await lab.finish(join(8, 4))).written.stateVersion, 3);
});

test('what is written is more than minimum says: that counts', () => {
  const mine = { stateVersion: 3, module: { name: 'chess', version: 1 } };
  const refused = (minimum: object, written: object) => () =>
    refuseOlder({ minimum: { ...versions(3), ...minimum }, written: { ...versions(3), ...written } }, mine);
  refused({}, {})();
  for (const newer of [{ stateVersion: 4 }, { protocol: 2 }, { module: 2 }]) {
    assert.throws(refused({}, newer), StartRefused, JSON.stringify(newer));
    assert.throws(refused(newer, {}), StartRefused, JSON.stringify(newer));
  }
});

test('a record that says a game and no version of it gets that of who is here first', async () => {
  await stored({ ...unnamed, game: 'chess' });
  await assert.rejects(lab.finish(joinAs('go')), StartRefused);
  assert.equal((await lab.finish(ofModule(4))).written.module, 4);
  await assert.rejects(lab.finish(ofModule(3)), StartRefused);
});

test('of two who would replace it the first wins, and the other one does no harm', async () => {
  const record = await lab.finish(ofModule(1));
  const members = lab.bucket('members');
  const { revision = 0 } = (await lab.finish(members.read(CLUSTER_KEY, 100))) ?? {};
  const at = (module: number) => ({ ...record, written: { ...record.written, module } });
  for (const module of [2, 3]) await lab.finish(replaceRecord(lab.writing, members, at(module), revision));
  assert.deepEqual(await kept(), at(2));
});
