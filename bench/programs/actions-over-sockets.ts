/**
 * Program: plays many games at once, each over a socket of its own with one command in flight: an action is registered, taken back,
 * and so on, so that the game keeps its size. Result: `{perSecond}`, of commands.
 *
 * Raw sockets: commands as frames are measured here; the client library sends its own over REST.
 */
import WebSocket from 'ws';

interface Input {
  readonly url: string;
  readonly token: string;
  readonly gameIds: readonly string[];
  readonly warmUpMs: number;
  readonly measureMs: number;
}

const { url, token, gameIds, warmUpMs, measureMs } = JSON.parse(process.argv[2] ?? '') as Input;
const action = { type: 'move', vector: { q: 1, r: 0 }, playerId: 'p0' };
let committed = 0;

function play(gameId: string): void {
  const headers = { authorization: `Bearer ${token}` };
  const address = `${url.replace('http', 'ws')}/v1/games/${gameId}/ws`;
  const socket = new WebSocket(address, 'minotaur.v1', { headers, perMessageDeflate: false });
  let sent = 0;
  const send = (type: string, body: object) => {
    sent += 1;
    socket.send(JSON.stringify({ ref: sent, type, idempotencyKey: `${gameId}-${sent}`, body }));
  };
  socket.on('open', () => send('register_action', action));
  socket.on('message', (data: Buffer) => {
    // Games are pushed as well: most of the bytes, and not to be looked at here.
    if (data.toString('latin1', 0, 15) !== '{"type":"reply"') return;
    if (!data.includes('"ok":true')) throw new Error(`an action was refused: ${data}`);
    committed += 1;
    const { actionId } = (JSON.parse(data.toString()) as { body: { actionId?: string } }).body;
    if (actionId === undefined) send('register_action', action);
    else send('retract_action', { actionId });
  });
  socket.on('error', (error) => {
    throw error;
  });
}

for (const gameId of gameIds) play(gameId);
setTimeout(() => {
  const startedAt = performance.now();
  const before = committed;
  setTimeout(() => {
    const perSecond = ((committed - before) / (performance.now() - startedAt)) * 1_000;
    process.stdout.write(`${JSON.stringify({ perSecond })}\n`, () => process.exit());
  }, measureMs);
}, warmUpMs);
