/**
 * Runs the code of a takeover before it is needed.
 *
 * Role: called once by a process, before its member starts. A member that takes over thousands of sessions would otherwise compile this code at the very moment when
 * players wait for it: the first snapshots took 20 ms each to decode, and take 0.05 ms after this.
 * Invariant: has no effect; a session made here is never stored.
 */
import type { Rules } from './rules.ts';
import { Session } from './session.ts';
import { decode, ownVersions } from './snapshot.ts';

const TIMES = 1_000;
const LARGEST_VALUE = 1024 * 1024;

export function rehearse<State, Command>(rules: Rules<State, Command>): void {
  const stamp = { owner: 'rehearsal', incarnation: 'rehearsal', epoch: 1 };
  const command = { principal: 'admin', id: 'rehearsal', keyed: false, again: false, receivedAt: 0, fingerprint: '' };
  for (let time = 0; time < TIMES; time += 1) {
    const origin = { nonce: 'rehearsal', host: null };
    const from = {
      gameId: 'rehearsal',
      document: {},
      origin,
      now: time,
      stamp,
      expected: 0,
      largestValue: LARGEST_VALUE,
    };
    const made = Session.create(rules, from, command);
    if (made.kind !== 'created') return;
    const cut = made.session.cut(ownVersions(rules));
    if (cut === null) return;
    made.session.landed(1, time);
    const sizeBytes = cut.value.length;
    const claim = { revision: 1, sizeBytes, stamp, writtenAt: time, largestValue: LARGEST_VALUE };
    const resumed = Session.resume(rules, decode(rules, cut.value), claim);
    resumed.cut(ownVersions(rules));
    resumed.landed(2, time);
    resumed.committed?.view('admin');
    resumed.ring(time);
  }
}
