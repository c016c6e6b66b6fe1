/** The failure detector's contract, clause by clause: when it asks for probes, what they prove, how long a verdict waits. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FailureDetector, type ProbeFinding } from '../../../src/cluster/failure-detector.ts';
import { DEFAULTS, findings, flow } from './detector-world.ts';

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
    assert.deepEqual(detector.probesDue(4_999), [], 'still no more often than every 50 ms');
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

  test('stay one at a time when a renewal comes meanwhile', () => {
    const detector = watching();
    detector.suspect('a.1', 4_950);
    assert.deepEqual(detector.probesDue(4_950), ['a.1']);
    detector.renewalSeen('a.1', 50, 4_990);
    assert.deepEqual(detector.probesDue(5_100), []);
  });

  test('are not sent during a gap of mine', () => {
    const detector = watching();
    detector.suspect('a.1', 5_000);
    assert.deepEqual(detector.probesDue(5_151), []);
    assert.ok(detector.nextWakeMs(5_151) > 1, 'it asks not to be woken for them either');
  });

  test('reported twice count once', () => {
    const detector = watching();
    detector.suspect('a.1', 4_950);
    detector.probesDue(4_950);
    detector.probed('a.1', findings.well, 4_950, 4_960);
    detector.probed('a.1', findings.crashed, 4_950, 4_970);
    assert.deepEqual(detector.verdicts(5_050), []);
  });

  test('reported late or for a key that was forgotten are ignored', () => {
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
    const detector = watching(72);
    found(detector, findings.crashed, 4_950);
    assert.deepEqual(detector.verdicts(4_989.9), []);
    assert.equal(detector.nextWakeMs(4_985), 5);
    assert.deepEqual(detector.verdicts(4_990), [{ key: 'a.1', reason: 'dead' }]);
  });

  test('of silence waits for a long lease too, and so does the wake-up', () => {
    const detector = watching(4_000);
    for (const at of flow(5_000, 9_900)) detector.ownRenewalAcknowledged(at);
    assert.deepEqual(detector.probesDue(9_850), ['a.1']);
    assert.equal(detector.nextWakeMs(9_890), 10);
    assert.deepEqual(detector.verdicts(9_899), []);
    assert.deepEqual(detector.verdicts(9_900), [{ key: 'a.1', reason: 'silent' }]);
  });

  test('is told again until the key is forgotten', () => {
    const detector = watching();
    found(detector, findings.crashed, 5_000);
    assert.equal(detector.verdicts(5_010).length, 1);
    assert.equal(detector.verdicts(5_020).length, 1);
    assert.equal(detector.nextWakeMs(5_020), 30, 'the next probe: that it may be expelled is known');
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
