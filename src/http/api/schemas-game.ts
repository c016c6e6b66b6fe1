/**
 * Schemas of a game as clients see it: documents and views.
 *
 * Role: bounds are those of the rules (src/game); a view here is a view there, held together by the contract tests.
 */
import { z } from 'zod';
import { displayNameSchema } from '../../game/players.ts';
import { changedSettings as changed, givenSettings as given, settingsSchema } from '../../game/settings.ts';
import { actionId, gameId, memberOrNull, must, playerId, serverTime, time, version } from './schemas.ts';

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

/** What the game that is played says of actions, events, settings and players: placeholders, which game-schemas.ts fills in. */
const registeredAction = z.looseObject({ id: actionId, type: z.string() }).meta({ id: 'RegisteredAction' });
const documentAction = z.looseObject({ id: actionId.optional(), type: z.string() }).meta({ id: 'DocumentAction' });

const registeredActions = z
  .record(z.string(), z.array(registeredAction))
  .meta({ description: 'By player id: the actions of the running round, in the order in which they were registered.' });

export const givenSettings = z.strictObject(given).meta({
  id: 'GivenSettings',
  description:
    'Settings of a new game: any of them; the rest get their defaults. Where `spectators` is true, anyone may follow the game without a token, and sees what the public may. After `idleRounds` rounds in a row without a command of a player the clock is suspended until the next one; 0: never. The default is 5 in a game that `create_game` opens, 0 in one that a document brings.',
});
export const changedSettings = z.strictObject(changed).meta({
  id: 'ChangedSettings',
  description:
    'Settings of a lobby that are to change, also one by one under `table`; the others stay. `maxPlayers` must not be below the number of players who are there. `bots` says how many seats the server takes when the game starts, if there is room.',
});
const settings = settingsSchema.meta({
  id: 'Settings',
  description: 'The settings of a game; its host may change them until it starts.',
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
    world: z.record(z.string(), z.unknown()).nullable().default(null).meta({
      description: 'A world to begin with, as the game that is played reads it; in an active game with players only.',
    }),
    players: z
      .record(
        z.string(),
        z
          .object({ id: playerId, displayName, ready: z.boolean().default(false) })
          .meta({ id: 'DocumentPlayer', description: 'A player to begin with.' }),
      )
      .nullable()
      .default(null)
      .meta({
        description:
          'By id. Null makes a bare session: anybody may act, and only the clock or an administrator ends a round.',
      }),
    registeredActions: z.record(z.string(), z.array(documentAction)).default({}),
    settings: givenSettings.prefault({}),
  })
  .meta({
    id: 'GameDocument',
    description: 'A game to begin with. Every field may be left out; fields that are not known are ignored.',
  });

const turn = z
  .object({
    players: z.array(z.string()).meta({ description: 'Whose turn the running round is.' }),
    actions: z.record(z.string(), z.int().min(0)).meta({ description: 'How many actions each of them has.' }),
    ends: z.enum(['done', 'all', 'first']).meta({
      description:
        'What ends the round before its time: all in turn committed (`done`), all have acted, and nothing is taken back (`all`), or the first action.',
    }),
    seconds: z.number(),
  })
  .meta({ id: 'Turn' });

export const outcome = z
  .object({
    winners: z.array(z.string()).meta({ description: 'Nobody: nobody won.' }),
    scores: z.record(z.string(), z.number()).optional(),
    reason: z.string().optional(),
  })
  .meta({ id: 'Outcome', description: 'How the game ended, as the game itself says.' });

/** What is there in a game that is played in a world. */
const ofWorld = {
  turn: turn.optional(),
  outcome: outcome.nullable().optional(),
  module: z
    .object({ name: z.string(), version: z.int().min(1) })
    .optional()
    .meta({ description: 'Which game is played.' }),
  worldError: z
    .literal('view_failed')
    .optional()
    .meta({ description: 'The game failed on what this viewer sees: `world` is null, and the game goes on.' }),
};
const world = z.unknown().meta({
  description: 'What this viewer sees of the world, as the game that is played says; null where there is no world.',
});
const inWorld = {
  bot: z.boolean().optional().meta({ description: 'The server plays this seat.' }),
  away: z.boolean().optional().meta({
    description: 'Let `settings.awayRounds` of its rounds pass: it is not waited for until its next command.',
  }),
  left: z.boolean().optional().meta({ description: 'Gone for good.' }),
};

const player = {
  ...inWorld,
  id: playerId,
  displayName,
  ready: z.boolean().meta({ description: 'Whether the player said in the lobby that it is ready.' }),
  done: z.boolean().meta({ description: 'Whether the player has committed the running round.' }),
};
const wholePlayer = z.object(player).meta({ id: 'WholePlayer', description: 'A player, as administrators see it.' });
const seenPlayer = z
  .object(player)
  .meta({ id: 'SeenPlayer', description: 'A player, as players see it: of themselves they see more than of others.' });

const common = {
  id: gameId,
  status,
  round: z.int().min(1).meta({ description: 'The running round; in a lobby, the one that will be the first.' }),
  roundEndTime: time(
    'When the running round ends; null in a lobby, and in an active game whose clock is suspended because nobody plays.',
  ).nullable(),
  locked: z.boolean().meta({ description: 'The host lets nobody into the lobby.' }),
  bots: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'In a lobby: how many seats the server would take and play if the game started now.' }),
};
const host = z
  .string()
  .nullable()
  .meta({ description: 'The seat of the host; null in a game that nobody hosts.', examples: ['p4XHN2T8RWA'] });

const adminGame = z
  .object({
    ...common,
    world,
    ...ofWorld,
    host,
    players: z.record(z.string(), wholePlayer).nullable().meta({ description: 'By id; null in a bare session.' }),
    registeredActions,
    settings,
    stateVersion: z.int().min(1),
  })
  .meta({ id: 'AdminGame', description: 'The whole game, as an administrator sees it.' });

const playerGame = z
  .object({
    ...common,
    world,
    ...ofWorld,
    you: playerId.meta({ description: 'The seat of who asks.' }),
    host,
    players: z.record(z.string(), seenPlayer).nullable(),
    registeredActions: registeredActions.meta({ description: 'Of the player itself only, under its id.' }),
    settings: playerSettings,
  })
  .meta({ id: 'PlayerGame', description: 'What a player may know of its game.' });

const publicGame = z
  .object({
    ...common,
    world: world.optional(),
    ...ofWorld,
    playerCount: z.int().min(0),
    maxPlayers: z.int().min(1),
    listed: z.boolean(),
    spectators: z.boolean().meta({ description: 'Whether anyone may follow the game over a socket or a stream.' }),
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

export const presentPlayers = z.record(
  z.string(),
  z.object({ connected: z.boolean(), since: time('Since when.') }).meta({ id: 'PresentPlayer' }),
);
export const spectators = z.int().min(0).meta({ description: 'How many follow the game without a token.' });

/** For those who may know of players: not for the public. */
const seenFollowed = {
  ...seen,
  presence: z.object({ players: presentPlayers, spectators }).optional().meta({
    id: 'Presence',
    description:
      'Who follows the game at any member: `players` by id, with whether each has a socket or a stream open; of whoever is not there, none is known. Absent: nobody follows the game, or the owner does not know yet.',
  }),
};

const asPlayer = z.object({ game: playerGame, view: z.literal('player'), ...seenFollowed });

/** A game with whose eyes it was seen. */
export const gameAnswer = z
  .discriminatedUnion('view', [
    z.object({ game: adminGame, view: z.literal('admin'), ...seenFollowed }),
    asPlayer,
    z.object({ game: publicGame, view: z.literal('public'), ...seen }),
  ])
  .meta({ id: 'GameAnswer', description: 'A game as who asks may see it.' });

export { adminGame, asPlayer, playerGame, publicGame };

/** Of a query for games. */
export const suspendedOnly = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .optional()
  .meta({ description: 'For administrators: only games whose clock is suspended, or only others.' });
