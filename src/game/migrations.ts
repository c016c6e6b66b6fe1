/**
 * Steps between neighbouring state versions.
 *
 * Role: what an older member is given of a newer state, and what an older state is taken for.
 * Invariant: lifting what was lowered gives a state that is valid and plays on; only what the older version has no place for is lost.
 *
 * 2: games come to rest (`settings.idleRounds`, `played`, `suspendedAt`, events of the clock); some are an administrator's to start (`reserved`);
 * seats know the key and the address that they were made by (`keys`, `creator.key`, `addresses`), a lobby who was sent away (`kicked`), and
 * whether it is `locked`, and since when its host hosts (`hostSince`; events of hosts and tokens).
 *
 * 3: games have worlds (`play`, events of modules, `settings.bots`, `awayRounds` and `table`, `seeded`). While an older version is written no world
 * begins (rules.ts), so none is lost; were one stored all the same, its players would go on without it.
 */
import type { GameEvent } from './events.ts';
import { defaultIdleRounds, type Settings } from './settings.ts';
import type { GameState } from './state.ts';

type Stored2 = Omit<GameState, 'settings' | 'events' | 'play' | 'seeded'> & {
  readonly settings: Omit<Settings, 'bots' | 'awayRounds' | 'table'>;
  readonly events: readonly GameEvent[];
  readonly world: null;
};

type Added = 'settings' | 'roundEndTime' | 'events' | 'played' | 'suspendedAt' | 'reserved' | 'creator' | SeatField;

type SeatField = 'hostSince' | 'keys' | 'addresses' | 'kicked' | 'locked';

interface StateOf1 extends Omit<Stored2, Added> {
  readonly settings: Omit<Stored2['settings'], 'idleRounds'>;
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
  const { settings, roundEndTime, events, suspendedAt, creator, ...state } = current as Stored2;
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

/** No game had a world. */
export function withPlay(stored: unknown): unknown {
  const { world: _, settings, ...state } = stored as Stored2;
  return { ...state, settings: { ...settings, bots: 0, awayRounds: 3, table: {} }, play: null, seeded: false };
}

/** Events that the older version does not know are told as the start of the round that they belong to. */
export function withoutPlay(current: unknown): unknown {
  const { play: _, seeded: __, settings, events, ...state } = current as GameState;
  const { bots: _3, awayRounds: _4, table: _5, ...olderSettings } = settings;
  return { ...state, world: null, settings: olderSettings, events: events.map(asOf2) };
}

function asOf2(event: GameEvent): GameEvent {
  const { seq, round, at } = event;
  if (event.type === 'told') return { seq, round, at, type: 'round_started' };
  return event.type === 'game_concluded' ? { ...event, reason: 'abandoned' } : event;
}

function asOf1(event: GameEvent): GameEvent {
  const { seq, round, at } = event;
  return isNew(event) ? { seq, round, at, type: 'round_started' } : event;
}

function isNew({ type }: GameEvent): boolean {
  return type === 'clock_suspended' || type === 'clock_resumed' || type === 'host_changed' || type === 'token_given';
}
