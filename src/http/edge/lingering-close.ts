/**
 * The end of a connection over which more may be on its way: its last answer arrives all the same.
 *
 * Why: bytes that come to a closed socket are answered with a reset, and a reset discards what the other side has not read yet. Whoever is refused
 * while still sending (413, 415, 404 with a body) would see a broken connection instead of why. So this side says that it will say no more, and
 * reads and drops what comes until the client ends too (RFC 9112, 9.6; nginx calls it a lingering close).
 * Invariant: it ends: with the client's end, after `longestMs`, or after `mostBytes`.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../../ports/clock.ts';

/** Longer than bodies of the largest size take on a slow line, or a client takes to read a refusal. */
const longestMs = 5_000;
/** Many times the largest body that is taken: whoever sends that much does not listen. */
const mostBytes = 16 * 1024 * 1024;

/** From now on `socket.destroySoon()`, by which Node.js ends a connection after its last answer, lingers. */
export function lingerAtEnd(socket: Socket, clock: Clock): void {
  let isEnding = false;
  socket.destroySoon = () => {
    if (isEnding || socket.destroyed) return;
    isEnding = true;
    socket.end();
    // Nobody is served any more: what comes is no request.
    socket.removeAllListeners('data');
    let dropped = 0;
    socket.on('data', ({ length }: Buffer) => {
      dropped += length;
      if (dropped > mostBytes) socket.destroy();
    });
    socket.resume();
    const limit = clock.after(longestMs, () => socket.destroy());
    socket.once('close', () => limit.cancel());
  };
}
