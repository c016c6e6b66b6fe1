/**
 * The spans of a member: what each is called, and what it tells, by the semantic conventions of OpenTelemetry for RPC and messaging.
 *
 * Invariant: only what is done for a request has spans of its own; a write has one for all that is in it.
 */
import { rpcAttributes } from '../../ports/rpc-spans.ts';
import type { Followed, Parent, Span, Traced } from '../../ports/tracing.ts';

interface Asked extends Followed {
  readonly kind: string;
  readonly gameId: string;
}

const service = 'minotaur.member';

/** A message to the owner of a game, another member. */
export function beginForward({ tracing }: Traced, asked: Asked, slot: number, owner: string): Span | undefined {
  if (tracing === null || asked.trace === undefined) return undefined;
  const attributes = { ...rpcOf(asked, asked.trace.requestId, slot), 'server.address': owner };
  return tracing.begin({ role: 'forward', name: `${service}/${asked.kind}`, attributes, parent: asked.trace.parent });
}

/** What the owner of a game is asked, by whichever member. */
export function beginCommand({ tracing }: Traced, asked: Asked, slot: number): Span | undefined {
  if (tracing === null || asked.trace === undefined) return undefined;
  const attributes = rpcOf(asked, asked.trace.requestId, slot);
  return tracing.begin({ role: 'command', name: `${service}/${asked.kind}`, attributes, parent: asked.trace.parent });
}

/** A write of a game, with all that was asked meanwhile. */
export function beginCommit({ tracing }: Traced, gameId: string, slot: number, links: readonly Parent[]) {
  if (tracing === null) return undefined;
  const attributes = {
    'messaging.system': 'nats',
    'messaging.operation.name': 'publish',
    'messaging.operation.type': 'send',
    'messaging.destination.name': 'sessions',
    'minotaur.game.id': gameId,
    'minotaur.slot': slot,
  };
  return tracing.begin({ role: 'commit', name: 'publish sessions', attributes, links });
}

/** The same, as a part of a span; of none: as it is. */
export function within<Operation extends Followed>(operation: Operation, parent: Parent | undefined): Operation {
  if (parent === undefined || operation.trace === undefined) return operation;
  return { ...operation, trace: { ...operation.trace, parent } };
}

function rpcOf({ kind, gameId }: Asked, requestId: string, slot: number) {
  return { ...rpcAttributes({ service, method: kind, requestId, gameId }), 'minotaur.slot': slot };
}
