/**
 * Every error that a client can get: its stable code, HTTP status and title (RFC 9457).
 *
 * Role: the single table; docs/errors.md is checked against it by a test.
 * Why codes: clients act on `code`, people read `detail`; `title` never changes for a code.
 */
const table = {
  bad_request: [400, 'The request is not valid'],
  unauthorized: [401, 'A valid token is needed'],
  kicked: [401, 'The player was sent away'],
  forbidden: [403, 'This token may not do that'],
  kept_out: [403, 'Who was sent away may not come straight back'],
  not_found: [404, 'There is nothing at this address'],
  game_not_alive: [404, 'No such game is alive'],
  player_not_found: [404, 'No such player is in this game'],
  action_not_found: [404, 'No such action is registered'],
  round_not_found: [404, 'No such round is finished'],
  member_not_found: [404, 'No such member is in the cluster'],
  method_not_allowed: [405, 'This address does not take that method'],
  game_exists: [409, 'There is a game with this id'],
  game_started: [409, 'The game has started'],
  lobby_locked: [409, 'The lobby takes nobody in'],
  game_full: [409, 'The game has no room for another player'],
  seats_taken: [409, 'More players are there than that many seats'],
  name_taken: [409, 'A player of the game has this name, or one that looks like it'],
  host_present: [409, 'The host is there'],
  not_enough_players: [409, 'The game has too few players to start'],
  round_over: [409, 'That round is not running'],
  game_concluded: [409, 'The game is concluded'],
  game_not_concluded: [409, 'The game is not over yet'],
  game_not_idle: [409, 'Somebody has played the game since'],
  game_not_active: [409, 'The game is not running a round'],
  not_your_turn: [409, 'It is not the turn of this player'],
  action_refused: [409, 'The game does not allow this action'],
  actions_final: [409, 'Actions of this round cannot be taken back'],
  no_action_points: [409, 'The player has no action points left in this round'],
  game_too_large: [409, 'The game has reached its largest size'],
  key_expired: [409, 'This idempotency key gives no token any more'],
  too_late: [409, 'This command is older than what can still be told apart from a repetition'],
  payload_too_large: [413, 'The request is too large'],
  game_not_storable: [413, 'The game would be larger than what can be stored'],
  unsupported_media_type: [415, 'The body must be JSON'],
  key_reused: [422, 'This idempotency key was used for another request'],
  too_many_requests: [429, 'Too many requests'],
  too_many_games: [429, 'Too many games from this address'],
  rule_failed: [500, 'The rules of the game failed on this command; nothing was changed'],
  internal: [500, 'Something went wrong inside the server'],
  session_unavailable: [503, 'The game cannot be reached right now'],
  session_overloaded: [503, 'Too many commands wait for this game'],
  cluster_unavailable: [503, 'The cluster cannot answer right now'],
} as const satisfies Record<string, readonly [number, string]>;

export type ErrorCode = keyof typeof table;

export const errorCodes = Object.keys(table) as readonly ErrorCode[];

/** Whether the command that a 503 answers was applied: nobody knows, or certainly not. */
export type UnavailableOutcome = 'unknown' | 'notApplied';

/** An RFC 9457 problem document. `outcome` is there if and only if `status` is 503. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly outcome?: UnavailableOutcome;
  /** If `status` is 500 or above: by what the logs of the members tell of the request. */
  readonly requestId?: string;
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(table, code);
}

/** The code by that name; `internal` if there is none. */
export function errorCodeOf(code: string): ErrorCode {
  return isErrorCode(code) ? code : 'internal';
}

export function problem(code: ErrorCode, detail: string, outcome: UnavailableOutcome = 'notApplied'): Problem {
  const [status, title] = table[code];
  const base = { type: `urn:minotaur:problem:${code}`, title, status, code, detail };
  return status === 503 ? { ...base, outcome } : base;
}
