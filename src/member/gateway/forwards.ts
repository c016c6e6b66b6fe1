/**
 * What this gateway may have under way at each other member, and whose turn it is.
 *
 * Role: every forward asks for a turn, and is sent when that begins; pure queueing, without time.
 * Why: forwards and their answers share one connection to NATS with the renewals of both members. A renewal waits behind what was asked for
 * before it, so what is asked for at once is bounded, at the one place that knows of it before it exists.
 * Invariants:
 *  - To one owner at most `FORWARDS_AT_ONCE` forwards are under way, and `BYTES_AT_ONCE` bytes of expected answers; one forward is let through
 *    however large its answer. An answer is expected to be as large as the last one about that game.
 *  - Of one game at most `WAITING_OF_A_GAME` forwards wait, for one owner at most `WAITING_FOR_AN_OWNER`; the next is refused, unsent.
 *  - Games take turns: one that is asked for very often does not hold up the others.
 */
export const FORWARDS_AT_ONCE = 256;
export const BYTES_AT_ONCE = 4 * 1024 * 1024;
export const WAITING_OF_A_GAME = 256;
export const WAITING_FOR_AN_OWNER = 4_096;
const GAMES_REMEMBERED = 10_000;

export interface Turn {
  /** Resolves when the forward may be sent; null: it may be now. */
  readonly begun: Promise<'begun'> | null;
  /** Its answer came, and took so many bytes. */
  answered(bytes: number): void;
  /** It is over, or was given up while it waited. To be called once. */
  end(): void;
}

interface Waiting {
  readonly bytes: number;
  readonly begin: () => void;
}

interface Lane {
  underWay: number;
  bytes: number;
  waiting: number;
  /** Those that wait, by game; the game whose turn is next comes first. */
  readonly games: Map<string, Set<Waiting>>;
}

export class Forwards {
  private readonly lanes = new Map<string, Lane>();
  /** Of the last answer about each game; the game that was answered longest ago comes first. */
  private readonly answerBytes = new Map<string, number>();

  /** A turn at `owner` (a member's key) for a request about a game; null: too many wait already. */
  ask(owner: string, gameId: string): Turn | null {
    const lane = this.lanes.get(owner) ?? { underWay: 0, bytes: 0, waiting: 0, games: new Map() };
    this.lanes.set(owner, lane);
    const bytes = this.answerBytes.get(gameId) ?? 0;
    if (lane.waiting === 0 && hasRoom(lane, bytes)) {
      begin(lane, bytes);
      return this.turn(owner, lane, gameId, bytes, null);
    }
    const queue = lane.games.get(gameId) ?? new Set();
    if (queue.size >= WAITING_OF_A_GAME || lane.waiting >= WAITING_FOR_AN_OWNER) return null;
    return this.wait(owner, lane, gameId, bytes, queue);
  }

  private wait(owner: string, lane: Lane, gameId: string, bytes: number, queue: Set<Waiting>): Turn {
    const { promise, resolve } = Promise.withResolvers<'begun'>();
    const waiting = { bytes, begin: () => resolve('begun') };
    queue.add(waiting);
    lane.games.set(gameId, queue);
    lane.waiting += 1;
    return this.turn(owner, lane, gameId, bytes, { begun: promise, waiting });
  }

  private turn(
    owner: string,
    lane: Lane,
    gameId: string,
    bytes: number,
    queued: { readonly begun: Promise<'begun'>; readonly waiting: Waiting } | null,
  ): Turn {
    return {
      begun: queued?.begun ?? null,
      answered: (answerBytes) => this.remember(gameId, answerBytes),
      end: () => {
        if (queued !== null && leave(lane, gameId, queued.waiting)) return this.tidy(owner, lane);
        lane.underWay -= 1;
        lane.bytes -= bytes;
        beginNext(lane);
        this.tidy(owner, lane);
      },
    };
  }

  private remember(gameId: string, bytes: number): void {
    this.answerBytes.delete(gameId);
    this.answerBytes.set(gameId, bytes);
    if (this.answerBytes.size <= GAMES_REMEMBERED) return;
    for (const oldest of this.answerBytes.keys()) {
      this.answerBytes.delete(oldest);
      break;
    }
  }

  private tidy(owner: string, lane: Lane): void {
    if (lane.underWay === 0 && lane.waiting === 0) this.lanes.delete(owner);
  }
}

function hasRoom(lane: Lane, bytes: number): boolean {
  return lane.underWay === 0 || (lane.underWay < FORWARDS_AT_ONCE && lane.bytes + bytes <= BYTES_AT_ONCE);
}

function begin(lane: Lane, bytes: number): void {
  lane.underWay += 1;
  lane.bytes += bytes;
}

/** False if its turn has begun. */
function leave(lane: Lane, gameId: string, waiting: Waiting): boolean {
  const queue = lane.games.get(gameId);
  if (queue?.delete(waiting) !== true) return false;
  lane.waiting -= 1;
  if (queue.size === 0) lane.games.delete(gameId);
  return true;
}

function beginNext(lane: Lane): void {
  for (const [gameId, queue] of lane.games) {
    for (const waiting of queue) {
      if (!hasRoom(lane, waiting.bytes)) return;
      leave(lane, gameId, waiting);
      begin(lane, waiting.bytes);
      waiting.begin();
      break;
    }
    // Back to the end of the line.
    if (lane.games.delete(gameId)) lane.games.set(gameId, queue);
  }
}
