/**
 * What webhooks are told of a game.
 *
 * Role: makes an event into what is sent of it. Pure, so whoever owns the game sends the same, under the same id.
 * Invariants:
 *  - Beside ids of players it says nothing that the public view does not show.
 *  - The number of an event is not told: a gap would say that something happened that is not for everybody.
 *  - The id follows from the game, the event and its time: a game that is made anew under an id, and what happens anew after NATS lost something,
 *    have others.
 */
import { createHash } from 'node:crypto';
import type { Notice, NoticeRules } from '../session/rules.ts';
import { type GameEvent, type PublishedEvent, publishEvents } from './events.ts';
import type { Outcome } from './module.ts';
import type { Play } from './play.ts';
import type { RoundContent } from './round-record.ts';
import type { GameState } from './state.ts';
import { formatTime } from './time.ts';

const TYPES = ['game_started', 'round_started', 'round_ended', 'game_concluded'] as const;
const ID_LENGTH = 24;

type Announced = PublishedEvent & { readonly type: (typeof TYPES)[number]; readonly reason?: string };

export const notices: NoticeRules<GameState> = {
  newest: ({ events }) => events.findLast(isAnnounced)?.seq ?? 0,
  next: (state, seq) => {
    const { events } = state;
    const first = events[0];
    if (first === undefined) return null;
    if (first.seq > seq + 1) return 'recorded';
    const next = events.find((event) => event.seq > seq && isAnnounced(event));
    const [published] = next === undefined ? [] : publishEvents([next]);
    return published === undefined ? null : noticeOf(state, published as Announced, state.play?.outcome ?? null);
  },
  recorded: (state, content, seq) => {
    const { events, outcome } = content as RoundContent;
    const next = events.find((event) => event.seq > seq && isAnnounced(event));
    return next === undefined ? null : noticeOf(state, next as Announced, outcome ?? null);
  },
};

/** No event of a module's has one of these types (module-check.ts). */
function isAnnounced({ type }: Pick<GameEvent | PublishedEvent, 'type'>): boolean {
  return TYPES.some((announced) => announced === type);
}

function noticeOf(state: GameState, event: Announced, outcome: Outcome | null): Notice {
  const { seq, round, at, type } = event;
  const data = { gameId: state.id, round, ...detailsOf(state, event, outcome) };
  const made = createHash('sha256').update(`${state.id}.${state.nonce}.${seq}.${at}`).digest('base64url');
  return {
    id: `msg_${made.slice(0, ID_LENGTH)}`,
    seq,
    round,
    at: Date.parse(at),
    type,
    body: JSON.stringify({ type, timestamp: at, data }),
  };
}

function detailsOf(state: GameState, { type, round, reason }: Announced, outcome: Outcome | null): object {
  switch (type) {
    case 'game_started':
      return { players: state.play?.seats ?? Object.keys(state.players ?? {}) };
    case 'round_started': {
      const runs = state.status === 'active' && state.round === round;
      const endsAt = runs ? state.roundEndTime : null;
      return { asked: runs ? askedIn(state) : [], roundEndTime: endsAt === null ? null : formatTime(endsAt) };
    }
    case 'round_ended':
      return { reason };
    case 'game_concluded':
      return { reason, ...(outcome !== null && { outcome }) };
  }
}

/** People who are yet to act in the running round. */
function askedIn({ play, players, committed }: GameState): readonly string[] {
  const inTurn = play === null ? Object.keys(players ?? {}) : peopleInTurn(play);
  return inTurn.filter((id) => !committed.includes(id));
}

function peopleInTurn({ turn, bots, left }: Play): readonly string[] {
  return turn.players.filter((id) => !bots.includes(id) && !Object.hasOwn(left, id));
}
