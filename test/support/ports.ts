/**
 * Free TCP ports on the loopback interface, for processes that must keep one over a restart.
 *
 * Why not port 0: a member or a server that is started again has to be found at the same address, and a port from the
 * system's ephemeral range may have become some connection's own by then. So ports come from below that range.
 * Invariant: no port is given twice while the process that asked for it lives, whoever else asks: a process takes whole
 * blocks, by listening on the first port of each. The system lets one listen there, and forgets it when it ends.
 */
import { createServer, type Server } from 'node:net';

const lowest = 20_000;
const highest = 32_000;
const blockSize = 50;
const blocks = (highest - lowest) / blockSize;

/** Listens on the first port of each block that is ours. */
const claims: Server[] = [];
// Test processes that run at the same time begin at different places.
let block = (process.pid * 61) % blocks;
let rest: number[] = [];
/** One search at a time: whoever asks meanwhile waits. */
let last: Promise<unknown> = Promise.resolve();

export function freePort(): Promise<number> {
  return freePortRange(1);
}

/** The first of `count` ports in a row. */
export function freePortRange(count: number): Promise<number> {
  const found = last.then(() => search(count));
  last = found.catch(() => undefined);
  return found;
}

async function search(count: number): Promise<number> {
  for (;;) {
    if (rest.length < count) rest = await claimBlock();
    const row = rest.slice(0, count);
    const free = await Promise.all(row.map(isFree));
    rest = rest.slice(free.lastIndexOf(false) + 1 || count);
    if (free.every(Boolean)) return row[0] as number;
  }
}

/** The ports of the next block that nobody has. */
async function claimBlock(): Promise<number[]> {
  for (let tries = 0; tries < blocks; tries += 1) {
    const first = lowest + block * blockSize;
    block = (block + 1) % blocks;
    const claim = await listen(first);
    if (claim === null) continue;
    claims.push(claim.unref());
    return Array.from({ length: blockSize - 1 }, (_, index) => first + 1 + index);
  }
  throw new Error(`every block of ports from ${lowest} to ${highest} is taken`);
}

async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server === null) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

function listen(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server));
  });
}
