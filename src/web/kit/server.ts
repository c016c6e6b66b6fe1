/**
 * The server that this page came from: behind its one address any member answers.
 */

import { useEffect, useState } from 'preact/hooks';
import { createUseMatch, minotaur, Refused, type SocketClass } from '../../client/index.ts';
import { WatchedSocket, watchedFetch } from './wire.ts';

export const server = minotaur(location.origin, {
  fetch: watchedFetch,
  WebSocket: WatchedSocket as SocketClass | null,
});

export const useMatch = createUseMatch({ useEffect, useState });

/** What went wrong, for people. */
export function complaint(error: unknown): string {
  return error instanceof Refused ? error.problem.detail : (error as Error).message;
}
