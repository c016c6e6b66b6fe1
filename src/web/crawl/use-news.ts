/**
 * The crawl for those who listen: what a round brought, whose turn it is, and the plan as it is stored.
 */
import { useEffect, useRef } from 'preact/hooks';
import { announce } from '../kit/live-region.tsx';
import type { Shown } from '../kit/shown.ts';
import type { Order } from './orders.ts';
import { eventsBefore } from './story.ts';
import type { Crawl } from './use-crawl.ts';
import { actionInWords, eventInWords, type Telling } from './words.ts';

/** What a round brought, and whose turn it is, for those who listen. */
export function useNews({ story }: Crawl, { headline }: Shown, telling: Telling): void {
  const frame = story.frames.at(-1);
  const told = useRef(frame?.step);
  // Once, when the round or the headline changes.
  useEffect(() => {
    if (frame === undefined || told.current === frame.step) return announce(headline);
    told.current = frame.step;
    const lines = eventsBefore(story, frame).flatMap((event) => eventInWords(event, telling) ?? []);
    announce([...lines, headline].join(' '));
  }, [frame?.step, headline]);
}

/** The plan, each time that all of it is stored and it is another than before. */
export function usePlanInWords(orders: readonly Order[], left: number, names: ReadonlyMap<string, string>): void {
  const settled = orders.every(({ state }) => state === 'stored');
  const plan = orders.map(({ action }) => actionInWords(action, names)).join(', ');
  const told = useRef('');
  useEffect(() => {
    if (!settled || told.current === plan) return;
    told.current = plan;
    if (plan !== '') announce(`Planned: ${plan}. ${left} left.`);
  }, [settled, plan, left]);
}
