/**
 * What carries frames to one client: a WebSocket, or a response that goes on.
 *
 * Why: what may wait unread, and what is skipped for slow readers, does not depend on it (socket-outbox.ts).
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

export interface FrameChannel {
  /** Whether frames can be sent. */
  readonly isOpen: boolean;
  /** Bytes that the client has left unread, as far as they are still here. */
  readonly unreadBytes: number;
  /** `onTaken`: nothing of it is here any more. */
  send(text: string, onTaken: () => void): void;
}

/** `connection` carries `socket`. */
export function socketChannel(socket: WebSocket, connection: Socket): FrameChannel {
  const cork = corking(connection);
  return {
    get isOpen() {
      return socket.readyState === socket.OPEN;
    },
    get unreadBytes() {
      return socket.bufferedAmount;
    },
    send(text, onTaken) {
      cork();
      socket.send(text, onTaken);
    },
  };
}

/** The response is not over. */
export function responseChannel(response: ServerResponse): FrameChannel {
  // Not `response.cork()`: a corked response that ends sends its end first (Node.js 24).
  const cork = corking(response.socket as Socket);
  return {
    get isOpen() {
      return !response.writableEnded && !response.destroyed;
    },
    get unreadBytes() {
      return response.writableLength;
    },
    send(text, onTaken) {
      cork();
      response.write(text, () => onTaken());
    },
  };
}

/** Frames of one tick go out in one write: a reply and the state that it made usually are. */
function corking(connection: Socket): () => void {
  let corked = false;
  return () => {
    if (corked) return;
    corked = true;
    connection.cork();
    process.nextTick(() => {
      corked = false;
      connection.uncork();
    });
  };
}
