/**
 * What the platform says of any game, in words. Pure.
 */
import type { Game, Player, Update } from '../../client/index.ts';

export interface Turn {
  readonly players: readonly string[];
  /** When the round is resolved: all are done, all have acted, or the first one has. */
  readonly ends?: 'done' | 'all' | 'first';
}

export interface Outcome {
  readonly winners: readonly string[];
  readonly reason?: string;
}

export interface Shown {
  readonly module: string | null;
  readonly headline: string;
  readonly isMyTurn: boolean;
  readonly isHost: boolean;
  readonly turn: Turn | null;
  /** Absent: it goes on. */
  readonly outcome: Outcome | null | undefined;
  readonly stateOf: (player: Player) => string;
}

/** Player id → name. */
export function namesOf({ players }: Update): ReadonlyMap<string, string> {
  return new Map(players.map(({ id, displayName }) => [id, displayName]));
}

export function shownOf(update: Update, me: string): Shown {
  const { game } = update;
  const turn = (game.turn ?? null) as Turn | null;
  const outcome = game.status === 'concluded' ? ((game.outcome ?? null) as Outcome | null) : undefined;
  const inTurn = (id: string) => turn === null || turn.players.includes(id);
  const mine = update.players.find(({ id }) => id === me);
  const isMyTurn = game.status === 'active' && mine !== undefined && inTurn(me) && !mine.done;
  const module = (game.module ?? null) as { readonly name: string } | null;
  return {
    module: module?.name ?? null,
    isMyTurn,
    isHost: game.host === me,
    turn,
    outcome,
    headline: headlineOf(update, outcome, isMyTurn, inTurn),
    stateOf: (player) => stateOf(player, game.status === 'active' && inTurn(player.id), game.host === player.id),
  };
}

function headlineOf(
  update: Update,
  outcome: Outcome | null | undefined,
  isMyTurn: boolean,
  inTurn: (id: string) => boolean,
): string {
  const { game, players } = update;
  if (game.status === 'lobby') return `In the lobby: ${listed(players.map(({ displayName }) => displayName))}`;
  if (outcome !== undefined) return ending(outcome, namesOf(update));
  if (isMyTurn) return `Round ${game.round}: your turn`;
  const awaited = players.filter(({ id, done, bot, away, left }) => inTurn(id) && !done && !bot && !away && !left);
  const names = awaited.map(({ displayName }) => displayName);
  return `Round ${game.round}: ${names.length === 0 ? 'the clock decides' : `waiting for ${listed(names)}`}`;
}

/** For who has no seat. */
export function headlineOutside({ status, round }: Game): string {
  if (status === 'lobby') return 'It has not begun';
  return status === 'active' ? `Round ${round}` : `It is over, after ${round} ${round === 1 ? 'round' : 'rounds'}`;
}

function ending(outcome: Outcome | null, names: ReadonlyMap<string, string>): string {
  if (outcome === null) return 'The game is over';
  const reason = outcome.reason === undefined ? '' : ` (${outcome.reason.replaceAll('_', ' ')})`;
  const winners = outcome.winners.map((id) => names.get(id) ?? id);
  return `The game is over: ${winners.length === 0 ? 'nobody won' : `${listed(winners)} won`}${reason}`;
}

function stateOf({ ready, done, bot, away, left }: Player, isInTurn: boolean, isHost: boolean): string {
  const said = [
    isHost && 'host',
    bot && 'bot',
    left ? 'left' : away && 'away',
    done ? 'done' : isInTurn ? 'in turn' : ready && 'ready',
  ];
  return said.filter(Boolean).join(', ');
}

/** As `Ada, Grace and Linus`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? 'nobody') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
