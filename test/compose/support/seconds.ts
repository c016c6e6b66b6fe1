/** Durations as a run prints them. */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** The time since `began` (by `performance.now()`). */
export function since(began: number): string {
  return seconds(performance.now() - began);
}
