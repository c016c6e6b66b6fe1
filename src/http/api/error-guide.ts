/**
 * For every error: when it happens, what a client should do, and an example of its detail.
 *
 * Role: the words of docs/errors.md (a test holds the two together) and of the OpenAPI document.
 */
import type { ErrorCode } from '../../errors.ts';

export interface ErrorGuide {
  readonly when: string;
  readonly advice: string;
  /** An example of `detail`. */
  readonly detail: string;
}

export const errorGuide: Readonly<Record<ErrorCode, ErrorGuide>> = {
  bad_request: {
    when: 'The address, the query, the body or a frame is not as documented; `detail` names what, by path.',
    advice: 'Correct the request; repeating it changes nothing.',
    detail: 'displayName: is required',
  },
  unauthorized: {
    when: 'No token where one is needed, or one that is malformed, tampered with, expired, replaced by a newer one, or of a player who is gone.',
    advice: 'Get a new token (`renew_token` by an administrator, or join again); do not repeat with the same one.',
    detail: 'This token holds no more: the player left, or has a newer one.',
  },
  kicked: {
    when: 'The token is of a player whom the host or an administrator has sent away.',
    advice: 'Tell the player. The token never holds again; joining is refused for ten minutes (`kept_out`).',
    detail: 'kicked: this player was sent away.',
  },
  forbidden: {
    when: 'The token holds, but not for this: another game, another player, or something for the host or administrators.',
    advice: 'Do not repeat it.',
    detail: 'This is for: host, admin.',
  },
  kept_out: {
    when: 'Joining within ten minutes after being sent away: with the key of that seat, or from the address that it was joined from.',
    advice: 'Wait for as long as `detail` says, or join another game. An administrator may join from anywhere.',
    detail: 'Somebody was sent away from here; try again in 540 s.',
  },
  not_found: {
    when: 'There is nothing at this address, or it is answered on the port for operators only.',
    advice: 'Correct the address.',
    detail: 'no such address',
  },
  game_not_alive: {
    when: 'No game with this id is stored; it never was, or it was erased.',
    advice: 'Check the id. An administrator can begin it with `continue_game`.',
    detail: 'No game 7ZK3M0QD is alive.',
  },
  player_not_found: {
    when: 'The player is not, or no longer, in the game.',
    advice: 'Read the game to see who is.',
    detail: 'playerId: no such player is in this game.',
  },
  action_not_found: {
    when: 'No such action was registered, or it is another player’s.',
    advice: 'Read the game to see what is registered.',
    detail: 'No such action is registered.',
  },
  round_not_found: {
    when: 'The round is not finished, was never played, or its record is no longer kept.',
    advice: 'Wait for `round_ended`, or ask for a later round.',
    detail: 'that round is not finished, or was never played',
  },
  member_not_found: {
    when: 'No member with this id is in the cluster.',
    advice: 'Read the cluster (`get_cluster`) to see who is.',
    detail: 'no member m9 is in the cluster',
  },
  method_not_allowed: {
    when: 'There is something at this address, but it does not take this method; the header `Allow` names those that it takes.',
    advice: 'Use one of them.',
    detail: 'this address takes GET, HEAD',
  },
  game_exists: {
    when: 'Every id that was tried for a new game is taken by another one, which is very unlikely.',
    advice: 'Create the game again, with a new key.',
    detail: 'There is a game with this id.',
  },
  game_started: {
    when: 'Joining, getting ready or starting, after the game has started (or in a bare session, which has no lobby).',
    advice: 'Read the game.',
    detail: 'The game has started.',
  },
  lobby_locked: {
    when: 'Joining a lobby that its host has locked.',
    advice: 'Ask the host to unlock it, or join another game.',
    detail: 'The host lets nobody in.',
  },
  game_full: {
    when: 'The lobby already has `settings.maxPlayers` players.',
    advice: 'Wait until somebody leaves, or join another game.',
    detail: 'The game has its 8 players.',
  },
  seats_taken: {
    when: 'Changing `settings.maxPlayers` to less than the number of players who are in the lobby.',
    advice: 'Give as many seats as `detail` says, or send somebody away first.',
    detail: 'settings.maxPlayers: must be at least 3, as many as are there.',
  },
  name_taken: {
    when: 'Joining by a name that a player of the game has: the same but for case and accents, or one that looks the same.',
    advice: 'Join by another name.',
    detail: 'displayName: a player of this game has that name, or one that looks like it.',
  },
  host_present: {
    when: 'Taking the hosting over from a host who has been heard within two minutes, or who hosts for no longer.',
    advice: 'Wait for as long as `detail` says; ask the host to leave, or an administrator.',
    detail: 'The host was heard; try again in 95 s.',
  },
  not_enough_players: {
    when: 'Starting a game that nobody plays.',
    advice: 'Wait until somebody joins.',
    detail: 'A game needs at least 1 player.',
  },
  round_over: {
    when: 'The round that the request is about is not the running one, or the player has already committed it.',
    advice: 'Read the game, and decide anew for the round that runs.',
    detail: 'The round that runs is 2.',
  },
  game_concluded: {
    when: 'The game is over: it can be read, but takes no more commands.',
    advice: 'Do not repeat it.',
    detail: 'The game is concluded.',
  },
  game_not_concluded: {
    when: 'Asking for a rematch of a game that goes on.',
    advice: 'Wait until it is over.',
    detail: 'The game 7ZK3M0QD goes on.',
  },
  game_not_idle: {
    when: 'Erasing a game on the condition that nobody has played it since `idleSince`, but somebody has, or nobody knows when it was.',
    advice: 'Leave it, or erase it without the condition.',
    detail: 'Somebody has played this game since then.',
  },
  game_not_active: {
    when: 'Acting in a game that is still a lobby.',
    advice: 'Wait until it starts.',
    detail: 'The game has not started.',
  },
  not_your_turn: {
    when: 'An action in a round in which it is the turn of others; `turn` in the game says whose.',
    advice: 'Wait for a round in which it is the turn of this player.',
    detail: 'It is not the turn of this player.',
  },
  action_refused: {
    when: 'The game that is played does not allow the action, by what the player sees; `reason` in the problem says why, in a code of the game.',
    advice: 'Read the game, and act otherwise.',
    detail: 'The game refuses this action: cell_taken.',
  },
  actions_final: {
    when: 'Taking an action back in a round whose actions count as they are given (`turn.ends` is `all`).',
    advice: 'Do not repeat it.',
    detail: 'Actions of this round cannot be taken back.',
  },
  no_action_points: {
    when: 'The player has registered `settings.actionPoints` actions in this round.',
    advice: 'Take one back first, or wait for the next round.',
    detail: 'A round of this game has 3 action points a player.',
  },
  game_too_large: {
    when: 'The command would make the game larger than what is kept, or bring more players into a bare session than `settings.maxPlayers`.',
    advice: 'Do not repeat it in this round.',
    detail: 'The game would be larger than 524288 bytes.',
  },
  key_expired: {
    when: 'Repeating a join or a creation with the key that made the seat, over an hour after it was made, or when the secret of tokens that was in use then is not any more.',
    advice:
      'Use the token that the first answer gave. Whoever never got it can be given one by the host or an administrator (`renew_token`).',
    detail: 'The seat was made over an hour ago: its key gives no token any more. The host can give a new one.',
  },
  too_late: {
    when: 'The command arrived so late, or after so many others of the same client, that a repetition could no longer be told from a new one. It was not applied now.',
    advice:
      'Read the game to see whether it was applied before. Never run more than 48 commands ahead of the oldest unanswered one.',
    detail: 'This command is older than the results that are kept.',
  },
  payload_too_large: {
    when: 'The body is larger than the limit (64 KiB unless configured; `continue_game` may be larger), or than what NATS takes when members pass it on.',
    advice: 'Send less.',
    detail: 'the body is too large',
  },
  game_not_storable: {
    when: 'With the command, the game would be larger than what NATS takes in one write, which was configured smaller than it was when the game grew. This copy of it was not applied, and that is not remembered; the game goes on as it was.',
    advice: 'Do not repeat it in this round; tell the operator.',
    detail: 'NATS takes no write as large as this game would be.',
  },
  unsupported_media_type: {
    when: 'There is a body, and it is not JSON in UTF-8 as it is: another `Content-Type` than `application/json`, another charset, or a `Content-Encoding`; `detail` names it.',
    advice: 'Send JSON, and say so.',
    detail: 'send Content-Type: application/json',
  },
  key_reused: {
    when: 'The same client used this `Idempotency-Key` in this game for a command that says something else.',
    advice: 'Use a new key for each command.',
    detail: 'This key was used for another request.',
  },
  too_many_requests: {
    when: 'Too many games created, joins, listings or wrong tokens from this address within a minute.',
    advice: 'Wait for as long as `Retry-After` says.',
    detail: 'too many requests from this address: try again in 12 s',
  },
  too_many_games: {
    when: 'This address has opened as many games as it may within a day.',
    advice: 'Wait for as long as `Retry-After` says, or let an administrator create the game.',
    detail: 'too many games opened from this address; try again in 3600 s',
  },
  rule_failed: {
    when: 'The rules of the game failed on this command, which is a defect; nothing was changed.',
    advice: 'Do not repeat it; report it.',
    detail: 'The rules failed on this command.',
  },
  internal: {
    when: 'Something went wrong that nobody foresaw, which is a defect; it was logged.',
    advice: 'Report it. A command may have been applied: repeat it with the same `Idempotency-Key` only.',
    detail: 'this was logged',
  },
  session_unavailable: {
    when: 'The owner of the game did not answer within the deadline, or there is none right now: mostly for seconds, after a crash or while NATS is away.',
    advice:
      'Try again after `Retry-After`, a command with the same `Idempotency-Key`; `outcome` says whether it may have been applied.',
    detail: 'The owner of the game did not answer in time.',
  },
  session_overloaded: {
    when: 'Too many commands wait for this game, or too many requests for the member that owns it; this one was not applied.',
    advice: 'Try again after `Retry-After`, slower.',
    detail: 'Too many commands wait for this game.',
  },
  cluster_unavailable: {
    when: 'The store, or the member that is asked for, does not answer what is asked of the cluster: listings, records, cordons.',
    advice: 'Try again after `Retry-After`.',
    detail: 'the store does not answer; try again',
  },
};
