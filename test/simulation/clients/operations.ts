/**
 * What a client asks, in the words of a gateway.
 *
 * Invariant: the same `Asked` always gives the same key and the same fingerprint.
 */
import type { Operation } from '../../../src/member/gateway.ts';
import type { Caller, Permission } from '../../../src/session/permission.ts';
import type { Viewer } from '../../../src/session/rules.ts';
import { act, endRound, type GameDocument } from '../world/game.ts';
import type { Asked } from '../world/witness.ts';

/** What everybody may do: whom the rules of a real game let do what is not what is simulated. */
const ANYONE: Permission = ['anyone'];
const origin = { nonce: 'nonce', host: null };

/** Who looks at a game as this viewer. */
export function callerOf(viewer: Viewer): Caller {
  if (viewer === 'admin' || viewer === 'public') return { kind: viewer };
  return { kind: 'player', playerId: viewer.slice('player:'.length), nonce: 'nonce', generation: 1 };
}

/** `document`: of a creation; null for everything else. */
export function operationOf(asked: Asked, document: GameDocument | null): Operation {
  const { kind, gameId, client, key } = asked;
  const addressed = { gameId, caller: callerOf(asked.viewer), may: ANYONE };
  const tag = asked.tag ?? '';
  const command = { principal: `p-${client}`, key, fingerprint: tag === '' ? kind : tag };
  switch (kind) {
    case 'strong':
    case 'eventual':
      return { kind: 'read', ...addressed, consistency: kind };
    case 'create':
    case 'resume':
      return { kind: 'continue', ...addressed, document, origin, command };
    case 'act':
      return { kind: 'command', ...addressed, input: act(client, tag), command };
    case 'endRound':
      return { kind: 'command', ...addressed, input: endRound(asked.round ?? 1, tag), command };
  }
}
