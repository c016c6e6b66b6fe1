/**
 * What one socket says, read and judged as it comes.
 *
 * What is held: every frame that can be answered is, exactly once, unless the socket closes; it closes only for a reason that it was given, with
 * the code of that reason; whatever comes is as documented; versions rise, events have no gap.
 */
import type { SentFrame } from '../cases/socket.ts';
import type { Connection } from '../wire/connection.ts';
import { frameBytes, opcodes, readServerFrames } from '../wire/socket-frames.ts';
import { expect } from './answers.ts';
import type { TableContract } from './contract-of-table.ts';
import { fateOf, isEnd, isReply } from './fates.ts';

/** By which a game may refuse a socket at any time: cases take seats away, renew tokens, and erase. */
const always = [4401, 4403, 4404];
/** More of them unanswered at once, and ws cuts the socket: the only end without a close. */
const mostPings = 60;
const cut = 1006;

interface Expected {
  readonly contract: TableContract;
  /** The opening was odd: its query may be wrong. */
  readonly isOddOpening: boolean;
  /** At most so many were sent. */
  readonly pings: number;
}

export class Conversation {
  readonly #connection: Connection;
  readonly #contract: TableContract;
  /** Of the frames that have to be answered, up to the first that ends the socket. */
  readonly #due: readonly (string | number)[];
  /** A frame ends the socket. */
  readonly #ends: boolean;
  readonly #codes: readonly number[];
  readonly #replies: (string | number)[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #code: number | null = null;
  #version = 0;
  #seq: number | null = null;

  /** `frames`: that were sent. */
  constructor(connection: Connection, frames: readonly SentFrame[], { contract, isOddOpening, pings }: Expected) {
    const fates = frames.map(fateOf);
    const end = fates.findIndex(isEnd);
    this.#connection = connection;
    this.#contract = contract;
    this.#ends = end !== -1;
    this.#due = (this.#ends ? fates.slice(0, end) : fates).filter(isReply).map(({ ref }) => ref);
    this.#codes = [
      ...always,
      // A frame against the protocol is seen before the one before it has been handled.
      ...fates.filter(isEnd).flatMap(({ codes }) => codes),
      ...(isOddOpening ? [4400] : []),
      ...(this.#ends ? [] : [1000]),
      ...(pings > mostPings ? [cut] : []),
    ];
  }

  /** Waits for all that has to come, and closes; resolves with the code that the member closed with. Rejects with Violation. */
  async end(): Promise<number> {
    await this.#until('every reply, or the end', () => !this.#ends && this.#replies.length >= this.#due.length);
    if (this.#code === null) {
      this.#connection.write(closeFrame);
      await this.#until('the close to be answered', () => false);
    }
    this.#connection.finish(closeFrame);
    const code = this.#code ?? cut;
    expect(this.#codes.includes(code), `it closes with ${code}; a reason is there for ${this.#codes}`);
    if (!this.#ends)
      expect(
        this.#replies.every((ref) => this.#due.includes(ref)),
        `replies to nothing: ${this.#replies}`,
      );
    const isComplete = this.#replies.length === this.#due.length;
    expect(
      isComplete || this.#ends || code !== 1000,
      `${this.#replies.length} replies to ${this.#due.length} frames: ${this.#replies}`,
    );
    await this.#connection.until('the member to hang up', () => this.#connection.isOver);
    return code;
  }

  /** Resolves when `condition` holds, or with the end. */
  #until(what: string, condition: () => boolean): Promise<void> {
    return this.#connection.until(what, () => {
      this.#read();
      if (this.#connection.isOver) this.#code ??= cut;
      return this.#code !== null || condition();
    });
  }

  #read(): void {
    const { frames, rest } = readServerFrames(Buffer.concat([this.#bytes, this.#connection.takeRest()]));
    this.#bytes = rest;
    for (const { opcode, payload } of frames) {
      expect(this.#code === null, 'a frame after the close');
      if (opcode === opcodes.close) this.#code = payload.length < 2 ? 1005 : payload.readUInt16BE(0);
      else if (opcode === opcodes.text) this.#take(payload.toString());
      else expect(opcode === opcodes.ping || opcode === opcodes.pong, `a frame with opcode ${opcode}`);
    }
  }

  #take(text: string): void {
    // biome-ignore lint/suspicious/noExplicitAny: checked against the documents at once.
    const frame: any = JSON.parse(text);
    const wrong = this.#contract.frameCheck(frame.type)(frame);
    expect(wrong === null, `a frame that is not as documented: ${wrong} ${text}`);
    if (frame.type === 'reply') {
      expect(frame.status < 500, `a frame is answered ${frame.status}: ${text}`);
      this.#replies.push(frame.ref);
    } else if (frame.type === 'game') {
      // A client that says it has seen more than there is starts over, and is told so.
      expect(frame.reset || frame.version > this.#version, `version ${frame.version} after ${this.#version}`);
      this.#version = frame.version;
    } else if (frame.type === 'events') {
      if (frame.reset) this.#seq = null;
      for (const { seq } of frame.events) {
        expect(this.#seq === null || seq === this.#seq + 1, `event ${seq} after ${this.#seq}`);
        this.#seq = seq;
      }
    }
  }
}

const closeFrame = frameBytes({ opcode: opcodes.close, payload: Buffer.from([3, 0xe8]) });
