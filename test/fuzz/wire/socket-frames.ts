/**
 * Frames of a WebSocket (RFC 6455), as bytes: what a client sends, right or wrong, and what a server sends, read strictly.
 */
import { BrokenAnswer } from './answer-reader.ts';

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface RawFrame {
  readonly opcode: number;
  readonly payload: Buffer;
  /** False: more parts follow. */
  readonly fin?: boolean;
  /** Reserved bits, 0 to 7. */
  readonly reserved?: number;
  /** A client masks. */
  readonly masked?: boolean;
  /** What the header says, if not the truth. */
  readonly claimedLength?: bigint;
}

/** The mask may be any; with this one text stays readable in a capture. */
const mask = Buffer.alloc(4);

export function frameBytes({
  opcode,
  payload,
  fin = true,
  reserved = 0,
  masked = true,
  claimedLength,
}: RawFrame): Buffer {
  const length = claimedLength ?? BigInt(payload.length);
  const maskBit = masked ? 0x80 : 0;
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const head = Buffer.alloc(length < 126n ? 2 : length < 65_536n ? 4 : 10);
  head[0] = first;
  if (length < 126n) {
    head[1] = maskBit | Number(length);
  } else if (length < 65_536n) {
    head[1] = maskBit | 126;
    head.writeUInt16BE(Number(length), 2);
  } else {
    head[1] = maskBit | 127;
    head.writeBigUInt64BE(BigInt.asUintN(64, length), 2);
  }
  return Buffer.concat(masked ? [head, mask, payload] : [head, payload]);
}

export interface ServerFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** The frames at the beginning of `bytes`, and what is left of them. Throws BrokenAnswer. */
export function readServerFrames(bytes: Buffer): { readonly frames: readonly ServerFrame[]; readonly rest: Buffer } {
  const frames: ServerFrame[] = [];
  let rest = bytes;
  for (;;) {
    const frame = readOne(rest);
    if (frame === null) return { frames, rest };
    frames.push(frame);
    rest = rest.subarray(frame.size);
  }
}

function readOne(bytes: Buffer): (ServerFrame & { readonly size: number }) | null {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return null;
  if ((first & 0xf0) !== 0x80) throw new BrokenAnswer(`a frame in parts, or with reserved bits: ${first.toString(16)}`);
  if ((second & 0x80) !== 0) throw new BrokenAnswer('a masked frame of a server');
  const begin = second === 127 ? 10 : second === 126 ? 4 : 2;
  if (bytes.length < begin) return null;
  const length = second === 127 ? Number(bytes.readBigUInt64BE(2)) : second === 126 ? bytes.readUInt16BE(2) : second;
  const size = begin + length;
  return bytes.length < size ? null : { opcode: first & 0x0f, payload: bytes.subarray(begin, size), size };
}
