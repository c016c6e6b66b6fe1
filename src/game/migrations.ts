/**
 * Steps between neighbouring state versions.
 *
 * Role: what an older member is given of a newer state, and what an older state is taken for.
 * Invariant: lifting what was lowered gives a state that is valid and plays on; only what the older version has no place for is lost.
 *
 * 2: games come to rest (`settings.idleRounds`, `played`, `suspendedAt`, events of the clock); some are an administrator's to start (`reserved`);
 * seats know the key and the address that they were made by (`keys`, `creator.key`, `addresses`), a lobby who was sent away (`kicked`), and
 * whether it is `locked`, and since when its host hosts (`hostSince`; events of hosts and tokens).
 */
import type { GameEvent } from './events.ts';
import { defaultIdleRounds, type Settings } from './settings.ts';
import type { GameState } from './state.ts';

type Added = 'settings' | 'roundEndTime' | 'events' | 'played' | 'suspendedAt' | 'reserved' | 'creator' | SeatField;

type SeatField = 'hostSince' | 'keys' | 'addresses' | 'kicked' | 'locked';

interface StateOf1 extends Omit<GameState, Added> {
  readonly settings: Omit<Settings, 'idleRounds'>;
  readonly roundEndTime: number | null;
  readonly events: readonly GameEvent[];
  readonly creator: { readonly playerId: string; readonly generation: number } | null;
}

/** The running round counts as played, and when that was is not known: nothing stops because its version could not say. */
export function withRest(stored: unknown): unknown {
  const { settings, creator, ...state } = stored as StateOf1;
  return {
    ...state,
    creator: creator && { ...creator, key: null },
    hostSince: 0,
    keys: {},
    addresses: {},
    kicked: [],
    locked: false,
    settings: { ...settings, idleRounds: defaultIdleRounds(creator !== null) },
    played: { round: state.round, at: null },
    suspendedAt: null,
    reserved: false,
  };
}

/**
 * An older member runs the clock of a game at rest on from where it stood still. The events that it does not know are told as the start of the round
 * that they belong to: their numbers must not be given again.
 */
export function withoutRest(current: unknown): unknown {
  const { settings, roundEndTime, events, suspendedAt, creator, ...state } = current as GameState;
  const { played: _, reserved: __, keys: _3, addresses: _4, kicked: _5, locked: _6, hostSince: _8, ...older } = state;
  const { idleRounds: _7, ...olderSettings } = settings;
  return {
    ...older,
    creator: creator && { playerId: creator.playerId, generation: creator.generation },
    settings: olderSettings,
    roundEndTime: suspendedAt === null ? roundEndTime : suspendedAt + settings.roundSeconds * 1_000,
    events: events.map(asOf1),
  };
}

function asOf1(event: GameEvent): GameEvent {
  const { seq, round, at } = event;
  return isNew(event) ? { seq, round, at, type: 'round_started' } : event;
}

function isNew({ type }: GameEvent): boolean {
  return type === 'clock_suspended' || type === 'clock_resumed' || type === 'host_changed' || type === 'token_given';
}
