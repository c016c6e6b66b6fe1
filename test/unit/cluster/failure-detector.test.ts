/** The failure detector: every clause of its contract, and what happens in the situations that it is made for. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FailureDetector, type ProbeFinding } from '../../../src/cluster/failure-detector.ts';
import { DEFAULTS, type Expulsion, failing, findings, flow, type Script, simulate } from './detector-world.ts';

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

/** My own renewals have flowed for a while, and the peer was heard at 4,900. */
function watching(leaseMs = 50): FailureDetector {
  const detector = new FailureDetector(DEFAULTS);
  for (const at of flow(0, 5_000)) detector.ownRenewalAcknowledged(at);
  detector.renewalSeen('a.1', leaseMs, 4_900);
  return detector;
}

describe('probes', () => {
  test('are due when a renewal is two heartbeats late, then every 50 ms, one at a time', () => {
    const detector = watching();
    for (const at of [5_000, 5_100, 5_200, 5_300]) detector.ownRenewalAcknowledged(at);
    assert.deepEqual(detector.probesDue(5_199), []);
    assert.deepEqual(detector.probesDue(5_200), ['a.1']);
    assert.deepEqual(detector.probesDue(5_300), [], 'one is in flight');
    detector.probed('a.1', findings.paused, 5_200, 5_301);
    assert.deepEqual(detector.probesDue(5_302), ['a.1'], 'the last one started over 50 ms ago');
    detector.probed('a.1', findings.paused, 5_302, 5_303);
    assert.deepEqual(detector.probesDue(5_351), []);
    assert.deepEqual(detector.probesDue(5_352), ['a.1']);
  });

  test('are due at once when a forward was refused, and on until it answers', () => {
    const detector = watching();
    detector.suspect('a.1', 4_950);
    assert.equal(detector.nextWakeMs(4_950), 1);
    assert.deepEqual(detector.probesDue(4_950), ['a.1']);
    detector.probed('a.1', findings.cutOff, 4_950, 4_955);
    assert.equal(detector.nextWakeMs(4_960), 40);
    detector.renewalSeen('a.1', 50, 4_990);
    assert.deepEqual(detector.probesDue(5_000), ['a.1'], 'a renewal may have been sent before it crashed');
    detector.probed('a.1', findings.well, 5_000, 5_005);
    assert.deepEqual(detector.probesDue(5_060), []);
  });

  test('an answer to a probe from before the refused forward does not end the suspicion', () => {
    const detector = watching();
    detector.suspect('a.1', 4_950);
    assert.deepEqual(detector.probesDue(4_950), ['a.1']);
    detector.suspect('a.1', 4_960);
    detector.probed('a.1', findings.well, 4_950, 4_970);
    assert.deepEqual(detector.probesDue(5_000), ['a.1']);
  });

  test('are not sent during a gap of mine', () => {
    const detector = watching();
    detector.suspect('a.1', 5_000);
    assert.deepEqual(detector.probesDue(5_151), []);
    assert.ok(detector.nextWakeMs(5_151) > 1, 'it asks not to be woken for them either');
  });

  test('reported twice, late, or for a key that was forgotten are ignored', () => {
    const detector = watching();
    detector.suspect('a.1', 4_950);
    detector.probesDue(4_950);
    detector.forget('a.1');
    detector.renewalSeen('a.1', 0, 4_940);
    detector.probed('a.1', findings.crashed, 4_950, 4_960);
    detector.probed('b.1', findings.crashed, 4_950, 4_960);
    detector.suspect('b.1', 4_960);
    assert.deepEqual(detector.verdicts(4_970), []);
    detector.suspect('a.1', 4_970);
    detector.probesDue(4_970);
    detector.probed('a.1', findings.crashed, 4_950, 4_980);
    assert.deepEqual(detector.verdicts(4_980), []);
    assert.deepEqual(detector.probesDue(5_030), [], 'that of 4,970 is still in flight');
  });
});

describe('a verdict', () => {
  const found = (detector: FailureDetector, finding: ProbeFinding, startedAt: number, now = startedAt + 5) => {
    detector.suspect('a.1', startedAt);
    assert.deepEqual(detector.probesDue(startedAt), ['a.1']);
    detector.probed('a.1', finding, startedAt, now);
  };

  test('waits for 1.25 × the announced lease, and the wake-up for that', () => {
    const detector = watching(80);
    found(detector, findings.crashed, 4_950);
    assert.deepEqual(detector.verdicts(4_999.9), []);
    assert.equal(detector.nextWakeMs(4_995), 5);
    assert.deepEqual(detector.verdicts(5_000), [{ key: 'a.1', reason: 'dead' }]);
  });

  test('is told again until the key is forgotten', () => {
    const detector = watching();
    found(detector, findings.crashed, 5_000);
    assert.equal(detector.verdicts(5_010).length, 1);
    assert.equal(detector.verdicts(5_020).length, 1);
    detector.forget('a.1');
    assert.deepEqual(detector.verdicts(5_030), []);
  });

  test('is void after a renewal, such as a failed delete brings to light', () => {
    const detector = watching();
    found(detector, findings.crashed, 5_000);
    detector.renewalSeen('a.1', 50, 5_020);
    assert.deepEqual(detector.verdicts(5_100), []);
  });

  test('does not come of a probe that started before the last renewal was received', () => {
    const detector = watching();
    detector.suspect('a.1', 4_950);
    detector.probesDue(4_950);
    detector.renewalSeen('a.1', 50, 4_950);
    detector.probed('a.1', findings.crashed, 4_950, 4_960);
    assert.deepEqual(detector.verdicts(5_050), []);
  });

  test('of death is taken back by a later probe that finds otherwise', () => {
    const detector = watching(120);
    found(detector, findings.crashed, 4_950);
    found(detector, findings.cutOff, 5_010);
    assert.deepEqual(detector.verdicts(5_100), []);
  });

  test('waits for the longest lease announced: a shorter one later does not end it', () => {
    const detector = watching(1_000);
    detector.renewalSeen('a.1', 50, 4_950);
    found(detector, findings.crashed, 5_000);
    assert.deepEqual(detector.verdicts(6_149), []);
    assert.equal(detector.verdicts(6_150).length, 1);
  });

  test('of gone needs goneMs from the first answer without responders to the start of the last such probe', () => {
    const detector = watching();
    found(detector, findings.lost, 4_950, 4_990);
    for (const at of [5_000, 5_100, 5_200]) detector.ownRenewalAcknowledged(at);
    found(detector, findings.lost, 5_239);
    assert.deepEqual(detector.verdicts(5_280), []);
    found(detector, findings.lost, 5_290, 5_291);
    assert.deepEqual(detector.verdicts(5_291), [{ key: 'a.1', reason: 'gone' }]);
  });

  test('of gone or silent is not said while my own renewals are not acknowledged', () => {
    const detector = watching();
    found(detector, findings.lost, 4_950);
    for (const at of [5_000, 5_100]) detector.ownRenewalAcknowledged(at);
    found(detector, findings.lost, 5_250);
    assert.equal(detector.verdicts(5_350).length, 1);
    assert.deepEqual(detector.verdicts(5_351), []);
  });

  test('of a peer first heard before my first acknowledged renewal waits suspectMs and two heartbeats', () => {
    const detector = new FailureDetector(DEFAULTS);
    detector.renewalSeen('a.1', 50, 0);
    for (const at of flow(500, 3_200)) detector.ownRenewalAcknowledged(at);
    assert.deepEqual(detector.verdicts(3_199), []);
    assert.deepEqual(detector.verdicts(3_200), [{ key: 'a.1', reason: 'silent' }]);
  });
});

test('with nobody to watch it sleeps for suspectMs', () => {
  assert.equal(new FailureDetector(DEFAULTS).nextWakeMs(0), 2_500);
});
