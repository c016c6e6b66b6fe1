/**
 * Operations that may give somebody a token: performed, and the token put into the answer.
 *
 * Why here: the session says who gets one; only the edge has the secrets. Tokens are signed anew at every repetition, and never stored.
 */
import type { ErrorCode } from '../../errors.ts';
import type { Answer, Operation } from '../../member/contract/gateway.ts';
import type { Edge } from '../edge/edge.ts';
import { type Asked, commandOperation, createOperation, type Try } from '../edge/operations.ts';
import { RequestProblem } from '../edge/problem-reply.ts';

/** Ids that are tried before a creation is given up: by chance, not even the second is ever needed. */
const mostAttempts = 4;

/** What the gateway answers, with `token` in the body if there is one to give, and for a creation `playerId`. */
export async function perform(edge: Edge, operation: Operation): Promise<Answer> {
  const answer = await edge.gateway.execute(operation);
  const { grant } = answer;
  if (grant === undefined) return answer;
  const token = edge.auth.sign(operation.gameId, grant);
  const added = operation.kind === 'create' ? { playerId: grant.playerId, token } : { token };
  return { ...answer, body: withFields(answer.body, added) };
}

/**
 * `create_game`. Where the id is taken by another game, the next one is tried; a repetition with the same key takes the same steps, and
 * so finds its own game. While a secret is being replaced, the game that a key made under another one is looked for first. Throws 400.
 */
export async function createGame(
  edge: Edge,
  asked: Omit<Asked, 'gameId'>,
): Promise<{ gameId: string; answer: Answer }> {
  const secrets = asked.key === undefined ? [] : edge.ids.olderSecrets;
  for (const secret of secrets) {
    const found = await tryIds(edge, asked, { secret, finds: true });
    if (found.answer.status === 201 || found.answer.status === 503 || hasCode(found.answer, 'key_expired'))
      return found;
  }
  return tryIds(edge, asked, {});
}

/** `join_game` in the first of these games that is alive; there is one at least. Throws 400. */
export async function joinGame(
  edge: Edge,
  asked: Omit<Asked, 'gameId'>,
  gameIds: readonly string[],
): Promise<{ gameId: string; answer: Answer }> {
  for (const [index, gameId] of gameIds.entries()) {
    const answer = await perform(edge, commandOperation('join_game', { ...asked, gameId }, edge));
    if (index === gameIds.length - 1 || !hasCode(answer, 'game_not_alive')) return { gameId, answer };
  }
  throw new RequestProblem('bad_request', 'code: must be a join code, 8 letters and digits');
}

/** An answer that says, too, which game it is about. */
export function withGame(gameId: string, answer: Answer): Answer {
  return { ...answer, body: withFields(answer.body, { gameId }) };
}

async function tryIds(
  edge: Edge,
  asked: Omit<Asked, 'gameId'>,
  by: Omit<Try, 'attempt'>,
): Promise<{ gameId: string; answer: Answer }> {
  for (let attempt = 1; ; attempt += 1) {
    const operation = createOperation(asked, { ...by, attempt }, edge);
    const answer = await perform(edge, operation);
    if (attempt === mostAttempts || !hasCode(answer, 'game_exists')) return { gameId: operation.gameId, answer };
  }
}

export function hasCode({ status, body }: Answer, code: ErrorCode): boolean {
  return status >= 400 && (JSON.parse(body) as { code?: unknown }).code === code;
}

/** Adds fields to the text of a JSON object that has some, without reading it. */
function withFields(body: string, fields: Readonly<Record<string, string>>): string {
  return `${body.slice(0, body.lastIndexOf('}'))},${JSON.stringify(fields).slice(1)}`;
}
