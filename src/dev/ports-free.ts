/**
 * Whether ports can be listened on, so that a taken one is named before anything starts; and which can be taken.
 */
import { createServer } from 'node:net';
import { refusedPorts } from '../refused-ports.ts';

/** The first of `ports` that is taken on the loopback interface; null if none is. */
export async function takenPort(ports: readonly number[]): Promise<number | null> {
  for (const port of ports) {
    if (!(await isFree(port))) return port;
  }
  return null;
}

/** The first of `count` ports in a row, from `lowest` to below `highest`: nobody listens on them, and no client refuses them. */
export async function freePortsInRow(count: number, lowest: number, highest: number): Promise<number> {
  for (let port = lowest; port + count <= highest; port += 1) {
    const row = portsFrom(port, count);
    if (refusedPorts(row).length === 0 && (await takenPort(row)) === null) return port;
  }
  throw new Error(`there are no ${count} free ports in a row from ${lowest} to ${highest}`);
}

export function portsFrom(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
