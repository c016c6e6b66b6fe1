/**
 * The server that this page came from: behind its one address any member answers.
 */

import { useEffect, useState } from 'preact/hooks';
import { createUseMatch, minotaur, Refused } from '../../client/index.ts';

export const server = minotaur(location.origin);

export const useMatch = createUseMatch({ useEffect, useState });

/** What went wrong, for people. */
export function complaint(error: unknown): string {
  return error instanceof Refused ? error.problem.detail : (error as Error).message;
}
