/**
 * What an owner answers to operations on the sessions of one slot.
 *
 * Role: reads, commands, creations, erasures; each once its session is in memory, or is certain not to be there.
 * Invariants:
 *  - "Not alive" is only said once the slot is listed and the lease is valid (I3).
 *  - After the slot is closed nothing is answered but "moved"; while it is frozen nothing is begun.
 */
import type { GameCommand } from '../../game/commands.ts';
import type { Trace } from '../../ports/tracing.ts';
import { refuseWithoutGame } from '../../session/permission.ts';
import type { Rejected } from '../../session/rules.ts';
import { Session } from '../../session/session.ts';
import type { Verdict } from '../../session/session-command.ts';
import type { ReadOperation } from '../contract/gateway.ts';
import {
  answerOf,
  type Beside,
  type HostAnswer,
  type Look,
  look,
  MOVED,
  problemAnswer,
  refused,
  type Starting,
  show,
  showStarted,
} from '../contract/host-answers.ts';
import { isIdle } from '../contract/list-filter.ts';
import type { RoutedCommand, RoutedOperation } from '../contract/rpc.ts';
import { ConcludedGames } from './concluded-games.ts';
import { drawing } from './drawing.ts';
import type { CommitOutcome, LiveSession } from './live-session.ts';
import { isHalfErased } from './session-items.ts';
import type { SessionLoader } from './session-loader.ts';
import type { SlotContext } from './slot-context.ts';
import type { SlotHold } from './slot-hold.ts';
import { SessionUnusable } from './troubles.ts';

const NOT_STORABLE = problemAnswer('game_not_storable', 'NATS takes no write as large as this game would be.');
/** Commands that may wait for one session's writes. */
const WAITING_COMMANDS = 1_000;

export class SlotAnswers<State> {
  private readonly context: SlotContext<State>;
  private readonly slot: number;
  private readonly hold: SlotHold;
  private readonly loader: SessionLoader<State>;
  private readonly concluded: ConcludedGames<State>;

  constructor(context: SlotContext<State>, slot: number, hold: SlotHold, loader: SessionLoader<State>) {
    this.context = context;
    this.slot = slot;
    this.hold = hold;
    this.loader = loader;
    this.concluded = new ConcludedGames(context, slot, hold, loader.items);
  }

  /** A strong read that needs no waiting: in memory, lease valid, check and read in one tick. Null if it has to wait. */
  readNow(operation: ReadOperation): HostAnswer | null {
    const live = this.loader.items.get(operation.gameId)?.live;
    if (!live?.session.committed || this.hold.isClosed || this.hold.isFrozen || !this.context.lease.valid()) {
      return null;
    }
    live.touchedAt = this.context.clock.monotonic();
    // Only players may be hosts, and what time it is takes longer to work out than most of a read.
    if (operation.caller.kind === 'player') live.session.hear(operation.caller, this.context.time.now());
    const presence = this.context.presenceOf(this.slot, operation.gameId);
    return show(this.context, live.session.committed, operation, { status: 200, presence });
  }

  /** `deadline`: cluster time; a command that could not begin until then is not applied. */
  async execute(operation: RoutedOperation, deadline: number): Promise<HostAnswer> {
    for (;;) {
      const found = await this.loader.find(operation.gameId).catch((error: unknown) => {
        if (error instanceof SessionUnusable) return error;
        throw error;
      });
      while (this.hold.freezing !== null) await this.hold.freezing;
      if (this.hold.isClosed) return MOVED;
      if (this.context.time.now() > deadline) return MOVED;
      // What cannot be read can be erased.
      if (operation.kind === 'erase') {
        const refusal = refuseWithoutGame(operation.caller, operation.may) ?? refusePlayed(found, operation.idleSince);
        return refusal === null ? this.erase(operation) : refused(refusal);
      }
      if (found instanceof SessionUnusable) {
        // What the store refuses now it may take before the request's time is up.
        return found.forGood
          ? problemAnswer('internal', 'This game cannot be read; the log of the server says why.')
          : MOVED;
      }
      if (found === 'absent') {
        const answer = await this.performAbsent(operation);
        if (answer !== null) return answer;
      } else if (!found.lost) {
        return this.perform(found, operation);
      }
    }
  }

  private async perform(
    live: LiveSession<State, GameCommand>,
    operation: Exclude<RoutedOperation, { kind: 'erase' }>,
  ): Promise<HostAnswer> {
    live.touchedAt = this.context.clock.monotonic();
    switch (operation.kind) {
      case 'read':
      case 'events':
      case 'state':
        return this.look(live, operation);
      case 'continue':
      case 'create':
        return this.startAlive(live, operation);
      case 'command': {
        if (live.waiting >= WAITING_COMMANDS) {
          return problemAnswer('session_overloaded', `${WAITING_COMMANDS} commands wait for this game already.`);
        }
        const { command, input, caller, may, trace } = operation;
        const verdict = live.session.submit({ ...command, input, caller, may }, this.context.time.now());
        return this.afterCommit(live, verdict, trace);
      }
    }
  }

  private async look(live: LiveSession<State, GameCommand>, operation: Look): Promise<HostAnswer> {
    const { session } = live;
    const seen = operation.kind === 'state' ? operation.host : operation.caller;
    if (seen !== undefined) session.hear(seen, this.context.time.now());
    if (operation.kind === 'read' && operation.consistency === 'eventual' && session.committed !== null) {
      return look(this.context, session.committed, operation, this.beside(operation, !this.context.lease.valid()));
    }
    const isVerified = await this.verified();
    return isVerified && !live.lost && session.committed !== null
      ? look(this.context, session.committed, operation, this.beside(operation))
      : MOVED;
  }

  private beside({ gameId }: Look, stale = false): Beside {
    return { stale, presence: this.context.presenceOf(this.slot, gameId) };
  }

  private async afterCommit(
    live: LiveSession<State, GameCommand>,
    verdict: Verdict,
    trace: Trace | undefined,
  ): Promise<HostAnswer> {
    const outcome = await live.commit(verdict.after, trace?.parent);
    if (outcome === 'refused' && verdict.written) return NOT_STORABLE;
    if (outcome !== 'committed') return notOurs(live, outcome);
    if (verdict.verify && !((await this.verified()) && !live.lost)) return MOVED;
    return answerOf(verdict.reply);
  }

  /** `continue_game` and the creation of a game that is there already. */
  private async startAlive(live: LiveSession<State, GameCommand>, operation: Starting): Promise<HostAnswer> {
    const first = live.session.findCreation(operation.command);
    // Whoever continues a game that is just being created is told once it is.
    const outcome = await live.commit(1);
    if (outcome !== 'committed') return notOurs(live, outcome);
    const { committed } = live.session;
    if (!(await this.verified()) || live.lost || committed === null) return MOVED;
    return showStarted(this.context, committed, operation, first, this.context.time.now());
  }

  /** No session is there: it may have to be made, may be over, or may never have been. Null: look again. */
  private async performAbsent(operation: Exclude<RoutedOperation, { kind: 'erase' }>): Promise<HostAnswer | null> {
    const { gameId } = operation;
    const end = await this.concluded.findEnd(gameId);
    if (end === 'unknown' || this.hold.isClosed) return MOVED;
    if (end === 'frozen' || this.hold.isFrozen) return null;
    if (end !== 'none') {
      if (!(await this.verified())) return this.hold.isFrozen ? null : MOVED;
      return this.concluded.perform(end, operation);
    }
    const isStarting = operation.kind === 'create' || operation.kind === 'continue';
    if (isStarting && (operation.document ?? null) !== null) {
      return this.create(operation);
    }
    if (await this.verified()) return problemAnswer('game_not_alive', `No game ${gameId} is alive.`);
    // Unless it is frozen, the lease will never be valid again.
    return this.hold.isFrozen ? null : MOVED;
  }

  /** Null: somebody else has made the key meanwhile; look again. */
  private async create(operation: Starting): Promise<HostAnswer | null> {
    const { gameId, caller, may, document, origin, command, trace } = operation;
    const { loader } = this;
    const refusal = refuseWithoutGame(caller, may);
    if (refusal !== null) return refused(refusal);
    const item = loader.items.of(gameId);
    if (item.loading !== null) {
      // It may be being erased, for which nobody else waits.
      await item.loading;
      return null;
    }
    const isThere = item.live !== null || (item.revision > 0 && !item.deleted);
    if (isThere) return null;
    // What is left of the game before would be taken for this one's.
    if (isHalfErased(item)) return (await loader.erase(gameId)) ? null : MOVED;
    const now = this.context.time.now();
    const { largestValue } = this.context.store;
    const chance = { draw: drawing(this.context), moduleWritten: () => this.context.written().module };
    const from = {
      gameId,
      document,
      origin,
      now,
      stamp: this.context.stamp,
      expected: item.revision,
      largestValue,
      isTold: this.context.outbox !== null,
      ...chance,
    };
    const made = Session.create(this.context.rules, from, command);
    if (made.kind === 'problem') {
      if (item.revision === 0) loader.items.forget(gameId);
      return answerOf(made);
    }
    let conflict = false;
    const live = loader.memory.made(item, made.session, (cause) => {
      conflict = cause.kind === 'conflict';
    });
    const outcome: CommitOutcome = await live.commit(1, trace?.parent);
    if (conflict && !this.hold.isClosed) return null;
    if (outcome === 'refused') {
      if (item.revision === 0) loader.items.forget(gameId);
      return NOT_STORABLE;
    }
    if (outcome !== 'committed') return notOurs(live, outcome);
    const founded = live.founded();
    if (founded !== true && !((await founded) && !this.hold.isClosed && !this.hold.isFrozen)) {
      return { kind: 'moved', uncertain: true };
    }
    const { committed } = live.session;
    return committed === null
      ? { kind: 'moved', uncertain: true }
      : showStarted(this.context, committed, operation, 'created', this.context.time.now());
  }

  private async erase({ gameId }: Extract<RoutedCommand, { kind: 'erase' }>): Promise<HostAnswer> {
    const isErased = await this.loader.erase(gameId);
    return isErased && (await this.verified())
      ? { kind: 'answer', status: 204, body: '' }
      : { kind: 'moved', uncertain: true };
  }

  private async verified(): Promise<boolean> {
    return (
      (this.context.lease.valid() || (await this.context.lease.ensure())) && !this.hold.isClosed && !this.hold.isFrozen
    );
  }
}

/** The game is somebody else's, or is read anew: a command that was `uncertain` may be part of what is stored. */
function notOurs({ cause }: { readonly cause: string | null }, outcome: 'uncertain' | 'refused' | 'lost'): HostAnswer {
  return { kind: 'moved', uncertain: outcome === 'uncertain', ...(cause !== null && { cause }) };
}

/** Why a game may not be erased that nobody was to have played since then (wall ms); what is not there, nobody has. */
function refusePlayed<State>(
  found: LiveSession<State, GameCommand> | SessionUnusable | 'absent',
  since: number | undefined,
): Rejected | null {
  if (since === undefined || found === 'absent') return null;
  if (!(found instanceof SessionUnusable) && isIdle(found.session.listing(), since)) return null;
  return { kind: 'rejected', code: 'game_not_idle', detail: 'Somebody has played this game since then.' };
}
