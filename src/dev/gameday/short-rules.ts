/**
 * The alerts of docker/alerts.yml for a gameday: everything that they wait for is as many times shorter as members are scraped more often.
 *
 * Role: made of the rules themselves. Scraped every 15 s they wait for minutes; a gameday has seconds.
 * Invariants:
 *  - Times alone change: `for`, and the ranges in brackets. What is compared with stays, so rates are held to the same numbers.
 *  - No time is shortened to less than two scrapes.
 */

/** As test/contract/alerts.test.ts plays them. */
const SCRAPED_EVERY_MS = 15_000;
export const FACTOR = 30;
/** How often members are scraped, and rules evaluated. */
export const INTERVAL_MS = SCRAPED_EVERY_MS / FACTOR;
/** That a series counts as there since it was last seen: five minutes, as Prometheus has it. */
export const LOOKBACK_MS = 300_000 / FACTOR;

const unitMs = { s: 1_000, m: 60_000 } as const;
const times = /(\bfor: |\[)(\d+)([sm])\b/g;

/** Of the text of a rules file. Throws if it has a time that cannot be shortened. */
export function shortened(rules: string): string {
  return rules.replaceAll(times, (_, before: string, count: string, unit: keyof typeof unitMs) => {
    const ms = (Number(count) * unitMs[unit]) / FACTOR;
    if (ms < 2 * INTERVAL_MS || !Number.isInteger(ms)) throw new Error(`${count}${unit} is too short to be shortened`);
    return `${before}${ms}ms`;
  });
}

/** The longest that an alert goes on firing after what it tells of: the longest range, and a few scrapes. */
export function longestRangeMs(rules: string): number {
  const ranges = [...rules.matchAll(/\[(\d+)([sm])\]/g)].map(
    ([, count, unit]) => Number(count) * unitMs[unit as keyof typeof unitMs],
  );
  return Math.max(0, ...ranges) / FACTOR + 4 * INTERVAL_MS;
}
