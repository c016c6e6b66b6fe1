/**
 * What was seen of one game, kept while the tab lives: after a reload the map lies as it lay, and the replay begins where it began.
 *
 * Invariants: of one game alone, the one looked at last. What cannot be read or stored is as if it never was.
 */
import type { Frame } from './story.ts';

const place = 'minotaur.frames';
/** Of the form below: another one is not read. */
const form = 1;
const most = 2_000_000;

interface Kept {
  readonly form: number;
  readonly gameId: string;
  readonly playerId: string;
  readonly frames: readonly Frame[];
}

type Seat = Pick<Kept, 'gameId' | 'playerId'>;

export function keptFrames({ gameId, playerId }: Seat): readonly Frame[] {
  try {
    const kept = JSON.parse(sessionStorage.getItem(place) ?? 'null') as Kept | null;
    const isIt = kept?.form === form && kept.gameId === gameId && kept.playerId === playerId;
    return isIt ? kept.frames : [];
  } catch {
    return [];
  }
}

export function keepFrames({ gameId, playerId }: Seat, frames: readonly Frame[]): void {
  const text = JSON.stringify({ form, gameId, playerId, frames } satisfies Kept);
  try {
    if (text.length <= most) sessionStorage.setItem(place, text);
  } catch {
    // Not allowed, or full.
  }
}
