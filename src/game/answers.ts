/**
 * What a module answers about turns and outcomes, as the host takes it.
 *
 * Invariant: only players of the game are named in what passes, and everything that a turn may leave open is settled.
 */
import { z } from 'zod';
import { complain, complaintsOf } from './complaints.ts';
import { GameFault } from './faults.ts';
import { byIdSchema, entryOf, idSchema } from './ids.ts';
import type { Outcome, RunningTurn, Seat } from './module.ts';

export type Judged<Value> = { readonly value: Value } | { readonly complaints: readonly string[] };

const MOST_ACTIONS = 1_000;
const LONGEST_SECONDS = 604_800;

const actions = z.int().min(0).max(MOST_ACTIONS);
const turnSchema = z.object({
  players: z.array(idSchema),
  actions: z.union([actions, byIdSchema(actions)]).optional(),
  ends: z.enum(['done', 'all', 'first']).default('done'),
  seconds: z.number().min(0).max(LONGEST_SECONDS).optional(),
});
const outcomeSchema = z
  .object({
    winners: z.array(idSchema),
    scores: byIdSchema(z.number()).optional(),
    reason: z.string().max(64).optional(),
  })
  .nullable();

export function playersIn(seats: readonly Seat[]): readonly string[] {
  return seats.map(({ id }) => id);
}

/** Throws GameFault. */
export function readTurn(
  said: unknown,
  seats: readonly Seat[],
  defaults: { readonly actions: number; readonly seconds: number },
): RunningTurn {
  const parsed = turnSchema.safeParse(said, { error: complain });
  if (!parsed.success) throw new GameFault('turn', complaintsOf(parsed.error.issues).join('; '));
  const { players, actions: most, ends, seconds = defaults.seconds } = parsed.data;
  const named = [...new Set(players)];
  refuseStrangers('turn', named, seats);
  const mostOf = (id: string) => (typeof most === 'object' ? (entryOf(most, id) ?? 0) : (most ?? defaults.actions));
  return { players: named, actions: Object.fromEntries(named.map((id) => [id, mostOf(id)])), ends, seconds };
}

/** Throws GameFault. */
export function readOutcome(said: unknown, seats: readonly Seat[]): Outcome | null {
  const parsed = outcomeSchema.safeParse(said, { error: complain });
  if (!parsed.success) throw new GameFault('outcome', complaintsOf(parsed.error.issues).join('; '));
  if (parsed.data === null) return null;
  const { winners, scores, reason } = parsed.data;
  refuseStrangers('outcome', [...winners, ...Object.keys(scores ?? {})], seats);
  return { winners: [...new Set(winners)], ...(scores && { scores }), ...(reason !== undefined && { reason }) };
}

function refuseStrangers(member: string, named: readonly string[], seats: readonly Seat[]): void {
  const players = playersIn(seats);
  const stranger = named.find((id) => !players.includes(id));
  if (stranger !== undefined) throw new GameFault(member, `names ${JSON.stringify(stranger)}, who is no player`);
}
