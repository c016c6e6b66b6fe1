/**
 * Looking for the rematch of a game: which of the games that it may be goes on.
 *
 * Why all are looked at before one is opened: any of them may have been erased, and what was erased looks like what never was.
 * Invariants:
 *  - All who look find the same one while that goes on: the first that is not over, and did not begin without them. A lobby that everybody left
 *    is over.
 *  - What is over never goes on again. In one that all who played have left, whoever else is there, none of them is seated any more (lobby.ts).
 *  - What is opened comes after all that are there: whoever looks a moment sooner or later opens the same one.
 */
import type { Answer } from '../../member/contract/gateway.ts';
import type { Trace } from '../../ports/tracing.ts';
import { ADMIN, type Permission } from '../../session/permission.ts';
import { type Played, rematchId } from '../edge/derived-ids.ts';
import type { Edge } from '../edge/edge.ts';
import { hasCode } from './perform.ts';

/** Rematches of one game. */
export const MOST = 6;
export const anyone: Permission = ['anyone'];

/** Who played the game before, and who of them asks. */
export interface Party {
  readonly played: Played;
  readonly me: string;
  readonly roster: ReadonlySet<string>;
  readonly trace: Trace;
}

/** A game that may be the rematch, as the edge itself sees it. */
export interface NewGame {
  readonly status: 'lobby' | 'active' | 'concluded';
  readonly host: string | null;
  readonly players: Readonly<Record<string, { readonly left?: boolean }>> | null;
}

/** A rematch that goes on. */
export interface Going {
  readonly gameId: string;
  readonly game: NewGame;
}

/** `none`: those that are `there` are over, or `begun` without the one who asks, and the `next` may be opened, if not above `MOST`. */
export type Found =
  | { readonly kind: 'failed'; readonly answer: Answer }
  | (Going & { readonly kind: 'found'; readonly attempt: number; readonly owner: string | null })
  | {
      readonly kind: 'none';
      readonly next: number;
      readonly there: readonly string[];
      readonly begun: Going | null;
      readonly owner: string | null;
    };

export async function searchRematch(edge: Edge, { played, roster, me, trace }: Party): Promise<Found> {
  let next = 1;
  const there: string[] = [];
  let begun: Going | null = null;
  let owner: string | null = null;
  for (let attempt = 1; attempt <= MOST; attempt += 1) {
    const gameId = rematchId(played, attempt);
    const answer = await read(edge, gameId, trace);
    owner = answer.owner;
    if (hasCode(answer, 'game_not_alive')) continue;
    if (answer.status !== 200) return { kind: 'failed', answer };
    const game = gameOf(answer);
    const goesOn = game.status !== 'concluded' && isOurs(game, roster);
    if (goesOn && (game.status === 'lobby' || isIn(game, me))) return { kind: 'found', attempt, gameId, game, owner };
    if (goesOn) begun = { gameId, game };
    next = attempt + 1;
    there.push(gameId);
  }
  return { kind: 'none', next, there, begun, owner };
}

export function isIn({ players }: NewGame, playerId: string): boolean {
  const seat = players?.[playerId];
  return seat !== undefined && !seat.left;
}

/** As administrators see it: who is in it is the edge's to know here, not the client's. */
function read(edge: Edge, gameId: string, trace: Trace): Promise<Answer> {
  return edge.gateway.execute({ kind: 'read', gameId, caller: ADMIN, may: anyone, consistency: 'strong', trace });
}

function gameOf({ body }: Answer): NewGame {
  return (JSON.parse(body) as { readonly game: NewGame }).game;
}

/** Ids have 40 bits: another game may have this one by chance. */
function isOurs({ host, players }: NewGame, roster: Party['roster']): boolean {
  return [...(host === null ? [] : [host]), ...Object.keys(players ?? {})].some((id) => roster.has(id));
}
