/** Members that are killed while bots play: never the last one that answers, and each comes back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killMembers } from '../../../../src/dev/bots/killing.ts';
import type { LocalMember, Phase } from '../../../../src/dev/local-member.ts';
import { waitFor } from '../../../support/wait.ts';

class FakeMember {
  readonly id: string;
  readonly logFile = 'its.log';
  phase: Phase = 'ready';
  ending = { reason: '', wanted: true };
  notReady = null;
  kills = 0;
  starts = 0;
  /** How many of the next starts do not get it ready. */
  fails = 0;

  constructor(id: string) {
    this.id = id;
  }

  get running(): boolean {
    return this.phase !== 'dead';
  }

  async kill(): Promise<void> {
    this.kills += 1;
    this.phase = 'dead';
  }

  async start(): Promise<boolean> {
    this.starts += 1;
    this.phase = this.starts <= this.fails ? 'starting' : 'ready';
    return this.phase === 'ready';
  }
}

function kill(everyMs: number | null, members: readonly FakeMember[]) {
  const told: string[] = [];
  let kills = 0;
  let fewest = members.length;
  const stop = killMembers({
    members: members as unknown as LocalMember[],
    everyMs,
    onKill: () => {
      kills += 1;
      fewest = Math.min(fewest, members.filter(({ phase }) => phase === 'ready').length - 1);
    },
    onEnd: (line) => told.push(line),
  });
  return { stop, told, kills: () => kills, fewest: () => fewest };
}

test('one after another dies, somebody is left, and at the end all are back', async () => {
  const members = ['m1', 'm2', 'm3'].map((id) => new FakeMember(id));
  const { stop, told, kills, fewest } = kill(1, members);
  await waitFor('some kills', () => kills() >= 6);
  await stop();
  assert.ok(fewest() >= 1, `${fewest()} were left`);
  assert.deepEqual(
    members.map(({ phase }) => phase),
    ['ready', 'ready', 'ready'],
  );
  assert.equal(
    members.reduce((sum, member) => sum + member.kills, 0),
    kills(),
  );
  assert.deepEqual(told, []);
});

test('one that ends by itself is told and started; one that takes too long is started anew', async () => {
  const members = ['m1', 'm2'].map((id) => new FakeMember(id));
  const [crashed, slow] = members as [FakeMember, FakeMember];
  const { stop, told, kills } = kill(null, members);
  crashed.phase = 'dead';
  crashed.ending = { reason: 'exit code 1', wanted: false };
  slow.fails = 2;
  slow.phase = 'dead';
  await waitFor('both are back', () => members.every(({ phase }) => phase === 'ready'));
  await stop();
  assert.deepEqual(told, ['m1 ended by itself (exit code 1): its.log', 'm2 ended by itself (): its.log']);
  assert.deepEqual([slow.starts, kills()], [3, 0]);
});
