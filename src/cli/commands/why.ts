/**
 * `why <game>`: where a game is, how it is, and in the end one sentence that says why.
 */
import type { Location } from '../../member/contract/gateway.ts';
import type { ClusterAnswer } from '../cluster-findings.ts';
import type { Context, Outcome } from '../command.ts';
import { gameOf } from '../game-id.ts';
import { refusalOf, type Server } from '../server.ts';
import { explain, factLines, type GameRead, type ShownGame } from '../why.ts';

export async function why(context: Context): Promise<Outcome> {
  const gameId = gameOf(context);
  const { server } = context;
  const [location, cluster] = await Promise.all([
    server.get<Location>(`/v1/games/${gameId}/location`),
    server.get<ClusterAnswer>('/v1/cluster?include=slots'),
  ]);
  const read = await readGame(context, server, gameId);
  const facts = { location, cluster, read };
  const { sentence, runbook, isWell } = explain(facts);
  const more = runbook === null ? '' : `\n${runbook}`;
  return {
    value: { ...facts, sentence, runbook },
    text: `${factLines(facts).join('\n')}\n\n${sentence}${more}`,
    isWell,
  };
}

async function readGame(context: Context, server: Server, gameId: string): Promise<GameRead> {
  const begun = context.wall();
  const { status, body } = await server.ask('GET', `/v1/games/${gameId}`);
  const tookMs = context.wall() - begun;
  if (status === 200) return { is: 'game', tookMs, ...(body as ShownGame) };
  const { code, detail } = refusalOf(status, body);
  return { is: 'problem', tookMs, status, code, detail };
}
