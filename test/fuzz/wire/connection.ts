/**
 * One TCP connection to a member: any bytes out, answers in.
 *
 * Role: what a client library would refuse to send can be sent, and what it would forgive is seen.
 * Invariants:
 *  - A wait ends: by what was waited for, by the end of the connection, or by an error after `patienceMs`.
 *  - An answer that nobody asked for is an error of the next request, not its answer.
 */
import { connect, type Socket } from 'node:net';
import { AnswerReader, BrokenAnswer, type HttpAnswer } from './answer-reader.ts';

/** Longer than any request may take that a member answers in time. */
const patienceMs = 15_000;

export class Connection {
  readonly #socket: Socket;
  readonly #reader = new AnswerReader();
  readonly #waiting = new Set<() => void>();
  #isOver = false;
  #isLast = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const over = () => {
      this.#isOver = true;
      this.#tell();
    };
    socket.setNoDelay(true);
    // A member may reset what it has answered for good; what matters is whether it answered.
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      this.#reader.add(bytes);
      this.#tell();
    });
    socket.once('end', over).once('close', over);
  }

  /** Rejects if nobody listens. */
  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Connection(socket));
      });
    });
  }

  /** Whether another request may be sent. */
  get isUsable(): boolean {
    return !this.#isOver && !this.#isLast;
  }

  /** What came after the last answer. */
  takeRest(): Buffer {
    return this.#reader.takeRest();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Writes, and then no more. */
  finish(bytes: Buffer): void {
    this.#socket.end(bytes);
  }

  /** Sends one request; resolves with its answer, or with null if the connection ended without one. One that goes on is cut. */
  async ask(bytes: Buffer, { toHead = false } = {}): Promise<HttpAnswer | null> {
    if (this.#reader.rest.length > 0) throw new BrokenAnswer('an answer that nobody asked for');
    this.write(bytes);
    const answer = await this.#next(toHead);
    if (answer?.headers.get('connection') === 'close') this.#isLast = true;
    if (answer?.headers.get('content-type') === 'text/event-stream') this.cut();
    return answer;
  }

  /** Sends bytes and then no more; resolves with all answers when the member has closed. */
  async askAll(bytes: Buffer): Promise<readonly HttpAnswer[]> {
    this.finish(bytes);
    await this.until('the member to close', () => this.#isOver);
    const answers: HttpAnswer[] = [];
    for (;;) {
      const answer = this.#reader.next({ isOver: true });
      if (answer === null) break;
      answers.push(answer);
    }
    if (this.#reader.rest.length > 0) throw new BrokenAnswer('half an answer');
    return answers;
  }

  /** Resolves when `condition` holds, rejects when it throws; it is looked at when bytes come and when the connection ends. */
  async until(what: string, condition: () => boolean): Promise<void> {
    if (condition()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = () => {
      try {
        if (condition()) resolve();
      } catch (error) {
        reject(error);
      }
    };
    const timer = setTimeout(() => reject(new Error(`waited ${patienceMs} ms in vain for ${what}`)), patienceMs);
    this.#waiting.add(look);
    await promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(look);
    });
  }

  /** Ends it, however it is. */
  cut(): void {
    this.#socket.destroy();
  }

  async #next(toHead: boolean): Promise<HttpAnswer | null> {
    let answer: HttpAnswer | null = null;
    await this.until('an answer', () => {
      answer = this.#reader.next({ toHead, isOver: this.#isOver });
      return answer !== null || this.#isOver;
    });
    return answer;
  }

  #tell(): void {
    for (const look of [...this.#waiting]) look();
  }
}
