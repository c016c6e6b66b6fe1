/**
 * The table of operations: everything that a client can ask for.
 *
 * Role: the one source of the wire contract. Routes are registered from it, permissions travel with the operations that it names, and
 * OpenAPI and AsyncAPI are generated from it.
 */
import type { ApiOperation, OperationId } from './operation.ts';
import { clusterOperations } from './operations-cluster.ts';
import { eraseOperations } from './operations-erase.ts';
import { gameOperations } from './operations-games.ts';
import { lobbyOperations } from './operations-lobby.ts';
import { rematchOperations } from './operations-rematch.ts';
import { roundOperations } from './operations-rounds.ts';
import { watchOperations } from './operations-watch.ts';

/** By id, each with the types of its own schemas. */
export const operations = {
  ...gameOperations,
  ...eraseOperations,
  ...watchOperations,
  ...lobbyOperations,
  ...roundOperations,
  ...rematchOperations,
  ...clusterOperations,
} as const satisfies Record<OperationId, ApiOperation>;

/** In the order of the documents. */
export const everyOperation: readonly ApiOperation[] = Object.values(operations);
