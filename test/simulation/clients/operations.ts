/**
 * What a client asks, in the words of a gateway.
 *
 * Invariant: the same `Asked` always gives the same key and the same fingerprint.
 */
import type { Operation } from '../../../src/member/gateway.ts';
import { act, endRound, type GameDocument } from '../world/game.ts';
import type { Asked } from '../world/witness.ts';

/** `document`: of a creation; null for everything else. */
export function operationOf(asked: Asked, document: GameDocument | null): Operation {
  const { kind, gameId, viewer, client, key } = asked;
  const tag = asked.tag ?? '';
  const command = { principal: `p-${client}`, key, fingerprint: tag === '' ? kind : tag };
  switch (kind) {
    case 'strong':
    case 'eventual':
      return { kind: 'read', gameId, viewer, consistency: kind };
    case 'create':
    case 'resume':
      return { kind: 'continue', gameId, viewer, document, command };
    case 'act':
      return { kind: 'command', gameId, viewer, input: act(client, tag), command };
    case 'endRound':
      return { kind: 'command', gameId, viewer, input: endRound(asked.round ?? 1, tag), command };
  }
}
