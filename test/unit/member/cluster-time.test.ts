/** Time of games as a member feeds it: what is told when it is set at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Announcement, ClusterTime } from '../../../src/member/cluster-time.ts';
import { Incidents } from '../../../src/member/incidents.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { silentLog } from '../../support/silent-log.ts';

const STORE_EPOCH = 1_000_000_000_000;

/** A member that renews ten times a second, and how often and by how much its time was set. */
class Renewing {
  readonly clock = new ManualClock();
  readonly set: number[] = [];
  readonly time = new ClusterTime(this.clock, new Incidents(silentLog), (byMs) => this.set.push(byMs));
  sleptMs = 0;
  private revision = 0;

  get storeTime(): number {
    return Math.floor(STORE_EPOCH + this.sleptMs + this.clock.monotonic());
  }

  async run(ms: number, isAlone = false): Promise<void> {
    for (let passed = 0; passed < ms; passed += 100) {
      const { storeTime } = this;
      const held = { ms: 0, since: 0, heardAt: storeTime };
      const peers = (): Announcement[] => (isAlone ? [] : [{ held, writtenAt: storeTime }]);
      this.revision += 1;
      const { revision } = this;
      this.time.seen({ revision, writtenAt: storeTime }, peers);
      const at = this.clock.monotonic();
      this.time.acknowledged({ revision, sentAt: at, acknowledgedAt: at }, peers);
      await this.clock.advance(100);
    }
  }
}

test('a sleeper that is far from the others sets its time, once, and says by how much', async () => {
  const member = new Renewing();
  await member.run(10_000);
  member.sleptMs = 8_000;
  await member.run(20_000);
  assert.equal(member.set.length, 1);
  const [byMs = 0] = member.set;
  assert.ok(Math.abs(byMs - 8_000) < 200, `${byMs} ms`);
});

test('one that is near them, or alone, is not set: it runs faster for a while', async () => {
  for (const [sleptMs, isAlone] of [
    [1_000, false],
    [8_000, true],
  ] as const) {
    const member = new Renewing();
    await member.run(10_000, isAlone);
    member.sleptMs = sleptMs;
    await member.run(20_000, isAlone);
    assert.deepEqual(member.set, []);
  }
});
