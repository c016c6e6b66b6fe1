/**
 * A short game of one player: everything that the library asks of a server and is told by it, once.
 *
 * Role: played against a member of an old version to record the wire (record-wire.ts), and played again from what was recorded.
 */
import { Ended, type Match, type Refused, type Server, type Update } from '../../../../src/client/index.ts';

export interface Played {
  readonly updates: readonly Update[];
  /** Code of each refusal. */
  readonly refused: readonly string[];
  readonly record: Awaited<ReturnType<Match['record']>>;
  readonly end: Ended;
}

export async function playShortGame(server: Server<unknown>): Promise<Played> {
  const match = await server.create({ displayName: 'Ada', settings: { roundSeconds: 600 } });
  const updates: Update[] = [];
  const refused: string[] = [];
  let record: Played['record'] | null = null;
  let round = 0;
  try {
    for await (const update of match) {
      updates.push(update);
      const { game } = update;
      if (game.status === 'lobby' && updates.length === 1) await match.start();
      if (game.status !== 'active' || game.round === round) continue;
      round = game.round;
      if (round === 1) await playRound(match);
      else {
        await match.done(1).then(null, (error) => refused.push((error as Refused).problem.code));
        record = await match.record(1);
        await match.leave();
      }
    }
  } catch (error) {
    if (error instanceof Ended && record !== null) return { updates, refused, record, end: error };
    throw error;
  }
  throw new Error('the token of a player who left should hold no more');
}

async function playRound(match: Match): Promise<void> {
  const taken = await match.act.move?.({ vector: { q: 1, r: 0 } });
  await match.retract(taken?.actionId ?? '');
  await match.act.move?.({ vector: { q: 0, r: 1 } });
  await match.done();
}
