/**
 * What `/docs` serves of the game that is played: both documents of the wire contract, and the page that shows them.
 *
 * Why made by whoever makes an edge: it takes longer than all else of one, and is the same for every edge of a game.
 */
import { asyncapi } from '../api/asyncapi.ts';
import type { DocumentedGame } from '../api/game-schemas.ts';
import { openapi } from '../api/openapi.ts';
import { docsPage } from '../docs/page.ts';
import type { Documents } from '../edge/edge.ts';

export function documentsOf(game: DocumentedGame): Documents {
  const socket = asyncapi(game);
  return { openapi: JSON.stringify(openapi(game)), asyncapi: JSON.stringify(socket), page: docsPage(socket) };
}
