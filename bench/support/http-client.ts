/**
 * A lean HTTP/1.1 client for load: keep-alive connections to one member, one request at a time on each.
 *
 * Why not node:http: the clients share the machine with what they measure, and this one costs a fraction.
 * Limits: answers have a Content-Length or no body, as all of Minotaur's do.
 */
import { connect, type Socket } from 'node:net';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** Value of a header, its name in lower case; null if there is none. */
  header(name: string): string | null;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

/** A connection on which nothing happens for so long is cut. */
const silenceMs = 15_000;

/** As many connections to one port of this machine as there are requests open. */
export class HttpClient implements Disposable {
  readonly #port: number;
  readonly #token: string;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();

  constructor(port: number, token: string) {
    this.#port = port;
    this.#token = token;
  }

  /** `token`: another one than the client's. */
  get(path: string, token?: string): Promise<HttpAnswer> {
    return this.#send({ method: 'GET', path }, token);
  }

  post(path: string, body: unknown): Promise<HttpAnswer> {
    return this.#send({ method: 'POST', path, body: JSON.stringify(body) });
  }

  /** Cuts every connection. */
  [Symbol.dispose](): void {
    for (const connection of this.#all) connection.destroy();
    this.#idle.length = 0;
  }

  /** Rejects if the connection is refused, breaks or stays silent. */
  async #send(request: HttpRequest, token = this.#token): Promise<HttpAnswer> {
    const connection = this.#take();
    const answer = await connection.send(format(request, token));
    if (answer.header('connection') === 'close') connection.destroy();
    else this.#idle.push(connection);
    return answer;
  }

  #take(): Connection {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) if (idle.open) return idle;
    const connection = new Connection(this.#port, () => this.#all.delete(connection));
    this.#all.add(connection);
    return connection;
  }
}

class Connection {
  open = true;
  readonly #socket: Socket;
  #received = '';
  #waiting: PromiseWithResolvers<HttpAnswer> | null = null;

  constructor(port: number, onClosed: () => void) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    // One character a byte, so that lengths are those of the header.
    this.#socket
      .setEncoding('latin1')
      .setTimeout(silenceMs, () => this.#socket.destroy(new Error('no answer in time')));
    this.#socket.on('data', (text: string) => this.#receive(text));
    this.#socket.on('error', (error) => this.#waiting?.reject(error));
    this.#socket.on('close', () => {
      this.open = false;
      this.#waiting?.reject(new Error('the connection was closed'));
      onClosed();
    });
  }

  send(text: string): Promise<HttpAnswer> {
    this.#waiting = Promise.withResolvers();
    this.#socket.write(text);
    return this.#waiting.promise;
  }

  destroy(): void {
    this.open = false;
    this.#socket.destroy();
  }

  #receive(text: string): void {
    this.#received += text;
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.#received.slice(0, headEnd + 2);
    const end = headEnd + 4 + Number(headerOf(head, 'content-length') ?? 0);
    if (this.#received.length < end) return;
    const body = Buffer.from(this.#received.slice(headEnd + 4, end), 'latin1').toString();
    this.#received = '';
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve({ status: Number(head.slice(9, 12)), body, header: (name) => headerOf(head, name) });
  }
}

function format({ method, path, body }: HttpRequest, token: string): string {
  const content = body && `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  const headers = `host: 127.0.0.1\r\nauthorization: Bearer ${token}\r\n${content ?? ''}`;
  return `${method} ${path} HTTP/1.1\r\n${headers}\r\n${body ?? ''}`;
}

function headerOf(head: string, name: string): string | null {
  return new RegExp(`\r\n${name}: ([^\r]*)`, 'i').exec(head)?.[1] ?? null;
}
