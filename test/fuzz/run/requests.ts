/**
 * The lane of requests: each operation's, one after another, on connections that are kept.
 */
import fc from 'fast-check';
import { everyOperation } from '../../../src/http/api/operations.ts';
import type { Header } from '../cases/oddities.ts';
import { type RequestCase, requestsFor } from '../cases/request.ts';
import { judgeAnswer, judgeBodySent, Violation } from '../judge/answers.ts';
import type { TableContract } from '../judge/contract-of-table.ts';
import { Connection } from '../wire/connection.ts';
import type { FuzzCluster } from './fuzz-cluster.ts';
import type { Lane } from './lane.ts';
import type { Stage } from './stage.ts';
import type { Totals } from './totals.ts';

const shownBytes = 1_500;

/** `members`: how many may be asked. */
function requestCases(contract: TableContract, members: number): fc.Arbitrary<RequestCase> {
  const schemas = contract.schemas({});
  return fc.oneof(...everyOperation.map((line) => requestsFor(line, schemas.operation(line), schemas.named, members)));
}

export class RequestLane implements Lane<RequestCase> {
  readonly name = 'requests';
  readonly cases: fc.Arbitrary<RequestCase>;
  readonly #cluster: FuzzCluster;
  readonly #totals: Totals;
  readonly #connections = new Map<number, Connection>();
  /** What was sent last over each connection that is open: it may be what is wrong with it. */
  readonly #before = new Map<number, string>();

  constructor(cluster: FuzzCluster, totals: Totals) {
    this.#cluster = cluster;
    this.#totals = totals;
    this.cases = requestCases(cluster.contract, cluster.members.length);
  }

  async run(sent: RequestCase, stage: Stage): Promise<void> {
    const target = stage.fill(sent.target);
    const body = stage.fill(sent.body);
    const headers = sent.headers.map(([name, value]): Header => [stage.fill(name), stage.fill(value)]);
    const { contract } = this.#cluster;
    const bytes = requestBytes({ ...sent, target, headers, body });
    const connection = await this.#connectionTo(sent.member);
    try {
      const answer = await connection.ask(bytes, { toHead: sent.method === 'HEAD' });
      if (answer === null) throw new Violation('no answer, but the end of the connection');
      this.#totals.answered(sent.operation, answer.status);
      this.#before.set(sent.member, shown(bytes));
      judgeAnswer(contract, sent, target, answer);
      judgeBodySent(contract, sent, body, answer);
      const repeated = stage.tokens.find((token) => answer.status >= 400 && answer.body.includes(token));
      if (repeated !== undefined) throw new Violation(`a refusal repeats a token: ${answer.body}`);
    } catch (error) {
      connection.cut();
      this.#connections.delete(sent.member);
      const before = this.#before.get(sent.member);
      throw new Violation(
        `${(error as Error).message}\nsent: ${shown(bytes)}${before === undefined ? '' : `\nafter: ${before}`}`,
      );
    }
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.cut();
    this.#connections.clear();
  }

  async #connectionTo(index: number): Promise<Connection> {
    const open = this.#connections.get(index);
    if (open?.isUsable) return open;
    open?.cut();
    this.#before.delete(index);
    const connection = await Connection.open(this.#cluster.member(index).port);
    this.#connections.set(index, connection);
    return connection;
  }
}

const shown = (bytes: Buffer) => JSON.stringify(bytes.toString('latin1', 0, shownBytes));

type Sent = Pick<RequestCase, 'method' | 'target' | 'headers' | 'body' | 'encoding' | 'chunked'>;

function requestBytes({ method, target, headers, body, encoding, chunked }: Sent): Buffer {
  const content = Buffer.from(body, encoding);
  const framing = chunked
    ? 'Transfer-Encoding: chunked'
    : content.length > 0 || method === 'POST'
      ? `Content-Length: ${content.length}`
      : null;
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'Host: fuzzed',
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  const head = [...lines, ...(framing === null ? [] : [framing]), '', ''].join('\r\n');
  return Buffer.concat([headBytes(head), ...(chunked ? chunksOf(content) : [content])]);
}

/** Characters up to U+00FF as one byte each, so that what is no UTF-8 can be said; others, if there are any, as UTF-8. */
function headBytes(head: string): Buffer {
  return Buffer.from(head, /^[\0-\xff]*$/.test(head) ? 'latin1' : 'utf8');
}

function chunksOf(content: Buffer): Buffer[] {
  const middle = Math.ceil(content.length / 2);
  const parts = [content.subarray(0, middle), content.subarray(middle)].filter((part) => part.length > 0);
  const chunk = (part: Buffer) => [Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')];
  return [...parts.flatMap(chunk), Buffer.from('0\r\n\r\n')];
}
