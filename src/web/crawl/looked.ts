/**
 * Up to which event somebody looked at a game, kept in the browser.
 *
 * Invariant: at most 20 games are kept, the newest first. Where nothing can be stored, nobody is told what they missed.
 */
const place = 'minotaur.looked';
const most = 20;

type Kept = readonly (readonly [gameId: string, seq: number])[];

/** Null: never. */
export function lastLooked(gameId: string): number | null {
  return kept().find(([id]) => id === gameId)?.[1] ?? null;
}

export function looked(gameId: string, seq: number): void {
  const all: Kept = [[gameId, seq], ...kept().filter(([id]) => id !== gameId)];
  try {
    localStorage.setItem(place, JSON.stringify(all.slice(0, most)));
  } catch {
    // Not allowed, or full.
  }
}

function kept(): Kept {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(place) ?? '[]');
    return Array.isArray(value) ? value.filter((each) => Array.isArray(each) && typeof each[1] === 'number') : [];
  } catch {
    return [];
  }
}
