/**
 * What the wire contract says about one operation.
 *
 * Role: the shape of a line of the table (operations.ts). Routes, permissions and both documents (OpenAPI, AsyncAPI) are made from it, so that
 * what is documented and what is done cannot drift apart.
 */
import type { z } from 'zod';
import type { ErrorCode } from '../../errors.ts';
import type { Permission } from '../../session/permission.ts';

export type OperationId =
  | 'create_game'
  | 'list_games'
  | 'get_game'
  | 'continue_game'
  | 'erase_game'
  | 'erase_games'
  | 'join_game'
  | 'join_by_code'
  | 'set_ready'
  | 'leave_game'
  | 'renew_token'
  | 'take_host'
  | 'lock_game'
  | 'change_settings'
  | 'start_game'
  | 'rematch_game'
  | 'get_rematch'
  | 'register_action'
  | 'retract_action'
  | 'commit_round'
  | 'end_round'
  | 'get_events'
  | 'get_round'
  | 'get_location'
  | 'watch_game'
  | 'stream_game'
  | 'get_cluster'
  | 'drain_member'
  | 'undrain_member'
  | 'livez'
  | 'readyz'
  | 'metrics'
  | 'home'
  | 'play'
  | 'cluster'
  | 'docs'
  | 'openapi'
  | 'asyncapi';

/** The operations that a WebSocket takes as frames too. */
export type FrameType = 'get_game' | 'continue_game' | 'register_action' | 'retract_action' | 'commit_round';

export type Tag = 'games' | 'lobby' | 'rounds' | 'history' | 'cluster' | 'health' | 'documents';

export interface ApiOperation<
  Params extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType | null = z.ZodType | null,
> {
  readonly id: OperationId;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With `{name}` where a parameter stands. */
  readonly path: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description: string;
  readonly may: Permission;
  /** Answered on the port for operators only, where there is one. */
  readonly opsOnly: boolean;
  /** The type of frame that does the same. */
  readonly frame: FrameType | null;
  /** From the address: texts in, what the operation needs out. */
  readonly params: Params;
  readonly query: Query;
  /** Null: takes none. An empty body counts as `{}`. */
  readonly body: Body;
  /** By status. What is not here is a problem document. */
  readonly answers: Readonly<Record<number, ApiAnswer>>;
  /** Every code with which this operation may be refused, but for those of an address or a method that there is not. */
  readonly errors: readonly ErrorCode[];
  /** Takes an idempotency key. */
  readonly idempotent: boolean;
  readonly example: ExampleRequest;
}

export interface ApiAnswer {
  readonly description: string;
  /** Null: no body, or none of JSON. */
  readonly schema: z.ZodType | null;
  readonly example: unknown;
  /** JSON unless said otherwise. */
  readonly contentType?: string;
  /** Another content type, for whoever prefers it. */
  readonly otherwise?: string;
  /** Has a `Location` header: the address of what was made. */
  readonly located?: boolean;
}

export interface ExampleRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** One line of the table; keeps the types of its schemas. */
export function operation<Params extends z.ZodObject, Query extends z.ZodObject, const Body extends z.ZodType | null>(
  line: ApiOperation<Params, Query, Body>,
): ApiOperation<Params, Query, Body> {
  return line;
}
