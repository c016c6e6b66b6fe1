/**
 * A player of one game, as a client keeps it: the seat, the token, and what a player asks for.
 *
 * Role: each call is one attempt at one member; what came of it is for the test to judge.
 * Why not the client library: it asks until it is answered, wherever it is answered, and hides status, headers, keys and the member. Those are what
 * these tests judge, and they choose which member is asked. Whoever only follows a game takes followed.ts.
 */
import { randomUUID } from 'node:crypto';
import { expectStatus, type Reply, type SendOptions, send } from './client.ts';

export interface Seat {
  readonly gameId: string;
  readonly playerId: string;
  readonly token: string;
}

interface Creation {
  readonly key?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Null: the host does not play. */
  readonly displayName?: string | null;
}

/** Rounds that no clock ends during a test. */
const patientSettings = { roundSeconds: 604_800 };

const withoutToken = { token: null } as const;

export function tryToCreate(base: string, { key = randomUUID(), settings, displayName }: Creation = {}) {
  const name = displayName === null ? {} : { displayName: displayName ?? 'Ada' };
  const body = { settings: { ...patientSettings, ...settings }, ...name };
  return send(base, 'POST', '/v1/games', { ...withoutToken, key, body });
}

let guests = 0;

/** Nobody else is called that. */
export function guestName(): string {
  guests += 1;
  return `Guest ${guests}`;
}

export function tryToJoin(base: string, gameId: string, displayName = guestName(), key: string = randomUUID()) {
  return send(base, 'POST', `/v1/games/${gameId}/players`, { ...withoutToken, key, body: { displayName } });
}

/** The seat in an answer to a creation; fails unless it is 201. */
export function createdSeat(reply: Reply): Seat {
  const { game, playerId, token } = expectStatus(reply, 201) as Seat & { readonly game: { readonly id: string } };
  return { gameId: game.id, playerId, token };
}

/** The seat in an answer to a join; fails unless it is 201. */
export function joinedSeat(gameId: string, reply: Reply): Seat {
  const { playerId, token } = expectStatus(reply, 201) as Seat;
  return { gameId, playerId, token };
}

export class Player implements Seat {
  readonly gameId: string;
  readonly playerId: string;
  /** The newest one that this client knows. */
  token: string;

  constructor({ gameId, playerId, token }: Seat) {
    this.gameId = gameId;
    this.playerId = playerId;
    this.token = token;
  }

  /** Opens a lobby. */
  static async create(base: string, creation?: Creation): Promise<Player> {
    return new Player(createdSeat(await tryToCreate(base, creation)));
  }

  static async join(base: string, gameId: string, displayName?: string, key?: string): Promise<Player> {
    return new Player(joinedSeat(gameId, await tryToJoin(base, gameId, displayName, key)));
  }

  /** Any request below the address of the game. */
  ask(base: string, method: string, path: string, options: SendOptions = {}): Promise<Reply> {
    return send(base, method, `/v1/games/${this.gameId}${path}`, { token: this.token, ...options });
  }

  read(base: string): Promise<Reply> {
    return this.ask(base, 'GET', '');
  }

  events(base: string, after = 0): Promise<Reply> {
    return this.ask(base, 'GET', `/events?after=${after}&limit=500`);
  }

  round(base: string, round: number): Promise<Reply> {
    return this.ask(base, 'GET', `/rounds/${round}`);
  }

  ready(base: string, ready = true, key: string = randomUUID()): Promise<Reply> {
    return this.ask(base, 'POST', `/players/${this.playerId}/ready`, { key, body: { ready } });
  }

  /** Gives up the own seat, or (as host) sends `playerId` away. */
  leave(base: string, playerId = this.playerId, key: string = randomUUID()): Promise<Reply> {
    return this.ask(base, 'DELETE', `/players/${playerId}`, { key });
  }

  /** The newer token is this player's from then on. */
  async renew(base: string, key: string = randomUUID()): Promise<Reply> {
    const reply = await this.ask(base, 'POST', `/players/${this.playerId}/token`, { key });
    if (reply.status === 200) this.token = (reply.json as Seat).token;
    return reply;
  }

  changeSettings(base: string, settings: object, key: string = randomUUID()): Promise<Reply> {
    return this.ask(base, 'POST', '/settings', { key, body: { settings } });
  }

  start(base: string, key: string = randomUUID()): Promise<Reply> {
    return this.ask(base, 'POST', '/start', { key });
  }

  register(base: string, key: string = randomUUID()): Promise<Reply> {
    return this.ask(base, 'POST', '/actions', { key, body: { type: 'move', vector: { q: 1, r: -1 } } });
  }

  retract(base: string, actionId: string, key: string = randomUUID()): Promise<Reply> {
    return this.ask(base, 'DELETE', `/actions/${actionId}`, { key });
  }

  commit(base: string, round: number, key: string = randomUUID()): Promise<Reply> {
    return this.ask(base, 'POST', `/rounds/${round}/commit`, { key });
  }
}
