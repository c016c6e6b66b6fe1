/**
 * What validation and authentication cost: `get_game` with players' tokens, against the same route without either.
 *
 * Method: both in one process over one gateway in memory, 50 connections, alternated; with few players and with many, who take turns. A token
 * that was verified is remembered, as long as there are fewer than 16,384 of them.
 */
import { freePort } from '../../test/support/ports.ts';
import { waitFor } from '../../test/support/wait.ts';
import { alternate } from '../support/alternate.ts';
import type { Bench } from '../support/bench.ts';
import { HttpClient } from '../support/http-client.ts';
import { startProgram } from '../support/programs.ts';

const program = new URL('../programs/edge.ts', import.meta.url);
const gameId = 'game-0';
const connections = 50;
const warmUpSeconds = 2;
const seconds = 4;
const fewPlayers = 64;
const manyPlayers = 10_000;

export const edge: Bench = {
  name: 'edge',
  about: 'validation and authentication of get_game, against the same route without',
  measures: [
    { name: `reads, ${fewPlayers} players`, unit: '/s', target: { of: 'ratio', is: 'atLeast', limit: 0.85 } },
    { name: `reads, ${manyPlayers} players`, unit: '/s', target: { of: 'ratio', is: 'atLeast', limit: 0.85 } },
  ],
  async run({ resources, progress }) {
    progress('starting the edge');
    const [port, barePort] = [await freePort(), await freePort()];
    const players = Object.fromEntries(['p0', 'p1', 'p2', 'p3'].map((id) => [id, { id, displayName: id }]));
    const game = { id: gameId, status: 'active', round: 1, roundEndTime: '2030-01-01T00:00:00.000Z', players };
    const child = startProgram(resources, program, { port, barePort, gameId, game, players: manyPlayers });
    const tokens = await waitFor('tokens', async () => child.lines.find((line) => line.startsWith('[')));
    const signed = JSON.parse(tokens) as string[];
    const clients = [port, barePort].map((at) => resources.use(new HttpClient(at, 'none')));
    const [ours, bare] = clients as [HttpClient, HttpClient];
    const readings = [];
    for (const count of [fewPlayers, manyPlayers]) {
      const chosen = signed.slice(0, count);
      progress(`warming up, ${count} players`);
      for (const client of clients) await readsPerSecond(client, chosen, warmUpSeconds);
      progress('reading: edge, bare, edge, bare');
      readings.push(
        await alternate(
          () => readsPerSecond(ours, chosen, seconds),
          () => readsPerSecond(bare, chosen, seconds),
        ),
      );
    }
    return readings;
  },
};

/** The players take turns. */
async function readsPerSecond(client: HttpClient, tokens: readonly string[], duration: number): Promise<number> {
  const startedAt = performance.now();
  const until = startedAt + duration * 1_000;
  let reads = 0;
  const reader = async () => {
    while (performance.now() < until) {
      const { status } = await client.get(`/v1/games/${gameId}`, tokens[reads % tokens.length]);
      if (status !== 200) throw new Error(`a read was answered with ${status}`);
      reads += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, reader));
  return (reads / (performance.now() - startedAt)) * 1_000;
}
