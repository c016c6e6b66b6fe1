/**
 * A balancer of HTTP that keeps its connections to the members for its next requests, as ingress controllers do, and tries once.
 *
 * Role: what stands between slow clients and members that come and go; whom it knows is said by `pick`.
 */
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import type { Pick } from './recorded-game.ts';

export class KeepAliveBalancer {
  readonly #pick: Pick;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server = createServer((incoming, outgoing) => this.#forward(incoming, outgoing));

  constructor(pick: Pick) {
    this.#pick = pick;
  }

  /** Resolves with its address. */
  start(): Promise<string> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => {
        resolve(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
      });
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
  }

  #forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const fail = (error: Error) => {
      if (!outgoing.headersSent) outgoing.writeHead(502).end(`the balancer: ${error.message}`);
    };
    const base = this.#pick();
    if (base === null) {
      fail(new Error('no member is ready'));
      return;
    }
    const { connection: _own, ...headers } = incoming.headers;
    const { method, url } = incoming;
    const onward = request(`${base}${url}`, { method, headers, agent: this.#agent });
    onward.on('error', fail);
    onward.on('response', (answer) => {
      const { connection: _theirs, 'keep-alive': _time, ...answered } = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 502, answered);
      pipeline(answer, outgoing, () => undefined);
    });
    incoming.pipe(onward);
  }
}
