/**
 * Program: the edge over a gateway that answers every read from memory; and, on a second port of the same process, the same route without
 * validation and authentication. Prints tokens of as many players as it is asked for.
 */
import { fastify } from 'fastify';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { atEndOfTurn, systemClock, systemRandom } from '../../src/adapters/system.ts';
import { wireShapesOf } from '../../src/game/wire-shapes.ts';
import { minotaurGame } from '../../src/games.ts';
import { sendAnswer } from '../../src/http/edge/answers.ts';
import { createEdge, type EdgeOptions } from '../../src/http/edge/create-edge.ts';
import { PlayerTokens } from '../../src/http/edge/player-tokens.ts';
import { documentsOf } from '../../src/http/rest/documents.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { ADMIN } from '../../src/session/permission.ts';
import { FakeGateway } from '../../test/support/fake-gateway.ts';

interface Input {
  readonly port: number;
  readonly barePort: number;
  readonly gameId: string;
  readonly game: object;
  readonly players: number;
}

const { port, barePort, gameId, game, players } = JSON.parse(process.argv[2] ?? '') as Input;
const host = '127.0.0.1';
const secret = 'a-secret-of-the-bench-0123456789-0123456789';
const gateway = new FakeGateway();
gateway.put(gameId, 1, game);
const answer = await gateway.execute({ kind: 'read', gameId, caller: ADMIN, may: ['admin'], consistency: 'strong' });
// Its own way keeps every operation for a look.
gateway.readNow = () => answer;

const shapes = wireShapesOf(minotaurGame);
const options: EdgeOptions = {
  gateway,
  shapes,
  documents: documentsOf(shapes),
  clock: systemClock,
  random: systemRandom,
  log: pino({ level: 'silent' }),
  registry: new Registry(),
  tracing: null,
  adminTokens: ['admin'],
  tokenSecrets: [secret],
  tokenDays: 1,
  corsOrigins: [],
  corsHeaders: [],
  trustedProxies: [],
  opsPort: 0,
};
await createHttpServer({ ...options, host, port, sharedPort: 0, atEndOfTurn }).listen();

const edge = createEdge(options);
const bare = fastify();
bare.get('/v1/games/:id', (_request, reply) => {
  sendAnswer(edge, reply, answer);
});
await bare.listen({ host, port: barePort });

const tokens = new PlayerTokens([secret], 1);
const now = systemClock.wall();
const signed = Array.from({ length: players }, (_, index) =>
  tokens.sign(gameId, { playerId: `p${index}`, nonce: 'nonce', generation: 1, role: 'player' }, now),
);
process.stdout.write(`${JSON.stringify(signed)}\n`);
