/**
 * One stream of Server-Sent Events, once: it keeps every event and how it ended, and connects to nowhere else.
 *
 * Why not the client library: ids, comments and the end of one stream are what its tests are about, and the library shows none of them.
 */
import { Agent, type ClientRequest, get, type IncomingMessage } from 'node:http';
import type { TestContext } from 'node:test';

// biome-ignore lint/suspicious/noExplicitAny: a frame is whatever came; the tests say what it should be.
type Frame = any;

export interface StreamEvent {
  readonly event: string;
  /** Null: the event has none. */
  readonly id: string | null;
  readonly data: Frame;
}

export class StreamClient {
  readonly events: StreamEvent[] = [];
  comments = 0;
  /** Of the answer; 0: there was none. */
  readonly status: Promise<number>;
  response: IncomingMessage | null = null;
  isClosed = false;
  readonly #request: ClientRequest;
  #text = '';

  private constructor(url: string, headers: Readonly<Record<string, string>>) {
    this.#request = get(url, { headers, agent: new Agent() });
    this.#request.on('close', () => {
      this.isClosed = true;
    });
    this.status = new Promise((resolve) => {
      this.#request.on('error', () => resolve(0));
      this.#request.on('response', (response) => {
        this.response = response;
        response.setEncoding('utf8');
        response.on('data', (text: string) => this.#read(text));
        response.on('error', () => undefined);
        resolve(response.statusCode ?? 0);
      });
    });
  }

  /** Closed after the test. */
  static to(t: TestContext, url: string, headers: Readonly<Record<string, string>> = {}): StreamClient {
    const client = new StreamClient(url, headers);
    t.after(() => client.close());
    return client;
  }

  get games(): Frame[] {
    return this.events.filter(({ event }) => event === 'game').map(({ data }) => data);
  }

  get seqs(): number[] {
    return this.events
      .filter(({ event }) => event === 'events')
      .flatMap(({ data }) => data.events.map(({ seq }: { seq: number }) => seq));
  }

  /** What a browser would send as `Last-Event-ID`. */
  get lastId(): string | null {
    return this.events.findLast(({ id }) => id !== null)?.id ?? null;
  }

  close(): void {
    this.#request.destroy();
  }

  #read(text: string): void {
    const blocks = `${this.#text}${text}`.split('\n\n');
    this.#text = blocks.pop() ?? '';
    for (const block of blocks) {
      if (block.startsWith(':')) this.comments += 1;
      else this.events.push(eventOf(block));
    }
  }
}

function eventOf(block: string): StreamEvent {
  const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s) as [string, string]));
  return {
    event: fields.get('event') ?? '',
    id: fields.get('id') ?? null,
    data: JSON.parse(fields.get('data') ?? 'null'),
  };
}
