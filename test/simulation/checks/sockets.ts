/**
 * Judges what sockets show as it arrives.
 *
 * Checked: versions only rise, and each state is one that has landed (I2); a game that is there is not said to be gone, nor to start over
 * without a loss (I3); no socket falls behind by more than it may, nor stays with what the store has lost, while the world is calm
 * (`liveness`).
 * Why looking at the moments of change is enough: a socket shows the same until the next state comes, so if it ever was behind for too long
 * it is so when that comes, when it closes, or in the end.
 */
import { tableOf } from '../world/table-game.ts';
import type { Seen, SeenEvent, Socket } from '../world/witness.ts';
import type { GameLog } from './game-log.ts';
import type { GameTruth } from './game-truth.ts';
import { ms } from './operation.ts';
import { judgeState } from './shown-state.ts';

interface Open {
  readonly socket: Socket;
  readonly log: GameLog;
  /** Whether anybody had been told of the game before. */
  readonly wasThere: boolean;
  version: number;
  /** Since when what it shows is above what the store holds; null: it is not. */
  lostAt: number | null;
}

export class Sockets {
  readonly #truth: GameTruth;
  readonly #now: () => number;
  readonly #open = new Map<string, Open>();
  #mostStaleMs: number | null = null;
  #calmSince = 0;

  constructor(truth: GameTruth, now: () => number) {
    this.#truth = truth;
    this.#now = now;
  }

  /** From now on no socket may show what was replaced longer ago than that. Null: faults are on, nothing is expected. */
  expectWithin(mostStaleMs: number | null): void {
    for (const open of this.#open.values()) this.#checkFresh(open, this.#now());
    this.#mostStaleMs = mostStaleMs;
    this.#calmSince = this.#now();
  }

  opened(socket: Socket): void {
    const log = this.#truth.log(socket.gameId);
    if (this.#open.has(socket.name)) throw new Error(`socket ${socket.name} is open already`);
    const { since: version, openedAt } = socket;
    const lostAt = version > log.version ? openedAt : null;
    this.#open.set(socket.name, { socket, log, wasThere: log.shown.version > 0, version, lostAt });
  }

  saw({ name }: Socket, { at, version, reset, game }: Seen): void {
    const open = this.#open.get(name);
    if (open === undefined) throw new Error(`socket ${name} is not open`);
    this.#checkFresh(open, at);
    const { socket, log } = open;
    if (game === null) {
      this.#gone(open, at);
      // After a loss of writes it may be made anew.
      open.version = 0;
      return;
    }
    if (reset) {
      if (log.rollbacks === 0) this.#report('I3', open, `starts over at ${ms(at)}, but nothing of the game was lost`);
    } else if (version <= open.version) {
      this.#report('I2', open, `shows version ${version} at ${ms(at)}, after version ${open.version}`);
    }
    const who = `${label(open)} at ${ms(at)}`;
    const verdict = judgeState(this.#truth.violations, log, { viewer: socket.viewer, version, game }, who);
    open.version = version;
    open.lostAt = verdict === 'lost' && version > log.version ? at : null;
    if (verdict === 'held') log.show(version, `${label(open)} had shown at ${ms(at)}`);
  }

  /** Events come one after the other, on one connection and over all of them; unless what was between was lost. */
  sawEvent({ name }: Socket, { at, seq, after }: SeenEvent): void {
    const open = this.#open.get(name);
    if (open === undefined) throw new Error(`socket ${name} is not open`);
    if (after === null || seq === after + 1 || open.log.rollbacks > 0) return;
    this.#report('contract', open, `tells event ${seq} at ${ms(at)}, after event ${after}`);
  }

  closed({ name }: Socket, at: number): void {
    const open = this.#open.get(name);
    if (open === undefined) throw new Error(`socket ${name} is not open`);
    this.#checkFresh(open, at);
    this.#open.delete(name);
  }

  /** The store forgot something: what sockets show may be gone with it. */
  rolledBack(): void {
    for (const open of this.#open.values()) if (open.version > open.log.version) open.lostAt = this.#now();
  }

  /** After a calm of at least `mostStaleMs`: what landed before that is shown by every socket that was open all the time. */
  checkSettled(mostStaleMs: number): void {
    for (const open of this.#open.values()) this.#checkShows(open, this.#now(), mostStaleMs);
  }

  #gone(open: Open, at: number): void {
    const { log, version, wasThere } = open;
    if (isOver(log)) return;
    if (log.rollbacks > 0 || (!wasThere && version === 0)) return;
    this.#report(
      'I3',
      open,
      `says at ${ms(at)} that there is no such game, but ${version > 0 ? `showed version ${version}` : 'there was when it was opened'}`,
    );
  }

  #checkFresh(open: Open, at: number): void {
    if (this.#mostStaleMs === null || at - this.#mostStaleMs < this.#calmSince) return;
    this.#checkShows(open, at, this.#mostStaleMs);
  }

  #checkShows(open: Open, at: number, mostStaleMs: number): void {
    const { socket, log, version, lostAt } = open;
    if (isOver(log)) return;
    if (at - mostStaleMs < Math.max(socket.openedAt, lostAt ?? 0)) return;
    const newest = log.newestAt(at - mostStaleMs);
    const shows = `still shows version ${version} at ${ms(at)}`;
    if (lostAt !== null && version > log.version) {
      const there = `the store has had version ${log.version} since it lost some at ${ms(lostAt)}`;
      this.#report('liveness', open, `${shows}; ${there}`);
    } else if (version < newest) {
      const landedAt = log.landedAs(newest)?.at ?? Number.NaN;
      this.#report('liveness', open, `${shows}; version ${newest} landed at ${ms(landedAt)}`);
    }
  }

  #report(promise: string, open: Open, what: string): void {
    this.#truth.violations.report(promise, `game ${open.socket.gameId}: ${label(open)} ${what}`);
  }
}

/** Whoever follows it is told that it lives no more. */
function isOver({ end, stored }: GameLog): boolean {
  return end !== null || tableOf(stored?.state)?.status === 'concluded';
}

function label({ socket }: Open): string {
  return `socket ${socket.name} at ${socket.at}`;
}
