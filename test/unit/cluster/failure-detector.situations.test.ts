/** The failure detector in the situations that it is made for: who is expelled, why and how soon, and who is not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProbeFinding } from '../../../src/cluster/failure-detector.ts';
import { type Expulsion, failing, findings, flow, type Script, simulate } from './detector-world.ts';

const WELL_UNTIL = 3_000;
const LAST_HEARD = 2_930;
const acks = flow(0, 20_000);

interface Scenario {
  readonly what: string;
  readonly script: Omit<Script, 'durationMs'>;
  /** Null: never. Times are from the last renewal received (2,930). */
  readonly expected: { readonly reason: Expulsion['reason']; readonly from: number; readonly to: number } | null;
}

/** Renewals while my link is up: not from `from` to `to`. */
const except = (times: readonly number[], from: number, to: number) => times.filter((at) => at < from || at >= to);
const always = (found: ProbeFinding) => () => found;
/** Found as `found` from `from` to `to`, well otherwise. */
const between = (from: number, to: number, found: ProbeFinding) => (at: number) =>
  at >= from && at < to ? found : findings.well;

const scenarios: readonly Scenario[] = [
  {
    what: 'a crashed process is dead',
    script: { acks, peers: [failing('a.1', WELL_UNTIL, findings.crashed)] },
    expected: { reason: 'dead', from: 300, to: 320 },
  },
  {
    what: 'a crashed process to which a forward is refused is dead at once',
    script: { acks, peers: [{ ...failing('a.1', WELL_UNTIL, findings.crashed), refused: [3_010] }] },
    expected: { reason: 'dead', from: 80, to: 90 },
  },
  {
    what: 'a crashed process with a long lease is dead when that is over, not before',
    script: { acks, peers: [failing('a.1', WELL_UNTIL, findings.crashed, 4_000)] },
    expected: { reason: 'dead', from: 5_000, to: 5_001 },
  },
  {
    what: 'a lost machine is gone',
    script: { acks, peers: [failing('a.1', WELL_UNTIL, findings.lost)], probeMs: 100 },
    expected: { reason: 'gone', from: 650, to: 900 },
  },
  {
    what: 'a paused process is silent',
    script: { acks, peers: [failing('a.1', WELL_UNTIL, findings.paused)], probeMs: 100 },
    expected: { reason: 'silent', from: 2_500, to: 2_550 },
  },
  {
    what: 'a peer cut off from NATS is silent, not gone: its address still answers',
    script: { acks, peers: [failing('a.1', WELL_UNTIL, findings.cutOff)] },
    expected: { reason: 'silent', from: 2_500, to: 2_550 },
  },
  {
    what: 'a peer that answers but does not renew is silent',
    script: { acks, peers: [failing('a.1', WELL_UNTIL, findings.well)] },
    expected: { reason: 'silent', from: 2_500, to: 2_550 },
  },
  {
    what: 'a paused process that wakes in time stays',
    script: {
      acks,
      peers: [
        { key: 'a.1', heard: except(flow(30, 20_000), 3_000, 5_300), found: between(3_000, 5_300, findings.paused) },
      ],
    },
    expected: null,
  },
  {
    what: 'a peer that reconnects to NATS in a second stays',
    script: {
      acks,
      peers: [
        { key: 'a.1', heard: except(flow(30, 20_000), 3_000, 4_000), found: between(3_000, 4_000, findings.cutOff) },
      ],
    },
    expected: null,
  },
  {
    what: 'a peer whose address answers in between is not gone, however often there are no responders',
    script: {
      acks,
      peers: [failing('a.1', WELL_UNTIL, findings.lost)].map((peer) => ({
        ...peer,
        found: (at: number) => (at % 400 < 100 ? findings.cutOff : peer.found(at)),
      })),
    },
    expected: { reason: 'silent', from: 2_500, to: 2_550 },
  },
  {
    what: 'a peer that is answered for in between is not gone',
    script: {
      acks,
      peers: [failing('a.1', WELL_UNTIL, findings.lost)].map((peer) => ({
        ...peer,
        found: (at: number) => (at % 400 < 100 ? findings.paused : peer.found(at)),
      })),
    },
    expected: { reason: 'silent', from: 2_500, to: 2_550 },
  },
  {
    what: 'refused addresses and no responders in different probes do not make dead',
    script: {
      acks,
      peers: [failing('a.1', WELL_UNTIL, findings.lost)].map((peer) => ({
        ...peer,
        found: (at: number): ProbeFinding =>
          at < WELL_UNTIL || at % 100 < 50 ? { rpc: 'unknown', address: 'gone' } : findings.cutOff,
      })),
    },
    expected: { reason: 'silent', from: 2_500, to: 2_550 },
  },
  {
    what: 'with a NATS that takes 400 ms for every renewal nobody is expelled',
    script: {
      acks: flow(0, 20_000, 400),
      peers: [{ key: 'a.1', heard: flow(30, 20_000, 400), found: always(findings.well) }],
    },
    expected: null,
  },
  {
    what: 'with a NATS that takes 400 ms for every renewal a lost machine is gone all the same',
    script: { acks: flow(0, 20_000, 400), peers: [failing('a.1', WELL_UNTIL, findings.lost)] },
    expected: { reason: 'gone', from: 550, to: 1_500 },
  },
  {
    what: 'with a NATS that takes 400 ms for every renewal a paused process is silent all the same',
    script: { acks: flow(0, 20_000, 400), peers: [failing('a.1', WELL_UNTIL, findings.paused)] },
    expected: { reason: 'silent', from: 2_500, to: 4_500 },
  },
  {
    what: 'an election of 7 s harms nobody, although the others write again 2 s after me',
    script: {
      acks: except(acks, 3_000, 10_000),
      peers: [
        { key: 'a.1', heard: except(flow(30, 20_000), 3_000, 12_000), found: always(findings.well) },
        { key: 'b.1', heard: except(flow(30, 20_000), 3_000, 12_500), found: between(3_000, 12_500, findings.paused) },
        { key: 'c.1', heard: except(flow(30, 20_000), 3_000, 12_500), found: between(3_000, 12_500, findings.lost) },
      ],
    },
    expected: null,
  },
  {
    what: 'a process that crashed during an election is dead as soon as that is over',
    script: { acks: except(acks, 3_000, 10_000), peers: [failing('a.1', WELL_UNTIL, findings.crashed)] },
    expected: { reason: 'dead', from: 7_070, to: 7_090 },
  },
  {
    what: 'a machine lost during an election is expelled when suspectMs and two heartbeats have passed since',
    script: { acks: except(acks, 3_000, 10_000), peers: [failing('a.1', WELL_UNTIL, findings.lost)] },
    expected: { reason: 'silent', from: 7_070 + 2_700, to: 7_070 + 2_710 },
  },
  {
    what: 'a reconnect of mine that took a second gives a second and two heartbeats, not more',
    script: { acks: except(acks, 3_000, 3_900), peers: [failing('a.1', WELL_UNTIL, findings.lost)] },
    expected: { reason: 'gone', from: 970 + 1_200, to: 970 + 1_260 },
  },
  {
    what: 'silence goes on counting after a gap of mine: it does not start again',
    script: { acks: except(acks, 3_500, 4_000), peers: [failing('a.1', WELL_UNTIL, findings.paused)] },
    expected: { reason: 'silent', from: 2_500 + 350, to: 2_500 + 360 },
  },
  {
    what: 'a peer heard after a gap of mine gets no grace from that any more',
    script: {
      acks: except(acks, 1_000, 2_000),
      peers: [failing('a.1', WELL_UNTIL, findings.lost)],
    },
    expected: { reason: 'gone', from: 550, to: 700 },
  },
  {
    what: 'without acknowledged renewals of mine nobody is expelled',
    script: {
      acks: flow(0, 3_000),
      peers: [failing('a.1', WELL_UNTIL, findings.lost), failing('b.1', WELL_UNTIL, findings.crashed)],
    },
    expected: null,
  },
  {
    what: 'a blocked event loop of mine harms nobody who was just reconnecting',
    script: {
      acks,
      blocks: [[3_350, 3_850]],
      peers: [
        { key: 'a.1', heard: except(flow(30, 20_000), 3_000, 3_860), found: between(3_000, 3_860, findings.lost) },
      ],
    },
    expected: null,
  },
  {
    what: 'a restarted member: its old incarnation is dead, the new one stays',
    script: {
      acks,
      peers: [
        failing('a.1', WELL_UNTIL, findings.crashed),
        { key: 'a.2', heard: flow(3_050, 20_000), found: always(findings.well) },
      ],
    },
    expected: { reason: 'dead', from: 300, to: 320 },
  },
];

describe('situations', () => {
  for (const { what, script, expected } of scenarios) {
    test(what, () => {
      const expulsions = simulate({ ...script, durationMs: 19_900 });
      if (expected === null) return assert.deepEqual(expulsions, []);
      assert.equal(expulsions.length, 1, JSON.stringify(expulsions));
      const [{ key, reason, at }] = expulsions as [Expulsion];
      assert.deepEqual([key, reason], ['a.1', expected.reason], `at ${at - LAST_HEARD}`);
      const after = at - LAST_HEARD;
      assert.ok(after >= expected.from && after <= expected.to, `${reason} after ${after} ms`);
    });
  }

  test('a block of 500 ms never makes anyone silent or gone, whenever it comes', () => {
    for (let from = 2_900; from < 3_500; from += 7) {
      const well = { key: 'a.1', heard: flow(30, 9_000), found: always(findings.well) };
      // No responders, and nothing at its address: back a moment after my block is over.
      const back = from + 510;
      const away = {
        key: 'b.1',
        heard: except(flow(30, 9_000), from - 200, back),
        found: between(from - 200, back, findings.lost),
      };
      const script = {
        acks: flow(0, 9_000),
        peers: [well, away],
        blocks: [[from, from + 500] as const],
        durationMs: 9_000,
      };
      assert.deepEqual(simulate(script), [], `block at ${from}`);
    }
  });

  test('nothing is missed by looking only when told to', () => {
    for (const { what, script } of scenarios) {
      const gist = ({ key, reason, at }: Expulsion) => ({ key, reason, at: Math.round(at / 60) });
      const told = simulate({ ...script, durationMs: 19_900 });
      const often = simulate({ ...script, durationMs: 19_900, lookEveryMs: 3 });
      assert.deepEqual(
        told.map(({ key, reason }) => [key, reason]),
        often.map(({ key, reason }) => [key, reason]),
        what,
      );
      for (const [index, one] of told.entries()) {
        assert.ok(
          one.at - (often[index]?.at ?? 0) <= 60,
          `${what}: ${JSON.stringify([told, often].map((all) => all.map(gist)))}`,
        );
      }
    }
  });
});
