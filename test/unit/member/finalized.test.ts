/**
 * Members while an operator finalizes: who runs follows what is written, who cannot read it is not there.
 */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { finalize } from '../../../src/cli/finalize.ts';
import { CLUSTER_KEY } from '../../../src/cluster/view.ts';
import type { GameCommand } from '../../../src/game/commands.ts';
import type { GameState } from '../../../src/game/state.ts';
import { StartRefused } from '../../../src/member/membership/cluster-key.ts';
import type { Rules } from '../../../src/session/rules.ts';
import { BucketClusterKeys } from '../../support/bucket-cluster-keys.ts';
import type { MemoryLink } from '../../support/memory-broker.ts';
import type { ReadSteps, Target } from '../../support/memory-weather.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { silentLog } from '../../support/silent-log.ts';
import { act, bodyOf, type Joined, LittleCluster, read, SLOTS } from './little-cluster.ts';

const { stateVersion: present, migrations } = minotaurRules;
const next = present + 1;
const same = (state: unknown) => state;
const nextRules: Rules<GameState, GameCommand> = {
  ...minotaurRules,
  stateVersion: next,
  migrations: {
    up: new Map([...migrations.up, [present, same]]),
    down: new Map([...migrations.down, [next, same]]),
  },
};

let cluster: LittleCluster;

afterEach(() => cluster.end());

/** Made by a member of the present version. */
async function storeRecord(): Promise<void> {
  const { name, version } = minotaurRules.module;
  const numbers = { stateVersion: present, protocol: 1, module: version };
  const record = { slots: SLOTS, game: name, minimum: numbers, written: numbers };
  const value = new TextEncoder().encode(JSON.stringify(record));
  await cluster.finish(cluster.store.bucket('members').write(CLUSTER_KEY, { value, expected: 0, timeoutMs: 1_000 }));
}

function finalized() {
  const keys = new BucketClusterKeys(cluster.store.bucket('members'), ['a', 'b', 'c']);
  const pause = (ms: number) => new Promise<void>((resolve) => cluster.clock.after(ms, resolve));
  return cluster.finish(
    finalize(keys, { takeBack: false, say: () => undefined, pause, isStopped: () => false }),
    60_000,
  );
}

async function storedVersion(by: Joined, gameId: string): Promise<number> {
  const { slot } = by.member.location(gameId);
  const entry = await cluster.finish(cluster.store.bucket('sessions').read(`${slot}.${gameId}`, 1_000));
  return JSON.parse(new TextDecoder().decode(entry?.value)).stateVersion;
}

test('members that run store the newer form as soon as it is written, and no sooner; nobody starts anew', async () => {
  cluster = new LittleCluster({ rules: nextRules });
  await storeRecord();
  const lines: string[] = [];
  const log = { ...silentLog, info: (_: object, line: string) => lines.push(line) };
  const a = await cluster.join('a', {}, { log });
  const b = await cluster.join('b');
  await cluster.settled([a, b]);
  const [gameId = ''] = await cluster.games(a, ['G1', 'G2', 'G3']);
  assert.equal(await storedVersion(a, gameId), present);
  const before = [a.member.self.incarnation, b.member.self.incarnation];

  assert.equal((await finalized()).is, 'finalized');
  await cluster.clock.advance(100);
  for (const id of ['G1', 'G2', 'G3']) {
    assert.equal(await storedVersion(a, id), present, 'what nobody touches stays as it is');
    assert.equal((await cluster.ask(b, act(id))).status, 200);
    assert.equal(await storedVersion(a, id), next);
    for (const member of [a, b]) assert.equal(bodyOf(await cluster.ask(member, read(id))).version, 2);
  }
  assert.deepEqual([a.member.self.incarnation, b.member.self.incarnation], before);
  assert.equal(lines.filter((line) => line.startsWith('what members store')).length, 1);
  const report = await cluster.finish(a.member.cluster());
  assert.equal(report.versions?.written.stateVersion, next);
  assert.deepEqual(
    report.members.map(({ speaks }) => speaks?.stateVersion),
    [next, next],
  );
});

test('who is behind keeps it from being written, is named, and goes on', async () => {
  cluster = new LittleCluster({ rules: nextRules });
  await storeRecord();
  await cluster.join('a');
  const b = await cluster.join('b', {}, { rules: minotaurRules });
  const ending = await finalized();
  assert.ok(ending.is === 'behind');
  assert.deepEqual(ending.behind, [{ id: 'b', stateVersion: present, protocol: 1 }]);
  await cluster.clock.advance(5_000);
  assert.deepEqual([b.failures, b.member.readiness.ready], [[], true]);
  const again = await cluster.join('c', {}, { rules: minotaurRules });
  assert.ok(again.member.readiness.ready, 'members as old as that join');
});

test('a member that read the record before older ones were shut out finds out when it has joined', async () => {
  let laggard: MemoryLink | null = null;
  const weather = {
    read: (from: MemoryLink, { key }: Target, { look, answer }: ReadSteps) =>
      answer(look(from === laggard && key === CLUSTER_KEY ? 20_000 : 0)),
  };
  cluster = new LittleCluster({ rules: nextRules, weather });
  await storeRecord();
  await cluster.join('a');
  await cluster.clock.advance(15_000);
  assert.equal((await finalized()).is, 'finalized');
  const late = cluster.add('b', {}, { rules: minotaurRules });
  laggard = late.link;
  await assert.rejects(cluster.finish(cluster.begin(late)), (error: unknown) => {
    assert.ok(error instanceof StartRefused);
    assert.match(error.message, /knows state version 3 and protocol 1; the cluster needs at least 4 and 1/);
    return true;
  });
  assert.deepEqual(
    (await cluster.memberKeys()).map((key) => key.split('.')[0]),
    ['a'],
  );
});

test('a member that is there all the same when more is written drops everything, and is not let in again', async () => {
  cluster = new LittleCluster({ rules: nextRules });
  await storeRecord();
  const a = await cluster.join('a');
  const b = await cluster.join('b', {}, { rules: minotaurRules });
  await cluster.settled([a, b]);
  const members = cluster.store.bucket('members');
  const entry = await cluster.finish(members.read(CLUSTER_KEY, 1_000));
  const record = JSON.parse(new TextDecoder().decode(entry?.value));
  for (const numbers of [record.minimum, record.written]) numbers.stateVersion = next;
  const value = new TextEncoder().encode(JSON.stringify(record));
  await cluster.finish(members.write(CLUSTER_KEY, { value, expected: entry?.revision ?? 0, timeoutMs: 1_000 }));
  await cluster.until('it has given up', () => b.failures.length > 0, 1_000);
  assert.ok(b.failures[0] instanceof StartRefused);
  await cluster.until('the other one has everything', () => a.member.readiness.ready && a.member.memberCount === 1);
});
