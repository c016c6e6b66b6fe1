/** Time of games as a member feeds it: what is told when it is set at once, and its last word. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterTime, type Heard } from '../../../../src/member/contract/cluster-time.ts';
import { Incidents } from '../../../../src/member/kit/incidents.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { silentLog } from '../../../support/silent-log.ts';

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
      const heard = (): Heard => ({ peers: isAlone ? [] : [{ held, writtenAt: storeTime }], last: null });
      this.revision += 1;
      const { revision } = this;
      this.time.seen({ revision, writtenAt: storeTime }, heard);
      const at = this.clock.monotonic();
      this.time.acknowledged({ revision, sentAt: at, acknowledgedAt: at }, heard);
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

test('its last word stands while the store is silent, as old as it is', async () => {
  const member = new Renewing();
  await member.run(10_000);
  const said = member.time.announcement;
  assert.ok(said !== null);
  await member.clock.advance(60_000);
  assert.deepEqual(member.time.announcement, said);
  await member.run(100);
  assert.ok((member.time.announcement?.heardAt ?? 0) >= said.heardAt + 60_000, 'a new one takes its place at once');
});

test('what the last stamp said is its last word, though nobody asked before the store fell silent', async () => {
  const member = new Renewing();
  await member.run(10_000);
  assert.equal(member.time.announcement?.ms, 0);
  member.sleptMs = 8_000;
  await member.run(100);
  await member.clock.advance(60_000);
  const { ms = 0 } = member.time.announcement ?? {};
  assert.ok(Math.abs(ms + 8_000) < 200, `${ms} ms`);
});

test('one that nobody could go by yet has no word', async () => {
  const member = new Renewing();
  await member.run(1_000, true);
  await member.clock.advance(60_000);
  assert.equal(member.time.announcement, null);
});
