/**
 * A game so small that a test sees through it: a number that grows, a text that takes room, rounds with a clock, one seat with a token.
 *
 * Role: drives sessions into corners that the real rules avoid: rules that throw, refuse the end of a round, or grow without bound;
 * and two neighbouring state versions with migrations both ways (version 1 calls `total` `count`).
 */

import type {
  Applied,
  Origin,
  RoundRecord,
  RuleAnswer,
  RuleContext,
  RuleOutcome,
  Rules,
} from '../../src/session/rules.ts';
import { silentNotices } from './silent-notices.ts';
import { toldOf } from './told.ts';

export interface TinyState {
  readonly total: number;
  readonly text: string;
  readonly round: number;
  readonly roundEndTime: number | null;
  /** What the rules do when a round is to end. */
  readonly onEnd: 'end' | 'throw' | 'refuse';
  readonly nonce: string;
  /** Which token of the seat p0 holds. */
  readonly generation: number;
}

export type TinyCommand =
  | { readonly type: 'add'; readonly by: number }
  | { readonly type: 'grow'; readonly bytes: number }
  | { readonly type: 'throw' }
  | { readonly type: 'refuse' }
  | { readonly type: 'time'; readonly roundEndTime: number | null }
  | { readonly type: 'onEnd'; readonly onEnd: TinyState['onEnd'] }
  | { readonly type: 'end'; readonly round: number }
  /** A new token for p0. */
  | { readonly type: 'renew' };

export const ROUND_MS = 1_000;

/** A total that ends the game. */
export const OVER = -1_000_000;

export const tinyOrigin: Origin = { nonce: 'n', host: null };

export const tinyState: TinyState = {
  total: 0,
  text: '',
  round: 1,
  roundEndTime: null,
  onEnd: 'end',
  nonce: tinyOrigin.nonce,
  generation: 1,
};

/** The same, before `count` was renamed. */
export interface OldTinyState extends Omit<TinyState, 'total'> {
  readonly count: number;
}

/** The rules as today's members know them. */
export const tinyRules: Rules<TinyState, TinyCommand> = {
  stateVersion: 2,
  module: { name: 'tiny', version: 1 },
  create: (_, document, { nonce }) =>
    document === 'bad'
      ? refused
      : { kind: 'applied', state: { ...tinyState, nonce, ...(document as Partial<TinyState>) } },
  apply,
  timeUp: ({ round }) => ({ type: 'end', round }),
  abandonRound: (state, context) => ended(state, context, 'abandoned'),
  restartClock: (state, { now }) => ({ ...state, roundEndTime: now + ROUND_MS }),
  deadline: ({ roundEndTime }) => roundEndTime,
  summary: ({ total }) => ({
    status: total < 0 ? 'lobby' : 'active',
    listed: total % 2 === 1,
    suspended: false,
    playedAt: null,
  }),
  isOver: ({ total }) => total === OVER,
  standing: ({ nonce, generation }, bearer) => {
    if (bearer.nonce !== nonce) return 'foreign';
    if (bearer.playerId === 'host') return 'host';
    return bearer.playerId === 'p0' && bearer.generation === generation ? 'player' : 'ended';
  },
  adminOnly: (_, { type }) => (type === 'time' ? 'the clock is for administrators' : null),
  subject: ({ type }) => (type === 'renew' ? 'p0' : null),
  view: ({ total, text, round }, viewer) =>
    viewer === 'admin' ? { total, size: text.length, round } : { total, round },
  events: ({ round }, viewer) => ({ round, ...toldOf(viewer === 'public' ? [] : [{ seq: round }]) }),
  record: (content) => ({ ...(content as object), ...toldOf([]) }),
  notices: silentNotices,
  answer,
  refuseRepetition: () => null,
  hostGrant: () => null,
  admitsSpectators: () => false,
  isCreator: () => false,
  draws: () => false,
  migrations: {
    up: new Map([[1, (stored) => upwards(stored as OldTinyState)]]),
    down: new Map([[2, (stored) => downwards(stored as TinyState)]]),
  },
  lower: (state) => state,
  parse: (stored) => checked(stored, 'total'),
};

/** The rules as members of the version before know them: they have never heard of `total`. */
export const oldTinyRules: Rules<OldTinyState, TinyCommand> = {
  stateVersion: 1,
  module: { name: 'tiny', version: 1 },
  create: (...given) => old(tinyRules.create(...given)),
  apply: (state, ...rest) => old(apply(upwards(state), ...rest)),
  timeUp: (state) => tinyRules.timeUp(upwards(state)),
  abandonRound: (state, context) => {
    const { record, state: after } = ended(upwards(state), context, 'abandoned');
    return { kind: 'applied', state: downwards(after), ...(record && { record }) };
  },
  restartClock: (state, { now }) => ({ ...state, roundEndTime: now + ROUND_MS }),
  deadline: ({ roundEndTime }) => roundEndTime,
  summary: (state) => tinyRules.summary(upwards(state)),
  isOver: (state) => tinyRules.isOver(upwards(state)),
  standing: (state, bearer) => tinyRules.standing(upwards(state), bearer),
  adminOnly: (state, command) => tinyRules.adminOnly(upwards(state), command),
  subject: tinyRules.subject,
  view: (state, viewer) => tinyRules.view(upwards(state), viewer),
  events: (state, viewer) => tinyRules.events(upwards(state), viewer),
  record: tinyRules.record,
  notices: silentNotices,
  answer: (command, version, state) => answer(command, version, upwards(state)),
  refuseRepetition: () => null,
  hostGrant: () => null,
  admitsSpectators: () => false,
  isCreator: () => false,
  draws: () => false,
  migrations: { up: new Map(), down: new Map() },
  lower: (state) => state,
  parse: (stored) => checked(stored, 'count'),
};

const refused = { kind: 'rejected', code: 'bad_request', detail: 'as asked' } as const;

function apply(state: TinyState, command: TinyCommand, context: RuleContext): RuleOutcome<TinyState> {
  switch (command.type) {
    case 'add':
      return { kind: 'applied', state: { ...state, total: state.total + command.by } };
    case 'grow':
      return { kind: 'applied', state: { ...state, text: state.text + 'x'.repeat(command.bytes) } };
    case 'throw':
      throw new Error('a fault in the rules');
    case 'refuse':
      return refused;
    case 'time':
      return { kind: 'applied', state: { ...state, roundEndTime: command.roundEndTime } };
    case 'onEnd':
      return { kind: 'applied', state: { ...state, onEnd: command.onEnd } };
    case 'end':
      if (state.onEnd === 'throw') throw new Error('the end of the round fails');
      if (state.onEnd === 'refuse' || command.round !== state.round) return refused;
      return ended(state, context, 'ended');
    case 'renew':
      return { kind: 'applied', state: { ...state, generation: context.version } };
  }
}

function answer({ type }: TinyCommand, version: number, { nonce }: TinyState): RuleAnswer {
  if (type === 'time') return { status: 204, body: null };
  const told = { status: 200, body: { of: type, version } };
  return type === 'renew' ? { ...told, grant: { role: 'player', playerId: 'p0', nonce, generation: version } } : told;
}

function ended(state: TinyState, { now, version }: RuleContext, how: string): Applied<TinyState> {
  const record: RoundRecord = { round: state.round, content: { how, round: state.round, version, total: state.total } };
  const next = { ...state, round: state.round + 1, roundEndTime: now + ROUND_MS };
  return { kind: 'applied', state: next, record };
}

function old(outcome: RuleOutcome<TinyState>): RuleOutcome<OldTinyState> {
  return outcome.kind === 'rejected' ? outcome : { ...outcome, state: downwards(outcome.state) };
}

function upwards({ count, ...rest }: OldTinyState): TinyState {
  return { total: count, ...rest };
}

function downwards({ total, ...rest }: TinyState): OldTinyState {
  return { count: total, ...rest };
}

function checked<State>(stored: unknown, field: 'total' | 'count'): State {
  if (typeof (stored as Record<string, unknown> | null)?.[field] !== 'number') throw new Error(`no ${field} in it`);
  return stored as State;
}
