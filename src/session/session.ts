/**
 * One session: the state that is committed, the state that commands have made since, and who waits for which write.
 *
 * Role: the pure heart of group commit and of command dedupe. It takes `now`, returns what to write and what to answer, and
 * performs nothing.
 * Invariants:
 *  - One write in flight. Commands that arrive meanwhile are applied in memory and go in the next one.
 *  - A reply may be sent once everything up to its `after` is committed (I2); results and rejections rest on writes too.
 *  - `committed` is all that others may see.
 *  - The clock goes first: a round whose time has come ends before any other command is looked at (I7).
 *  - The clock ends no round whose beginning is not committed, for nobody can have seen it. One that was committed late gets its full time
 *    anew, once: should that be committed late as well, it lasts so much longer. (Or a slow store would never see a round end.)
 *  - When a write fails or its fate goes to another owner, the whole object is thrown away; nothing is rolled back.
 */
import { CommittedGame } from './committed-game.ts';
import { type Caller, type Permission, refuse, refuseForeign } from './permission.ts';
import { notAfter, type Result, Results } from './results.ts';
import {
  beginsHere,
  clockOf,
  LATE_MS,
  LONG_AGO,
  lengthened,
  NEVER_LATE,
  type RoundClock,
  rings,
  started,
} from './round-clock.ts';
import type { Applied, Grant, Origin, Rejected, RoundRecord, RuleOutcome, Rules, Written } from './rules.ts';
import { EndRoom, LARGEST_COMMAND_BYTES, type Sizes, sizeOf, sizesFor } from './sizes.ts';
import { encode, type Listing, listingHeaders, type Snapshot, type Stamp } from './snapshot.ts';

/** What a client is told: what was thrown may hold what only the server knows. */
const RULE_FAILED = 'The rules failed on this command.';

/** What recognises a command when it comes again. */
export interface CommandKey {
  readonly principal: string;
  readonly id: string;
  /** The client gave the key; else the id is the gateway's own. */
  readonly keyed: boolean;
  /** An earlier copy may have been applied. */
  readonly again: boolean;
  readonly receivedAt: number;
  readonly fingerprint: string;
}

export interface SessionCommand<Command> extends CommandKey {
  readonly input: Command;
  readonly caller: Caller;
  /** What the caller has to be. */
  readonly may: Permission;
}

export type Reply =
  | { readonly kind: 'result'; readonly status: number; readonly body: string; readonly grant?: Grant }
  | Problem;

interface Problem {
  readonly kind: 'problem';
  readonly code: string;
  readonly detail: string;
  /** With `action_refused`: the game's own code for it. */
  readonly reason?: string;
}

export interface Verdict {
  readonly reply: Reply;
  /** The reply holds once this mark is committed. */
  readonly after: number;
  /** It says something about the present state without writing: it needs the lease, as a strong read does. */
  readonly verify: boolean;
  /** The command is part of that write: should the store not take it, it was not applied. */
  readonly written: boolean;
}

/** One write: records first, then the snapshot by compare-and-set on `expected`. */
export interface Cut {
  readonly value: Uint8Array;
  readonly headers: Record<string, string>;
  readonly listing: Listing;
  readonly expected: number;
  readonly records: readonly RoundRecord[];
  /** Why rounds were ended without their actions since the last write: operators must hear of it. */
  readonly abandoned: readonly string[];
  readonly mark: number;
}

/** Where a session comes from when it is not made anew. */
export interface Resumed {
  readonly revision: number;
  readonly sizeBytes: number;
  readonly stamp: Stamp;
  /** When what is claimed was written, cluster time; null: it was handed over. */
  readonly writtenAt: number | null;
  /** Bytes that the store takes in one write. */
  readonly largestValue: number;
  /** What is known of its running round, whichever state turns out to be stored. */
  readonly clocks?: readonly RoundClock[];
  /** When the host was last heard; absent: it counts as there. */
  readonly hostHeardAt?: number;
  /** Absent: nothing is drawn. */
  readonly draw?: Draw;
  /** The version of the module that is written now; absent: ours. */
  readonly moduleWritten?: (() => number) | undefined;
}

interface From {
  readonly revision: number;
  readonly sizeBytes: number;
  readonly sizes: Sizes;
  readonly committed: boolean;
  /** If the beginning of the running round is not committed: after when its commit is late. */
  readonly lateFrom: number | null;
  readonly clocks?: readonly RoundClock[];
  readonly hostHeardAt?: number;
  readonly draw?: Draw;
  readonly moduleWritten?: (() => number) | undefined;
}

/** Random bytes for one attempt, as good as any secret; null: none may be drawn now. */
export type Draw = () => Uint8Array | null;

interface InFlight<State> {
  readonly mark: number;
  readonly state: State;
  readonly version: number;
  readonly clock: RoundClock | null;
}

export class Session<State, Command> {
  readonly gameId: string;
  private readonly rules: Rules<State, Command>;
  private readonly stamp: Stamp;
  private readonly results: Results;
  private readonly sizes: Sizes;
  private readonly endRoom: EndRoom;
  private readonly draw: Draw;
  private readonly moduleWritten: () => number;
  private state: State;
  private version: number;
  private commit: number;
  private records: RoundRecord[] = [];
  private abandoned: string[] = [];
  private sizeBytes: number;
  /** Counts changes in memory, what it begins with included; `committedMark` is how many of them are committed. */
  private mark = 1;
  private committedMark = 0;
  /** Of the running round; null if no clock runs. */
  private clock: RoundClock | null;
  /** The change that began it. */
  private clockMark: number;
  /** Of the round that is committed, if anything is. */
  private committedClock: RoundClock | null = null;
  /** What the rules threw at the last attempt, if they did: for operators. */
  private failure: string | null = null;
  private inFlight: InFlight<State> | null = null;
  /** Null before the first commit. */
  committed: CommittedGame<State> | null;
  /** Revision of the last acknowledged write; 0: never written. */
  revision: number;
  /** When the host last sent anything, cluster time. In memory only: whoever takes the game over counts from then. */
  hostHeardAt: number;

  private constructor(rules: Rules<State, Command>, snapshot: Snapshot<State>, from: From) {
    this.rules = rules;
    this.gameId = snapshot.gameId;
    this.stamp = snapshot.stamp;
    this.results = snapshot.results;
    this.state = snapshot.state;
    this.version = snapshot.version;
    this.commit = snapshot.commit;
    this.revision = from.revision;
    this.hostHeardAt = from.hostHeardAt ?? Number.POSITIVE_INFINITY;
    this.sizeBytes = from.sizeBytes;
    this.sizes = from.sizes;
    this.endRoom = new EndRoom(from.sizes.write);
    this.draw = from.draw ?? (() => null);
    this.moduleWritten = from.moduleWritten ?? (() => rules.module.version);
    this.committed = from.committed ? new CommittedGame(rules, snapshot.state, snapshot.version) : null;
    if (from.committed) this.committedMark = this.mark;
    const clock = clockOf(rules.deadline(snapshot.state), from.clocks ?? []);
    const starting = clock?.starting ?? (from.lateFrom === null ? null : { lateFrom: from.lateFrom, again: null });
    // What was in doubt landed after all, once the claim of it has.
    this.clock = clock && { ...clock, starting: from.committed ? null : starting };
    this.clockMark = this.mark;
    if (from.committed) this.committedClock = this.clock;
  }

  /**
   * A new game. `expected` is the revision to write at: 0, or that of a deletion marker. `largestValue`: what the store takes in one write.
   */
  static create<State, Command>(
    rules: Rules<State, Command>,
    made: {
      readonly gameId: string;
      readonly document: unknown;
      readonly origin: Origin;
      readonly now: number;
      readonly stamp: Stamp;
      readonly expected: number;
      readonly largestValue: number;
      readonly draw?: Draw;
      readonly moduleWritten?: () => number;
    },
    command: CommandKey,
  ): { readonly kind: 'created'; readonly session: Session<State, Command> } | (Reply & { readonly kind: 'problem' }) {
    const { draw = () => null, moduleWritten = () => rules.module.version } = made;
    const context = { now: made.now, version: 1, bytes: once(draw), moduleWritten: moduleWritten() };
    const outcome = rules.create(made.gameId, made.document, made.origin, context);
    if (outcome.kind === 'rejected') return { kind: 'problem', code: outcome.code, detail: outcome.detail };
    const sizes = sizesFor(made.largestValue);
    const results = new Results();
    results.record(command.principal, { ...notAfter(command, made.now), version: 1, outcome: 'created' });
    const { gameId, stamp, expected } = made;
    const snapshot = { gameId, commit: 0, version: 1, state: outcome.state, results, stamp };
    const from = {
      revision: expected,
      sizeBytes: sizeOf(outcome.state),
      sizes,
      committed: false,
      lateFrom: NEVER_LATE,
      hostHeardAt: made.now,
      draw,
      moduleWritten,
    };
    const session = new Session(rules, snapshot, from);
    return session.hasRoom(outcome, made.now) ? { kind: 'created', session } : tooLarge(sizes);
  }

  /**
   * A stored game, claimed: its first write stamps it as ours, and nothing may be shown or answered before that landed. Or, without
   * `writtenAt`, handed over by the owner who wrote it last.
   */
  static resume<State, Command>(
    rules: Rules<State, Command>,
    snapshot: Snapshot<State>,
    from: Resumed,
  ): Session<State, Command> {
    const { revision, sizeBytes, stamp, writtenAt, clocks = [], hostHeardAt } = from;
    const deadline = rules.deadline(snapshot.state);
    // The round's time was up before an owner of before wrote it: nobody can have seen much of it. (What we wrote is our own claim.)
    const { incarnation, epoch } = snapshot.stamp;
    const isOurs = incarnation === stamp.incarnation && epoch === stamp.epoch;
    const isOverdue = !isOurs && writtenAt !== null && deadline !== null && deadline < writtenAt - LATE_MS;
    const lateFrom = isOverdue ? LONG_AGO : null;
    const { results } = snapshot;
    const sizes = sizesFor(from.largestValue);
    const committed = writtenAt === null;
    const heard = hostHeardAt !== undefined && { hostHeardAt };
    const drawing = from.draw !== undefined && { draw: from.draw };
    const { moduleWritten } = from;
    const known = { revision, sizeBytes, sizes, committed, lateFrom, clocks, moduleWritten, ...heard, ...drawing };
    return new Session(rules, { ...snapshot, results, stamp }, known);
  }

  /** When its clock rings, cluster time; null if none runs, or not before the round's beginning is committed. */
  get deadline(): number | null {
    return rings(this.clock);
  }

  /** What the next one who holds this session in memory has to know of its round, whichever state the store turns out to hold. */
  get clocks(): readonly RoundClock[] {
    return [this.inFlight?.clock, this.committedClock].filter((clock) => clock != null);
  }

  /** Time was set forward, `byMs` at once. */
  lengthen(byMs: number): void {
    const set = (clock: RoundClock | null) => clock && lengthened(clock, byMs);
    this.clock = set(this.clock);
    this.committedClock = set(this.committedClock);
    if (this.inFlight !== null) this.inFlight = { ...this.inFlight, clock: set(this.inFlight.clock) };
  }

  get idle(): boolean {
    return this.inFlight === null && this.committedMark === this.mark;
  }

  /** A write is in flight. */
  get isWriting(): boolean {
    return this.inFlight !== null;
  }

  /** Of the newest change in memory: what `isCommitted` takes. */
  get newest(): number {
    return this.mark;
  }

  isCommitted(mark: number): boolean {
    return this.committedMark >= mark;
  }

  listing(): Listing {
    return {
      ...this.rules.summary(this.state),
      deadline: this.rules.deadline(this.state),
      epoch: this.stamp.epoch,
      commit: this.commit,
    };
  }

  /** Notes that the caller is there, if it is the host: nothing else is known of who is. */
  hear(caller: Caller, now: number): void {
    if (caller.kind !== 'player' || this.rules.standing(this.state, caller) !== 'host') return;
    this.hostHeardAt = Math.max(this.hostHeardAt, now);
  }

  /** Looks up, else applies. Ends a round first whose time has come. */
  submit(given: SessionCommand<Command>, now: number): Verdict {
    this.ring(now);
    this.results.correct(now);
    const command = notAfter(given, now);
    this.hear(command.caller, now);
    const foreign = refuseForeign(this.rules, this.state, command.caller);
    if (foreign !== null) return this.unwritten(foreign.code, foreign.detail);
    const late = lateOf(command.principal);
    const known = this.results.find(command.principal, command.id) ?? this.results.find(late, command.id);
    if (known !== undefined) {
      if (known.fingerprint !== command.fingerprint) {
        return this.unwritten('key_reused', 'The same idempotency key came with another request before.');
      }
      for (const principal of [command.principal, late]) this.results.renew(principal, known, command.receivedAt);
      return this.repeat(command.input, known, now);
    }
    // Not stored: whoever may not do it must not fill the table either. A repetition comes before: its token may have ended with it.
    const refused = refuse(this.rules, this.state, command.caller, command.may, this.rules.subject(command.input));
    if (refused !== null) return this.unwritten(refused.code, refused.detail);
    const reserved = command.caller.kind === 'admin' ? null : this.rules.adminOnly(this.state, command.input);
    if (reserved !== null) return this.unwritten('forbidden', reserved);
    if ((command.keyed || command.again) && this.results.isTooLate(command.principal, command.receivedAt)) {
      const detail = 'More than 96 later commands were answered since this one was received.';
      return this.store({ ...command, principal: late }, 'too_late', detail);
    }
    const outcome = this.attempt(command.input, now);
    if (outcome.kind === 'rejected') return this.reject(command, outcome);
    this.change(outcome, now);
    if (outcome.record !== undefined) this.records.push(outcome.record);
    this.record(command, '');
    return { reply: this.replyOf(command.input, this.version, ''), after: this.mark, verify: false, written: true };
  }

  private repeat(input: Command, { version, outcome }: Result, now: number): Verdict {
    const refused = outcome === '' ? this.rules.refuseRepetition(this.state, input, { version, now }) : null;
    if (refused !== null) return this.unwritten(refused.code, refused.detail);
    const reply = this.replyOf(input, version, outcome);
    return { reply, after: this.mark, verify: false, written: false };
  }

  /** What a repeated creation gets: 201 if this very command made the game. Undefined if it did not. */
  findCreation(command: CommandKey): 'created' | 'key_reused' | undefined {
    const known = this.results.find(command.principal, command.id);
    if (known === undefined) return undefined;
    return known.outcome === 'created' && known.fingerprint === command.fingerprint ? 'created' : 'key_reused';
  }

  /** Ends the running round if its time has come and it could be seen. True if it did. */
  ring(now: number): boolean {
    const { deadline } = this;
    if (deadline === null || deadline > now) return false;
    let outcome = this.attempt(this.rules.timeUp(this.state), now);
    // Without its actions it always has room.
    if (outcome.kind === 'rejected') {
      this.abandoned.push(this.failure ?? outcome.detail);
      outcome = this.rules.abandonRound(this.state, { now, version: this.version + 1 });
    }
    this.change(outcome, now);
    if (outcome.record !== undefined) this.records.push(outcome.record);
    return true;
  }

  /** The next write, or null if one is in flight or nothing is new. */
  cut(written: Written): Cut | null {
    if (this.idle || this.inFlight !== null) return null;
    this.commit += 1;
    const { gameId, commit, version, state, results, stamp } = this;
    const value = encode(this.rules, { gameId, commit, version, state, results, stamp }, written);
    this.sizeBytes = value.length;
    this.inFlight = { mark: this.mark, state, version, clock: this.clock };
    const { records, abandoned } = this;
    this.records = [];
    this.abandoned = [];
    const listing = this.listing();
    return {
      value,
      headers: listingHeaders(listing),
      listing,
      expected: this.revision,
      records,
      abandoned,
      mark: this.mark,
    };
  }

  /** The write in flight was acknowledged. There may be something new to write then. */
  landed(revision: number, now: number): void {
    if (this.inFlight === null) throw new Error(`session ${this.gameId} has no write in flight`);
    const { mark, state, version, clock } = this.inFlight;
    this.inFlight = null;
    this.revision = revision;
    this.committedMark = mark;
    this.committed = new CommittedGame(this.rules, state, version);
    this.committedClock = clock;
    this.startClock(mark, now);
  }

  /** Everything up to `mark` is committed: if the running round's beginning is, its clock starts. */
  private startClock(mark: number, now: number): void {
    if (this.clock === null || this.clockMark > mark) return;
    const { clock, isLate } = started(this.clock, now);
    this.clock = clock;
    this.committedClock = clock;
    if (!isLate) return;
    const restarted = this.rules.restartClock(this.state, { now, version: this.version + 1 });
    if (restarted === this.state) return;
    this.change({ state: restarted }, now, true);
    // Should that never be stored, the round lasts until then all the same.
    this.committedClock = { ...clock, byMs: (this.rules.deadline(restarted) ?? clock.deadline) - clock.deadline };
  }

  /** Applies one command; a rule that throws is a rejection, and what is too large to be written is as well. */
  private attempt(input: Command, now: number): RuleOutcome<State> {
    let outcome: RuleOutcome<State>;
    this.failure = null;
    try {
      const { hostHeardAt } = this;
      const drawn = { bytes: once(this.draw), moduleWritten: this.moduleWritten() };
      outcome = this.rules.apply(this.state, input, { now, version: this.version + 1, hostHeardAt, ...drawn });
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      return { kind: 'rejected', code: 'rule_failed', detail: RULE_FAILED };
    }
    if (outcome.kind === 'rejected' || this.hasRoom(outcome, now)) return outcome;
    return { ...tooLarge(this.sizes), kind: 'rejected' };
  }

  /** Whether it can be written, and the end of the round that follows from it as well: what cannot end would stand still for ever. */
  private hasRoom({ state, record }: Applied<State>, now: number): boolean {
    const { sizes, results } = this;
    if (this.sizeBytes <= sizes.measured) return true;
    const bytes = sizeOf(state) + results.sizeBytes;
    if (record !== undefined) return bytes <= sizes.write && sizeOf(record.content) <= sizes.write;
    return bytes <= sizes.game && this.endRoom.admits(bytes, () => this.endBytes(state, now));
  }

  /** The largest write that the end of the running round would take. */
  private endBytes(state: State, now: number): number {
    if (this.rules.deadline(state) === null) return 0;
    try {
      const drawn = { bytes: once(this.draw), moduleWritten: this.moduleWritten() };
      const context = { now, version: this.version + 2, ...drawn };
      const end = this.rules.apply(state, this.rules.timeUp(state), context);
      if (end.kind === 'rejected') return 0;
      return Math.max(sizeOf(end.state) + this.results.sizeBytes, sizeOf(end.record?.content ?? null));
    } catch {
      // It will be abandoned.
      return 0;
    }
  }

  private change({ state, record }: Pick<Applied<State>, 'state' | 'record'>, now: number, isAgain = false): void {
    const deadline = this.rules.deadline(state);
    this.version += 1;
    this.mark += 1;
    // Two rounds may be due at the same millisecond: the first one's clock was started anew as it was ended.
    if (record !== undefined || deadline !== this.rules.deadline(this.state)) {
      this.clock = deadline === null ? null : beginsHere(deadline, now, isAgain);
      this.clockMark = this.mark;
    }
    this.state = state;
    this.sizeBytes += LARGEST_COMMAND_BYTES;
  }

  /** A client that gave a key gets the same rejection again, so it is stored; another one is told what is so now. */
  private reject(command: SessionCommand<Command>, { code, detail, reason }: Rejected): Verdict {
    return command.keyed ? this.store(command, code, detail, reason) : this.unwritten(code, detail, reason);
  }

  private store(command: SessionCommand<Command>, code: string, detail: string, reason?: string): Verdict {
    this.mark += 1;
    this.record(command, reason === undefined ? code : `${code}${REASON}${reason}`);
    return { reply: problemOf(code, detail, reason), after: this.mark, verify: false, written: true };
  }

  private record(command: CommandKey, outcome: string): void {
    this.results.record(command.principal, { ...command, version: this.version, outcome });
    this.results.shrinkTo(this.sizes.results);
  }

  private unwritten(code: string, detail: string, reason?: string): Verdict {
    return { reply: problemOf(code, detail, reason), after: this.mark, verify: true, written: false };
  }

  private replyOf(input: Command, version: number, outcome: string): Reply {
    if (outcome !== '') {
      const [code = '', reason] = outcome.split(REASON);
      return problemOf(code, 'This command was refused before.', reason);
    }
    const { status, body, grant } = this.rules.answer(input, version, this.state);
    return { kind: 'result', status, body: body === null ? '' : JSON.stringify(body), ...(grant && { grant }) };
  }
}

/** Between the code of a refusal and its reason, as results keep them. */
const REASON = ':';

function problemOf(code: string, detail: string, reason: string | undefined): Problem {
  return { kind: 'problem', code, detail, ...(reason !== undefined && { reason }) };
}

/** Draws when it is first asked, and then answers the same. */
function once(draw: Draw): Draw {
  let drawn: { readonly bytes: Uint8Array | null } | null = null;
  return () => {
    drawn ??= { bytes: draw() };
    return drawn.bytes;
  };
}

/**
 * Where a principal's commands that were too late are kept: another copy of one, stamped by a gateway whose clock is ahead, gets the same
 * answer. Apart from the others, which they must not push out.
 */
function lateOf(principal: string): string {
  return `late:${principal}`;
}

function tooLarge({ game, write }: Sizes): {
  readonly kind: 'problem';
  readonly code: string;
  readonly detail: string;
} {
  const detail = `A game may take ${game} bytes at most, and the record of one round ${write}.`;
  return { kind: 'problem', code: 'game_too_large', detail };
}
