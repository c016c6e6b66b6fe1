/**
 * What a client asks, in the words of a gateway.
 *
 * Invariant: the same `Asked` always gives the same key and the same fingerprint.
 */
import { problem } from '../../../src/errors.ts';
import type { Answer, Gateway, Operation, RoundQuery } from '../../../src/member/contract/gateway.ts';
import { StoreUnavailable } from '../../../src/ports/store.ts';
import type { Caller, Permission } from '../../../src/session/permission.ts';
import type { Viewer } from '../../../src/session/rules.ts';
import { act, endRound, type GameDocument } from '../world/game.ts';
import type { Asked } from '../world/witness.ts';

/** What everybody may do: whom the rules of a real game let do what is not what is simulated. */
const ANYONE: Permission = ['anyone'];
const origin = { nonce: 'nonce', host: null };

/** What a client asks of one game. */
export type ClientOperation = Operation | ({ readonly kind: 'round' } & RoundQuery);

/** As the edge does it. */
export function perform(member: Pick<Gateway, 'execute' | 'round'>, operation: ClientOperation): Promise<Answer> {
  return operation.kind === 'round' ? member.round(operation).catch(unavailable) : member.execute(operation);
}

function unavailable(error: unknown): Answer {
  if (!(error instanceof StoreUnavailable)) throw error;
  const document = problem('cluster_unavailable', error.message, 'unknown');
  return { status: document.status, body: JSON.stringify(document), owner: null };
}

/** Who looks at a game as this viewer. */
export function callerOf(viewer: Viewer): Caller {
  if (viewer === 'admin' || viewer === 'public') return { kind: viewer };
  return { kind: 'player', playerId: viewer.slice('player:'.length), nonce: 'nonce', generation: 1 };
}

/** `document`: of a creation; null for everything else. */
export function operationOf(asked: Asked, document: GameDocument | null): ClientOperation {
  const { kind, gameId, client, key } = asked;
  const addressed = { gameId, caller: callerOf(asked.viewer), may: ANYONE };
  const tag = asked.tag ?? '';
  const command = { principal: `p-${client}`, key, fingerprint: tag === '' ? kind : tag };
  switch (kind) {
    case 'strong':
    case 'eventual':
      return { kind: 'read', ...addressed, consistency: kind };
    case 'round':
      return { kind: 'round', ...addressed, round: asked.round ?? 1 };
    case 'create':
    case 'resume':
      return { kind: 'continue', ...addressed, document, origin, command };
    case 'act':
      return { kind: 'command', ...addressed, input: act(client, tag), command };
    case 'endRound':
      return { kind: 'command', ...addressed, input: endRound(asked.round ?? 1, tag), command };
    case 'erase':
      return { kind: 'erase', ...addressed, command };
  }
}
