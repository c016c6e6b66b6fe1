/**
 * Rounds of a game with a world: its first, and the end of one.
 *
 * Role: asks the module by table.ts under the host's guard, and makes a state of what it said. When a round ends otherwise, and what that is
 * called, is for rounds.ts to say.
 * Invariants:
 *  - Whatever the module does wrong is a throw here, and leaves nothing behind.
 *  - What the state forgets of a round is in its record, with who may know each event.
 */
import type { Applied, RoundRecord } from '../session/rules.ts';
import type { GameContext } from './context.ts';
import { append, audiencesOf, type EndReason, type GameEvent } from './events.ts';
import { GameFault } from './faults.ts';
import { entryOf } from './ids.ts';
import type { PlayedAction } from './loaded-game.ts';
import { nothingBefore, withoutFirst } from './numbering.ts';
import { applied } from './outcome.ts';
import {
  bytesFor,
  defaultsOf,
  isAttended,
  moduleOf,
  type Play,
  presenceAfter,
  seatsOf,
  settingsFor,
  tableOf,
} from './play.ts';
import { nextClock } from './rest.ts';
import { recordOf, type TakenAction } from './round-record.ts';
import type { GameState } from './state.ts';
import { awaitedAt, type Finished, finish, openTable, type Table, tableWith } from './table.ts';

const LARGEST_RECORD_BYTES = 512 * 1024;
/** So much of what was told in the last round stays in the state, so that those who watch need not ask the archive. */
const KEPT_EVENT_BYTES = 64 * 1024;
/** Rounds in a row that only bots play end at once so often; then one takes its time. */
const MOST_HURRIED = 32;
/** After so many ends in a row that failed the clock stands still. */
const MOST_FAILURES = 3;
const SHORTEST_ROUND_MS = 1_000;

/** The play of a game that starts now with these seats. Throws GameFault. */
export function openPlay(state: GameState, bots: readonly string[], context: GameContext): Play {
  const { host, now } = context;
  const seats = Object.keys(state.players ?? {}).map((id) => ({
    id,
    bot: bots.includes(id),
    away: false,
    left: false,
  }));
  const opening = {
    seats,
    settings: settingsFor(host.game, state.settings),
    round: state.round,
    now,
    bytes: bytesFor(state, context),
    defaults: defaultsOf(state),
  };
  return playOf(
    host.guard(() => openTable(host.game, opening)),
    context,
  );
}

/** The play around a world that a document brought. Throws GameFault. */
export function broughtPlay(state: GameState, world: object, context: GameContext): Play {
  const { host, now } = context;
  const seats = Object.keys(state.players ?? {}).map((id) => ({ id, bot: false, away: false, left: false }));
  const settings = settingsFor(host.game, state.settings);
  const opening = { seats, settings, round: state.round, now, defaults: defaultsOf(state) };
  return playOf(
    host.guard(() => tableWith(host.game, world, opening)),
    context,
  );
}

function playOf({ seats, world, turn }: Table, { host, now }: GameContext): Play {
  const people = seats.filter(({ bot }) => !bot);
  const play: Play = {
    module: moduleOf(host.game),
    world,
    turn,
    outcome: null,
    seats: seats.map(({ id }) => id),
    bots: seats.filter(({ bot }) => bot).map(({ id }) => id),
    left: {},
    presence: Object.fromEntries(people.map(({ id }) => [id, { heard: 0, missed: 0 }])),
    startedAt: now,
    failures: 0,
    hurried: awaitedAt({ turn, seats }).length === 0 && isAttended(seats) ? 1 : 0,
    numbering: nothingBefore,
  };
  return play;
}

/** How long the running round lasts from its beginning. */
export function lengthOf({ turn, hurried }: Play): number {
  return hurried > 0 ? 0 : Math.max(SHORTEST_ROUND_MS, Math.round(turn.seconds * 1_000));
}

/** Ends the running round by what the module makes of it. Throws GameFault. */
export function endPlayed(state: GameState, play: Play, reason: EndReason, context: GameContext): Applied<GameState> {
  const { host, now } = context;
  const table = tableOf(host.game, state, play);
  const how = { now, bytes: bytesFor(state, context), defaults: defaultsOf(state) };
  const end = host.guard(() => finish(host.game, table, how));
  for (const fault of end.faults) host.faulty(state.id, fault);
  let { events } = state;
  for (const { to, ...told } of end.events) events = append(events, { type: 'told', told, to }, state.round, now);
  events = append(events, { type: 'round_ended', reason }, state.round, now);
  const ended = { ...state, events, play: { ...play, world: end.world, failures: 0 } };
  const taken = withIds(state, end.actions, context.version);
  return end.outcome === null
    ? goesOn(ended, table, taken, reason, end, context)
    : isOver(ended, taken, reason, end, context);
}

/** Ends it with the old world and the old turn: what happens when the module fails on it. */
export function endAbandoned(state: GameState, play: Play, context: GameContext): Applied<GameState> {
  const events = append(state.events, { type: 'round_ended', reason: 'abandoned' }, state.round, context.now);
  const failures = play.failures + 1;
  const record = bounded(recordOf(state, [], 'abandoned', events, context));
  const next = nextRound({ ...state, events }, { ...play, failures, hurried: 0 }, context);
  const at = { ...state, ...next };
  if (failures < MOST_FAILURES) return applied({ ...at, ...clockOf(state, at.play, context) }, record);
  const clock = { roundEndTime: null, suspendedAt: context.now };
  return applied(suspended({ ...at, ...clock }, context), record);
}

function goesOn(
  ended: GameState & { readonly play: Play },
  table: Table,
  actions: readonly TakenAction[],
  reason: EndReason,
  { next }: Finished,
  context: GameContext,
): Applied<GameState> {
  if (next === null) throw new Error('a game that goes on has a next turn');
  const record = bounded(recordOf(ended, actions, reason, ended.events, context));
  const after = {
    ...ended.play,
    turn: next,
    presence: presenceAfter({ ...ended.play, turn: table.turn }, ended.round),
  };
  const seats = seatsOf(ended, after);
  const isIdle = awaitedAt({ turn: next, seats }).length === 0 && isAttended(seats);
  const hurried = isIdle && after.hurried < MOST_HURRIED ? after.hurried + 1 : 0;
  // Nobody who is there was waited for: that the round passed without them is not idleness.
  const wasUnawaited = awaitedAt(table).length === 0 && isAttended(table.seats);
  const played = wasUnawaited ? { ...ended.played, round: ended.round } : ended.played;
  const at = { ...ended, ...nextRound(ended, { ...after, hurried }, context), played };
  return applied(suspended({ ...at, ...clockOf({ ...ended, played }, at.play, context) }, context), record);
}

function isOver(
  ended: GameState & { readonly play: Play },
  actions: readonly TakenAction[],
  reason: EndReason,
  { outcome }: Finished,
  context: GameContext,
): Applied<GameState> {
  const { now } = context;
  const events = append(ended.events, { type: 'game_concluded', reason: 'finished' }, ended.round, now);
  const play = { ...ended.play, outcome };
  const over: GameState = {
    ...ended,
    status: 'concluded',
    roundEndTime: null,
    suspendedAt: null,
    registeredActions: {},
    committed: [],
    events,
    play,
  };
  return applied(over, bounded(recordOf(over, actions, reason, events, context)));
}

/** What is so at the beginning of every round after the first. */
function nextRound(state: GameState, play: Play, { now, version }: GameContext) {
  const round = state.round + 1;
  const kept = keptEvents(state.events, state.round);
  const dropped = state.events.slice(0, state.events.length - kept.length);
  return {
    round,
    roundStartedAtVersion: version,
    registeredActions: {},
    committed: [],
    events: append(kept, { type: 'round_started' }, round, now),
    play: {
      ...play,
      startedAt: now,
      numbering: withoutFirst(play.numbering, dropped, audiencesOf(dropped), play.seats),
    },
  };
}

/** Those of the round that ended, if they are not too much; else that it ended. */
function keptEvents(events: readonly GameEvent[], round: number): readonly GameEvent[] {
  const ofRound = events.filter((event) => event.round === round);
  return sizeOf(ofRound) <= KEPT_EVENT_BYTES ? ofRound : events.slice(-1);
}

function clockOf(ended: GameState, play: Play, { now }: GameContext) {
  return nextClock(ended, ended.settings.idleRounds, lengthOf(play), now);
}

function suspended(state: GameState, { now }: GameContext): GameState {
  if (state.suspendedAt === null) return state;
  return { ...state, events: append(state.events, { type: 'clock_suspended' }, state.round, now) };
}

/** With the ids under which they were registered. What bots do gets ids of its own. */
function withIds(state: GameState, actions: readonly PlayedAction[], version: number): TakenAction[] {
  const taken = new Map<string, number>();
  return actions.map(({ player, ...action }, index) => {
    const before = taken.get(player) ?? 0;
    taken.set(player, before + 1);
    const id = entryOf(state.registeredActions, player)?.[before]?.id ?? `b${version}-${index + 1}`;
    return { playerId: player, id, ...action };
  });
}

/** Throws GameFault if the record is too large. */
function bounded(record: RoundRecord): RoundRecord {
  const bytes = sizeOf(record.content);
  if (bytes <= LARGEST_RECORD_BYTES) return record;
  throw new GameFault(
    'resolve',
    `the record of the round takes ${bytes} bytes; at most ${LARGEST_RECORD_BYTES} are kept`,
  );
}

function sizeOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
