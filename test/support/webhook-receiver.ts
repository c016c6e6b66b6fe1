/**
 * A receiver of webhooks over real HTTP: verifies every signature, answers as the test says, keeps what it accepted.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verified } from './verified-webhook.ts';

export interface Delivered {
  readonly id: string;
  /** `round_started 2`. */
  readonly what: string;
  readonly gameId: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What becomes of a delivery whose signature fits; a receiver that says nothing accepts it. `hang`: no answer comes. */
export type Treatment = number | 'hang';

export class WebhookReceiver implements AsyncDisposable {
  readonly accepted: Delivered[] = [];
  /** That came, whatever became of them. */
  readonly seen: Delivered[] = [];
  /** What was wrong with deliveries that were refused for it. */
  readonly wrong: string[] = [];
  treat: (delivered: Delivered) => Treatment = () => 204;
  /** Paths that were asked for. */
  readonly paths = new Set<string>();
  readonly #server: Server;
  readonly #secret: string;

  private constructor(secret: string) {
    this.#secret = secret;
    this.#server = createServer((request, response) => void this.#receive(request, response));
  }

  static async open(secret: string): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver(secret);
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/minotaur`;
  }

  /** What was accepted of a game, each event once, in the order in which it first came. */
  told(gameId: string): string[] {
    const first = new Map(this.accepted.filter((each) => each.gameId === gameId).map(({ id, what }) => [id, what]));
    return [...first.values()];
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.paths.add(request.url ?? '');
    const body = Buffer.concat(await request.toArray()).toString();
    try {
      const { type, data } = verified(request.headers, body, this.#secret);
      const id = String(request.headers['webhook-id']);
      const delivered = { id, what: `${type} ${data.round}`, gameId: String(data.gameId), data };
      this.seen.push(delivered);
      const treatment = this.treat(delivered);
      if (treatment === 'hang') return;
      if (treatment < 300) this.accepted.push(delivered);
      response.writeHead(treatment, { location: '/elsewhere' }).end();
    } catch (error) {
      this.wrong.push(String(error));
      response.writeHead(400).end();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
