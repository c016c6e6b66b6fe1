/**
 * A program that floods one member with reads of one game, over many sockets from several addresses of the loopback network.
 *
 * Role: the attacker of the cluster tests, in a process of its own. Bounded: so many sockets, so many frames a second, so many seconds.
 * Why not the client library: it keeps to the contract, which asks for one socket a game, and pauses when it is refused.
 * Usage: node flood.ts <JSON of FloodOptions>. Says how it stands as one JSON line a second.
 */
import WebSocket from 'ws';

export interface FloodOptions {
  /** `ws://127.0.0.1:<port>/v1/games/<id>/ws`. */
  readonly url: string;
  readonly token: string;
  readonly sockets: number;
  /** Of all sockets together. */
  readonly framesPerSecond: number;
  readonly seconds: number;
  /** Whether the sockets read what they are sent. */
  readonly reads: boolean;
}

export interface FloodReport {
  readonly open: number;
  readonly asked: number;
  readonly answered: number;
}

const addresses = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'];
const tickMs = 10;

class Flood {
  readonly #options: FloodOptions;
  readonly #sockets: (WebSocket | null)[];
  #asked = 0;
  #answered = 0;

  constructor(options: FloodOptions) {
    this.#options = options;
    this.#sockets = Array.from({ length: options.sockets }, () => null);
  }

  start(): void {
    const { framesPerSecond, seconds } = this.#options;
    for (const index of this.#sockets.keys()) this.#open(index);
    let due = 0;
    let next = 0;
    setInterval(() => {
      for (due += (framesPerSecond * tickMs) / 1000; due >= 1; due -= 1)
        this.#ask(this.#sockets[next++ % this.#sockets.length]);
    }, tickMs);
    setInterval(() => this.#say(), 1_000);
    setTimeout(() => process.exit(0), seconds * 1_000);
  }

  #open(index: number): void {
    const { url, token } = this.#options;
    const localAddress = addresses[index % addresses.length] ?? '';
    const socket = new WebSocket(url, 'minotaur.v1', { headers: { authorization: `Bearer ${token}` }, localAddress });
    this.#sockets[index] = socket;
    socket.on('message', () => {
      this.#answered += 1;
    });
    if (!this.#options.reads) socket.once('open', () => socket.pause());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets[index] = null;
      setTimeout(() => this.#open(index), 250);
    });
  }

  #ask(socket: WebSocket | null | undefined): void {
    // What the member does not take is not piled up here.
    if (socket?.readyState !== WebSocket.OPEN || socket.bufferedAmount > 65_536) return;
    this.#asked += 1;
    socket.send(`{"ref":${this.#asked},"type":"get_game"}`);
  }

  #say(): void {
    const open = this.#sockets.filter((socket) => socket?.readyState === WebSocket.OPEN).length;
    const report: FloodReport = { open, asked: this.#asked, answered: this.#answered };
    console.log(JSON.stringify(report));
  }
}

if (import.meta.main) new Flood(JSON.parse(process.argv[2] ?? '{}') as FloodOptions).start();
