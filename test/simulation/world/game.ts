/**
 * The game that is played in simulations: its state says in which order its commands were applied.
 *
 * Role: makes every doubt about a command visible. Each command carries a *tag* of its own; the state keeps the tags applied last and a
 * digest of all, so two states of one version are the same only if the same commands made them in the same order.
 * Two neighbouring state versions with migrations both ways: version 1 calls `digest` `chain`. With them goes the version of the module, which
 * says in the state by which of its versions that is: the first cannot read what is of the second.
 */

import { hash32 } from '../../../src/cluster/slot-hash.ts';
import type { ErrorCode } from '../../../src/errors.ts';
import type { GameCommand } from '../../../src/game/commands.ts';
import { awake, type Clocked, nextClock } from '../../../src/game/rest.ts';
import type {
  Applied,
  RoundRecord,
  RuleContext,
  RuleOutcome,
  Rules,
  Told,
  Viewer,
} from '../../../src/session/rules.ts';
import { silentNotices } from '../../support/silent-notices.ts';
import { toldOf } from '../../support/told.ts';

/** Whether its clock runs is decided by the code of the real game. */
export interface GameState extends Clocked {
  /** Null: no clock. */
  readonly roundMs: number | null;
  /** 0: the clock never stands still. */
  readonly idleRounds: number;
  /** Lists show it to everybody. */
  readonly listed: boolean;
  /** How many commands were applied, the creation included: always the version. */
  readonly count: number;
  readonly digest: number;
  /** The last commands applied, oldest first: `1 create-G0,2 c0-1`. One text, because it is copied with every command. */
  readonly recent: string;
  /** How the last round ended. */
  readonly lastEnd: RoundEnd | null;
  /** Ending this round throws. */
  readonly isCursed: boolean;
  readonly padding: string;
  /** The version of the module that it is of. */
  readonly module: 1 | 2;
}

export interface RoundEnd {
  readonly round: number;
  readonly by: 'clock' | 'command' | 'abandoned';
  /** Cluster time by the owner's clock, as the rules were told. */
  readonly at: number;
  readonly due: number | null;
}

/** What is archived of a round. */
export interface RecordContent extends RoundEnd {
  /** Of the command that ended it. */
  readonly version: number;
  /** Of the state before. */
  readonly digest: number;
}

/** What a read of a finished round shows. */
export interface RecordView extends RecordContent, Told {
  readonly events: readonly { readonly seq: number }[];
  readonly viewer: Viewer;
}

/** What `continue_game` is given. */
export interface GameDocument {
  readonly tag: string;
  readonly roundMs: number | null;
  /** 0 if absent. */
  readonly idleRounds?: number;
  /** True if absent. */
  readonly listed?: boolean;
}

/** More than the commands that one write can hold. */
export const RECENT = 240;
/** Tags of commands that end a round begin so: whoever ends one does not play. */
export const END = 'end';
/** Tags that begin so make the end of the running round throw. */
export const CURSE = 'curse';
/** Tags that begin so (`grow<bytes>-…`) make the state larger. */
export const GROW = 'grow';
/** Tags that begin so are refused by the rules; those of THROW make them throw. */
export const REFUSE = 'refuse';
export const THROW = 'throw';
/** The tag of a round's end whose time had come. */
export const CLOCK = 'clock';
/** The tag of a round's end that left out what was done in it. */
export const ABANDONED = 'abandoned';

/** The tag of a round's clock that was started again. */
export const RESTARTED = 'restarted';

/** A command that does nothing but leave its tag. */
export function act(playerId: string, tag: string): GameCommand {
  return { type: 'register_action', playerId, action: { type: 'attack', targetPlayerId: tag } };
}

/** Ends the round if it runs; else it is rejected (`round_over`). */
export function endRound(round: number, tag: string): GameCommand {
  return { type: 'commit_round', round, playerId: tag };
}

/** What a read shows. */
export interface GameView {
  readonly count: number;
  readonly digest: number;
  readonly round: number;
  readonly roundEndTime: number | null;
  readonly viewer: Viewer;
}

export const rules: Rules<GameState, GameCommand> = {
  stateVersion: 2,
  module: { name: 'simulated', version: 2 },
  create: (_gameId, document, _, context) => {
    const { tag, roundMs, idleRounds = 0, listed = true } = document as GameDocument;
    const roundEndTime = roundMs === null ? null : context.now + roundMs;
    const clock = { round: 1, roundEndTime, roundMs, idleRounds, suspendedAt: null, played: { round: 0, at: null } };
    const empty = {
      ...clock,
      listed,
      count: 0,
      digest: 0,
      recent: '',
      lastEnd: null,
      isCursed: false,
      padding: '',
      module: 2,
    } as const;
    return { kind: 'applied', state: noted(empty, tag, context) };
  },
  apply,
  timeUp: ({ round }) => endRound(round, CLOCK),
  abandonRound: (state, context) => ended(state, context, 'abandoned', ABANDONED),
  restartClock: (state, context) =>
    state.roundEndTime === null || state.roundMs === null
      ? state
      : { ...noted(state, RESTARTED, context), roundEndTime: context.now + state.roundMs },
  deadline: ({ roundEndTime }) => roundEndTime,
  summary: ({ suspendedAt, played, listed }) => ({
    status: 'active',
    listed,
    suspended: suspendedAt !== null,
    playedAt: played.at,
  }),
  isOver: () => false,
  standing: () => 'player',
  adminOnly: () => null,
  subject: () => null,
  view: ({ count, digest, round, roundEndTime }, viewer): GameView => ({ count, digest, round, roundEndTime, viewer }),
  events: ({ round, lastEnd }) => ({ round, ...toldOf(lastEnd === null ? [] : [eventOf(lastEnd)]) }),
  record: (content, viewer): RecordView => ({
    ...(content as RecordContent),
    ...toldOf([eventOf(content as RecordContent)]),
    viewer,
  }),
  notices: silentNotices,
  answer: (_, version) => ({ status: 200, body: { version } }),
  refuseRepetition: () => null,
  hostGrant: () => null,
  admitsSpectators: () => false,
  isCreator: () => false,
  draws: () => false,
  migrations: {
    up: new Map([[1, (stored) => upwards(stored as OldGameState)]]),
    down: new Map([[2, (stored) => downwards(stored as GameState)]]),
  },
  lower: (state, moduleVersion) => (moduleVersion < 2 ? { ...state, module: 1 } : state),
  parse: (stored) => ({ ...checked<GameState>(stored, 'digest'), module: 2 }),
};

/** The state before `chain` was renamed. */
interface OldGameState extends Omit<GameState, 'digest'> {
  readonly chain: number;
}

/** The rules as members of the version before know them. */
export const oldRules: Rules<OldGameState, GameCommand> = {
  stateVersion: 1,
  module: { name: 'simulated', version: 1 },
  create: (...given) => old(rules.create(...given)),
  apply: (state, ...rest) => old(apply(upwards(state), ...rest)),
  timeUp: (state) => rules.timeUp(upwards(state)),
  abandonRound: (state, context) => {
    const { record, state: after } = rules.abandonRound(upwards(state), context);
    return { kind: 'applied', state: downwards(after), ...(record && { record }) };
  },
  restartClock: (state, context) => downwards(rules.restartClock(upwards(state), context)),
  deadline: ({ roundEndTime }) => roundEndTime,
  summary: (state) => rules.summary(upwards(state)),
  isOver: () => false,
  standing: () => 'player',
  adminOnly: () => null,
  subject: () => null,
  view: (state, viewer) => rules.view(upwards(state), viewer),
  events: (state, viewer) => rules.events(upwards(state), viewer),
  record: rules.record,
  notices: silentNotices,
  answer: (command, version, state) => rules.answer(command, version, upwards(state)),
  refuseRepetition: () => null,
  hostGrant: () => null,
  admitsSpectators: () => false,
  isCreator: () => false,
  draws: () => false,
  migrations: { up: new Map(), down: new Map() },
  lower: (state) => state,
  parse: (stored) => ofFirst(checked(stored, 'chain')),
};

/** A stored state of either version, as the newer one. */
export function readState(stored: unknown): GameState {
  return typeof stored === 'object' && stored !== null && 'chain' in stored
    ? upwards(stored as OldGameState)
    : checked(stored, 'digest');
}

function apply(state: GameState, command: GameCommand, context: RuleContext): RuleOutcome<GameState> {
  if (command.type === 'commit_round') {
    if (command.round !== state.round) return rejected('round_over', `round ${state.round} runs`);
    if (state.isCursed) throw new Error('the end of this round fails');
    return ended(state, context, command.playerId === CLOCK ? 'clock' : 'command', command.playerId);
  }
  if (command.type !== 'register_action' || command.action.type !== 'attack') return rejected('bad_request', 'unknown');
  const tag = String(command.action.targetPlayerId);
  if (tag.startsWith(THROW)) throw new Error('a fault in the rules');
  if (tag.startsWith(REFUSE)) return rejected('bad_request', 'as asked');
  const after = noted(state.roundMs === null ? state : awake(state, state.roundMs, context.now), tag, context);
  if (tag.startsWith(CURSE)) return { kind: 'applied', state: { ...after, isCursed: true } };
  if (!tag.startsWith(GROW)) return { kind: 'applied', state: after };
  const bytes = Number.parseInt(tag.slice(GROW.length), 10);
  return { kind: 'applied', state: { ...after, padding: after.padding + 'x'.repeat(bytes) } };
}

function ended(state: GameState, context: RuleContext, by: RoundEnd['by'], tag: string): Applied<GameState> {
  const { round, roundMs, idleRounds, roundEndTime } = state;
  const lastEnd: RoundEnd = { round, by, at: context.now, due: roundEndTime };
  const content: RecordContent = { ...lastEnd, version: context.version, digest: state.digest };
  const record: RoundRecord = { round, content };
  const next = { ...noted(state, tag, context), round: round + 1, lastEnd, isCursed: false };
  const clock = roundMs === null ? {} : nextClock(state, idleRounds, roundMs, context.now);
  return { kind: 'applied', state: { ...next, ...clock }, record };
}

/** Every end of a round is an event, and there are no others. */
function eventOf({ round, by }: RoundEnd) {
  return { seq: round, by };
}

/** The state with one more command that was applied. */
export function noted<State extends Pick<GameState, 'count' | 'digest' | 'recent'>>(
  state: State,
  tag: string,
  { version }: Pick<RuleContext, 'version'>,
): State {
  const kept = state.count < RECENT ? state.recent : state.recent.slice(state.recent.indexOf(',') + 1);
  const recent = kept === '' ? `${version} ${tag}` : `${kept},${version} ${tag}`;
  return { ...state, count: state.count + 1, recent, digest: digestAfter(state.digest, version, tag) };
}

/** Version and tag of the commands applied last, oldest first. */
export function recentOf({ recent }: Pick<GameState, 'recent'>): (readonly [version: number, tag: string])[] {
  if (recent === '') return [];
  return recent.split(',').map((each) => {
    const space = each.indexOf(' ');
    return [Number(each.slice(0, space)), each.slice(space + 1)] as const;
  });
}

/** The digest of all commands up to `version`, from that of all before. */
export function digestAfter(before: number, version: number, tag: string): number {
  return hash32(`${before} ${version} ${tag}`);
}

function rejected(code: ErrorCode, detail: string): RuleOutcome<never> {
  return { kind: 'rejected', code, detail };
}

function old(outcome: RuleOutcome<GameState>): RuleOutcome<OldGameState> {
  return outcome.kind === 'rejected' ? outcome : { ...outcome, state: { ...downwards(outcome.state), module: 1 } };
}

/** What members of the first version of the module can read. */
function ofFirst(state: OldGameState): OldGameState {
  if (state.module > 1) throw new Error(`this state is of version ${state.module} of the module`);
  return state;
}

function upwards({ chain, ...rest }: OldGameState): GameState {
  return { ...rest, digest: chain };
}

function downwards({ digest, ...rest }: GameState): OldGameState {
  return { ...rest, chain: digest };
}

function checked<State>(stored: unknown, field: 'digest' | 'chain'): State {
  if (typeof (stored as Record<string, unknown> | null)?.[field] !== 'number') throw new Error(`no ${field} in it`);
  return stored as State;
}
