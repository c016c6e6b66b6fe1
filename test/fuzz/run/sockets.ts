/**
 * The lane of sockets: each opened, sent its frames, and closed or cut.
 */
import type fc from 'fast-check';
import { clientFrames } from '../../../src/http/api/frames.ts';
import { type SentFrame, type SocketCase, socketCases, wrongFrameParts } from '../cases/socket.ts';
import { expect, judgeGenerally, Violation } from '../judge/answers.ts';
import { Conversation } from '../judge/conversation.ts';
import { Connection } from '../wire/connection.ts';
import { frameBytes, opcodes } from '../wire/socket-frames.ts';
import type { FuzzCluster } from './fuzz-cluster.ts';
import type { Lane } from './lane.ts';
import type { Stage } from './stage.ts';
import type { Totals } from './totals.ts';

const shownBytes = 300;

export class SocketLane implements Lane<SocketCase> {
  readonly name = 'sockets';
  readonly cases: fc.Arbitrary<SocketCase>;
  readonly #cluster: FuzzCluster;
  readonly #totals: Totals;

  constructor(cluster: FuzzCluster, totals: Totals) {
    this.#cluster = cluster;
    this.#totals = totals;
    this.cases = socketCases(Object.keys(clientFrames), cluster.contract.schemas(clientFrames), cluster.members.length);
  }

  async run(sent: SocketCase, stage: Stage): Promise<void> {
    const head = [
      `GET ${sent.target} HTTP/1.1`,
      'Host: fuzzed',
      ...sent.headers.map(([name, value]) => `${name}: ${value}`),
      '',
      '',
    ];
    const opening = stage.fill(head.join('\r\n'));
    const all = Array.from({ length: sent.times }, () => sent.frames).flat();
    const frames = all.map((frame) => ('text' in frame ? { ...frame, text: stage.fill(frame.text) } : frame));
    const connection = await Connection.open(this.#cluster.member(sent.member).port);
    try {
      const answer = await connection.ask(Buffer.from(opening, 'latin1'));
      if (answer === null) throw new Violation('the connection ends without an answer');
      this.#totals.answered('watch_game', answer.status);
      if (answer.status === 101) {
        const protocol = answer.headers.get('sec-websocket-protocol');
        expect(protocol === undefined || protocol === 'minotaur.v1', `the subprotocol is echoed: ${protocol}`);
        await this.#converse(connection, frames, sent);
      } else {
        judgeGenerally(answer);
        expect(sent.isOddOpening, `a right opening is answered ${answer.status}: ${answer.body}`);
        expect(answer.status >= 400, `an opening is answered ${answer.status}`);
      }
    } catch (error) {
      const shown = frames
        .slice(0, sent.frames.length)
        .map((frame) => ('text' in frame ? JSON.stringify(frame.text.slice(0, shownBytes)) : frame.what));
      throw new Violation(
        `${(error as Error).message}\nopened: ${JSON.stringify(opening.slice(0, 1_500))}\nframes, ${sent.times} times: ${shown.join(' ')}`,
      );
    } finally {
      connection.cut();
    }
  }

  close(): void {}

  async #converse(connection: Connection, frames: readonly SentFrame[], sent: SocketCase): Promise<void> {
    const bytes = frames.map(bytesOf);
    if (sent.atOnce) connection.write(Buffer.concat(bytes));
    else for (const each of bytes) connection.write(each);
    this.#totals.frames += frames.length;
    if (sent.ending === 'cut') return;
    const pings = frames.reduce((sum, frame) => sum + (frame.kind === 'text' ? frame.parts - 1 : 1), 0);
    const { isOddOpening } = sent;
    const { contract } = this.#cluster;
    this.#totals.closed(await new Conversation(connection, frames, { contract, isOddOpening, pings }).end());
  }
}

function bytesOf(frame: SentFrame): Buffer {
  switch (frame.kind) {
    case 'wrong':
      return Buffer.concat(wrongFrameParts[frame.what].map(frameBytes));
    case 'text':
      return inParts(Buffer.from(frame.text), frame.parts);
    case 'bytes':
      return frameBytes({ opcode: opcodes.text, payload: Buffer.from(frame.text, 'latin1') });
    default:
      return frameBytes({ opcode: opcodes[frame.kind], payload: Buffer.from(frame.text, 'latin1') });
  }
}

/** Between two parts a ping, as is allowed. */
function inParts(payload: Buffer, parts: number): Buffer {
  const size = Math.ceil(payload.length / parts);
  const frames = Array.from({ length: parts }, (_, index) => {
    const part = payload.subarray(index * size, (index + 1) * size);
    return frameBytes({
      opcode: index === 0 ? opcodes.text : opcodes.continuation,
      payload: part,
      fin: index === parts - 1,
    });
  });
  const ping = frameBytes({ opcode: opcodes.ping, payload: Buffer.from('p') });
  return Buffer.concat(frames.flatMap((frame, index) => (index === 0 ? [frame] : [ping, frame])));
}
