/**
 * What I saw of a game, round by round, in places that hold still. Pure.
 *
 * Role: the map draws the newest frame, the replay any, and what happened between two is what is animated.
 * Why places of its own: the server tells all of them from my hex, and I walk. Here the first frame's hex is the middle.
 * Invariants:
 *  - Frames follow each other by `step`, one each; those of rounds that were missed are missing.
 *  - At most `mostFrames` frames and `mostEvents` events are kept, the newest.
 */
import type { GameEvent, Resumed } from '../../client/index.ts';
import { type Atlas, atlasOf, nameOf } from '../../games/minotaur/atlas.ts';
import type { Hex } from '../../games/minotaur/hexes.ts';
import type { CrawlView } from '../../games/minotaur/view.ts';
import type { Action, Seen } from './seen.ts';
import { walked } from './walk.ts';

const mostFrames = 300;
const mostEvents = 3_000;

export interface Frame {
  readonly step: number;
  readonly round: number;
  readonly view: CrawlView;
  /** My plan, as it was seen last. */
  readonly own: readonly Action[];
  /** Where I am. */
  readonly at: Hex;
  /** Whether places are those of the frame before; else everything starts over. */
  readonly goesOn: boolean;
}

export interface Story {
  readonly frames: readonly Frame[];
  readonly events: readonly GameEvent[];
}

export const untold: Story = { frames: [], events: [] };

export interface News {
  /** Null: no world is seen. */
  readonly seen: Pick<Seen, 'step' | 'round' | 'view' | 'own'> | null;
  readonly events: readonly GameEvent[];
  readonly resumed: Resumed;
}

export function follow(story: Story, { seen, events, resumed }: News): Story {
  // A game that was put back counts on from before.
  const first = events[0]?.seq ?? 0;
  const before = resumed === 'snapshot' ? story.events.filter(({ seq }) => seq < first) : story.events;
  return {
    events: events.length === 0 ? story.events : [...before, ...events].slice(-mostEvents),
    frames: seen === null ? story.frames : withFrame(story.frames, seen).slice(-mostFrames),
  };
}

/** Of the last `most` rounds that are over those whose end was never told. */
export function untoldRounds({ events }: Story, over: number, most: number): readonly number[] {
  const told = new Set(events.filter(({ type }) => type === 'round_ended').map(({ round }) => round));
  const first = Math.max(1, over - most + 1);
  return Array.from({ length: Math.max(0, over - first + 1) }, (_, index) => first + index).filter(
    (round) => !told.has(round),
  );
}

/** With events of rounds that are over, from their records. */
export function recall(story: Story, events: readonly GameEvent[]): Story {
  const known = new Map([...events, ...story.events].map((event) => [event.seq, event]));
  return { ...story, events: [...known.values()].sort((one, other) => one.seq - other.seq).slice(-mostEvents) };
}

function withFrame(frames: readonly Frame[], { step, round, view, own }: NonNullable<News['seen']>): readonly Frame[] {
  const last = frames.at(-1);
  const first = { step, round, view, own, at: { q: 0, r: 0 }, goesOn: false };
  if (last === undefined || step < last.step) return [first];
  if (step === last.step) return [...frames.slice(0, -1), { ...last, view, own }];
  const way = walked(atlasOf(last.view), atlasOf(view), last.own);
  return [...frames, way === null ? first : { ...first, at: plus(last.at, way), goesOn: true }];
}

/** What made this frame of the one before. */
export function eventsBefore({ events }: Story, { step }: Frame): readonly GameEvent[] {
  return events.filter(({ round }) => round === step - 1);
}

/** What is known in a frame, in its places. */
export function chartOf({ view, at }: Pick<Frame, 'view' | 'at'>): Atlas {
  const atlas = new Map<string, number>();
  for (const [name, walls] of atlasOf(view)) atlas.set(nameOf(plus(hexNamed(name), at)), walls);
  return atlas;
}

export function hexNamed(name: string): Hex {
  const [q = 0, r = 0] = name.split(',').map(Number);
  return { q, r };
}

export function plus(one: Hex, other: Hex): Hex {
  return { q: one.q + other.q, r: one.r + other.r };
}

export function minus(one: Hex, other: Hex): Hex {
  return { q: one.q - other.q, r: one.r - other.r };
}
