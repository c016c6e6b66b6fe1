/**
 * A message as it came in over a connection.
 */
import type { MsgImpl } from 'nats/lib/nats-base-client/internal_mod.js';

/** `payload` is a view into the socket's buffer: copy what is kept. */
export interface Message {
  readonly subject: string;
  readonly reply: string;
  /** The raw header block; null if the message has none. */
  readonly headers: Buffer | null;
  readonly payload: Buffer;
}

const EMPTY = Buffer.alloc(0);
const NO_RESPONDERS = Buffer.from('NATS/1.0 503');

/** From what the client library hands over, without parsing the headers as it would. */
export function toMessage(raw: MsgImpl): Message {
  const headerLength = raw._msg.hdr;
  const bytes = raw._rdata ? asBuffer(raw._rdata) : EMPTY;
  return {
    subject: raw.subject,
    get reply() {
      return raw.reply;
    },
    headers: headerLength > 0 ? bytes.subarray(0, headerLength) : null,
    payload: headerLength > 0 ? bytes.subarray(headerLength) : bytes,
  };
}

/** The server's own answer for a subject without subscribers: status 503 and nothing else. */
export function isNoResponders({ headers, payload }: Message): boolean {
  return headers !== null && payload.length === 0 && NO_RESPONDERS.equals(headers.subarray(0, NO_RESPONDERS.length));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
