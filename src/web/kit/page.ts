/** What a page that is shown in a browser gives to what asks now and then (polling.ts). */
import type { Surroundings } from './polling.ts';

export const page: Surroundings = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
  isSeen: () => !document.hidden,
};
