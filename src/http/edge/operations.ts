/**
 * From what a client sent to an `Operation`: the same for a REST request and for a frame.
 *
 * Role: checks shapes by the schemas of the table and names what is wrong by path; says who a command is from and whom it is about. What is
 * allowed is for the session to say, but for what the caller alone tells. A REST route puts what its address says (player, action, round)
 * into the fields first, so that both ways in meet the same schemas and the same fingerprint.
 */
import { z } from 'zod';
import type { Action, GameCommand } from '../../game/commands.ts';
import { complain, complaintsOf } from '../../game/complaints.ts';
import type { WireShapes } from '../../game/wire-shapes.ts';
import type {
  CommandIdentity,
  ContinueOperation,
  CreateOperation,
  EraseOperation,
  Operation,
  ReadOperation,
} from '../../member/contract/gateway.ts';
import type { Random } from '../../ports/random.ts';
import type { Trace } from '../../ports/tracing.ts';
import { type Caller, JOINERS } from '../../session/permission.ts';
import { idempotencyKey } from '../api/frames.ts';
import { operations } from '../api/operations.ts';
import { playerId } from '../api/schemas.ts';
import {
  commitRound,
  continueGame,
  endRound,
  registeredFields,
  retractAction,
  takeHost,
} from '../api/schemas-commands.ts';
import { requirePermission } from './auth.ts';
import type { DerivedIds } from './derived-ids.ts';
import { fingerprint } from './fingerprint.ts';
import { RequestProblem, WrongFields } from './problem-reply.ts';

/** One request as it came in, over either way. */
export interface Asked {
  readonly gameId: string;
  readonly caller: Caller;
  /** The idempotency key as given, still to be checked. */
  readonly key: unknown;
  /** The client's network address; null over a socket, where nobody joins. */
  readonly from: string | null;
  /** What the body says, and the address. */
  readonly fields: Fields;
  readonly trace: Trace;
}

export type Fields = Readonly<Record<string, unknown>>;

interface Meant {
  /** Whose results this one is kept among. */
  readonly principal: string;
  readonly input: GameCommand;
  /** What makes it the same command, if that is not all of `input`. */
  readonly content?: unknown;
}

/** What a command needs besides its fields. */
interface From {
  readonly gameId: string;
  readonly caller: Caller;
  readonly key: string | null;
  readonly from: string | null;
  readonly ids: DerivedIds;
  readonly shapes: WireShapes;
}

/** What operations are made with. */
export interface Makers {
  readonly ids: DerivedIds;
  readonly shapes: WireShapes;
  readonly random: Random;
}

const ofPlayer = z.object({ playerId });
const nonceLength = 16;

const commands = {
  join_game: (fields, { gameId, caller, key, from, ids }) => {
    const { displayName } = parse(operations.join_game.body, fields);
    const content = { type: 'join', displayName } as const;
    return {
      principal: JOINERS,
      input: { ...content, ...ids.joiner(gameId, key), ...addressesOf(ids, gameId, caller, from) },
      content,
    };
  },
  set_ready: (fields, { caller }) => {
    const { ready } = parse(operations.set_ready.body, fields);
    const { playerId } = parse(ofPlayer, fields);
    return { principal: principalOf(caller, playerId), input: { type: 'set_ready', playerId, ready } };
  },
  leave_game: (fields, { caller }) => {
    const { playerId } = parse(ofPlayer, fields);
    const kicked = caller.kind !== 'player' || caller.playerId !== playerId;
    return { principal: principalOf(caller, playerId), input: { type: 'leave', playerId, kicked } };
  },
  renew_token: (fields, { caller }) => {
    const { playerId } = parse(ofPlayer, fields);
    const by = caller.kind === 'admin' ? 'admin' : 'host';
    const isOwn = caller.kind === 'player' && caller.playerId === playerId;
    return {
      principal: principalOf(caller, playerId),
      input: { type: 'renew_token', playerId, ...(!isOwn && { by }) },
    };
  },
  take_host: (fields, { caller }) => {
    const playerId = required(actingFor(caller, parse(takeHost, fields).playerId));
    const appointed = caller.kind === 'admin';
    return { principal: principalOf(caller, playerId), input: { type: 'take_host', playerId, appointed } };
  },
  lock_game: (fields, { caller }) => {
    const { locked } = parse(operations.lock_game.body, fields);
    return { principal: principalOf(caller), input: { type: 'lock', locked } };
  },
  change_settings: (fields, { caller }) => {
    const { settings } = parse(operations.change_settings.body, fields);
    // As they were sent, as for an action: the owner reads them.
    const input = { type: 'change_settings', settings, byAdmin: caller.kind === 'admin' } as const;
    return { principal: principalOf(caller), input };
  },
  start_game: (_fields, { caller }) => ({ principal: principalOf(caller), input: { type: 'start' } }),
  register_action: (fields, { caller, shapes }) => {
    const { playerId: given, round, ...action } = parse(registeredFields, fields);
    const complaints = shapes.complaints(action);
    if (complaints.length > 0) throw new WrongFields(complaints);
    const playerId = required(actingFor(caller, given));
    const during = round === undefined ? {} : { round };
    return {
      principal: principalOf(caller, playerId),
      // As it was sent: what a default adds may change with the next version, and a repetition has to be the same.
      input: { type: 'register_action', playerId, action: action as Action, ...during },
    };
  },
  retract_action: (fields, { caller }) => {
    const { actionId, playerId: given } = parse(retractAction, fields);
    const playerId = actingFor(caller, given);
    const of = playerId === undefined ? {} : { playerId };
    return { principal: principalOf(caller, playerId), input: { type: 'retract_action', actionId, ...of } };
  },
  commit_round: (fields, { caller }) => {
    const { round, playerId: given } = parse(commitRound, fields);
    const playerId = required(actingFor(caller, given));
    return { principal: principalOf(caller, playerId), input: { type: 'commit_round', round, playerId } };
  },
  end_round: (fields, { caller }) => {
    const { round } = parse(endRound, fields);
    return { principal: principalOf(caller), input: { type: 'end_round', round } };
  },
} satisfies Record<string, (fields: Fields, from: From) => Meant>;

/** The operations that are a command on the state of a game. */
export type CommandId = keyof typeof commands;

/** A command on the state of a game. Throws 400, and 403 if a player names another one as itself. */
export function commandOperation(
  id: CommandId,
  { gameId, caller, key: given, from, fields, trace }: Asked,
  { ids, shapes }: Pick<Makers, 'ids' | 'shapes'>,
): Operation {
  const key = checkedKey(given);
  const meant: Meant = commands[id](fields, { gameId, caller, key, from, ids, shapes });
  const { principal, input, content = input } = meant;
  const command = { principal, key, fingerprint: fingerprint(content) };
  return { kind: 'command', gameId, caller, may: operations[id].may, input, command, trace };
}

/** `continue_game`. Throws 400, and 403 for a game that a player brings. */
export function continueOperation({ gameId, caller, key, fields, trace }: Asked, random: Random): ContinueOperation {
  const { game: document } = parse(continueGame, fields);
  const may = document === undefined ? operations.continue_game.may : (['admin'] as const);
  requirePermission(caller, may);
  const origin = { nonce: random.token(nonceLength), host: null };
  const command = identity(principalOf(caller), key, { type: 'continue_game', game: document });
  return { kind: 'continue', gameId, caller, may, document, origin, command, trace };
}

/** Which id a creation tries: `attempt` counts those that were taken; by `secret`, the first one if absent. `finds`: it only finds what it made. */
export interface Try {
  readonly attempt: number;
  readonly secret?: number;
  readonly finds?: true;
}

/** `create_game`. Throws 400. */
export function createOperation(
  asked: Omit<Asked, 'gameId'>,
  { attempt, secret = 0, finds }: Try,
  { ids, random }: Makers,
): CreateOperation {
  const { settings, displayName } = parse(operations.create_game.body, asked.fields);
  const command = identity('creator', asked.key, { type: 'create_game', settings, displayName });
  const gameId = ids.game(command.key, attempt, secret);
  const addresses = addressesOf(ids, gameId, asked.caller, asked.from);
  const host = { ...ids.host(gameId, command.key, secret), ...addresses, displayName: displayName ?? null };
  const byAdmin = asked.caller.kind === 'admin' && { byAdmin: true as const };
  const origin = { nonce: random.token(nonceLength), host, ...byAdmin };
  const document = finds ? null : { status: 'lobby', ...(settings !== undefined && { settings }) };
  const { caller, trace } = asked;
  return { kind: 'create', gameId, caller, may: operations.create_game.may, document, origin, command, trace };
}

/** `erase_game`; `idleSince` (wall ms): only if nobody has played it since. Throws 400. */
export function eraseOperation(
  { gameId, caller, key, trace }: Omit<Asked, 'fields' | 'from'>,
  idleSince?: number,
): EraseOperation {
  const command = identity(principalOf(caller), key, { type: 'erase_game', idleSince });
  return {
    kind: 'erase',
    gameId,
    caller,
    may: operations.erase_game.may,
    command,
    trace,
    ...(idleSince !== undefined && { idleSince }),
  };
}

/** `get_game`; `consistency` as given, strong if absent. By hand: it is the hottest of all. Throws 400. */
export function readOperation(
  { gameId, caller, trace }: Pick<Asked, 'gameId' | 'caller' | 'trace'>,
  consistency: unknown,
): ReadOperation {
  if (consistency !== undefined && consistency !== 'strong' && consistency !== 'eventual') {
    throw new WrongFields(['consistency: must be "strong" or "eventual"']);
  }
  const { may } = operations.get_game;
  return { kind: 'read', gameId, caller, may, consistency: consistency ?? 'strong', trace };
}

/** A body's fields; an absent body is `{}`. Throws 400 for anything but an object. */
export function fieldsOf(body: unknown): Fields {
  if (body === undefined) return {};
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Fields;
  throw new RequestProblem('bad_request', 'the body must be a JSON object');
}

/** Parses with zod. Throws WrongFields. */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value, { error: complain });
  if (parsed.success) return parsed.data;
  throw new WrongFields(complaintsOf(parsed.error.issues));
}

/** By what a game knows where somebody comes from; administrators come from nowhere. */
function addressesOf(ids: DerivedIds, gameId: string, caller: Caller, from: string | null) {
  return { addresses: from === null || caller.kind === 'admin' ? [] : ids.addresses(gameId, from) };
}

/** For whom the caller acts: a player always for itself, and says so or nothing. Throws 403. */
function actingFor(caller: Caller, given: string | undefined): string | undefined {
  if (caller.kind !== 'player') return given;
  if (given === undefined || given === caller.playerId) return caller.playerId;
  throw new RequestProblem('forbidden', 'playerId: a player acts for itself only');
}

function required(playerId: string | undefined): string {
  if (playerId === undefined) throw new WrongFields(['playerId: is required']);
  return playerId;
}

/** A player; or an administrator, for the player whom the command is about, so that its retries are told apart from others'. */
function principalOf(caller: Caller, playerId?: string): string {
  if (caller.kind === 'player') return `player:${caller.playerId}`;
  return playerId === undefined ? caller.kind : `${caller.kind}:${playerId}`;
}

function identity(principal: string, key: unknown, content: unknown): CommandIdentity {
  return { principal, key: checkedKey(key), fingerprint: fingerprint(content) };
}

/** Throws 400. */
export function checkedKey(key: unknown): string | null {
  if (key === undefined) return null;
  const parsed = idempotencyKey.safeParse(key);
  if (parsed.success) return parsed.data;
  throw new RequestProblem('bad_request', 'the idempotency key must be 1 to 128 printable ASCII characters');
}
