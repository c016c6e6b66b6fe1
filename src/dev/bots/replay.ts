/**
 * A game once more, from its records alone: what the module makes of the same actions, against how the game ended.
 *
 * Role: pure. It needs that chance follows from a seed, as an administrator may ask for; of a game whose chance was drawn nobody can say what it
 * should have been, so it is not played again.
 * What records do not hold is who had committed when a round ended: a module that asks for it (`done`) cannot be played again either. Nobody was
 * away in games of bots (`settings.awayRounds` is more than they let pass), and nobody left.
 */
import { isDeepStrictEqual } from 'node:util';
import { GameFault } from '../../game/faults.ts';
import type { LoadedGame, PlayedAction } from '../../game/loaded-game.ts';
import { settingsFor } from '../../game/play.ts';
import { bytesOfSeed } from '../../game/random-stream.ts';
import type { Settings } from '../../game/settings.ts';
import { finish, look, nextTable, openTable, type Table } from '../../game/table.ts';
import type { Evidence, Recorded } from './evidence.ts';

export type Replay =
  /** Why not. */
  | { readonly is: 'impossible'; readonly why: string }
  /** What disagrees, each in one line; none: the records lead to where the game ended. */
  | { readonly is: 'done'; readonly lines: readonly string[] };

export function replay(game: LoadedGame, evidence: Evidence): Replay {
  const { seed } = evidence;
  if (seed === null) return { is: 'impossible', why: 'its chance was drawn' };
  const asked = { done: false };
  try {
    const lines = playAgain(withoutDone(game, asked), evidence, seed);
    return asked.done ? { is: 'impossible', why: 'the module asks who is done' } : { is: 'done', lines };
  } catch (error) {
    if (!(error instanceof GameFault)) throw error;
    return { is: 'done', lines: [`the module fails on the records: ${error.message}`] };
  }
}

/** The module, which notes that it was asked for what nobody knows. */
function withoutDone(game: LoadedGame, asked: { done: boolean }): LoadedGame {
  return {
    ...game,
    resolve: (world, actions, at) =>
      game.resolve(world, actions, {
        ...at,
        get done() {
          asked.done = true;
          return at.done;
        },
      }),
  };
}

function playAgain(game: LoadedGame, { admin, seen }: Evidence, seed: number): string[] {
  const settings = admin.game.settings as Settings;
  const defaults = { actions: settings.actionPoints, seconds: settings.roundSeconds };
  const seats = Object.values(admin.game.players).map(({ id, bot = false }) => ({ id, bot, away: false, left: false }));
  const started = admin.records[0]?.events.find(({ type }) => type === 'game_started');
  const opening = { seats, settings: settingsFor(game, settings), round: 1, now: timeOf(started?.at), defaults };
  let table = openTable(game, { ...opening, bytes: bytesOfSeed(seed, 1) });
  for (const [index, record] of admin.records.entries()) {
    const isLast = index === admin.records.length - 1;
    const now = timeOf(record.endedAt);
    const played = { ...table, actions: actionsOf(record, table) };
    const end = finish(game, played, { now, bytes: bytesOfSeed(seed, record.round), defaults });
    const lines = [
      ...differs(record.round, 'actions', record.actions.map(withoutId), end.actions),
      ...differs(
        record.round,
        'events',
        eventsOf(game, record),
        end.events.map(({ type, fields }) => ({ type, ...fields })),
      ),
      ...differs(record.round, 'outcome', record.outcome ?? null, end.outcome),
    ];
    if (lines.length > 0) return lines;
    if (end.outcome !== null || isLast) return aboutWorld(game, { ...table, world: end.world }, { admin, seen });
    table = nextTable(table, end, now);
  }
  return ['there are no records'];
}

/** The world that comes of it, as everybody sees it. */
function aboutWorld(game: LoadedGame, table: Table, { admin, seen }: Pick<Evidence, 'admin' | 'seen'>): string[] {
  const views = [
    { who: 'the administrator', shown: admin.game.world, viewer: { kind: 'admin' } as const },
    ...[...seen].map(([id, { game: its }]) => ({ who: id, shown: its.world, viewer: { kind: 'player', id } as const })),
  ];
  return views.flatMap(({ who, shown, viewer }) =>
    isDeepStrictEqual(shown, look(game, table, viewer)) ? [] : [`${who} sees another world at the end`],
  );
}

/** Those of the seats that the server played are left out: the module makes them again. */
function actionsOf({ actions }: Recorded, { seats }: Table): Table['actions'] {
  const people = seats.filter(({ bot }) => !bot).map(({ id }) => id);
  const lists = people.map((id) => [
    id,
    actions.filter(({ playerId }) => playerId === id).map((action) => withoutPlayer(withoutId(action))),
  ]);
  return Object.fromEntries(lists.filter(([, list]) => list !== undefined && list.length > 0));
}

function withoutId({ id: _, playerId, ...action }: Recorded['actions'][number]): PlayedAction {
  return { ...action, player: playerId };
}

function withoutPlayer({ player: _, ...action }: PlayedAction) {
  return action;
}

/** Those of the module's. */
function eventsOf(game: LoadedGame, { events }: Recorded): object[] {
  return events
    .filter(({ type }) => Object.hasOwn(game.events, type))
    .map(({ seq: _, round: _2, at: _3, ...event }) => event);
}

function differs(round: number, what: string, recorded: unknown, made: unknown): string[] {
  const [was, is] = [recorded, made].map((value) => JSON.stringify(value));
  // By what they look like as JSON: that is all that a record can hold.
  if (isDeepStrictEqual(JSON.parse(was ?? 'null'), JSON.parse(is ?? 'null'))) return [];
  return [`round ${round}: the record has the ${what} ${short(was)}; played again they are ${short(is)}`];
}

function short(text = 'null'): string {
  return text.length > 200 ? `${text.slice(0, 197)}…` : text;
}

function timeOf(text: string | undefined): number {
  return Date.parse(text ?? '');
}
