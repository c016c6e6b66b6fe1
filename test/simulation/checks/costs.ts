/**
 * What members cost, bounded by formulas (no promise of its own: what costs without a bound keeps none of them for long).
 *
 * Role: counts what they ask of the store and what they log; looks at what they keep.
 * Rules:
 *  - At any time: writes of one key that come to nothing are at most `FAILED_A_SECOND` from one member in one second; a host keeps no
 *    more deadlines than sessions, and loads no more sessions at once than its limit, which stays between its bounds.
 *  - When nobody asks anything: store operations and timers are bounded by heartbeats and by rounds that end, and nothing is logged but sums
 *    of what was before, and that the version of the game is raised.
 */
import { AT_ONCE } from '../../../src/member/sessions/loads.ts';
import type { MemoryLink } from '../../support/memory-broker.ts';
import type { Target } from '../../support/memory-weather.ts';
import type { MemberHost } from '../world/member-host.ts';
import type { Violations } from '../world/witness.ts';
import type { Belief } from './belief.ts';

/** Pauses of 20 ms that grow to half a second make about 8; some who write the same key at once, or begin anew, make more. */
const FAILED_A_SECOND = 30;
/** Its own key keeps a member alive: a renewal is tried again after 10 to 30 ms, and no longer. */
const RENEWALS_A_SECOND = 100;
/** Rounds take 300 ms at least: their ends are archived and stored. */
const OPERATIONS_OF_A_GAME = 8;
/** The version of the game that is written is raised in two steps, whoever plays. */
const MOST_LINES = 2;
/** Two barriers in each of 16 slots, should the list of all slots fall into the time that is looked at. */
const OPERATIONS_OF_A_LIST = 40;
/** Loops, watches and probes of a member, and what waits for an answer. */
const TIMERS = 60;

interface Spent {
  readonly operations: number;
  readonly lines: number;
}

export class Costs {
  readonly #violations: Pick<Violations, 'report'>;
  readonly #now: () => number;
  readonly #operations = new Map<MemoryLink, number>();
  /** Of the running second: link and key → writes that came to nothing. */
  readonly #failed = new Map<string, number>();
  #second = 0;

  constructor(violations: Pick<Violations, 'report'>, now: () => number) {
    this.#violations = violations;
    this.#now = now;
  }

  /** A member asked the store. */
  asked(link: MemoryLink): void {
    this.#operations.set(link, (this.#operations.get(link) ?? 0) + 1);
  }

  /** A member's write that has arrived is not carried out. */
  failed(who: string, { bucket, key }: Target): void {
    const second = Math.floor(this.#now() / 1_000);
    if (second !== this.#second) this.#failed.clear();
    this.#second = second;
    const what = `${who} writes ${bucket} ${key}`;
    const count = (this.#failed.get(what) ?? 0) + 1;
    this.#failed.set(what, count);
    const most = bucket === 'members' ? RENEWALS_A_SECOND : FAILED_A_SECOND;
    if (count === most + 1) this.#report(`${what} more than ${most} times in vain in one second`);
  }

  /** Of one incarnation, at any time. */
  look({ name, kept, sessions, loading }: Belief): void {
    if (kept.deadlines > sessions) this.#report(`${name} keeps ${kept.deadlines} deadlines for ${sessions} sessions`);
    const { atOnce } = kept.loading;
    // Those that were under way when it was halved; it is not halved again while they are more than it allows.
    if (loading > 2 * atOnce + 1) this.#report(`${name} loads ${loading} sessions at once, where ${atOnce} may be`);
    if (atOnce < AT_ONCE.least || atOnce > AT_ONCE.most) this.#report(`${name} may load ${atOnce} sessions at once`);
  }

  spent(host: MemberHost): Spent {
    return { operations: this.#operations.get(host.link) ?? 0, lines: host.lines };
  }

  /** What a member has spent since `before`, in `ms` in which nobody asked anything. */
  judge({ name, host, sessions, view, kept }: Belief, before: Spent, ms: number): void {
    const { operations, lines } = this.spent(host);
    const seconds = ms / 1_000;
    const beats = (3 * ms) / host.settings.heartbeatMs;
    this.#bound(
      name,
      'store operations',
      operations - before.operations,
      beats + seconds * OPERATIONS_OF_A_GAME * sessions + OPERATIONS_OF_A_LIST,
    );
    this.#bound(name, 'log lines', lines - before.lines, MOST_LINES);
    this.#bound(name, 'timers', host.process.timers, TIMERS + 4 * view.members.size + sessions);
    this.#bound(name, 'loads that wait', kept.loading.waiting, 0);
    this.#bound(name, 'ends of rounds', kept.ending.running + kept.ending.waiting, sessions);
  }

  #bound(name: string, what: string, count: number, most: number): void {
    if (count > most)
      this.#report(`${name}, of whom nobody wants anything: ${count} ${what}, at most ${Math.floor(most)} are to be`);
  }

  #report(what: string): void {
    this.#violations.report('cost', what);
  }
}
