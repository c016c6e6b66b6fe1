/**
 * Program: a fastify server with one route, which answers with the bytes and headers that it is given. The bare thing of `get_game`. Beside it,
 * as a member's: what it has used of the processor.
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
app.get('/metrics', async () => `process_cpu_user_seconds_total ${process.cpuUsage().user / 1_000_000}\n`);
await app.listen({ host: '127.0.0.1', port });
