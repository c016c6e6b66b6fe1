/**
 * A receiver of webhooks on this machine, which takes what it is told, or nothing.
 *
 * Role: signatures are not looked at; test/cluster/webhooks.test.ts does.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export class Receiver {
  /** While it is false everything is answered 503. */
  takes = true;
  /** Events that were refused, and not taken since. */
  readonly #owed = new Set<string>();
  #refused = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const event = String(request.headers['webhook-id']);
      if (this.takes) this.#owed.delete(event);
      else if (!this.#owed.has(event)) {
        this.#owed.add(event);
        this.#refused += 1;
      }
      request.resume();
      response.writeHead(this.takes ? 204 : 503).end();
    });
  }

  static async open(): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((resolve, reject) => {
      receiver.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return receiver;
  }

  /** What a member needs in order to tell it. */
  get settings(): Readonly<Record<string, string>> {
    return {
      MINOTAUR_WEBHOOK_URL: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`,
      MINOTAUR_WEBHOOK_SECRETS: `whsec_${randomBytes(32).toString('base64')}`,
      MINOTAUR_WEBHOOK_NETWORKS: '127.0.0.0/8',
    };
  }

  /** Of how many different events it ever refused, and of how many of them nobody has told it since. */
  get counts(): { readonly refused: number; readonly owed: number } {
    return { refused: this.#refused, owed: this.#owed.size };
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
