/**
 * A new game from the document that `continue_game` was given.
 *
 * Role: the boundary where an unknown JSON value becomes a state. A field that is not known is ignored (the contract
 * grows by additions); a known one must be right, and the answer names it.
 */
import { z } from 'zod';
import type { Rejected, RuleContext, RuleOutcome } from '../session/rules.ts';
import { addAction, versionOfId } from './actions.ts';
import { append } from './events.ts';
import { byIdSchema, entryOf, idSchema } from './ids.ts';
import { applied, rejected } from './outcome.ts';
import { roundEnd } from './rounds.ts';
import { completeSettings, givenSettingsSchema } from './settings.ts';
import type { GameState } from './state.ts';
import { parseTime } from './time.ts';

const time = z.string().transform((text, context) => {
  const ms = parseTime(text);
  if (ms !== null) return ms;
  context.addIssue('must be an RFC 3339 time');
  return z.NEVER;
});

const player = z.object({
  id: idSchema,
  displayName: z.string().regex(/^[^\p{Cc}\p{Cs}]{1,64}$/u, 'must be 1 to 64 characters, none a control character'),
  health: z.int().min(0).max(10_000).optional(),
});

const players = byIdSchema(player).check((context) => {
  for (const [key, { id }] of Object.entries(context.value)) {
    if (id !== key) context.issues.push({ code: 'custom', path: [key, 'id'], message: 'must be its key', input: id });
  }
});

const action = z.discriminatedUnion('type', [
  z.object({
    id: idSchema.optional(),
    type: z.literal('move'),
    vector: z.object({ q: z.int(), r: z.int() }),
  }),
  z.object({ id: idSchema.optional(), type: z.literal('attack'), targetPlayerId: idSchema }),
]);

const documentSchema = z.object({
  id: idSchema.optional(),
  status: z.enum(['lobby', 'active'], 'must be lobby or active').default('active'),
  round: z.int().min(1).max(1_000_000_000).default(1),
  roundEndTime: time.nullable().default(null),
  world: z.null('worlds come from the rules: must be null').default(null),
  players: players.nullable().default(null),
  registeredActions: byIdSchema(z.array(action)).default({}),
  settings: givenSettingsSchema.prefault({}),
});

type GameDocument = z.output<typeof documentSchema>;

/** A new game, or `bad_request` with the paths of what is wrong. */
export function createGame(gameId: string, document: unknown, context: RuleContext): RuleOutcome<GameState> {
  const parsed = documentSchema.safeParse(document);
  if (!parsed.success) return wrongFields(parsed.error.issues);
  const given = parsed.data;
  const refusal = refuseDocument(gameId, given);
  if (refusal !== null) return refusal;
  return withActions(initialState(gameId, given, context), given.registeredActions, context);
}

function refuseDocument(gameId: string, given: GameDocument): Rejected | null {
  if (given.id !== undefined && given.id !== gameId) return wrong('id', `must be the game's id, ${gameId}`);
  if (given.players !== null && Object.keys(given.players).length > given.settings.maxPlayers) {
    return wrong('players', `must not be more than settings.maxPlayers, ${given.settings.maxPlayers}`);
  }
  if (given.status === 'active') return null;
  if (given.roundEndTime !== null) return wrong('roundEndTime', 'must be null in a lobby');
  if (Object.keys(given.registeredActions).length > 0) return wrong('registeredActions', 'must be empty in a lobby');
  return null;
}

function initialState(gameId: string, given: GameDocument, { now, version }: RuleContext): GameState {
  const { status, round, world } = given;
  const settings = completeSettings(given.settings, gameId);
  const started = status === 'active';
  return {
    id: gameId,
    status,
    round,
    roundEndTime: started ? (given.roundEndTime ?? roundEnd(now, settings.roundSeconds)) : null,
    roundStartedAtVersion: version,
    world,
    players: given.players && completePlayers(given.players, settings.health),
    registeredActions: {},
    committed: [],
    settings,
    events: started
      ? append(append([], { type: 'game_started' }, round, now), { type: 'round_started' }, round, now)
      : [],
  };
}

function completePlayers(given: z.output<typeof players>, health: number): GameState['players'] {
  return Object.fromEntries(
    Object.entries(given).map(([key, { id, displayName, ...rest }]) => [
      key,
      { id, displayName, health: rest.health ?? health },
    ]),
  );
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

/** The first few, shortened: paths and messages may hold keys of any length. */
function wrongFields(issues: readonly z.core.$ZodIssue[]): Rejected {
  const lines = issues.slice(0, 5).map((issue) => `${issue.path.join('.') || 'game'}: ${issue.message}`.slice(0, 200));
  return rejected('bad_request', lines.join('; '));
}
