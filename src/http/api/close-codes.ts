/**
 * Why the server closes a WebSocket: the codes of the wire contract, each with what it says to people.
 *
 * Why refuse by close code: a browser learns nothing of a refused upgrade, but it does learn a close code.
 */
import type { WebSocket } from 'ws';
import type { Problem } from '../../errors.ts';

export const closings = {
  internal: [1011, 'something went wrong inside the server'],
  draining: [1012, 'this member is leaving'],
  tooSlow: [1013, 'the client reads too slowly'],
  badRequest: [4400, 'the request is not valid'],
  unauthorized: [4401, 'a token that holds is needed'],
  forbidden: [4403, 'this token, or this origin, may not do that'],
  notAlive: [4404, 'no such game is alive'],
  tooMany: [4429, 'too many sockets, frames or failed attempts'],
} as const satisfies Record<string, readonly [number, string]>;

export type Closing = keyof typeof closings;

/** What a close frame has room for. */
const longestReason = 123;

/** Closes `socket`, with an ASCII reason of its own if there is a better one. */
export function closeSocket(socket: WebSocket, why: Closing, reason: string = closings[why][1]): void {
  socket.close(closings[why][0], reason.slice(0, longestReason));
}

/** How the status of a refusal over REST is said by closing; undefined: it is no reason to close. */
export function closingOf(status: number): Closing | undefined {
  return byStatus.get(status);
}

/** What the problem document of a refusal says better than its code; undefined: nothing. A kicked player must be able to tell that it is one. */
export function reasonOf(problem: string): string | undefined {
  const { code, detail } = JSON.parse(problem) as Partial<Problem>;
  return code === 'kicked' ? detail : undefined;
}

const byStatus: ReadonlyMap<number, Closing> = new Map([
  [400, 'badRequest'],
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'notAlive'],
  [429, 'tooMany'],
]);
