/**
 * One session: the state that is committed, the state that commands have made since, and who waits for which write.
 *
 * Role: the pure heart of group commit and of command dedupe. It takes `now`, returns what to write and to answer, and performs nothing.
 * Invariants:
 *  - One write in flight. Commands that arrive meanwhile are applied in memory and go in the next one.
 *  - A reply may be sent once everything up to its `after` is committed (I2); results and rejections rest on writes too.
 *  - `committed` is all that others may see.
 *  - The clock goes first: a round whose time has come ends before any other command is looked at (I7).
 *  - The clock ends no round whose beginning is not committed, for nobody can have seen it. One that was committed late gets its full time
 *    anew, once: should that be committed late as well, it lasts so much longer. (Or a slow store would never see a round end.)
 *  - When a write fails or its fate goes to another owner, the whole object is thrown away; nothing is rolled back.
 */
import type { ErrorCode } from '../errors.ts';
import { Attempts, type Trial, tooLarge } from './attempts.ts';
import { CommittedGame } from './committed-game.ts';
import { type Caller, JOINERS, refuseForeign } from './permission.ts';
import { lateOf, notAfter, type Result, type Results } from './results.ts';
import type { RoundClock } from './round-clock.ts';
import type { Applied, RoundRecord, RuleOutcome, Rules, Written } from './rules.ts';
import { SessionClock } from './session-clock.ts';
import {
  type CommandKey,
  type Cut,
  mayBeOld,
  outcomeOf,
  problemOf,
  type Reply,
  refuseCommand,
  refusedBefore,
  type SessionCommand,
  type Verdict,
} from './session-command.ts';
import { type Made, type Resumed, type Start, startOfNew, startOfStored } from './session-start.ts';
import { LARGEST_COMMAND_BYTES, type Sizes } from './sizes.ts';
import { encode, type Listing, listingHeaders, type Snapshot, type Stamp } from './snapshot.ts';
import { ToldMark } from './told.ts';

export class Session<State, Command> {
  readonly gameId: string;
  private readonly rules: Rules<State, Command>;
  private readonly stamp: Stamp;
  private readonly results: Results;
  private readonly sizes: Sizes;
  private readonly attempts: Attempts<State, Command>;
  private state: State;
  private version: number;
  private commit: number;
  private records: RoundRecord[] = [];
  private abandoned: string[] = [];
  private sizeBytes: number;
  /** Counts changes in memory, what it begins with included; `committedMark` is how many of them are committed. */
  private mark = 1;
  private committedMark = 0;
  private readonly clock: SessionClock;
  private inFlight: (Pick<Snapshot<State>, 'state' | 'version'> & Pick<Cut, 'mark'>) | null = null;
  /** Null before the first commit. */
  committed: CommittedGame<State> | null;
  /** Revision of the last acknowledged write; 0: never written. */
  revision: number;
  /** When the host last sent anything, cluster time. In memory only: whoever takes the game over counts from then. */
  hostHeardAt: number;
  readonly told: ToldMark;

  private constructor(rules: Rules<State, Command>, start: Start<State>) {
    const { snapshot, revision, sizeBytes, sizes, committed, clock, hostHeardAt, chance, told } = start;
    this.rules = rules;
    this.gameId = snapshot.gameId;
    this.stamp = snapshot.stamp;
    this.results = snapshot.results;
    this.state = snapshot.state;
    this.version = snapshot.version;
    this.commit = snapshot.commit;
    this.revision = revision;
    this.hostHeardAt = hostHeardAt;
    this.sizeBytes = sizeBytes;
    this.sizes = sizes;
    this.told = new ToldMark(told);
    this.attempts = new Attempts(rules, snapshot.results, sizes, chance);
    this.committed = committed ? new CommittedGame(rules, snapshot.state, snapshot.version) : null;
    if (committed) this.committedMark = this.mark;
    this.clock = new SessionClock(clock, this.mark, committed);
  }

  static create<State, Command>(
    rules: Rules<State, Command>,
    made: Made,
    command: CommandKey,
  ): { readonly kind: 'created'; readonly session: Session<State, Command> } | (Reply & { readonly kind: 'problem' }) {
    const outcome = startOfNew(rules, made, command);
    if (outcome.kind === 'rejected') return problemOf(outcome.code, outcome.detail, undefined);
    const session = new Session(rules, outcome.start);
    if (session.attempts.hasRoom(outcome.applied, session.trial(made.now))) return { kind: 'created', session };
    return { kind: 'problem', ...tooLarge(session.sizes) };
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
    return new Session(rules, startOfStored(rules, snapshot, from));
  }

  /** When its clock rings, cluster time; null if none runs, or not before the round's beginning is committed. */
  get deadline(): number | null {
    return this.clock.deadline;
  }

  /** What the next one who holds this session in memory has to know of its round, whichever state the store turns out to hold. */
  get clocks(): readonly RoundClock[] {
    return this.clock.known;
  }

  /** Time was set forward, `byMs` at once. */
  lengthen(byMs: number): void {
    this.clock.lengthen(byMs);
  }

  get idle(): boolean {
    return this.inFlight === null && this.committedMark === this.mark;
  }

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
    const { rules, state, stamp, commit } = this;
    const told = this.told.listed(() => rules.notices.newest(state));
    return { ...rules.summary(state), deadline: rules.deadline(state), epoch: stamp.epoch, commit, ...told };
  }

  /** How far a webhook was told is to be written, though nothing else is new. */
  keepTold(): void {
    if (this.told.isNews) this.mark += 1;
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
    const refused = refuseCommand(this.rules, this.state, command);
    if (refused !== null) return this.unwritten(refused.code, refused.detail);
    if ((command.keyed || command.again) && this.results.isTooLate(command.principal, command.receivedAt)) {
      if (command.waited || command.principal === JOINERS) return mayBeOld(this.mark);
      return this.store({ ...command, principal: late }, 'too_late', 'Over 96 commands were answered since it came.');
    }
    const outcome = this.attempt(command.input, now);
    if (outcome.kind === 'rejected') {
      const { code, detail, reason } = outcome;
      // A client that gave a key gets the same rejection again, so it is stored; another one is told what is so now.
      return command.keyed ? this.store(command, code, detail, reason) : this.unwritten(code, detail, reason);
    }
    this.change(outcome, now);
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
    return this.results.creation(command.principal, command);
  }

  /** Ends the running round if its time has come and it could be seen. True if it did. */
  ring(now: number): boolean {
    const { deadline } = this;
    if (deadline === null || deadline > now) return false;
    let outcome = this.attempt(this.rules.timeUp(this.state), now);
    // Without its actions it always has room.
    if (outcome.kind === 'rejected') {
      this.abandoned.push(this.attempts.failure ?? outcome.detail);
      outcome = this.rules.abandonRound(this.state, { now, version: this.version + 1 });
    }
    this.change(outcome, now);
    return true;
  }

  /** The next write, or null if one is in flight or nothing is new. */
  cut(written: Written): Cut | null {
    if (this.idle || this.inFlight !== null) return null;
    this.commit += 1;
    const { gameId, commit, version, state, results, stamp } = this;
    const value = encode(this.rules, { gameId, commit, version, state, results, stamp }, written);
    this.sizeBytes = value.length;
    this.inFlight = { mark: this.mark, state, version };
    const goesOn = this.clock.cut();
    const { revision: expected, records, abandoned, mark } = this;
    this.records = [];
    this.abandoned = [];
    const listing = this.listing();
    this.told.written();
    return { value, headers: listingHeaders(listing), listing, goesOn, expected, records, abandoned, mark };
  }

  /** The write in flight was acknowledged. There may be something new to write then. */
  landed(revision: number, now: number): void {
    if (this.inFlight === null) throw new Error(`session ${this.gameId} has no write in flight`);
    const { mark, state, version } = this.inFlight;
    this.inFlight = null;
    this.revision = revision;
    this.committedMark = mark;
    this.committed = new CommittedGame(this.rules, state, version);
    this.clock.landed();
    this.startClock(mark, now);
  }

  /** Everything up to `mark` is committed: if the running round's beginning is, its clock starts. */
  private startClock(mark: number, now: number): void {
    const late = this.clock.start(mark, now);
    if (late === null) return;
    const restarted = this.rules.restartClock(this.state, { now, version: this.version + 1 });
    if (restarted === this.state) return;
    this.change({ state: restarted }, now, true);
    // Should that never be stored, the round lasts until then all the same.
    this.clock.outlast(late, this.rules.deadline(restarted) ?? late.deadline);
  }

  private attempt(input: Command, now: number): RuleOutcome<State> {
    return this.attempts.attempt(this.state, input, this.trial(now));
  }

  private trial(now: number): Trial {
    return { now, version: this.version, hostHeardAt: this.hostHeardAt, sizeBytes: this.sizeBytes };
  }

  private change({ state, record }: Pick<Applied<State>, 'state' | 'record'>, now: number, isAgain = false): void {
    const deadline = this.rules.deadline(state);
    this.version += 1;
    this.mark += 1;
    // Two rounds may be due at the same millisecond: the first one's clock was started anew as it was ended.
    if (record !== undefined || deadline !== this.rules.deadline(this.state)) {
      this.clock.begin(deadline, now, this.mark, isAgain);
    }
    if (record !== undefined) this.records.push(record);
    this.state = state;
    this.sizeBytes += LARGEST_COMMAND_BYTES;
  }

  private store(command: SessionCommand<Command>, code: ErrorCode, detail: string, reason?: string): Verdict {
    this.mark += 1;
    this.record(command, outcomeOf(code, reason));
    return { reply: problemOf(code, detail, reason), after: this.mark, verify: false, written: true };
  }

  private record(command: CommandKey, outcome: string): void {
    this.results.record(command.principal, { ...command, version: this.version, outcome });
    this.results.shrinkTo(this.sizes.results);
  }

  private unwritten(code: ErrorCode, detail: string, reason?: string): Verdict {
    return { reply: problemOf(code, detail, reason), after: this.mark, verify: true, written: false };
  }

  private replyOf(input: Command, version: number, outcome: string): Reply {
    if (outcome !== '') return refusedBefore(outcome);
    const { status, body, grant } = this.rules.answer(input, version, this.state);
    return { kind: 'result', status, body: body === null ? '' : JSON.stringify(body), ...(grant && { grant }) };
  }
}
