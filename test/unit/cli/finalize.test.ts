/**
 * `finalize`: in no order of events is what is written more than a member speaks that is in; and whatever became of one call, another one
 * brings it to an end.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { told } from '../../../src/cli/commands/finalize.ts';
import { type ClusterKeys, finalize } from '../../../src/cli/finalize.ts';
import type { FinalizableRecord, Speaker } from '../../../src/cluster/finalize.ts';
import { chooseSeed, seededRandom } from '../../support/seeded.ts';
import { FinalizeWorld, noMishaps } from './finalize-world.ts';

const WORLDS = 1_500;
const at = (minimum: number, written: number): FinalizableRecord => ({
  minimum: { stateVersion: minimum, protocol: 1 },
  written: { stateVersion: written, protocol: 1 },
});
const speaks = (id: string, stateVersion: number): Speaker => ({ id, stateVersion, protocol: 1 });

test('whoever comes, goes, dies, or is told what was before: no member is in that does not speak what is written', async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`TEST_SEED=${seed}`);
  const random = seededRandom(seed);
  const endings: Record<string, number> = {};
  for (let number = 0; number < WORLDS; number += 1) {
    const some = () => (random() < 0.5 ? 0 : random() * 0.4);
    const mishaps = {
      staleRead: some(),
      staleList: some(),
      unheardWrite: some(),
      lostWrite: some(),
      silence: some(),
      kill: random() < 0.5 ? 0 : 0.05,
    };
    const world = new FinalizeWorld(random, at(3, 3), mishaps);
    for (let id = 0; id < 3; id += 1) void world.member(speaks(`first${id}`, random() < 0.15 ? 3 : 4));
    await world.play();
    const operators = Array.from({ length: 1 + Math.floor(random() * 3) }, () => world.operator(random() < 0.1));
    for (const operator of operators) {
      void operator.then(({ is }) => {
        endings[is] = (endings[is] ?? 0) + 1;
      });
    }
    for (let id = 0; id < 3; id += 1) void world.member(speaks(`late${id}`, random() < 0.5 ? 3 : 4));
    if (random() < 0.5) void world.leave('first0');
    await world.play();
    assert.deepEqual(world.problems, [], `world ${number} of seed ${seed}`);

    // Whatever became of these, the next one brings it to an end.
    world.mishaps = noMishaps;
    const last = world.operator();
    await world.play();
    const ending = await last;
    assert.deepEqual(world.problems, [], `world ${number} of seed ${seed}, at its end`);
    const { minimum, written } = world.record;
    assert.deepEqual(minimum, written, `world ${number} of seed ${seed}: half way after ${ending.is}`);
    const isOld = [...world.inside.values()].some(({ stateVersion }) => stateVersion === 3);
    assert.equal(written.stateVersion === 4, !isOld && world.inside.size > 0, `world ${number} of seed ${seed}`);
  }
  t.diagnostic(JSON.stringify(endings));
  for (const ending of ['finalized', 'behind', 'takenBack']) {
    assert.ok((endings[ending] ?? 0) > 20, `hardly ever ${ending}: ${JSON.stringify(endings)}`);
  }
});

test('what was taken back is so, however old a replica is that was read', async () => {
  let record = at(4, 3);
  let revision = 9;
  const reads = [{ record: at(3, 3), revision: 7 }];
  const keys: ClusterKeys = {
    record: async () => reads.shift() ?? { record, revision },
    membersPast: () => assert.fail('nobody is asked for'),
    replace: async (next, expected) => {
      if (expected !== revision) return false;
      record = next as typeof record;
      revision += 1;
      return true;
    },
  };
  const ending = await finalize(keys, {
    takeBack: true,
    say: () => undefined,
    pause: async () => {},
    isStopped: () => false,
  });
  assert.deepEqual([ending.is, record], ['takenBack', at(3, 3)]);
});

test('where nobody answers it ends by itself, after pauses that grow, and says where the cluster stands', async () => {
  const pauses: number[] = [];
  let asked = 0;
  const keys: ClusterKeys = {
    record: async () => {
      asked += 1;
      if (asked > 1) throw new Error('nobody answers');
      return { record: at(4, 3), revision: 1 };
    },
    membersPast: async () => null,
    replace: () => assert.fail('there is nothing to write'),
  };
  const pause = async (ms: number) => {
    pauses.push(ms);
  };
  const ending = await finalize(keys, { takeBack: false, say: () => undefined, pause, isStopped: () => false });
  assert.ok(ending.is === 'gaveUp');
  assert.ok(asked < 50, `${asked} tries`);
  assert.equal(pauses[0], 5_000, 'for who read the record before');
  assert.ok(
    pauses.slice(2).every((ms, index) => ms >= (pauses[index + 1] ?? 0)) && Math.max(...pauses.slice(1)) === 2_000,
  );
  const { text, isWell, exitCode } = told(ending);
  assert.deepEqual([isWell, exitCode], [false, 69]);
  assert.match(text, /Not finished: nobody answers/);
  assert.match(text, /state version 3 .* was written .* members that do not speak state version 4 .* cannot join/);
  assert.match(text, /minotaur finalize --take-back/);
});

test('half way, with nobody there, nothing is changed, and it is said where the cluster stands', async () => {
  const keys: ClusterKeys = {
    record: async () => ({ record: at(2, 1), revision: 1 }),
    membersPast: async () => [],
    replace: () => assert.fail('there is nothing to write'),
  };
  const ending = await finalize(keys, {
    takeBack: false,
    say: () => undefined,
    pause: async () => {},
    isStopped: () => false,
  });
  assert.deepEqual(ending, { is: 'nobody', ...at(2, 1) });
  const { text, isWell } = told(ending);
  assert.equal(isWell, false);
  assert.match(text, /There are no members.*\n.* do not speak state version 2 .* cannot join/);
  assert.match(text, /minotaur finalize --take-back/);
});

test('Ctrl-C while it waits ends it before anything is decided', async () => {
  let isStopped = false;
  const keys: ClusterKeys = {
    record: async () => ({ record: at(4, 3), revision: 1 }),
    membersPast: () => assert.fail('nobody is asked for'),
    replace: () => assert.fail('nothing is written'),
  };
  const pause = async () => {
    isStopped = true;
  };
  const ending = await finalize(keys, { takeBack: false, say: () => undefined, pause, isStopped: () => isStopped });
  assert.equal(ending.is, 'stopped');
});

test('it is said in words how it ended, and who is behind', () => {
  const written = { stateVersion: 4, protocol: 1 };
  const finalized = told({ is: 'finalized', from: { stateVersion: 3, protocol: 1 }, written });
  assert.match(finalized.text, /^state version 4 and protocol 1 is written from now on \(it was state version 3 /);
  const behind = told({ is: 'behind', behind: [speaks('m2', 3)], written: speaks('', 3) });
  assert.deepEqual([behind.isWell, behind.exitCode], [false, undefined]);
  assert.match(behind.text, /m2 speaks state version 3 and protocol 1 at most\.\nReplace them/);
  assert.equal(told({ is: 'nothing', written }).isWell, true);
  const nobody = told({ is: 'nobody', minimum: written, written });
  assert.deepEqual([nobody.isWell, nobody.text.includes('cannot join')], [false, false]);
  assert.equal(told({ is: 'noCluster' }).isWell, false);
});
