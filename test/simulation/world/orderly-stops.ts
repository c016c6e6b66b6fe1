/**
 * What an orderly stop leaves behind when nothing is wrong: nothing.
 *
 * Role: the checks of drains in calm time. A planned stop hands everything over; nobody has to take it.
 */
import { decodeSlotRecord } from '../../../src/cluster/slot-table.ts';
import type { Entry } from '../../../src/ports/store.ts';
import type { Stage } from './stage.ts';
import { pick } from './streams.ts';

/** Beyond the least time of a drain. */
const STOPS_WITHIN_MS = 5_000;
const ALL_STOP_WITHIN_MS = 40_000;

type Until = (condition: () => boolean, limitMs: number) => Promise<boolean>;

/** Stops one member of several, and starts it again. */
export async function stopOne({ room, streams, buckets, violations }: Stage, until: Until): Promise<void> {
  const running = room.running;
  if (running.length < 2) return;
  const { id, name, settings, process } = pick(streams.get('planned stop'), running);
  const taken: string[] = [];
  const note = (entry: Entry) => {
    const { slot, owner, acquired } = decodeSlotRecord(Number(entry.key), entry.revision, entry.value);
    if (acquired !== 'handoff') taken.push(`${slot} by ${owner} (${acquired})`);
  };
  const { listeners } = buckets.content('slots');
  listeners.add(note);
  room.terminate(id);
  const hasEnded = await until(() => !process.alive, settings.drainMinMs + STOPS_WITHIN_MS);
  listeners.delete(note);
  if (violations.found.length > 0) return;
  if (!hasEnded)
    violations.report('liveness', `${name} did not end ${STOPS_WITHIN_MS} ms after its least time of a drain`);
  if (taken.length > 0) violations.report('liveness', `${name} was stopped in order, but slots were taken: ${taken}`);
  room.start(id);
}

/** Stops all members. */
export async function stopAll({ room, buckets, violations }: Stage, until: Until): Promise<void> {
  for (const id of room.places.keys()) room.retire(id);
  const hasEnded = await until(() => room.running.length === 0, ALL_STOP_WITHIN_MS);
  if (violations.found.length > 0) return;
  if (!hasEnded) {
    const names = room.running.map(({ name }) => name);
    violations.report('liveness', `${names} did not end within ${ALL_STOP_WITHIN_MS} ms of SIGTERM`);
  }
  for (const { key, deleted } of buckets.content('members').entries.values()) {
    if (!deleted && key !== 'cluster')
      violations.report('liveness', `all members have stopped, but ${key} is still there`);
  }
}
