/**
 * Schemas of a game as clients see it: documents, views, events, records.
 *
 * Role: bounds are those of the rules (src/game); a view here is a view there, held together by the contract tests.
 */
import { z } from 'zod';
import { displayNameSchema } from '../../game/players.ts';
import { givenSettingsSchema, settingsSchema } from '../../game/settings.ts';
import { actionId, gameId, id, memberOrNull, must, playerId, serverTime, time, version } from './schemas.ts';

export const status = z.enum(['lobby', 'active', 'concluded'], { error: 'must be lobby, active or concluded' }).meta({
  id: 'Status',
  description: 'A lobby takes players; an active game runs a round; a concluded one takes no more commands.',
});

const displayName = displayNameSchema
  .clone({ ...displayNameSchema.def, error: must('a string') })
  .meta({ description: 'The name that others see: 1 to 64 characters, none a control character.', examples: ['Ada'] });

/** Only the bounds are checked here: how a name is read, and which are taken, the rules say (src/game/names.ts). */
export const newName = displayName.meta({
  description:
    'The name that others see: 1 to 24 characters as people count them, trimmed and in NFC; no control, format or invisible character, but for joiners inside emoji and where letters need them; at most 3 combining marks on a letter. In one game no two names are the same, or look it.',
  examples: ['Ada'],
});

const vector = z
  .object({ q: z.int().min(-1_000).max(1_000), r: z.int().min(-1_000).max(1_000) })
  .meta({ id: 'Vector', description: 'A difference of two places, in axial hex coordinates.' });

const move = { type: z.literal('move'), vector };
const attack = { type: z.literal('attack'), targetPlayerId: id('Who is attacked.', 'p1') };

const registeredAction = z
  .discriminatedUnion('type', [z.object({ id: actionId, ...move }), z.object({ id: actionId, ...attack })])
  .meta({ id: 'RegisteredAction' });

const registeredActions = z
  .record(z.string(), z.array(registeredAction))
  .meta({ description: 'By player id: the actions of the running round, in the order in which they were registered.' });

export const givenSettings = givenSettingsSchema.meta({
  id: 'GivenSettings',
  description:
    'Settings of a new game: any of them; the rest get their defaults. `visionRadius` must not be above `worldRadius`. After `idleRounds` rounds in a row without a command of a player the clock is suspended until the next one; 0: never. The default is 5 in a game that `create_game` opens, 0 in one that a document brings.',
});
const settings = settingsSchema.meta({
  id: 'Settings',
  description: 'The settings of a game; fixed when it is created.',
});
const playerSettings = settingsSchema
  .omit({ seed: true })
  .meta({ id: 'PlayerSettings', description: 'The settings of a game as its players see them.' });

/** What `continue_game` takes; the rules check it (src/game/document.ts). */
export const gameDocument = z
  .object({
    id: gameId.optional().meta({ description: 'If it is there, it must be the id of the address.' }),
    status: z.enum(['lobby', 'active']).default('active'),
    round: z.int().min(1).max(1_000_000_000).default(1),
    roundEndTime: time('When the first round ends, RFC 3339 in any precision; a time in the past ends it at once.')
      .nullable()
      .default(null),
    world: z.null().default(null).meta({ description: 'Worlds come from the rules.' }),
    players: z
      .record(
        z.string(),
        z.object({
          id: playerId,
          displayName,
          health: z.int().min(0).max(10_000).optional(),
          ready: z.boolean().default(false),
        }),
      )
      .nullable()
      .default(null)
      .meta({
        description:
          'By id. Null makes a bare session: anybody may act, and only the clock or an administrator ends a round.',
      }),
    registeredActions: z
      .record(
        z.string(),
        z.array(
          z.discriminatedUnion('type', [
            z.object({ id: actionId.optional(), ...move }),
            z.object({ id: actionId.optional(), ...attack }),
          ]),
        ),
      )
      .default({}),
    settings: givenSettings.prefault({}),
  })
  .meta({
    id: 'GameDocument',
    description: 'A game to begin with. Every field may be left out; fields that are not known are ignored.',
  });

const player = {
  id: playerId,
  displayName,
  ready: z.boolean().meta({ description: 'Whether the player said in the lobby that it is ready.' }),
  done: z.boolean().meta({ description: 'Whether the player has committed the running round.' }),
};
const health = z.int().min(0);

const common = {
  id: gameId,
  status,
  round: z.int().min(1).meta({ description: 'The running round; in a lobby, the one that will be the first.' }),
  roundEndTime: time(
    'When the running round ends; null in a lobby, and in an active game whose clock is suspended because nobody plays.',
  ).nullable(),
  locked: z.boolean().meta({ description: 'The host lets nobody into the lobby.' }),
};
const host = z
  .string()
  .nullable()
  .meta({ description: 'The seat of the host; null in a game that nobody hosts.', examples: ['p4XHN2T8RWA'] });

const adminGame = z
  .object({
    ...common,
    world: z.null(),
    host,
    players: z
      .record(z.string(), z.object({ ...player, health }))
      .nullable()
      .meta({ description: 'By id; null in a bare session.' }),
    registeredActions,
    settings,
    stateVersion: z.int().min(1),
  })
  .meta({ id: 'AdminGame', description: 'The whole game, as an administrator sees it.' });

const playerGame = z
  .object({
    ...common,
    world: z.null(),
    you: playerId.meta({ description: 'The seat of who asks.' }),
    host,
    players: z
      .record(
        z.string(),
        z.object({ ...player, health: health.optional().meta({ description: 'Of the player itself only.' }) }),
      )
      .nullable(),
    registeredActions: registeredActions.meta({ description: 'Of the player itself only, under its id.' }),
    settings: playerSettings,
  })
  .meta({ id: 'PlayerGame', description: 'What a player may know of its game.' });

const publicGame = z
  .object({
    ...common,
    playerCount: z.int().min(0),
    maxPlayers: z.int().min(1),
    listed: z.boolean(),
  })
  .meta({ id: 'PublicGame', description: 'What anyone may know of a game.' });

const seen = {
  version,
  serverTime,
  owner: memberOrNull('The member that owns the game; null if none does right now.'),
  stale: z
    .literal(true)
    .optional()
    .meta({ description: 'Of an eventual read: the store did not confirm that this is the newest.' }),
};

const asPlayer = z.object({ game: playerGame, view: z.literal('player'), ...seen });

/** A game with whose eyes it was seen. */
export const gameAnswer = z
  .discriminatedUnion('view', [
    z.object({ game: adminGame, view: z.literal('admin'), ...seen }),
    asPlayer,
    z.object({ game: publicGame, view: z.literal('public'), ...seen }),
  ])
  .meta({ id: 'GameAnswer', description: 'A game as who asks may see it.' });

export { adminGame, asPlayer, playerGame };

const eventBase = {
  seq: z.int().min(1).meta({ description: 'Counts the events of the game from 1, without a gap.' }),
  round: z.int().min(1),
  at: time('When it happened.'),
};
const endReason = z.enum(['time', 'command', 'committed', 'abandoned', 'deserted']).meta({
  id: 'EndReason',
  description:
    'Its time came (`time`); an administrator said so; everybody was done (`committed`); ending it properly failed (`abandoned`); nobody was left to play it, or came back (`deserted`).',
});

export const gameEvent = z
  .discriminatedUnion('type', [
    z.object({ ...eventBase, type: z.literal('game_started') }),
    z.object({ ...eventBase, type: z.literal('round_started') }),
    z.object({ ...eventBase, type: z.literal('clock_suspended') }).meta({
      description: 'Nobody played for `settings.idleRounds` rounds: the round has no end until somebody does.',
    }),
    z
      .object({ ...eventBase, type: z.literal('clock_resumed') })
      .meta({ description: 'Somebody played again: the whole time of the round begins.' }),
    z.object({ ...eventBase, type: z.literal('round_ended'), reason: endReason }),
    z.object({ ...eventBase, type: z.literal('player_left'), playerId, reason: z.enum(['left', 'kicked']) }),
    z
      .object({
        ...eventBase,
        type: z.literal('host_changed'),
        playerId,
        reason: z.enum(['left', 'silent', 'appointed']),
      })
      .meta({
        description:
          'This player hosts from now on: the host left, or was silent and the player took over, or an administrator said so.',
      }),
    z.object({ ...eventBase, type: z.literal('token_given'), playerId, by: z.enum(['host', 'admin']) }).meta({
      description: 'Somebody else gave this player a new token: whoever had the one before is out.',
    }),
    z.object({
      ...eventBase,
      type: z.literal('game_concluded'),
      reason: z.enum(['abandoned']).meta({ description: 'Nobody is left, or nobody came back.' }),
    }),
  ])
  .meta({
    id: 'GameEvent',
    description: 'Something that happened in the game. More types may come: ignore those you do not know.',
  });

const takenAction = z
  .discriminatedUnion('type', [
    z.object({ playerId, id: actionId, ...move }),
    z.object({ playerId, id: actionId, ...attack }),
  ])
  .meta({ id: 'TakenAction' });

export const roundRecord = z
  .object({
    gameId,
    round: z.int().min(1),
    startedAtVersion: version,
    endedAt: time('When the end of the round was applied.'),
    endedAtVersion: version,
    reason: endReason,
    actions: z
      .array(takenAction)
      .meta({ description: 'In the order in which they were carried out; a player sees only its own.' }),
    events: z.array(gameEvent),
    serverTime,
  })
  .meta({ id: 'RoundRecord', description: 'A finished round, for replay.' });
