/**
 * Who may follow a game, over a socket or a stream: asked once, before anything of it is told.
 *
 * Role: a strong read decides whether the game is alive and the token holds; whoever has none is a spectator where the game admits them.
 * Why the edge looks that up itself: owners of before there were spectators know no such permission, and answer what anyone may read.
 */
import type { Answer } from '../../member/contract/gateway.ts';
import { requirePermission } from '../edge/auth.ts';
import type { Edge } from '../edge/edge.ts';
import { RequestProblem } from '../edge/problem-reply.ts';
import type { SocketSubject } from './socket.ts';

export interface Admission {
  /** What was read, or a refusal; if nobody can tell now (503), the watch will. */
  readonly answer: Answer;
  /** Gives back what it takes to follow the game. */
  readonly release: () => void;
}

/** Throws 401 or 429 where a spectator is not let in. */
export async function admission(edge: Edge, { gameId, caller, trace }: SocketSubject): Promise<Admission> {
  const { gateway, spectators, refusals } = edge;
  const consistency = 'strong';
  if (caller.kind !== 'public') {
    const answer = await gateway.execute({ kind: 'read', gameId, caller, may: mayWatch, consistency, trace });
    return { answer, release: () => undefined };
  }
  const answer = await gateway.execute({ kind: 'read', gameId, caller, may: ['anyone'], consistency, trace });
  if (answer.status === 404 || (answer.status === 200 && !admitsSpectators(answer)))
    requirePermission(caller, mayWatch);
  if (!spectators.admit(gameId)) {
    refusals.count('spectators_per_game');
    throw new RequestProblem('too_many_requests', 'too many spectators of this game at this member');
  }
  return { answer, release: () => spectators.release(gameId) };
}

const mayWatch = ['player', 'admin'] as const;

function admitsSpectators({ body }: Answer): boolean {
  const { game } = JSON.parse(body) as { readonly game: { readonly spectators?: boolean } };
  return game.spectators === true;
}
