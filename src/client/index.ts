/**
 * The client library, `minotaur/client`: a seat at a game that outlives servers, sockets and networks.
 *
 * Role: how a seat is got. It runs in browsers and in Node.js 20 or newer, and depends on nothing.
 */
import { type Host, hostOf } from './host.ts';
import { Match } from './match.ts';
import type { Seat } from './protocol.ts';
import { Requests } from './requests.ts';
import { Watch } from './watch.ts';

export type { Command } from './command.ts';
export type { Resumed, Via } from './feed.ts';
export type { Host, Socket, SocketClass } from './host.ts';
export type { Actions, Match, Registered } from './match.ts';
export type { Game, GameEvent, Player, Presence, Problem, Rematch, RoundRecord, Seat } from './protocol.ts';
export { Refused, Stopped } from './requests.ts';
export { createUseMatch } from './use-match.ts';
export { type Clock, Ended, type Update, type View, type Watch } from './watch.ts';

export interface Opening {
  /** Absent: the host does not play. */
  readonly displayName?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface Server<Module> {
  /** Opens a lobby. */
  create(opening?: Opening): Promise<Match<Module>>;
  /** By the code of a game, however it was typed. */
  join(code: string, displayName: string): Promise<Match<Module>>;
  /** A seat that was kept. */
  rejoin(seat: Seat): Match<Module>;
  /** As a spectator, without a seat: what anybody may see of a game whose `settings.spectators` is true. */
  watch(gameId: string): Watch<Module>;
}

/** `bases`: addresses of the servers, or of their balancer, as `https://play.example`; any of them will do. */
export function minotaur<Module = unknown>(
  bases: string | readonly string[],
  given: Partial<Host> = {},
): Server<Module> {
  const host = hostOf(given);
  const all = [bases].flat().map((base) => base.replace(/\/+$/, ''));
  const requests = new Requests(host, all);
  const rejoin = (seat: Seat) => new Match<Module>(host, all, requests, seat);
  const seatBy = async (path: string, body: object) => {
    const answer = await requests.persist({ method: 'POST', path, body, key: host.key() });
    const { gameId, game, playerId, token } = answer as Seat & { readonly game?: { readonly id: string } };
    return rejoin({ gameId: game?.id ?? gameId, playerId, token });
  };
  return {
    create: (opening = {}) => seatBy('/v1/games', opening),
    join: (code, displayName) => seatBy('/v1/join', { code, displayName }),
    rejoin,
    watch: (gameId) => new Watch<Module>(host, all, { gameId, token: null }),
  };
}
