/**
 * Program: a fastify server with one route, which answers with the bytes and headers that it is given. The bare thing of `get_game`.
 */
import { fastify } from 'fastify';

interface Input {
  readonly port: number;
  readonly body: string;
  readonly headers: readonly (readonly [string, string])[];
}

const { port, body, headers } = JSON.parse(process.argv[2] ?? '') as Input;
const app = fastify();
app.get('/v1/games/:id', async (_request, reply) => {
  for (const [name, value] of headers) reply.header(name, value);
  return reply.send(body);
});
await app.listen({ host: '127.0.0.1', port });
