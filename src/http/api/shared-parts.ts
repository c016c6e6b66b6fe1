/**
 * What both documents say: who may what, how tokens are sent, and how to begin.
 */
import type { Permission, Relation } from '../../session/permission.ts';
import type { ApiOperation } from './operation.ts';

/** Of the contract, not of the program: additions raise the second number, the first one is in every address. */
export const contractVersion = '1.0';

export const introduction = `The wire contract of Minotaur: JSON over HTTP, and a WebSocket a game (\`/docs/asyncapi.json\`).

- **Additive.** Fields, types of events and frames may be added: ignore those that you do not know.
- **Any member.** Every member answers for every game. \`x-minotaur-member\` names who answered, \`x-minotaur-owner\` who owns the game.
- **Committed.** A command is answered after it was stored for good. Give every command an \`Idempotency-Key\`, and repeat it with the same key until it is answered.
- **Errors** are problem documents (RFC 9457): act on \`code\`. An address that there is not answers 404 \`not_found\`, a method that an address does not take 405 \`method_not_allowed\` (under \`/docs\`, 404).
- **Requests** have ids: \`x-request-id\` of every answer, and \`requestId\` of problems with status 500 and above, is what operators find the request by. One that a request comes with is kept if it is 1 to 64 letters, digits, \`.\`, \`_\` and \`-\`.
- **Tokens** go into \`Authorization: Bearer …\`. One that is wrong is refused everywhere, even where none is needed.
- **Times** are RFC 3339, UTC. **Ids** are 1 to 64 characters of \`[A-Za-z0-9_-]\`; \`__proto__\` is none. An empty body counts as \`{}\`.`;

const relationTexts: Readonly<Record<Relation, string>> = {
  anyone: 'anyone, without a token too',
  player: 'any player of the game',
  self: 'the player that it is about',
  host: 'the host of the game',
  admin: 'an administrator',
  spectator: 'anyone, without a token too, where `settings.spectators` is true',
};

/** One line for people. */
export function permissionText(may: Permission): string {
  return `*For:* ${may.map((relation) => relationTexts[relation]).join('; ')}.`;
}

export const securitySchemes = {
  adminToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'A token of an administrator (`MINOTAUR_ADMIN_TOKENS`).',
  },
  playerToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'v1.<payload>.<mac>',
    description:
      'The token that `create_game`, `join_game` or `renew_token` gave. It holds for its own game and player only.',
  },
} as const;

/** Health and documents take no token; elsewhere one that is sent is looked at, even where none is needed. */
export function securityOf({ tag, may }: Pick<ApiOperation, 'tag' | 'may'>): Record<string, never[]>[] {
  if (tag === 'health' || tag === 'documents') return [];
  if (may.includes('anyone') || may.includes('spectator')) return [{}, { playerToken: [] }, { adminToken: [] }];
  const forPlayers = may.some((relation) => relation !== 'admin');
  return [...(forPlayers ? [{ playerToken: [] }] : []), ...(may.includes('admin') ? [{ adminToken: [] }] : [])];
}
