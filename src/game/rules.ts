/**
 * The rules of Minotaur as a session sees them.
 *
 * Role: puts the parts together behind the one interface; everything here is pure.
 */
import type { Lobby, RuleAnswer, RuleOutcome, Rules, Summary } from '../session/rules.ts';
import { givenUpAt, giveUp } from './abandonment.ts';
import { actionId, registerAction, retractAction } from './actions.ts';
import type { GameCommand } from './commands.ts';
import type { GameContext, GameHost } from './context.ts';
import { costOf } from './costs.ts';
import { leave } from './departure.ts';
import { createGame } from './document.ts';
import { takeHost } from './hosting.ts';
import { join, lock, setReady, start } from './lobby.ts';
import { withoutPlay, withoutRest, withPlay, withRest } from './migrations.ts';
import { notices } from './notices.ts';
import { heard, moduleOf } from './play.ts';
import { playerOf } from './players.ts';
import { abandonRound, commitRound, endRound, firstRound, restartClock, wake } from './rounds.ts';
import { isCreator, refuseRepeatedJoin, seatOfKey } from './seat-keys.ts';
import { grant, hostGrant, renewToken, standing } from './seats.ts';
import { changeSettings } from './settings-change.ts';
import { type GameState, parseState } from './state.ts';
import { viewEvents, viewGame, viewRecord } from './views.ts';
import { kept, loweredState } from './written-world.ts';

const stateVersion = 3;
/** The first that keeps worlds. */
const versionOfWorlds = 3;

type Playing = 'module' | 'deadline' | 'create' | 'apply' | 'abandonRound' | 'view' | 'lower' | 'parse';

const fixed: Omit<Rules<GameState, GameCommand>, Playing> = {
  stateVersion,
  timeUp: ({ round, roundEndTime }) => (roundEndTime === null ? { type: 'give_up' } : { type: 'end_round', round }),
  restartClock,
  summary,
  isOver: (state) => state.status === 'concluded',
  standing,
  admitsSpectators: ({ settings }) => settings.spectators ?? false,
  adminOnly,
  subject,
  events: viewEvents,
  record: viewRecord,
  notices,
  answer,
  refuseRepetition: (state, command, made) =>
    command.type === 'join' ? refuseRepeatedJoin(state, command, made) : null,
  hostGrant,
  isCreator: (state, { host }, now) => isCreator(state, host, now),
  draws: (writtenVersion) => writtenVersion >= versionOfWorlds,
  migrations: {
    up: new Map([
      [1, withRest],
      [2, withPlay],
    ]),
    down: new Map([
      [2, withoutRest],
      [3, withoutPlay],
    ]),
  },
};

export interface RuleSettings {
  /** How long a game at rest waits for somebody. */
  readonly abandonMs: number;
  /** What is played, and how its calls are kept in bounds. */
  readonly host: GameHost;
}

/** The rules with what an operator may set. Nothing of it is part of a state. */
export function rulesWith({ abandonMs, host }: RuleSettings): Rules<GameState, GameCommand> {
  return {
    ...fixed,
    module: moduleOf(host.game),
    deadline: (state) => state.roundEndTime ?? givenUpAt(state, abandonMs),
    create: (gameId, document, origin, context) =>
      kept(createGame(gameId, document, origin, { ...context, host }), null, context, host),
    apply: (state, command, context) => kept(apply(state, command, { ...context, host }), state, context, host),
    abandonRound: (state, context) => abandonRound(state, { ...context, host }),
    view: (state, viewer) => viewGame(state, viewer, stateVersion, host),
    lower: (state, moduleVersion) => loweredState(state, moduleVersion, host),
    parse: (stored) => parseState(stored, host.game),
  };
}

/** Whatever is done by a player, or for one, is playing; to end a round or a game from outside is not. */
function apply(state: GameState, command: GameCommand, context: GameContext): RuleOutcome<GameState> {
  const isPlaying = command.type !== 'end_round' && command.type !== 'give_up';
  const playerId = subject(command);
  const woken = isPlaying ? wake(state, context) : state;
  return perform(playerId === null ? woken : heard(woken, playerId), command, context);
}

function perform(state: GameState, command: GameCommand, context: GameContext): RuleOutcome<GameState> {
  switch (command.type) {
    case 'join':
      return join(state, command, context);
    case 'set_ready':
      return setReady(state, command);
    case 'leave':
      return leave(state, command, context);
    case 'renew_token':
      return renewToken(state, command, context);
    case 'lock':
      return lock(state, command);
    case 'change_settings':
      return changeSettings(state, command, context);
    case 'take_host':
      return takeHost(state, command, context);
    case 'start':
      return start(state, context);
    case 'register_action':
      return registerAction(state, command, context);
    case 'retract_action':
      return retractAction(state, command, context);
    case 'commit_round':
      return commitRound(state, command, context);
    case 'end_round':
      return endRound(state, command, context);
    case 'give_up':
      return giveUp(state, context);
  }
}

function adminOnly({ reserved, settings }: GameState, { type }: GameCommand): string | null {
  return type === 'start' && reserved ? costOf(settings) : null;
}

function summary(state: GameState): Summary {
  const { status, settings, suspendedAt, played } = state;
  const summed = { status, listed: settings.listed, suspended: suspendedAt !== null, playedAt: played.at };
  return status === 'lobby' ? { ...summed, lobby: lobbyOf(state) } : summed;
}

/** A lobby that is locked has no seats for anybody. */
function lobbyOf({ players, host, locked, settings }: GameState): Lobby {
  const all = Object.values(players ?? {});
  const name = all.find(({ id }) => id === host)?.displayName ?? null;
  const seatsLeft = locked ? 0 : Math.max(0, settings.maxPlayers - all.length);
  return { seatsLeft, playerCount: all.length, host: name };
}

/** Who joins or starts is nobody in particular yet; an action that is taken back says itself whose it must be. */
function subject(command: GameCommand): string | null {
  switch (command.type) {
    case 'set_ready':
    case 'leave':
    case 'renew_token':
    case 'take_host':
    case 'register_action':
    case 'commit_round':
      return command.playerId;
    case 'join':
    case 'lock':
    case 'change_settings':
    case 'start':
    case 'retract_action':
    case 'end_round':
    case 'give_up':
      return null;
  }
}

function answer(command: GameCommand, version: number, state: GameState): RuleAnswer {
  switch (command.type) {
    case 'join': {
      const playerId = seatOfKey(state, command) ?? command.playerId;
      // A join that the session took for a new one, but that changed nothing, answers as the one that did.
      const joinedAt = Math.min(version, playerOf(state, playerId)?.joinedAtVersion ?? version);
      return granting(201, { playerId, version: joinedAt }, grant(state, 'player', playerId, joinedAt));
    }
    case 'renew_token': {
      const { playerId } = command;
      const role = state.host === playerId ? 'host' : 'player';
      return granting(200, { playerId, version }, grant(state, role, playerId, version));
    }
    case 'take_host':
      return { status: 200, body: { host: command.playerId, version } };
    case 'register_action':
      return { status: 200, body: { actionId: actionId(version), version } };
    case 'leave':
    case 'retract_action':
    case 'give_up':
      return { status: 204, body: null };
    case 'set_ready':
    case 'lock':
    case 'change_settings':
    case 'commit_round':
      return { status: 200, body: { version } };
    case 'start':
      return { status: 200, body: { round: firstRound, version } };
    case 'end_round':
      return { status: 200, body: { round: command.round + 1, version } };
  }
}

function granting(status: number, body: object, token: RuleAnswer['grant'] & object): RuleAnswer {
  return { status, body, grant: token };
}
