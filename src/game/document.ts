/**
 * A new game from a document: the one that `continue_game` was given, or that of a new lobby.
 *
 * Role: the boundary where an unknown JSON value becomes a state. A field that is not known is ignored (the contract
 * grows by additions); a known one must be right, and the answer names it. Who hosts comes with the origin, never with
 * the document. Names in a document may be older than the rules for new ones (names.ts), so only their bounds count.
 */
import { z } from 'zod';
import type { Origin, Rejected, RuleOutcome } from '../session/rules.ts';
import { addAction, versionOfId } from './actions.ts';
import { complain, complaintsOf } from './complaints.ts';
import type { GameContext } from './context.ts';
import { costOf } from './costs.ts';
import { GameFault } from './faults.ts';
import { allOptional, type FlatFields, initialOf, perFlatFields, unnamed } from './flat-fields.ts';
import { type ById, byIdSchema, entryOf, idSchema, isId } from './ids.ts';
import { nameOf, readName } from './names.ts';
import { applied, rejected } from './outcome.ts';
import { displayNameSchema, newPlayer } from './players.ts';
import { begin, firstRound } from './rounds.ts';
import { seatKey } from './seat-keys.ts';
import { completeSettings, givenSettingsSchema, type Settings } from './settings.ts';
import { refuseSettings, withOwnSettings } from './settings-check.ts';
import type { GameState, Player } from './state.ts';
import { readWorld } from './table.ts';
import { parseTime } from './time.ts';
import { broughtPlay } from './world-rounds.ts';

const time = z.string().transform((text, context) => {
  const ms = parseTime(text);
  if (ms !== null) return ms;
  context.addIssue('must be an RFC 3339 time');
  return z.NEVER;
});

const playersWith = ({ players }: FlatFields) =>
  byIdSchema(
    z.object({
      id: idSchema,
      displayName: displayNameSchema,
      ready: z.boolean().default(false),
      ...unnamed(allOptional(players)),
    }),
  ).check((context) => {
    for (const [key, { id }] of Object.entries(context.value)) {
      if (id !== key) context.issues.push({ code: 'custom', path: [key, 'id'], message: 'must be its key', input: id });
    }
  });

/** Its fields are those of the game that is played. */
const action = z.looseObject({ id: idSchema.optional(), type: z.string() });

const documentSchema = perFlatFields((flat) =>
  z.object({
    id: idSchema.optional(),
    status: z.enum(['lobby', 'active'], 'must be lobby or active').default('active'),
    round: z.int().min(1).max(1_000_000_000).default(firstRound),
    roundEndTime: time.nullable().default(null),
    world: z.record(z.string(), z.unknown()).nullable().default(null),
    players: playersWith(flat).nullable().default(null),
    registeredActions: byIdSchema(z.array(action)).default({}),
    settings: givenSettingsSchema(flat).prefault({}),
  }),
);

type GivenPlayers = z.output<ReturnType<typeof playersWith>>;
type GameDocument = z.output<ReturnType<typeof documentSchema>>;
type Host = Origin['host'];

/** A new game, or `bad_request` with the paths of what is wrong. A game that somebody hosts begins as a lobby. */
export function createGame(
  gameId: string,
  document: unknown,
  origin: Origin,
  context: GameContext,
): RuleOutcome<GameState> {
  const outcome = createFrom(gameId, document, origin, context);
  if (outcome.kind !== 'rejected') return outcome;
  // The document of a game that somebody hosts is made by the edge: its fields stand in the body itself.
  const detail = origin.host === null ? outcome.detail.replaceAll(/^(?!game: )/gm, 'game.') : outcome.detail;
  return { ...outcome, detail: detail.replaceAll('\n', '; ') };
}

function createFrom(gameId: string, document: unknown, origin: Origin, context: GameContext): RuleOutcome<GameState> {
  const parsed = documentSchema(context.host.game.flat).safeParse(document, { error: complain });
  if (!parsed.success) return wrongFields(parsed.error.issues);
  const given = parsed.data;
  const { host } = context;
  const complete = completeSettings(given.settings, gameId, origin.host !== null, host.game);
  const settings = withOwnSettings(complete, context);
  if ('kind' in settings) return settings;
  const refusal =
    refuseDocument(gameId, given) ??
    refuseHost(origin.host, given) ??
    refuseCrowd(origin.host, given, settings) ??
    (origin.host && refuseSettings(given.settings, origin.byAdmin === true, context)) ??
    refuseWorld(given);
  if (refusal !== null) return refusal;
  const lobby = lobbyOf(gameId, given, settings, origin, context);
  if (given.status === 'lobby') return applied(lobby);
  const begun = begin({ ...lobby, players: given.players && lobby.players }, context, given.roundEndTime ?? undefined);
  const playing = given.world === null ? applied(begun) : withWorld(begun, given.world, context);
  return playing.kind === 'applied' ? withActions(playing.state, given.registeredActions, context) : playing;
}

function refuseWorld({ world, players, status }: GameDocument): Rejected | null {
  if (world === null || (players !== null && status === 'active')) return null;
  return wrong('world', 'must be null in a lobby, and where there are no players');
}

/** The game goes on from a world that somebody made. */
function withWorld(begun: GameState, world: object, context: GameContext): RuleOutcome<GameState> {
  const seats = Object.keys(begun.players ?? {}).map((id) => ({ id, bot: false, away: false, left: false }));
  try {
    const play = broughtPlay(begun, readWorld(context.host.game, world, seats), context);
    return applied({ ...begun, play });
  } catch (error) {
    if (!(error instanceof GameFault)) throw error;
    return rejected('bad_request', error.message);
  }
}

function refuseDocument(gameId: string, given: GameDocument): Rejected | null {
  if (!isId(gameId)) return wrong('id', 'is not an id');
  if (given.id !== undefined && given.id !== gameId) return wrong('id', `must be the game's id, ${gameId}`);
  if (given.status === 'active') return null;
  if (given.round !== firstRound) return wrong('round', `must be ${firstRound} in a lobby`);
  if (given.roundEndTime !== null) return wrong('roundEndTime', 'must be null in a lobby');
  if (Object.keys(given.registeredActions).length > 0) return wrong('registeredActions', 'must be empty in a lobby');
  return null;
}

function refuseHost(host: Host, given: GameDocument): Rejected | null {
  if (host === null) return null;
  if (given.status !== 'lobby') return wrong('status', 'must be lobby in a game that has a host');
  if (!isId(host.playerId)) return wrong('playerId', 'is not an id');
  if (Object.hasOwn(given.players ?? {}, host.playerId))
    return wrong(`players.${host.playerId}`, 'is the seat of the host');
  if (host.displayName === null) return null;
  const read = readName(host.displayName);
  return 'complaint' in read ? wrong('displayName', read.complaint) : null;
}

function refuseCrowd(host: Host, given: GameDocument, { maxPlayers }: Settings): Rejected | null {
  const count = Object.keys(given.players ?? {}).length + (host === null || host.displayName === null ? 0 : 1);
  return count <= maxPlayers ? null : wrong('players', `must not be more than settings.maxPlayers, ${maxPlayers}`);
}

function lobbyOf(
  gameId: string,
  given: GameDocument,
  settings: Settings,
  { nonce, host, byAdmin, isRematch }: Origin,
  { now, version, host: { game } }: GameContext,
): GameState {
  return {
    id: gameId,
    status: 'lobby',
    nonce,
    host: host?.playerId ?? null,
    hostSince: host === null ? 0 : now,
    creator: host && { playerId: host.playerId, generation: version, key: seatKey(host.keys, now) },
    generations: host === null ? {} : { [host.playerId]: version },
    keys: {},
    addresses: addressOf(host),
    kicked: [],
    locked: isRematch === true,
    round: given.round,
    roundEndTime: null,
    suspendedAt: null,
    played: { round: given.round, at: now },
    roundStartedAtVersion: version,
    play: null,
    players: playersOf(host, given.players ?? {}, initialOf(game.flat, settings), version),
    registeredActions: {},
    committed: [],
    settings,
    seeded: given.settings.seed !== undefined && byAdmin === true,
    reserved: host !== null && byAdmin !== true && costOf(settings) !== null,
    events: [],
  };
}

function addressOf(host: Host): ById<string> {
  const address = host?.addresses?.[0];
  return host === null || address === undefined ? {} : { [host.playerId]: address };
}

/** The host comes first, if it plays. `initial`: what a player has flat if nobody says otherwise. */
function playersOf(host: Host, given: GivenPlayers, initial: object, version: number): ById<Player> {
  const guests = Object.values(given).map(({ id, displayName, ready, ...flat }) => ({
    ...newPlayer(id, displayName, { ...initial, ...flat }, version),
    ready,
  }));
  const all =
    host === null || host.displayName === null
      ? guests
      : [newPlayer(host.playerId, nameOf(host.displayName), initial, version), ...guests];
  return Object.fromEntries(all.map((player) => [player.id, player]));
}

/** Registers the given actions by the same rules as any other. Ids that this session may give itself are replaced. */
function withActions(
  initial: GameState,
  given: GameDocument['registeredActions'],
  context: GameContext,
): RuleOutcome<GameState> {
  let state = initial;
  const ids = new Set<string>();
  for (const playerId of Object.keys(given)) {
    for (const [index, wanted] of (entryOf(given, playerId) ?? []).entries()) {
      const { id: wantedId, ...action } = wanted;
      const own = wantedId === undefined || versionOfId(wantedId) !== null;
      const id = own ? `a${context.version}-${ids.size + 1}` : wantedId;
      const path = `registeredActions.${playerId}.${index}`;
      if (id === undefined || ids.has(id)) return wrong(`${path}.id`, 'must be there once only');
      ids.add(id);
      const outcome = addAction(state, playerId, action, id, context);
      if (outcome.kind === 'rejected') return wrongAction(path, outcome);
      state = outcome.state;
    }
  }
  return applied(state);
}

/** A complaint about a field of the action says itself which. */
function wrongAction(path: string, { detail }: Rejected): Rejected {
  const lines = detail.split('\n').map((line) => {
    const isOfField = /^[\w.]+: /.test(line) && !line.startsWith('playerId: ');
    return isOfField ? `${path}.${line}` : `${path}: ${line}`;
  });
  return rejected('bad_request', lines.join('\n'));
}

function wrong(path: string, message: string): Rejected {
  return rejected('bad_request', `${path}: ${message}`);
}

/** One a line. */
function wrongFields(issues: readonly z.core.$ZodIssue[]): Rejected {
  return rejected(
    'bad_request',
    complaintsOf(issues)
      .map((line) => line.replace(/^: /, 'game: '))
      .join('\n'),
  );
}
