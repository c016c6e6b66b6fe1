/**
 * Times of handoffs that must be shorter than others: a change of one that breaks that is refused here.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CALL_TIMEOUT_MS,
  FREEZE_PATIENCE_MS,
  LONGEST_FREEZE_MS,
  LOOK_AGAIN_MS,
  READ_TIMEOUT_MS,
  RELIST_MS,
  STASH_KEPT_MS,
} from '../../../../src/member/slots/timing.ts';

/** Of a leader in NATS, by measurement: a write of a record may wait for that. */
const LONGEST_ELECTION_MS = 9_000;

test('a freeze has time left for sending when it has waited for writes in flight', () => {
  assert.ok(FREEZE_PATIENCE_MS <= LONGEST_FREEZE_MS / 2);
});

test('a call that began in time is over soon after the freeze', () => {
  assert.ok(CALL_TIMEOUT_MS <= LONGEST_FREEZE_MS);
});

test('what was sent is kept until the record of its handoff has come, elections of NATS included', () => {
  assert.ok(LONGEST_FREEZE_MS + CALL_TIMEOUT_MS + LONGEST_ELECTION_MS < STASH_KEPT_MS);
});

test('a slot is looked at more often than all records are listed, and a read ends before the next look', () => {
  assert.ok(LOOK_AGAIN_MS < RELIST_MS);
  assert.ok(READ_TIMEOUT_MS <= LOOK_AGAIN_MS);
});
