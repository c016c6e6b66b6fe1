/**
 * From what a client sent to an `Operation`: the same for a REST body and for a frame's.
 *
 * Role: checks shapes and names what is wrong by path; what is allowed is for the rules to say. A REST route puts what its
 * address says (action, round) into the body first, so that both ways in meet the same schemas and the same fingerprint.
 */
import { z } from 'zod';
import type { GameCommand } from '../game/commands.ts';
import type { CommandIdentity, ContinueOperation, Operation } from '../member/gateway.ts';
import type { Viewer } from '../session/rules.ts';
import { isId } from './edge.ts';
import { fingerprint } from './fingerprint.ts';
import { RequestProblem } from './problem-reply.ts';

/** One request as it came in, over either way. */
export interface CommandRequest {
  readonly gameId: string;
  readonly viewer: Viewer;
  /** The idempotency key as given, still to be checked. */
  readonly key: unknown;
  readonly body: unknown;
}

export type CommandType = GameCommand['type'];

const missing = (expected: string) => (issue: { input?: unknown }) =>
  issue.input === undefined ? 'is required' : `must be ${expected}`;
const id = z
  .string({ error: missing('a string') })
  .refine(isId, { error: 'must be 1 to 64 characters of [A-Za-z0-9_-]' });
const round = z.int({ error: missing('a positive whole number') }).min(1, 'must be a positive whole number');
const whole = z.int({ error: missing('a whole number') });
const vector = z.object({ q: whole, r: whole }, { error: missing('an object {q, r}') });
const anyAction = { round: round.optional(), playerId: id };

const schemas = {
  register_action: z
    .discriminatedUnion(
      'type',
      [
        z.object({ ...anyAction, type: z.literal('move'), vector }),
        z.object({ ...anyAction, type: z.literal('attack'), targetPlayerId: id }),
      ],
      { error: 'must be "move" or "attack"' },
    )
    .transform(
      ({ playerId, round: during, ...action }): GameCommand => ({
        type: 'register_action',
        playerId,
        action,
        ...(during !== undefined && { round: during }),
      }),
    ),
  retract_action: z.object({ actionId: id, playerId: id.optional() }).transform(
    ({ actionId, playerId }): GameCommand => ({
      type: 'retract_action',
      actionId,
      ...(playerId !== undefined && { playerId }),
    }),
  ),
  commit_round: z
    .object({ round, playerId: id })
    .transform((fields): GameCommand => ({ type: 'commit_round', ...fields })),
  end_round: z.object({ round }).transform((fields): GameCommand => ({ type: 'end_round', ...fields })),
} satisfies Record<CommandType, z.ZodType<GameCommand>>;

/** A command on the state of a game. Throws 400. */
export function commandOperation(type: CommandType, request: CommandRequest): Operation {
  const input = parse<GameCommand>(schemas[type], fieldsOf(request.body));
  const principal = 'playerId' in input ? `admin:${input.playerId}` : 'admin';
  const command = identity(principal, request.key, input);
  return { kind: 'command', gameId: request.gameId, viewer: request.viewer, input, command };
}

/** `continue_game`. Throws 400. */
export function continueOperation(request: CommandRequest): ContinueOperation {
  const { game: document } = fieldsOf(request.body);
  if (document !== undefined && !isObject(document))
    throw new RequestProblem('bad_request', 'game: must be a JSON object');
  const command = identity('admin', request.key, { type: 'continue_game', game: document });
  return { kind: 'continue', gameId: request.gameId, viewer: request.viewer, document, command };
}

/** `get_game`; `consistency` as given, strong if absent. Throws 400. */
export function readOperation(gameId: string, viewer: Viewer, consistency: unknown): Operation {
  if (consistency !== undefined && consistency !== 'strong' && consistency !== 'eventual') {
    throw new RequestProblem('bad_request', 'consistency: must be "strong" or "eventual"');
  }
  return { kind: 'read', gameId, viewer, consistency: consistency ?? 'strong' };
}

/** A body's fields; an absent body is `{}`. Throws 400 for anything but an object. */
export function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  if (body === undefined) return {};
  if (!isObject(body)) throw new RequestProblem('bad_request', 'the body must be a JSON object');
  return body;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses with zod. Throws 400 with `path: what is wrong` of every issue. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new RequestProblem('bad_request', details.join('; '));
}

function identity(principal: string, key: unknown, content: unknown): CommandIdentity {
  if (key !== undefined && (typeof key !== 'string' || !/^[\x20-\x7e]{1,128}$/.test(key))) {
    throw new RequestProblem('bad_request', 'the idempotency key must be 1 to 128 printable ASCII characters');
  }
  return { principal, key: key ?? null, fingerprint: fingerprint(content) };
}
