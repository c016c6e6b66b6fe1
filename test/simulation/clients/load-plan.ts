/**
 * What the clients of a world do: a JSON value, drawn from the seed.
 */
import type { Random } from '../../support/seeded.ts';
import type { GameDocument } from '../world/game.ts';
import { between, chance } from '../world/streams.ts';
import type { TableGame } from '../world/table-game.ts';

export interface LoadPlan {
  /** How many there will be: `G0`, `G1`, …, most of them in the first seconds. */
  readonly games: number;
  readonly clients: number;
  readonly sockets: number;
  /** Who look at lists of games and at rounds that are over. */
  readonly browsers: number;
  /** Mean think time of a client between two operations. */
  readonly pauseMs: number;
  /** That a command carries an idempotency key. All of these are probabilities. */
  readonly keyed: number;
  /** That a request or a socket goes to any process, whatever the balancer knows. */
  readonly around: number;
  /** That a keyed command is sent to two members at once; and that it is sent again after its answer. */
  readonly lateRetries: number;
  /** That a client does 20 commands at once on one game instead of one thing. */
  readonly bursts: number;
  /** That a game has a clock. */
  readonly rounds: number;
  readonly roundMs: readonly [least: number, most: number];
  /** That a game is one that lists do not show to everybody. */
  readonly unlisted: number;
  /** After how many rounds that nobody plays the clocks of games stand still; 0: never. */
  readonly idleRounds: number;
  /** That an act has this effect (world/game.ts). */
  readonly curses: number;
  readonly refusals: number;
  readonly throws: number;
  readonly grows: number;
  /** That an operation is this one; tried in this order, and what is left are acts. */
  readonly strongReads: number;
  readonly eventualReads: number;
  readonly endRounds: number;
}

/** What the guests of a world do in which a real game is played. All but counts and times are probabilities. */
export interface TablesPlan {
  readonly game: TableGame;
  /** Of the game's own. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** How many games are played side by side; where one is over the next begins. */
  readonly tables: number;
  /** Persons at each of them. */
  readonly guests: number;
  /** That somebody follows what happens at a table. */
  readonly watched: number;
  /** Mean think time of a person. */
  readonly pauseMs: number;
  /** That a command carries an idempotency key. */
  readonly keyed: number;
  /** That it is sent to two members at once. */
  readonly doubled: number;
  /** That a person tries what only the host may do, whoever that is. */
  readonly unruly: number;
  /** That a person whose turn it may be plays on, rather than doing something else. */
  readonly lively: number;
  /** That who could play on is done with the round instead. */
  readonly done: number;
  /** That an administrator who looks at a game erases it. */
  readonly erasures: number;
  /** How long after it was made: when nothing of what made it can be carried out any more. */
  readonly erasableAfterMs: number;
  readonly roundSeconds: number;
}

/** A new game, with or without a clock. */
export function drawGame(
  random: Random,
  { rounds, roundMs, idleRounds, unlisted }: LoadPlan,
  tag: string,
): GameDocument {
  const ms = chance(random, rounds) ? Math.round(between(random, ...roundMs)) : null;
  // Nothing is drawn where it makes no difference: such a world stays as it was.
  return { tag, roundMs: ms, idleRounds, listed: unlisted === 0 || !chance(random, unlisted) };
}
