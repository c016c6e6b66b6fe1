/**
 * A client's socket: one game watched through one member after another.
 *
 * Role: what the edge and the client's SDK do with `watch`: updates leave the member's process in order, a socket whose process ends or
 * drains is closed, and opened again elsewhere after a pause.
 * Invariants:
 *  - At most one connection at a time; after `closed` nothing more is seen on it.
 *  - What a process would have sent after its death is not seen.
 */
import type { GameUpdate } from '../../../src/member/contract/gateway.ts';
import type { NumberedEvent, Viewer } from '../../../src/session/rules.ts';
import type { Random } from '../../support/seeded.ts';
import type { MemberHost } from '../world/member-host.ts';
import { between, chance } from '../world/streams.ts';
import type { Socket } from '../world/witness.ts';
import type { DeliveryContext } from './delivery.ts';
import { callerOf } from './operations.ts';

const LATENCY_MS = 2;
const OPENING_MS = 5_000;
/** How often a member's edge looks whether it drains, and how long it takes to close its sockets then. */
const DRAIN_LOOK_MS = 250;
const DRAIN_MS = 1_000;
const LEAST_PAUSE_MS = 10;
const MOST_PAUSE_MS = 2_000;
/** The mean time after which a client leaves by itself. */
const LIFE_MS = 20_000;

interface Connection {
  readonly host: MemberHost;
  /** Null: not open yet. */
  socket: Socket | null;
  /** The newest version that was sent on it. */
  version: number;
  /** The newest version that the client had when it was opened; 0 since versions started over. */
  since: number;
  isOver: boolean;
  diedAt: number;
  /** When the last update gets to the client. */
  lastAt: number;
  /** Ends the watch: for the process. */
  unwatch: () => void;
  forget: () => void;
}

export class ClientSocket {
  readonly #context: DeliveryContext;
  readonly #name: string;
  readonly #gameId: string;
  readonly #viewer: Viewer;
  readonly #random: Random;
  /** The newest version that the client has seen; 0: none yet. */
  #since = 0;
  /** The last event that the client has seen; null: none yet. */
  #after: number | null = null;
  #connection: Connection | null = null;
  #isClosed = false;

  constructor(context: DeliveryContext, name: string, gameId: string, viewer: Viewer) {
    this.#context = context;
    this.#name = name;
    this.#gameId = gameId;
    this.#viewer = viewer;
    this.#random = context.streams.get(`socket ${name}`);
  }

  begin(): void {
    const pauseMs = between(this.#random, LEAST_PAUSE_MS, MOST_PAUSE_MS);
    this.#context.timeline.after(pauseMs, () => void this.#open());
  }

  /** For good. */
  close(): void {
    this.#isClosed = true;
    if (this.#connection !== null) this.#end(this.#connection);
  }

  async #open(): Promise<void> {
    if (this.#isClosed) return;
    const { balancer, around, front, timeline, tally } = this.#context;
    const random = this.#random;
    const host = chance(random, around) ? balancer.chooseAny(random) : balancer.choose(random);
    if (host === null) return this.begin();
    const connection = connect(host);
    this.#connection = connection;
    const reply = await front.request(host, () => this.#watch(connection), OPENING_MS);
    if (reply.kind !== 'answer') {
      tally.count(`socket ${reply.kind}`);
      return this.#end(connection);
    }
    const lifeMs = -Math.log(1 - random()) * LIFE_MS;
    timeline.after(lifeMs, () => this.#end(connection));
    this.#lookForDrain(connection);
  }

  /** In the process. */
  #watch(connection: Connection): void {
    // The client has given it up before the process took it.
    if (connection.isOver) return;
    const { timeline, witness, tally } = this.#context;
    const { host } = connection;
    const { process } = host;
    const openedAt = process.trueNow;
    const since = this.#since;
    connection.since = since;
    const socket = { name: this.#name, gameId: this.#gameId, viewer: this.#viewer, at: host.name, openedAt, since };
    connection.socket = socket;
    connection.forget = process.onDeath(() => {
      connection.diedAt = timeline.monotonic();
      timeline.after(this.#random() * LATENCY_MS, () => this.#end(connection));
    });
    tally.count('sockets opened');
    witness.opened(socket);
    const subject = { gameId: this.#gameId, caller: callerOf(this.#viewer), since, after: this.#after };
    connection.unwatch = host.member.watch(subject, (update) => this.#send(connection, update));
  }

  /** In the process: an update leaves it when it gets so far. */
  #send(connection: Connection, update: GameUpdate): void {
    const { timeline, tally } = this.#context;
    const leavesAt = connection.host.process.trueNow;
    const at = Math.max(connection.lastAt, leavesAt + this.#random() * LATENCY_MS);
    connection.lastAt = at;
    timeline.at(at, () => {
      if (connection.isOver || connection.socket === null || leavesAt > connection.diedAt) return;
      tally.count('updates seen');
      this.#receive(connection, connection.socket, update, at);
    });
  }

  #receive(connection: Connection, socket: Socket, update: GameUpdate, at: number): void {
    const { witness } = this.#context;
    if (update.kind === 'presence') return;
    if (update.kind !== 'state') {
      this.#startOver(connection);
      witness.saw(socket, { at, version: 0, reset: false, game: null });
      return;
    }
    const { version, reset } = update;
    if (reset) {
      this.#context.tally.count('sockets started over');
      this.#startOver(connection);
      this.#after = null;
    }
    for (const text of update.events) {
      const { seq } = JSON.parse(text) as NumberedEvent;
      witness.sawEvent(socket, { at, seq, after: this.#after });
      this.#after = seq;
    }
    // The same state again brings events that did not fit with it before.
    if (version <= connection.version && update.events.length > 0) return;
    connection.version = version;
    // The edge does not send what the client has.
    if (version <= connection.since) return;
    this.#since = version;
    witness.saw(socket, { at, version, reset, game: JSON.parse(update.game) });
  }

  #startOver(connection: Connection): void {
    connection.version = 0;
    connection.since = 0;
    this.#since = 0;
  }

  #lookForDrain(connection: Connection): void {
    const { timeline, tally } = this.#context;
    const { process, member } = connection.host;
    timeline.after(DRAIN_LOOK_MS, () => {
      if (connection.isOver) return;
      if (!process.awake || !member.draining) return this.#lookForDrain(connection);
      tally.count('sockets drained');
      timeline.after(this.#random() * DRAIN_MS, () => this.#end(connection));
    });
  }

  /** Both ends let go, and the client opens another one. */
  #end(connection: Connection): void {
    if (connection.isOver) return;
    connection.isOver = true;
    connection.forget();
    const { timeline, witness } = this.#context;
    if (connection.socket !== null) witness.closed(connection.socket, timeline.monotonic());
    const { process } = connection.host;
    timeline.after(this.#random() * LATENCY_MS, () => process.enter(() => connection.unwatch()));
    this.#connection = null;
    if (!this.#isClosed) this.begin();
  }
}

function connect(host: MemberHost): Connection {
  const nothing = () => undefined;
  const never = Number.POSITIVE_INFINITY;
  return {
    host,
    socket: null,
    version: 0,
    since: 0,
    isOver: false,
    diedAt: never,
    lastAt: 0,
    unwatch: nothing,
    forget: nothing,
  };
}
