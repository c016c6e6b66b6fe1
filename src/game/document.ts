/**
 * A new game from a document: the one that `continue_game` was given, or that of a new lobby.
 *
 * Role: the boundary where an unknown JSON value becomes a state. A field that is not known is ignored (the contract
 * grows by additions); a known one must be right, and the answer names it. Who hosts comes with the origin, never with
 * the document. Names in a document may be older than the rules for new ones (names.ts), so only their bounds count.
 */
import { z } from 'zod';
import type { Origin, Rejected, RuleContext, RuleOutcome } from '../session/rules.ts';
import { addAction, versionOfId } from './actions.ts';
import { complain, complaintsOf, exactly } from './complaints.ts';
import { costOf } from './costs.ts';
import { type ById, byIdSchema, entryOf, idSchema, isId } from './ids.ts';
import { nameOf, readName } from './names.ts';
import { applied, rejected } from './outcome.ts';
import { displayNameSchema, newPlayer } from './players.ts';
import { begin, firstRound } from './rounds.ts';
import { seatKey } from './seat-keys.ts';
import { completeSettings, givenSettingsSchema } from './settings.ts';
import type { GameState, Player } from './state.ts';
import { parseTime } from './time.ts';

const time = z.string().transform((text, context) => {
  const ms = parseTime(text);
  if (ms !== null) return ms;
  context.addIssue('must be an RFC 3339 time');
  return z.NEVER;
});

const player = z.object({
  id: idSchema,
  displayName: displayNameSchema,
  health: z.int().min(0).max(10_000).optional(),
  ready: z.boolean().default(false),
});

const players = byIdSchema(player).check((context) => {
  for (const [key, { id }] of Object.entries(context.value)) {
    if (id !== key) context.issues.push({ code: 'custom', path: [key, 'id'], message: 'must be its key', input: id });
  }
});

const action = z.discriminatedUnion('type', [
  exactly({
    id: idSchema.optional(),
    type: z.literal('move'),
    vector: exactly({ q: z.int(), r: z.int() }),
  }),
  exactly({ id: idSchema.optional(), type: z.literal('attack'), targetPlayerId: idSchema }),
]);

const documentSchema = z.object({
  id: idSchema.optional(),
  status: z.enum(['lobby', 'active'], 'must be lobby or active').default('active'),
  round: z.int().min(1).max(1_000_000_000).default(firstRound),
  roundEndTime: time.nullable().default(null),
  world: z.null('worlds come from the rules: must be null').default(null),
  players: players.nullable().default(null),
  registeredActions: byIdSchema(z.array(action)).default({}),
  settings: givenSettingsSchema.prefault({}),
});

type GameDocument = z.output<typeof documentSchema>;
type Host = Origin['host'];

/** A new game, or `bad_request` with the paths of what is wrong. A game that somebody hosts begins as a lobby. */
export function createGame(
  gameId: string,
  document: unknown,
  origin: Origin,
  context: RuleContext,
): RuleOutcome<GameState> {
  const outcome = createFrom(gameId, document, origin, context);
  if (outcome.kind !== 'rejected') return outcome;
  // The document of a game that somebody hosts is made by the edge: its fields stand in the body itself.
  const detail = origin.host === null ? outcome.detail.replaceAll(/^(?!game: )/gm, 'game.') : outcome.detail;
  return { ...outcome, detail: detail.replaceAll('\n', '; ') };
}

function createFrom(gameId: string, document: unknown, origin: Origin, context: RuleContext): RuleOutcome<GameState> {
  const parsed = documentSchema.safeParse(document, { error: complain });
  if (!parsed.success) return wrongFields(parsed.error.issues);
  const given = parsed.data;
  const refusal = refuseDocument(gameId, given) ?? refuseHost(origin.host, given) ?? refuseCrowd(origin.host, given);
  if (refusal !== null) return refusal;
  const lobby = lobbyOf(gameId, given, origin, context);
  if (given.status === 'lobby') return applied(lobby);
  const begun = begin({ ...lobby, players: given.players && lobby.players }, context, given.roundEndTime ?? undefined);
  return withActions(begun, given.registeredActions, context);
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

function refuseCrowd(host: Host, given: GameDocument): Rejected | null {
  const { maxPlayers } = given.settings;
  const count = Object.keys(given.players ?? {}).length + (host === null || host.displayName === null ? 0 : 1);
  return count <= maxPlayers ? null : wrong('players', `must not be more than settings.maxPlayers, ${maxPlayers}`);
}

function lobbyOf(
  gameId: string,
  given: GameDocument,
  { nonce, host, byAdmin }: Origin,
  { now, version }: RuleContext,
): GameState {
  const settings = completeSettings(given.settings, gameId, host !== null);
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
    locked: false,
    round: given.round,
    roundEndTime: null,
    suspendedAt: null,
    played: { round: given.round, at: now },
    roundStartedAtVersion: version,
    world: given.world,
    players: playersOf(host, given.players ?? {}, settings.health, version),
    registeredActions: {},
    committed: [],
    settings,
    reserved: host !== null && byAdmin !== true && costOf(settings) !== null,
    events: [],
  };
}

function addressOf(host: Host): ById<string> {
  const address = host?.addresses?.[0];
  return host === null || address === undefined ? {} : { [host.playerId]: address };
}

/** The host comes first, if it plays. */
function playersOf(host: Host, given: z.output<typeof players>, fullHealth: number, version: number): ById<Player> {
  const guests = Object.values(given).map(({ id, displayName, health = fullHealth, ready }) => ({
    ...newPlayer(id, displayName, health, version),
    ready,
  }));
  const all =
    host === null || host.displayName === null
      ? guests
      : [newPlayer(host.playerId, nameOf(host.displayName), fullHealth, version), ...guests];
  return Object.fromEntries(all.map((player) => [player.id, player]));
}

/** Registers the given actions by the same rules as any other. Ids that this session may give itself are replaced. */
function withActions(
  initial: GameState,
  given: GameDocument['registeredActions'],
  context: RuleContext,
): RuleOutcome<GameState> {
  let state = initial;
  const ids = new Set<string>();
  for (const playerId of Object.keys(given)) {
    for (const [index, wanted] of (entryOf(given, playerId) ?? []).entries()) {
      const own = wanted.id === undefined || versionOfId(wanted.id) !== null;
      const id = own ? `a${context.version}-${ids.size + 1}` : wanted.id;
      const path = `registeredActions.${playerId}.${index}`;
      if (id === undefined || ids.has(id)) return wrong(`${path}.id`, 'must be there once only');
      ids.add(id);
      const outcome = addAction(state, playerId, wanted, id);
      if (outcome.kind === 'rejected') return wrong(path, outcome.detail);
      state = outcome.state;
    }
  }
  return applied(state);
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
