/**
 * Answers and errors that several operations share, and the examples in them.
 *
 * Role: keeps the table short. Examples are of one small story: Ada hosts the game 7ZK3M0QD, Bob joins.
 */
import { z } from 'zod';
import type { ErrorCode } from '../../errors.ts';
import { anyFields } from './game-schemas.ts';
import type { ApiAnswer } from './operation.ts';
import { version } from './schemas.ts';
import { gameAnswer } from './schemas-game.ts';

export const exampleGame = '7ZK3M0QD';
export const exampleRematch = 'W4T80GSE';
export const ada = 'p4XHN2T8RWA';
export const bob = 'pC0V9QJ31ME';
export const exampleTime = '2030-01-31T11:59:30.000Z';
export const exampleToken = 'v1.eyJnYW1lIjoiN1pLM00wUUQifQ.3q2-7wAAAAA';
export const exampleRematchToken = 'v1.eyJnYW1lIjoiVzRUODBHU0UifQ.3q2-7wAAAAA';

const exampleSettings = {
  roundSeconds: 60,
  actionPoints: 3,
  maxPlayers: 8,
  listed: false,
  idleRounds: 5,
  bots: 0,
  awayRounds: 3,
  table: {},
  [anyFields]: 'settings',
};

export const examplePlayerGame = {
  id: exampleGame,
  status: 'lobby',
  round: 1,
  roundEndTime: null,
  world: null,
  you: ada,
  locked: false,
  bots: 0,
  host: ada,
  players: { [ada]: { id: ada, displayName: 'Ada', ready: false, done: false, [anyFields]: 'player' } },
  registeredActions: {},
  settings: exampleSettings,
} as const;

export const exampleAdminGame = {
  id: exampleGame,
  status: 'active',
  round: 1,
  roundEndTime: '2030-01-31T12:00:00.000Z',
  world: null,
  locked: false,
  host: null,
  players: null,
  registeredActions: {},
  settings: { ...exampleSettings, idleRounds: 0, seed: 7 },
  stateVersion: 3,
} as const;

export const examplePublicGame = {
  id: exampleGame,
  status: 'active',
  round: 3,
  roundEndTime: '2030-01-31T12:00:00.000Z',
  locked: false,
  playerCount: 2,
  maxPlayers: 8,
  listed: false,
  spectators: false,
} as const;

export const gameFor = (description: string, example: object): ApiAnswer => ({
  description,
  schema: gameAnswer,
  example: { ...example, serverTime: exampleTime },
});

/** Nothing to say but that it is done. */
export const done: ApiAnswer = { description: 'Done.', schema: null, example: null };

export const versioned: ApiAnswer = {
  description: 'Committed.',
  schema: z.object({ version }).meta({ id: 'Committed' }),
  example: { version: 7 },
};

/** Wherever a token may be sent. */
export const withToken = ['unauthorized', 'forbidden', 'too_many_requests', 'internal'] as const satisfies ErrorCode[];

/** Wherever one game is asked about. */
export const ofOneGame = [
  'bad_request',
  ...withToken,
  'kicked',
  'game_not_alive',
  'session_unavailable',
  'session_overloaded',
] as const satisfies ErrorCode[];

export const withBody = ['payload_too_large', 'unsupported_media_type'] as const satisfies ErrorCode[];

/** Whatever changes a game, besides what its rules say. */
export const ofCommand = [
  ...ofOneGame,
  ...withBody,
  'game_concluded',
  'game_too_large',
  'game_not_storable',
  'too_late',
  'key_reused',
  'rule_failed',
] as const satisfies ErrorCode[];
