/**
 * A NATS server that does what a test tells it, on a real socket: it drops, doubles, reorders and splits what it sends.
 *
 * Role: the other side of the adapter's unit tests. It speaks enough of the protocol for one client at a time: INFO, CONNECT, PING, PONG, SUB,
 * UNSUB, PUB, HPUB, MSG, HMSG, -ERR.
 * Invariant: it answers nothing by itself but PING, and what `answer` is set to; what was published stays to be looked at.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export interface Published {
  readonly subject: string;
  readonly reply: string;
  /** The raw header block; empty if there is none. */
  readonly headers: string;
  readonly payload: string;
}

export interface Sent {
  readonly reply?: string;
  /** The header block, without its end. */
  readonly headers?: string;
  /** The subject of the subscription that gets it, where that is another one: a consumer's. */
  readonly on?: string;
}

export class ScriptedNats {
  /** What the server says about itself. */
  readonly info: Record<string, unknown> = {
    server_id: 'x',
    version: '2.14.4',
    proto: 1,
    headers: true,
    max_payload: 1_048_576,
  };
  /** Everything that any client published. */
  readonly published: Published[] = [];
  /** Connections that there ever were. */
  accepted = 0;
  /** A silent server takes connections and says nothing. */
  silent = false;
  /** What it says in the place of its greeting. */
  greeting: string | null = null;
  /** The payload of the answer to a request; null: none. */
  answer: (request: Published) => object | null = () => null;
  /** How many bytes go out at once. */
  pieces = Number.POSITIVE_INFINITY;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #subscriptions = new Map<string, string>();
  #current: Socket | null = null;
  #sending: Promise<void> = Promise.resolve();

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#accept(socket));
  }

  static async start(): Promise<ScriptedNats> {
    const server = createServer({ noDelay: true });
    const scripted = new ScriptedNats(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return scripted;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Sockets that are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** The subjects that the client on the present connection listens to. */
  get subjects(): readonly string[] {
    return [...this.#subscriptions.values()].sort();
  }

  /** What was published to subjects that begin like this. */
  to(prefix: string): readonly Published[] {
    return this.published.filter(({ subject }) => subject.startsWith(prefix));
  }

  /** Sends a message to whatever subscription of the present connection it matches; false if there is none. */
  deliver(subject: string, payload: string, { reply = '', headers, on = subject }: Sent = {}): boolean {
    const found = [...this.#subscriptions].find(([, pattern]) => matches(pattern, on));
    if (!found) return false;
    const head = [subject, found[0], ...(reply === '' ? [] : [reply])].join(' ');
    if (headers === undefined) this.say(`MSG ${head} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`);
    else {
      const block = `${headers}\r\n\r\n`;
      const total = Buffer.byteLength(block) + Buffer.byteLength(payload);
      this.say(`HMSG ${head} ${Buffer.byteLength(block)} ${total}\r\n${block}${payload}\r\n`);
    }
    return true;
  }

  /** Ends a subscription of the present connection: not allowed. */
  refuse(subject: string): void {
    for (const [id, pattern] of this.#subscriptions) if (pattern === subject) this.#subscriptions.delete(id);
    this.say(`-ERR 'Permissions Violation for Subscription to "${subject}"'\r\n`);
  }

  /** Bytes as they are, to the present connection. */
  say(text: string): void {
    const socket = this.#current;
    const bytes = Buffer.from(text);
    this.#sending = this.#sending.then(async () => {
      for (let at = 0; at < bytes.length; at += this.pieces) {
        socket?.write(bytes.subarray(at, Math.min(bytes.length, at + this.pieces)));
        if (this.pieces < bytes.length) await new Promise((resolve) => setImmediate(resolve));
      }
    });
  }

  /** Ends the present connection. */
  drop(): void {
    this.#current?.resetAndDestroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: Socket): void {
    this.accepted += 1;
    this.#sockets.add(socket);
    socket.on('error', () => {});
    for (const end of ['end', 'close']) socket.on(end, () => this.#left(socket));
    this.#current = socket;
    this.#subscriptions = new Map();
    if (this.silent) return;
    this.say(this.greeting ?? `INFO ${JSON.stringify(this.info)}\r\n`);
    let received = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      for (let used = this.#take(received); used > 0; used = this.#take(received)) received = received.subarray(used);
    });
  }

  #left(socket: Socket): void {
    this.#sockets.delete(socket);
    if (this.#current === socket) this.#subscriptions = new Map();
  }

  /** Performs one operation; how many bytes it took, 0 if it is not all there. */
  #take(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n');
    if (end < 0) return 0;
    const [verb, ...words] = bytes.subarray(0, end).toString().split(' ');
    const [first = '', last = ''] = [words[0], words.at(-1)];
    if (verb === 'PING' && !this.silent) this.say('PONG\r\n');
    if (verb === 'SUB') this.#subscriptions.set(last, first);
    if (verb === 'UNSUB') this.#subscriptions.delete(first);
    if (verb !== 'PUB' && verb !== 'HPUB') return end + 2;
    const total = Number(last);
    const begin = end + 2;
    if (bytes.length < begin + total + 2) return 0;
    const headerLength = verb === 'HPUB' ? Number(words.at(-2)) : 0;
    const hasReply = words.length === (verb === 'HPUB' ? 4 : 3);
    const published = {
      subject: first,
      reply: hasReply ? (words[1] ?? '') : '',
      headers: bytes.subarray(begin, begin + headerLength).toString(),
      payload: bytes.subarray(begin + headerLength, begin + total).toString(),
    };
    this.published.push(published);
    const answer = published.reply === '' ? null : this.answer(published);
    if (answer !== null) this.deliver(published.reply, JSON.stringify(answer));
    return begin + total + 2;
  }
}

function matches(pattern: string, subject: string): boolean {
  const [wanted, tokens] = [pattern.split('.'), subject.split('.')];
  return wanted.length === tokens.length && wanted.every((token, index) => token === '*' || token === tokens[index]);
}
