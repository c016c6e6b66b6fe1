/**
 * Program: looks at one game over many sockets without a token, and reads what that costs the member. Result: `{cores, fewest, most}`: how
 * many cores the member was busy on average, and how many states the spectators got who got fewest and most of them.
 *
 * Raw sockets, whose frames are counted and not read: hundreds of clients share the machine with the member that is measured.
 */
import WebSocket from 'ws';

interface Input {
  readonly url: string;
  readonly gameId: string;
  readonly spectators: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

const { url, gameId, spectators, warmUpMs, measureMs } = JSON.parse(process.argv[2] ?? '') as Input;
const states = new Array<number>(spectators).fill(0);

function look(index: number): Promise<void> {
  const address = `${url.replace('http', 'ws')}/v1/games/${gameId}/ws`;
  const socket = new WebSocket(address, 'minotaur.v1', { perMessageDeflate: false });
  return new Promise((resolve) => {
    socket.on('message', (data: Buffer) => {
      if (!data.toString('latin1', 0, 14).startsWith('{"type":"game"')) return;
      states[index] = (states[index] ?? 0) + 1;
      resolve();
    });
    for (const bad of ['error', 'close'] as const) {
      socket.on(bad, (what) => {
        throw new Error(`a spectator was sent away: ${what}`);
      });
    }
  });
}

/** Processor time that the member has used, in seconds. */
async function processorTime(): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_cpu_seconds_total (\S+)/m.exec(metrics)?.[1]);
}

await Promise.all(states.map((_, index) => look(index)));
await new Promise((resolve) => setTimeout(resolve, warmUpMs));
states.fill(0);
const [startedAt, before] = [performance.now(), await processorTime()];
await new Promise((resolve) => setTimeout(resolve, measureMs));
const cores = ((await processorTime()) - before) / ((performance.now() - startedAt) / 1_000);
const result = { cores, fewest: Math.min(...states), most: Math.max(...states) };
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit());
