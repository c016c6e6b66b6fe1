/**
 * One game at its table: set up, a turn, actions, the end of a round, an outcome, and what each viewer sees of it.
 *
 * Role: the only caller of a game module. Pure: time and random bytes come in, and what comes out of the module is looked at before it counts.
 * The session's rules run games by it, and so does the check of a module; neither knows what the other does with a throw.
 * Invariants:
 *  - A world is the schema's parse of its JSON round trip, and itself a JSON value, frozen: what is kept is what is stored, and only `resolve`
 *    changes a copy.
 *  - Whatever a module does wrong is a GameFault that names the member; nothing is kept of that call.
 *  - `allows`, `legal` and `bot` get the view of the player, never the world.
 */
import { type Judged, playersIn, readOutcome, readTurn } from './answers.ts';
import { complain, complaintsOf } from './complaints.ts';
import { called, GameFault } from './faults.ts';
import { type ById, entryOf } from './ids.ts';
import { frozen, jsonOf, kept } from './kept-world.ts';
import type { GivenAction, LoadedGame, Now, PlayedAction, World } from './loaded-game.ts';
import type { Outcome, RunningTurn, Seat, Viewer } from './module.ts';
import { amongSeats } from './player-field.ts';
import { randomOf } from './random-stream.ts';
import { type Told, teller } from './tell.ts';

/** What `legal` may say, and `bot` may do, in one call. */
const MOST_LEGAL = 1_000;

/** A game that runs, as far as its module is concerned. */
export interface Table {
  readonly round: number;
  /** When the round began, ms since the epoch. */
  readonly startedAt: number;
  /** The module's own, parsed. */
  readonly settings: unknown;
  readonly seats: readonly Seat[];
  readonly world: World;
  readonly turn: RunningTurn;
  /** The running round's, by player. */
  readonly actions: ById<readonly GivenAction[]>;
  /** Who committed the round. */
  readonly done: readonly string[];
}

/** What a turn leaves open is so in this game. */
export interface TurnDefaults {
  readonly actions: number;
  readonly seconds: number;
}

export interface Opening {
  readonly seats: readonly Seat[];
  readonly settings: unknown;
  readonly round: number;
  readonly now: number;
  readonly bytes: Uint8Array;
  readonly defaults: TurnDefaults;
}

/** A round that ended. */
export interface Finished {
  readonly world: World;
  /** In the order in which they were carried out, those of bots among them. */
  readonly actions: readonly PlayedAction[];
  readonly events: readonly Told[];
  /** Null: the game goes on with `next`. */
  readonly outcome: Outcome | null;
  readonly next: RunningTurn | null;
  /** Of bots, which passed for it. */
  readonly faults: readonly GameFault[];
}

/** The next round of a game that goes on. */
export function nextTable(table: Table, { world, next }: Finished, now: number): Table {
  if (next === null) throw new Error('the game is over');
  return { ...table, round: table.round + 1, startedAt: now, world, turn: next, actions: {}, done: [] };
}

export interface Finishing {
  readonly now: number;
  readonly bytes: Uint8Array;
  readonly defaults: TurnDefaults;
}

/** Settings of the module as a client gave them; complaints by path. */
export function readSettings(game: LoadedGame, given: unknown): Judged<unknown> {
  const parsed = amongSeats(null, () => game.settings.safeParse(given, { error: complain }));
  if (parsed.success) return { value: parsed.data };
  return { complaints: complaintsOf(parsed.error.issues) };
}

/** The first round of a game that starts. Throws GameFault. */
export function openTable(game: LoadedGame, opening: Opening): Table {
  const { seats, settings, round, now, bytes, defaults } = opening;
  const players = seats.map(({ id }) => id);
  const made = called('setup', () => game.setup({ players, settings, random: randomOf(bytes, 'setup'), now }));
  return tableWith(game, kept(game, 'setup', made, seats), { seats, settings, round, now, defaults });
}

/** A table around a world that is there already. Throws GameFault. */
export function tableWith(game: LoadedGame, world: World, opening: Omit<Opening, 'bytes'>): Table {
  const { seats, settings, round, now, defaults } = opening;
  const bare = { round, startedAt: now, settings, seats, world, actions: {}, done: [] };
  return { ...bare, turn: turnOf(game, world, { round, settings, players: seats }, now, defaults) };
}

/** The world that somebody brings, or that was stored. Throws GameFault. */
export function readWorld(game: LoadedGame, value: unknown, seats: readonly Seat[]): World {
  return kept(game, 'world', value, seats);
}

/** A world that this very code kept before. */
export function asKept(world: World): World {
  return frozen(world);
}

/** What this viewer sees: a JSON value. Throws GameFault. */
export function look(game: LoadedGame, table: Table, viewer: Viewer): unknown {
  return called('view', () => jsonOf('view', game.view(table.world, viewer, nowOf(table))));
}

export type ActionRefusal =
  | { readonly kind: 'unknown_type'; readonly types: readonly string[] }
  | { readonly kind: 'wrong_fields'; readonly complaints: readonly string[] }
  | { readonly kind: 'not_your_turn' }
  | { readonly kind: 'no_actions_left'; readonly most: number }
  | { readonly kind: 'refused'; readonly reason: string };

export type Taken = { readonly action: GivenAction } | { readonly refusal: ActionRefusal };

/** What becomes of an action of this player. A module's mistake in `view` or `allows` is thrown as GameFault. */
export function take(game: LoadedGame, table: Table, player: string, given: unknown): Taken {
  const read = readAction(game, given, playersIn(table.seats));
  if ('refusal' in read) return read;
  if (!table.turn.players.includes(player)) return { refusal: { kind: 'not_your_turn' } };
  const own = entryOf(table.actions, player) ?? [];
  const most = entryOf(table.turn.actions, player) ?? 0;
  if (own.length >= most) return { refusal: { kind: 'no_actions_left', most } };
  const view = look(game, table, { kind: 'player', id: player });
  const allowed = called('allows', () => game.allows(view, player, read.action, { ...nowOf(table), own }));
  if (allowed === true) return read;
  if (typeof allowed === 'string' && game.reasons.includes(allowed)) {
    return { refusal: { kind: 'refused', reason: allowed } };
  }
  throw new GameFault('allows', `must answer true or one of \`reasons\`, not ${JSON.stringify(allowed)}`);
}

/** The action as its schema reads it. `players` null: nobody knows who plays, so any id will do. */
export function readAction(game: LoadedGame, given: unknown, players: readonly string[] | null): Taken {
  const { type, ...fields } = (typeof given === 'object' && given !== null ? given : {}) as Record<string, unknown>;
  const types = Object.keys(game.actions);
  const schema = typeof type === 'string' ? entryOf(game.actions, type) : undefined;
  if (schema === undefined || typeof type !== 'string') return { refusal: { kind: 'unknown_type', types } };
  const parsed = amongSeats(players, () => schema.safeParse(fields, { error: complain }));
  if (parsed.success) return { action: { type, ...(parsed.data as object) } };
  return { refusal: { kind: 'wrong_fields', complaints: complaintsOf(parsed.error.issues) } };
}

/** The table with one more action, which `take` answered. */
export function withAction(table: Table, player: string, action: GivenAction): Table {
  const own = entryOf(table.actions, player) ?? [];
  return { ...table, actions: { ...table.actions, [player]: [...own, action] } };
}

/** Some of what the player may do now; empty if the module does not say. Throws GameFault. */
export function legalFor(game: LoadedGame, table: Table, player: string): readonly GivenAction[] {
  if (game.legal === null) return [];
  const { legal } = game;
  const view = look(game, table, { kind: 'player', id: player });
  const own = entryOf(table.actions, player) ?? [];
  const said = called('legal', () => legal(view, player, { ...nowOf(table), own }));
  if (!Array.isArray(said) || said.length > MOST_LEGAL) {
    throw new GameFault('legal', `must answer a list of at most ${MOST_LEGAL} actions`);
  }
  return said;
}

/** What a seat that the server plays does in this round: what it chooses that is allowed. Throws GameFault. */
export function botPlays(game: LoadedGame, table: Table, player: string, bytes: Uint8Array): readonly GivenAction[] {
  const { bot } = game;
  if (bot === null) return [];
  const view = look(game, table, { kind: 'player', id: player });
  const legal = legalFor(game, table, player);
  const random = randomOf(bytes, `bot ${player}`);
  const chosen = called('bot', () => bot(view, player, { ...nowOf(table), legal, random }));
  if (!Array.isArray(chosen)) throw new GameFault('bot', 'must answer a list of actions');
  return allowedOf(game, table, player, chosen.slice(0, MOST_LEGAL));
}

function allowedOf(game: LoadedGame, before: Table, player: string, chosen: readonly unknown[]): GivenAction[] {
  let table = before;
  for (const each of chosen) {
    const taken = take(game, table, player, each);
    if ('action' in taken) table = withAction(table, player, taken.action);
  }
  return [...(entryOf(table.actions, player) ?? [])];
}

/** Who is waited for: players in turn, unless bots, away or gone. */
export function awaitedAt({ turn, seats }: Pick<Table, 'turn' | 'seats'>): readonly string[] {
  return seats
    .filter((seat) => !seat.bot && !seat.away && !seat.left && turn.players.includes(seat.id))
    .map(({ id }) => id);
}

/** Whether the round ends before its time: as its turn says. Of a round that waits for nobody the clock decides, or the host. */
export function isComplete(table: Table): boolean {
  const acted = (id: string) => (entryOf(table.actions, id)?.length ?? 0) > 0;
  if (table.turn.ends === 'first' && table.turn.players.some(acted)) return true;
  const spent = (id: string) =>
    table.turn.ends === 'all' && (entryOf(table.actions, id)?.length ?? 0) >= (entryOf(table.turn.actions, id) ?? 0);
  const awaited = awaitedAt(table);
  return awaited.length > 0 && awaited.every((id) => table.done.includes(id) || spent(id));
}

/** Ends the round: bots play, `resolve` changes a copy of the world, and the game is over or the next turn is settled. Throws GameFault. */
export function finish(game: LoadedGame, table: Table, { now, bytes, defaults }: Finishing): Finished {
  const played = withBots(game, table, bytes);
  const actions = inOrder(played.actions, bytes);
  const draft = structuredClone(table.world);
  const telling = teller(game, table.seats);
  const { round, startedAt, settings, seats, turn, done } = table;
  const at = { ...nowOf(table), now, startedAt, turn, done, random: randomOf(bytes, 'resolve') };
  called('resolve', () => game.resolve(draft, actions, { ...at, tell: telling.tell }));
  const world = kept(game, 'resolve', draft, seats);
  const over = { round, settings, players: seats };
  const outcome = readOutcome(
    called('outcome', () => game.outcome(world, over)),
    seats,
  );
  const next = outcome === null ? turnOf(game, world, { ...over, round: round + 1 }, now, defaults) : null;
  return { world, actions, events: telling.told(), outcome, next, faults: played.faults };
}

/** Bots that are in turn have played. One whose module makes a mistake passes. */
function withBots(game: LoadedGame, table: Table, bytes: Uint8Array) {
  const faults: GameFault[] = [];
  const actions = { ...table.actions };
  for (const { id, bot, left } of table.seats) {
    if (!bot || left || !table.turn.players.includes(id)) continue;
    try {
      const plays = botPlays(game, table, id, bytes);
      if (plays.length > 0) actions[id] = plays;
    } catch (error) {
      if (!(error instanceof GameFault)) throw error;
      faults.push(error);
    }
  }
  return { actions, faults };
}

/** Everybody's first action, then everybody's second, and so on; players in an order drawn anew each round. */
function inOrder(actions: Table['actions'], bytes: Uint8Array): PlayedAction[] {
  const order = randomOf(bytes, 'order').shuffle(Object.keys(actions).sort());
  const lists = order.map((player) => (entryOf(actions, player) ?? []).map((action) => ({ ...action, player })));
  const turns = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: turns }, (_, turn) => lists.flatMap((list) => list[turn] ?? [])).flat();
}

function turnOf(game: LoadedGame, world: World, at: Now, now: number, defaults: TurnDefaults): RunningTurn {
  return readTurn(
    called('turn', () => game.turn(world, { ...at, now })),
    at.players,
    defaults,
  );
}

function nowOf({ round, settings, seats }: Table): Now {
  return { round, settings, players: seats };
}
