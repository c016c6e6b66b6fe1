/**
 * Free TCP ports on the loopback interface, for processes that must keep one over a restart.
 *
 * Why not port 0: a member or a server that is started again has to be found at the same address, and a port from the
 * system's ephemeral range may have become some connection's own by then. So ports come from below that range.
 */
import { createServer } from 'node:net';

const lowest = 20_000;
const highest = 32_000;
// Test processes that run at the same time begin at different places.
let next = lowest + ((process.pid * 61) % (highest - lowest));

export async function freePort(): Promise<number> {
  for (;;) {
    const port = next;
    next = port + 1 < highest ? port + 1 : lowest;
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** The first of `count` ports in a row. */
export async function freePortRange(count: number): Promise<number> {
  for (;;) {
    const first = await freePort();
    const others = Array.from({ length: count - 1 }, (_, index) => first + index + 1);
    if ((await Promise.all(others.map(isFree))).every((free) => free)) return first;
  }
}
