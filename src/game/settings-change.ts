/**
 * Settings that the host of a lobby changes before the game starts.
 *
 * Role: those that are given take the place of the old ones, also one by one under `table`; all others stay. Bots are a number among them: how many
 * seats the server takes when the game starts, if there is room.
 * Invariants:
 *  - What is kept is what a creation with all of it would have kept, and nobody who is there loses a seat.
 *  - Who asks gets no more by a change than by a creation: neither the seed, nor a start that is an administrator's.
 */
import type { Rejected, RuleOutcome } from '../session/rules.ts';
import { refuseOutsideLobby } from './admission.ts';
import type { GameCommand } from './commands.ts';
import { complain, complaintsOf } from './complaints.ts';
import type { GameContext } from './context.ts';
import { isReserved } from './costs.ts';
import { initialOf } from './flat-fields.ts';
import { applied, rejected } from './outcome.ts';
import { changedSettingsSchema, type Settings } from './settings.ts';
import { refuseSettings, withOwnSettings } from './settings-check.ts';
import type { GameState } from './state.ts';

type Fields = Readonly<Record<string, unknown>>;
type Change = Extract<GameCommand, { type: 'change_settings' }>;

/** Rejects with `game_started`, `game_concluded`, `bad_request`, `forbidden` or `seats_taken`. */
export function changeSettings(state: GameState, command: Change, context: GameContext): RuleOutcome<GameState> {
  const refusal = refuseOutsideLobby(state);
  if (refusal !== null) return refusal;
  const { flat } = context.host.game;
  const parsed = changedSettingsSchema(flat).safeParse(command.settings, { error: complain });
  if (!parsed.success) return rejected('bad_request', complaintsOf(parsed.error.issues, ['settings']).join('; '));
  const given = parsed.data;
  const table = { ...state.settings.table, ...given.table };
  const settings = withOwnSettings({ ...state.settings, ...given, table }, context);
  if ('kind' in settings) return { ...settings, detail: settings.detail.replaceAll('\n', '; ') };
  const refused = refuseSettings(given, command.byAdmin, context) ?? refuseCrowd(state, given);
  if (refused !== null) return refused;
  return applied({
    ...withInitial(state, initialOf(flat, state.settings), initialOf(flat, settings)),
    settings,
    seeded: state.seeded || (given.seed !== undefined && command.byAdmin),
    reserved: isReserved(state, settings, command.byAdmin),
  });
}

function refuseCrowd({ players }: GameState, { maxPlayers }: Partial<Settings>): Rejected | null {
  const count = Object.keys(players ?? {}).length;
  if (maxPlayers === undefined || maxPlayers >= count) return null;
  return rejected('seats_taken', `settings.maxPlayers: must be at least ${count}, as many as are there.`);
}

/** Whoever has what it began with begins with the new one; a document may have brought others. */
function withInitial(state: GameState, before: Fields, after: Fields): GameState {
  if (state.players === null) return state;
  const players = Object.values(state.players).map((player) => {
    const fields: Fields = { ...player };
    const changed = Object.keys(after).filter((name) => fields[name] === before[name]);
    return [player.id, { ...player, ...Object.fromEntries(changed.map((name) => [name, after[name]])) }];
  });
  return { ...state, players: Object.fromEntries(players) };
}
