/**
 * A real game in simulations: tic-tac-toe by the platform's own rules, from its lobby to its end.
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
export const ticTacToe = await loadGame('tic-tac-toe');
const inner = rulesWith({
  abandonMs: ABANDON_MS,
  host: { game: ticTacToe, guard: (calls) => calls(), faulty: (_, error) => Promise.reject(error) },
});

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

export const tableRules: Rules<TableState, Tagged> = {
  ...inner,
  stateVersion: 2,
  module: { name: 'simulated', version: 2 },
  create: (gameId, document, origin, context) => {
    const tag = (document as { tag?: string } | null)?.tag;
    // What a member rehearses with at its start is not of this world.
    if (tag === undefined) return { kind: 'rejected', code: 'bad_request', detail: `no game: ${gameId}` };
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

/** The state within, if a game is one of these. */
export function tableOf(state: GameState | null | undefined): Inner | null {
  return (state as Partial<TableState> | null | undefined)?.table ?? null;
}

function after(
  before: TableState | null,
  outcome: RuleOutcome<Inner>,
  tag: string,
  context: RuleContext,
): RuleOutcome<TableState> {
  return outcome.kind === 'rejected' ? outcome : wrapped(before, outcome, tag, context);
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
