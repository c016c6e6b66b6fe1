/**
 * Whether ports can be listened on, so that a taken one is named before anything starts.
 */
import { createServer } from 'node:net';

/** The first of `ports` that is taken on the loopback interface; null if none is. */
export async function takenPort(ports: readonly number[]): Promise<number | null> {
  for (const port of ports) {
    if (!(await isFree(port))) return port;
  }
  return null;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
