/** What holds for the failure detector in every world: nobody well is expelled, nobody before its lease is over, everybody lost in time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ProbeFinding } from '../../../src/cluster/failure-detector.ts';
import { DEFAULTS, findings, flow, type PeerScript, type Script, simulate } from './detector-world.ts';

const DURATION_MS = 12_000;
const { heartbeatMs, suspectMs } = DEFAULTS;

const anyFinding: fc.Arbitrary<ProbeFinding> = fc.record({
  rpc: fc.constantFrom('answered', 'noResponders', 'unknown'),
  address: fc.constantFrom('gone', 'alive', 'unknown'),
});
/** Times that rise by `min` to `max` ms, until the world's end. */
const times = (min: number, max: number) =>
  fc.array(fc.integer({ min, max }), { minLength: 400, maxLength: 400 }).map((steps) => {
    let at = 0;
    return steps.map((step) => (at += step)).filter((time) => time < DURATION_MS);
  });
/** Windows in order, each `min` to `max` ms long. */
const windows = (min: number, max: number) =>
  fc
    .array(fc.record({ pause: fc.integer({ min: 0, max: 1_500 }), length: fc.integer({ min, max }) }), { maxLength: 6 })
    .map((parts) => {
      let at = 0;
      return parts.map(({ pause, length }): readonly [number, number] => {
        const from = at + pause;
        at = from + length;
        return [from, at];
      });
    });
const outside = (at: number, gaps: readonly (readonly [number, number])[]) =>
  gaps.every(([from, to]) => at < from || at >= to);

test('nobody is expelled before 1.25 × its lease has passed since it was last heard, whatever probes find', () => {
  const peer = fc.record({
    leaseMs: fc.integer({ min: 0, max: 6_000 }),
    heard: times(20, 4_000),
    refused: times(50, 2_000),
    found: fc.array(anyFinding, { minLength: 1, maxLength: 20 }),
  });
  fc.assert(
    fc.property(peer, times(20, 700), ({ leaseMs, heard, refused, found }, acks) => {
      const script: PeerScript = {
        key: 'a.1',
        leaseMs,
        heard,
        refused,
        found: (at) => found[Math.floor(at / 130) % found.length] ?? findings.well,
      };
      const [expulsion] = simulate({ acks, peers: [script], durationMs: DURATION_MS });
      if (expulsion === undefined) return;
      const { at, heardAt, reason } = expulsion;
      assert.ok(at - heardAt >= 1.25 * leaseMs, `${reason} at ${at}, heard at ${heardAt}`);
    }),
    { numRuns: 200 },
  );
});

test('a renewal that comes in the millisecond of the verdict was not heard before it', () => {
  const [expulsion] = simulate({
    acks: flow(0, DURATION_MS, heartbeatMs),
    peers: [{ key: 'a.1', leaseMs: 1, heard: [1_000, 1_000 + suspectMs], found: () => findings.paused }],
    durationMs: DURATION_MS,
  });
  assert.deepEqual(expulsion, { key: 'a.1', reason: 'silent', at: 1_000 + suspectMs, heardAt: 1_000 });
});

test('a peer that renews each heartbeat, give or take less than goneMs, and answers is never expelled, whatever gaps of mine', () => {
  const world = fc.record({
    settings: fc.constantFrom(
      DEFAULTS,
      { heartbeatMs: 20, goneMs: 50, suspectMs: 500 },
      { heartbeatMs: 50, goneMs: 200, suspectMs: 1_500 },
    ),
    /** I cannot write, hear or probe. */
    cutOff: windows(50, 4_000),
    /** I do not even run; what came meanwhile is there afterwards. */
    blocks: windows(50, 3_000),
    ackEveryMs: fc.integer({ min: 20, max: 600 }),
    /** As a share of goneMs. */
    jitter: fc.array(fc.double({ min: 0, max: 0.99, noNaN: true }), { minLength: 1, maxLength: 30 }),
    refused: times(50, 1_000),
  });
  fc.assert(
    fc.property(world, ({ settings, cutOff, blocks, ackEveryMs, jitter, refused }) => {
      const heard = flow(0, DURATION_MS, settings.heartbeatMs).map(
        (at, index) => at + settings.goneMs * (jitter[index % jitter.length] ?? 0),
      );
      const peer: PeerScript = {
        key: 'a.1',
        heard: heard.filter((at) => outside(at, cutOff)).sort((one, other) => one - other),
        refused,
        found: (at) => (outside(at, cutOff) ? findings.well : findings.paused),
      };
      const acks = flow(0, DURATION_MS, ackEveryMs).filter((at) => outside(at, cutOff));
      assert.deepEqual(simulate({ settings, acks, blocks, peers: [peer], durationMs: DURATION_MS }), []);
    }),
    { numRuns: 200 },
  );
});

test('when NATS is away for everybody nobody is expelled who writes again within two heartbeats and as long as it was away', () => {
  const outage = fc.record({
    from: fc.integer({ min: 1_000, max: 3_000 }),
    length: fc.integer({ min: 300, max: 7_000 }),
    /** How much of what it has left the peer uses. */
    share: fc.double({ min: 0, max: 0.98, noNaN: true }),
    found: fc.constantFrom(findings.well, findings.cutOff, findings.lost, findings.paused),
  });
  fc.assert(
    fc.property(outage, ({ from, length, share, found }) => {
      const to = from + length;
      const acks = flow(0, DURATION_MS, heartbeatMs).filter((at) => at < from || at >= to);
      const firstAck = acks.find((at) => at >= to) ?? DURATION_MS;
      const back = firstAck + share * (Math.min(suspectMs, length) + 2 * heartbeatMs);
      const peer: PeerScript = {
        key: 'a.1',
        heard: [...flow(40, from, heartbeatMs), ...flow(back, DURATION_MS, heartbeatMs)],
        found: (at) => (at < from || at >= back ? findings.well : found),
      };
      assert.deepEqual(simulate({ acks, peers: [peer], durationMs: DURATION_MS }), []);
    }),
    { numRuns: 200 },
  );
});

test('with my renewals flowing a failed peer is expelled within the bounds: dead 0.6 s, gone 1 s, silent 3.5 s', () => {
  const failure = fc.constantFrom(
    { finding: findings.crashed, reason: 'dead', boundMs: 600 },
    { finding: findings.lost, reason: 'gone', boundMs: 1_000 },
    { finding: findings.cutOff, reason: 'silent', boundMs: 3_500 },
    { finding: findings.paused, reason: 'silent', boundMs: 3_500 },
    { finding: findings.well, reason: 'silent', boundMs: 3_500 },
  );
  const world = fc.record({
    failure,
    at: fc.integer({ min: 3_000, max: 5_000 }),
    acks: times(90, 240),
    heard: times(90, 150),
    probeMs: fc.integer({ min: 1, max: 100 }),
    refused: times(100, 3_000),
  });
  fc.assert(
    fc.property(world, ({ failure: { finding, reason, boundMs }, at, acks, heard, probeMs, refused }) => {
      const peer: PeerScript = {
        key: 'a.1',
        heard: heard.filter((time) => time < at),
        refused: refused.filter((time) => time >= at),
        found: (time) => (time < at ? findings.well : finding),
      };
      const script: Script = { acks, peers: [peer], probeMs, durationMs: DURATION_MS };
      const [expulsion] = simulate(script);
      assert.equal(expulsion?.reason, reason);
      assert.ok((expulsion?.at ?? Number.NaN) - at <= boundMs, `after ${(expulsion?.at ?? 0) - at} ms`);
    }),
    { numRuns: 200 },
  );
});
