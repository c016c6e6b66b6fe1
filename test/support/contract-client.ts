/**
 * A client that knows nothing but the documents which a member serves: it asks with their examples, and holds every answer against them.
 *
 * Role: for the test of the contract on a running cluster. What was asked and answered is kept, so that nothing is left out unnoticed.
 * Why not the client library: what it asks was written by hand, and would be right where the documents are wrong.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import WebSocket from 'ws';
import { type Reply, type SendOptions, send } from './client.ts';
import { Contract, type Document } from './contract.ts';
import { waitFor } from './wait.ts';

export interface Request extends Pick<SendOptions, 'token' | 'key'> {
  /** In place of those of the example. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

export class ContractClient {
  readonly openapi: Document;
  readonly asyncapi: Document;
  readonly rest: Contract;
  readonly frames: Contract;
  /** `operation status` of every answer, and its code if it was a problem. */
  readonly seen = new Set<string>();
  readonly codes = new Set<string>();

  private constructor(openapi: Document, asyncapi: Document) {
    this.openapi = openapi;
    this.asyncapi = asyncapi;
    this.rest = new Contract(openapi);
    this.frames = new Contract(asyncapi);
  }

  static async of(base: string): Promise<ContractClient> {
    const documents = ['/docs/openapi.json', '/docs/asyncapi.json'].map((path) =>
      send(base, 'GET', path, { token: null }),
    );
    const [openapi, asyncapi] = await Promise.all(documents);
    return new ContractClient(openapi?.json, asyncapi?.json);
  }

  /** Sends the example of an operation, with what `request` says otherwise; fails unless the answer is one that is documented. */
  async ask(base: string, id: string, request: Request = {}): Promise<Reply> {
    const { path, method, operation } = this.#find(id);
    const { token = null, key } = request;
    const address = addressOf(path, operation, request);
    const body = bodyOf(operation, request.body);
    const reply = await send(base, method, address, {
      token,
      ...(body && { body }),
      ...(key !== undefined && { key }),
    });
    this.#check(id, path, method, reply);
    return reply;
  }

  /** As `ask`; fails unless the status is this one. Returns the body. */
  async expect(base: string, id: string, status: number, request: Request = {}): Promise<Document> {
    const reply = await this.ask(base, id, request);
    assert.equal(reply.status, status, `${id}: ${reply.text}`);
    return reply.json;
  }

  /** As `ask`; fails unless it is refused with this code. */
  async refused(base: string, id: string, code: string, request: Request = {}): Promise<void> {
    const reply = await this.ask(base, id, request);
    assert.equal(reply.code, code, `${id}: ${reply.status} ${reply.text}`);
  }

  /** Whether `body` is what `id` answers with this status, wherever it was said. */
  checkBody(id: string, status: number, body: unknown): void {
    const { path, method, operation } = this.#find(id);
    if (operation.responses[status]?.content === undefined) assert.deepEqual(body, {}, id);
    else assert.equal(this.rest.answer(path, method, status, 'application/json')(body), null, id);
  }

  /** Every status of every operation that is no problem and was not seen. */
  get unseen(): string[] {
    return Object.values<Document>(this.openapi.paths).flatMap((methods) =>
      Object.values<Document>(methods).flatMap(({ operationId, responses }) =>
        Object.keys(responses)
          .filter((status) => responses[status].content?.['application/problem+json'] === undefined)
          .map((status) => `${operationId} ${status}`)
          .filter((answer) => !this.seen.has(answer)),
      ),
    );
  }

  #find(id: string): { path: string; method: string; operation: Document } {
    for (const [path, methods] of Object.entries<Document>(this.openapi.paths)) {
      for (const [method, operation] of Object.entries<Document>(methods)) {
        if (operation.operationId === id) return { path, method: method.toUpperCase(), operation };
      }
    }
    throw new Error(`${id} is not documented`);
  }

  #check(id: string, path: string, method: string, { status, headers, json, text, code }: Reply): void {
    const type = String(headers['content-type'] ?? '');
    const check = this.rest.answer(path, method, status, type);
    assert.equal(check(json ?? text), null, `${id} ${status}: ${text}`);
    const documented: Document = this.openapi.paths[path][method.toLowerCase()].responses[status].headers;
    // A refusal may concern no game that anybody could own.
    const missing = Object.keys(documented).filter(
      (name) => headers[name.toLowerCase()] === undefined && !(name === 'x-minotaur-owner' && status >= 400),
    );
    assert.deepEqual(missing, [], `${id} ${status}`);
    this.seen.add(`${id} ${status}`);
    if (code !== null) this.codes.add(code);
  }
}

/** Path and query, made of the examples of the parameters. */
function addressOf(path: string, operation: Document, { params, query }: Request): string {
  const examples = (place: string) =>
    Object.fromEntries(
      operation.parameters
        .filter((parameter: Document) => parameter.in === place && parameter.example !== undefined)
        .map(({ name, example }: Document) => [name, String(example)]),
    );
  const named: Record<string, string> = { ...examples('path'), ...params };
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(named[name] ?? ''));
  const search = new URLSearchParams(query ?? examples('query')).toString();
  return search === '' ? filled : `${filled}?${search}`;
}

/** The example of the body, with other values where there are such; null: the operation takes none. */
function bodyOf(operation: Document, given: Request['body']): object | null {
  const example = operation.requestBody?.content['application/json'].example;
  return example === undefined ? null : { ...example, ...given };
}

/** A socket whose every frame, in either direction, is held against the AsyncAPI document. */
export class ContractSocket {
  readonly received: Document[] = [];
  readonly closed: Promise<number>;
  readonly #client: ContractClient;
  readonly #socket: WebSocket;
  readonly #wrong: string[] = [];
  #refs = 0;

  private constructor(client: ContractClient, socket: WebSocket) {
    this.#client = client;
    this.#socket = socket;
    this.closed = once(socket, 'close').then(([code]) => code);
    socket.on('message', (data) => this.#receive(JSON.parse(String(data))));
  }

  /** Opened as browsers do: the token is offered as a subprotocol. */
  static async open(
    client: ContractClient,
    base: string,
    gameId: string,
    token: string | null,
    query = '',
  ): Promise<ContractSocket> {
    const { address, 'x-subprotocol': subprotocol } = client.asyncapi.channels.game;
    const url = `${base.replace('http', 'ws')}${address.replace('{id}', gameId)}${query}`;
    const offered = token === null ? [subprotocol] : [subprotocol, `bearer.${token}`];
    const socket = new WebSocket(url, offered);
    const opened = new ContractSocket(client, socket);
    await once(socket, 'open');
    assert.equal(socket.protocol, subprotocol);
    return opened;
  }

  /** Sends the example of a frame, with another body if there is one; returns its reply. */
  async ask(type: string, body?: unknown): Promise<Document> {
    const [{ payload }] = this.#client.asyncapi.components.messages[type].examples;
    this.#refs += 1;
    const ref = `${type}-${this.#refs}`;
    const key = payload.idempotencyKey === undefined ? {} : { idempotencyKey: ref };
    const frame = { ...payload, ref, ...key, ...(body !== undefined && { body }) };
    assert.equal(this.#client.frames.frame(type)(frame), null, type);
    this.#socket.send(JSON.stringify(frame));
    const reply = await this.next(`the reply to ${ref}`, (each) => each.type === 'reply' && each.ref === ref);
    if (reply.ok && type !== 'ping') this.#client.checkBody(type, reply.status, reply.body);
    return reply;
  }

  /** Waits for a frame, one that came already included. */
  async next(what: string, matches: (frame: Document) => boolean): Promise<Document> {
    const frame = await waitFor(what, () => this.received.find(matches) ?? null, { timeoutMs: 15_000, everyMs: 5 });
    assert.deepEqual(this.#wrong, []);
    return frame;
  }

  close(): void {
    this.#socket.close();
  }

  #receive(frame: Document): void {
    this.received.push(frame);
    const wrong = this.#client.frames.frame(frame.type)(frame);
    if (wrong !== null) this.#wrong.push(`${JSON.stringify(frame)}: ${wrong}`);
  }
}
