/**
 * A world from its plan to its outcome.
 *
 * Role: leads members, clients and checkers through three times: faults, calm, end. The calm has to undo everything: then each session
 * answers, each slot is where it belongs, and nothing is held that nobody needs.
 * Invariants: the same plan gives the same outcome, to the byte; a world ends soon after the first violation.
 */
import { ADMIN } from '../../../src/session/permission.ts';
import { Load } from '../clients/load.ts';
import { callerOf } from '../clients/operations.ts';
import type { GameView } from './game.ts';
import { Judges } from './judges.ts';
import type { MemberHost } from './member-host.ts';
import { finalizeOnce } from './operator.ts';
import { stopAll, stopOne } from './orderly-stops.ts';
import type { Plan } from './plan.ts';
import { Stage } from './stage.ts';
import { between } from './streams.ts';
import { isUpdated } from './updates.ts';
import type { Violation } from './witness.ts';

export interface Outcome {
  /** Empty: all promises were kept. */
  readonly violations: readonly Violation[];
  readonly simulatedMs: number;
  readonly events: number;
  /** How often what happened: operations, answers, faults by kind. */
  readonly counts: Readonly<Record<string, number>>;
  /** One line for each thing that happened; empty unless asked for. */
  readonly journal: readonly string[];
  /** Equal for equal histories. */
  readonly digest: string;
}

const LOOK_MS = 60;
const STEP_MS = 500;
/** For so long after the faults clients go on. */
const LOAD_AFTER_MS = 3_000;
/** Longer than a client is patient. */
const LOAD_ENDS_WITHIN_MS = 90_000;
/** The longest pause of a handoff's backoff, twice the longest of a rejoin's, and the watches' own lists. */
const SETTLES_WITHIN_MS = 60_000;
/** A watched game is read again within this. */
const SOCKETS_WITHIN_MS = 8_000;
/** It waits for 5 s, and what members write in between makes it begin anew. */
const FINALIZED_WITHIN_MS = 30_000;
/** The longest pause of a game after the longest one of its receiver, of each event that waits. */
const TOLD_WITHIN_MS = 900_000;
const LAST_READ_MS = 15_000;
/** More than there are games. */
const LAST_LIMIT = 1_000;
const QUIET_MS = 5_000;
/** In calm time, from landing to being known to its owner. */
const ACKNOWLEDGED_WITHIN_MS = 1_000;

export async function runPlan(plan: Plan, { journal = false } = {}): Promise<Outcome> {
  const course = new Course(new Stage(plan, { journal }));
  await course.run();
  return course.outcome;
}

class Course {
  readonly #stage: Stage;
  readonly #judges: Judges;
  readonly #load: Load;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#judges = new Judges(stage);
    const { timeline, front, streams, room } = stage;
    const context = { timeline, front, streams, witness: this.#judges.history, hosts: () => room.current };
    this.#load = new Load(context, stage.plan.load, stage.plan.tables);
  }

  async run(): Promise<void> {
    for (const phase of [
      this.#faults,
      this.#calm,
      this.#finalize,
      this.#stopOne,
      this.#lastReads,
      this.#letGo,
      this.#stopAll,
    ]) {
      await phase.call(this);
      if (this.#isBroken) return;
    }
  }

  get outcome(): Outcome {
    const { violations, timeline, chronicle, plan } = this.#stage;
    const counts: Record<string, number> = Object.fromEntries(this.#load.tally.counts);
    for (const { kind } of plan.faults) counts[`fault ${kind}`] = (counts[`fault ${kind}`] ?? 0) + 1;
    for (const { promise, what } of violations.found) chronicle.note('BROKEN', `${promise}: ${what}`);
    return {
      violations: violations.found,
      simulatedMs: timeline.monotonic(),
      events: timeline.events,
      counts,
      journal: chronicle.lines,
      digest: chronicle.digest,
    };
  }

  get #isBroken(): boolean {
    return this.#stage.violations.found.length > 0;
  }

  async #faults(): Promise<void> {
    const { plan } = this.#stage;
    this.#stage.begin(() => this.#judges.storeRolledBack());
    this.#lookAgain();
    this.#load.begin();
    await this.#until(() => this.#now >= plan.calmFrom, Number.POSITIVE_INFINITY);
  }

  async #calm(): Promise<void> {
    this.#stage.heal();
    await this.#until(() => false, LOAD_AFTER_MS);
    let isOver = false;
    void this.#load.stop().then(() => {
      isOver = true;
    });
    if (!(await this.#until(() => isOver, LOAD_ENDS_WITHIN_MS))) this.#report('a request never ends');
    await this.#untilSettled(false);
    this.#judges.history.expectWithin(SOCKETS_WITHIN_MS);
    await this.#until(() => false, SOCKETS_WITHIN_MS);
    if (this.#isBroken) return;
    this.#judges.settled(SOCKETS_WITHIN_MS);
    await this.#untilTold();
  }

  /** Everything that has happened so far is told to the receiver, if there is one. */
  async #untilTold(): Promise<void> {
    if (this.#stage.receiver === null) return;
    const since = this.#now;
    const untold = () => this.#judges.deliveries.untold(since);
    if (await this.#until(() => untold().length === 0, TOLD_WITHIN_MS)) return;
    for (const what of untold().slice(0, 5)) this.#stage.violations.report('webhook', what);
  }

  /** Whatever became of those before, one more operator brings it to an end. */
  async #finalize(): Promise<void> {
    const { plan, room } = this.#stage;
    if (!isUpdated(plan)) return;
    let ending: string | null = null;
    const ids = [...room.places.keys()];
    void finalizeOnce({ ...this.#stage, ids, note: this.#note }, { takeBack: false, killAfterMs: null }).then(
      ({ is }) => {
        ending = is;
      },
    );
    if (!(await this.#until(() => ending !== null, FINALIZED_WITHIN_MS))) this.#report('an operator never ends');
    if (!this.#isBroken) this.#judges.finalized(String(ending));
    await this.#untilSettled(false);
  }

  readonly #note = (who: string, what: string) => this.#stage.chronicle.note(who, what);

  /** Every session answers, through every member, with its newest state. */
  async #lastReads(): Promise<void> {
    const { front, room } = this.#stage;
    // What landed just now may not be acknowledged yet: rounds go on.
    const since = this.#now - ACKNOWLEDGED_WITHIN_MS;
    // A creation that nobody heard of, landed late, is found by the list that runs every few minutes.
    const logs = [...this.#judges.history.truth.games].filter(({ shown }) => shown.version > 0);
    const games = logs.map((log) => ({ gameId: log.gameId, version: log.newestAt(since) }));
    const reads = room.running.flatMap((host) =>
      games.map(async ({ gameId, version }) => {
        const operation = { kind: 'read', gameId, caller: ADMIN, may: ['admin'], consistency: 'strong' } as const;
        const reply = await front.request(host, (member) => member.execute(operation), LAST_READ_MS);
        // A request that was given up may yet be carried out.
        const isErased = () => this.#judges.history.truth.log(gameId).end?.kind === 'erased';
        const what = `the last read of ${gameId} through ${host.name}`;
        if (reply.kind !== 'answer') return this.#report(`${what}: ${reply.kind}`);
        if (isErased()) return;
        if (reply.value.status !== 200) return this.#report(`${what}: ${reply.value.status} ${reply.value.body}`);
        const { game } = JSON.parse(reply.value.body) as { game: GameView };
        if (game.count < version) this.#report(`${what} shows version ${game.count} of ${version}`);
      }),
    );
    const lists = room.running.flatMap((host) => [this.#lastList(host, 'admin'), this.#lastList(host, 'public')]);
    let isOver = false;
    void Promise.all([...reads, ...lists]).then(() => {
      isOver = true;
    });
    if (!(await this.#until(() => isOver, LAST_READ_MS * 2))) this.#report('a last read never ends');
  }

  /** All games, on one page; that they are all there is judged as always. */
  async #lastList(host: MemberHost, viewer: 'admin' | 'public'): Promise<void> {
    const { front, timeline } = this.#stage;
    const { history } = this.#judges;
    const question = { status: null, suspended: null, idleSince: null, limit: LAST_LIMIT, cursor: null };
    const asked = { ...question, number: 0, client: `last ${host.name}`, viewer, invokedAt: this.#now };
    history.askedPage(asked);
    const query = { caller: callerOf(viewer), limit: LAST_LIMIT };
    const reply = await front.request(host, (member) => member.listGames(query), LAST_READ_MS);
    const what = `the last list by ${host.name}`;
    if (reply.kind !== 'answer') return this.#report(`${what}: ${reply.kind}`);
    history.heardPage(asked, { at: timeline.monotonic(), via: host.name, page: reply.value });
    if (reply.value.partial) this.#report(`${what} says that games may be missing`);
  }

  /** Nobody wants anything any more: nothing is left of the clients. */
  async #letGo(): Promise<void> {
    this.#load.close();
    await this.#untilSettled(true);
    if (this.#isBroken) return;
    const judge = this.#judges.meter();
    await this.#until(() => false, QUIET_MS);
    judge();
    if (!this.#isBroken) this.#judges.history.finish();
  }

  async #stopOne(): Promise<void> {
    await stopOne(this.#stage, (condition, limitMs) => this.#until(condition, limitMs));
    if (!this.#isBroken) await this.#untilSettled(false);
  }

  async #stopAll(): Promise<void> {
    if (this.#stage.plan.stopsAll) await stopAll(this.#stage, (condition, limitMs) => this.#until(condition, limitMs));
  }

  async #untilSettled(isQuiet: boolean): Promise<void> {
    const { room, violations } = this.#stage;
    const rest = () => this.#judges.unsettled(room.running, isQuiet).found;
    if (await this.#until(() => rest().length === 0, SETTLES_WITHIN_MS)) return;
    for (const { promise, what } of rest().slice(0, 5)) violations.report(promise, what);
  }

  /** True when `condition` holds, false after `limitMs`, or as soon as a promise is broken. */
  async #until(condition: () => boolean, limitMs: number): Promise<boolean> {
    const limit = this.#now + limitMs;
    while (!condition()) {
      if (this.#now >= limit || this.#isBroken) return false;
      await this.#stage.timeline.runUntil(Math.min(this.#now + STEP_MS, limit));
    }
    return true;
  }

  get #now(): number {
    return this.#stage.timeline.monotonic();
  }

  #lookAgain(): void {
    const { timeline, streams } = this.#stage;
    this.#judges.look();
    timeline.after(between(streams.get('look'), 0, 2 * LOOK_MS), () => this.#lookAgain());
  }

  #report(what: string): void {
    this.#stage.violations.report('liveness', what);
  }
}
