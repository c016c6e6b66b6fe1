/**
 * Real games in simulations, by the platform's own rules, from the lobby to the end: tic-tac-toe, and the dungeon crawl.
 *
 * Role: wraps those rules and keeps beside their state what the game of other worlds keeps (game.ts): the order of commands, their tags and
 * digest, how the last round ended. So everything that is checked of any game is checked of these, and of the state within some things more.
 * A client's command carries its tag in a field of its own, which the real rules do not look at.
 */
import type { GameCommand } from '../../../src/game/commands.ts';
import { rulesWith } from '../../../src/game/rules.ts';
import type { GameState as Inner } from '../../../src/game/state.ts';
import { loadGame } from '../../../src/games.ts';
import type { Applied, RuleContext, RuleOutcome, Rules } from '../../../src/session/rules.ts';
import {
  ABANDONED,
  CLOCK,
  type GameState,
  type GameView,
  noted,
  RESTARTED,
  type RecordContent,
  type RoundEnd,
} from './game.ts';

/** `table`: the state of the real rules. */
export interface TableState extends GameState {
  readonly table: Inner;
}

export type Tagged<Command = GameCommand> = Command & { readonly tag?: string };

/** What is archived of a round; `table` as the real rules made it. */
export interface TableRecord extends RecordContent {
  readonly table: unknown;
}

/** What a read shows; `table` as the real rules show it. */
export interface TableView extends GameView {
  readonly table: unknown;
}

const ABANDON_MS = 30 * 24 * 3_600_000;
/** Two kinds: one in which players alternate and all is open, and one in which all choose at once and little is seen. */
const games = { 'tic-tac-toe': await loadGame('tic-tac-toe'), minotaur: await loadGame('minotaur') };
export type TableGame = keyof typeof games;

/** What is so before the first command. */
const NEW: Omit<GameState, keyof ReturnType<typeof seenOf>> = {
  // How long a round lasts is for the real rules to say, and whether a clock stands still.
  roundMs: null,
  idleRounds: 0,
  round: 1,
  count: 0,
  digest: 0,
  recent: '',
  lastEnd: null,
  isCursed: false,
  padding: '',
  module: 2,
};

export const tableRules: Readonly<Record<TableGame, Rules<TableState, Tagged>>> = {
  'tic-tac-toe': rulesOf('tic-tac-toe'),
  minotaur: rulesOf('minotaur'),
};

type Move = Extract<Tagged, { type: 'register_action' }>['action'];

/** What the game calls legal for whoever is shown that, and has done nothing in this round. */
export function legalMoves(game: TableGame, view: unknown, playerId: string, round: number): readonly Move[] {
  const now = { round, settings: {}, players: [], own: [] };
  return (games[game].legal?.(view, playerId, now) ?? []) as readonly Move[];
}

function rulesOf(played: TableGame): Rules<TableState, Tagged> {
  const game = games[played];
  const host = {
    game,
    guard: <T>(calls: () => T) => calls(),
    faulty: (_: unknown, error: unknown) => Promise.reject(error),
  };
  const inner = rulesWith({ abandonMs: ABANDON_MS, host });
  return wrapping(inner);
}

function wrapping(inner: Rules<Inner, GameCommand>): Rules<TableState, Tagged> {
  const after = (before: TableState | null, outcome: RuleOutcome<Inner>, tag: string, context: RuleContext) =>
    outcome.kind === 'rejected' ? outcome : wrapped(before, outcome, tag, context);
  return {
    ...inner,
    stateVersion: 2,
    module: { name: 'simulated', version: 2 },
    create: (gameId, document, origin, context) => {
      const { tag } = document as { tag: string };
      return after(null, inner.create(gameId, document, origin, context), tag, context);
    },
    apply: (state, command, context) =>
      after(state, inner.apply(state.table, command, context), command.tag ?? CLOCK, context),
    timeUp: ({ table }) => inner.timeUp(table),
    abandonRound: (state, context) => {
      const { state: table, record } = inner.abandonRound(state.table, context);
      return wrapped(state, { kind: 'applied', state: table, ...(record && { record }) }, ABANDONED, context);
    },
    restartClock: (state, context) => {
      const table = inner.restartClock(state.table, context);
      if (table === state.table) return state;
      return wrapped(state, { kind: 'applied', state: table }, RESTARTED, context).state;
    },
    deadline: ({ table }) => inner.deadline(table),
    summary: ({ table }) => inner.summary(table),
    isOver: ({ table }) => inner.isOver(table),
    standing: ({ table }, bearer) => inner.standing(table, bearer),
    admitsSpectators: ({ table }) => inner.admitsSpectators(table),
    adminOnly: ({ table }, command) => inner.adminOnly(table, command),
    view: ({ count, digest, round, roundEndTime, table }, viewer): TableView => {
      return { count, digest, round, roundEndTime, viewer, table: inner.view(table, viewer) };
    },
    events: ({ table }, viewer) => inner.events(table, viewer),
    record: (content, viewer) => {
      const { table, ...rest } = content as TableRecord;
      const { events, from, through } = inner.record(table, viewer);
      return { ...rest, table, events, from, through, viewer };
    },
    notices: {
      newest: ({ table }) => inner.notices.newest(table),
      next: ({ table }, seq) => inner.notices.next(table, seq),
      recorded: ({ table }, content, seq) => inner.notices.recorded(table, (content as TableRecord).table, seq),
    },
    answer: (command, version, { table }) => {
      const { body, grant } = inner.answer(command, version, table);
      return { status: 200, body: { ...(body as object | null), version }, ...(grant && { grant }) };
    },
    refuseRepetition: ({ table }, command, made) => inner.refuseRepetition(table, command, made),
    hostGrant: ({ table }) => inner.hostGrant(table),
    isCreator: ({ table }, origin, now) => inner.isCreator(table, origin, now),
    draws: () => true,
    migrations: { up: new Map(), down: new Map() },
    lower: (state) => state,
    parse: (stored) => {
      const { table, ...rest } = stored as TableState;
      return { ...rest, table: inner.parse(table) };
    },
  };
}

/** The state within, if a game is one of these. */
export function tableOf(state: GameState | null | undefined): Inner | null {
  return (state as Partial<TableState> | null | undefined)?.table ?? null;
}

function wrapped(
  before: TableState | null,
  { state: table, record }: Applied<Inner>,
  tag: string,
  context: RuleContext,
): Applied<TableState> {
  const known = { ...(before ?? NEW), ...seenOf(table) };
  if (record === undefined) return { kind: 'applied', state: { ...noted(known, tag, context), table } };
  const { round } = record;
  const by = tag === CLOCK ? 'clock' : tag === ABANDONED ? 'abandoned' : 'command';
  const lastEnd: RoundEnd = { round, by, at: context.now, due: before?.roundEndTime ?? null };
  const content: TableRecord = {
    ...lastEnd,
    version: context.version,
    digest: before?.digest ?? 0,
    table: record.content,
  };
  const ended = { ...noted(known, tag, context), round: round + 1, lastEnd, table };
  return { kind: 'applied', state: ended, record: { round, content } };
}

function seenOf({ roundEndTime, suspendedAt, played, settings }: Inner) {
  return { roundEndTime, suspendedAt, played, listed: settings.listed };
}
