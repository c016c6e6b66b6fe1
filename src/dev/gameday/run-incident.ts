/**
 * One incident from harm to calm: what players felt, and what an operator saw.
 *
 * Invariant: it ends; what is not seen, or not well again, within a time is said.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { LocalMember } from '../local-member.ts';
import type { Incident, Stage } from './incident.ts';
import type { Felt, Probes } from './probes.ts';
import { Watch } from './watch.ts';

const SEEN_WITHIN_MS = 30_000;
const CALM_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 100;

export interface Outcome {
  readonly incident: Incident;
  readonly felt: Felt;
  readonly saw: readonly string[];
  /** What is wrong; none: it was seen, and is over. */
  readonly problems: readonly string[];
}

export interface Scene {
  readonly stage: Omit<Stage, 'note'>;
  readonly probes: Probes;
  readonly adminToken: string;
}

export async function runIncident(incident: Incident, { stage, probes, adminToken }: Scene): Promise<Outcome> {
  const watch = await Watch.begin(stage.members, adminToken);
  const probing = probes.begin();
  const played: Stage = { ...stage, note: (line) => watch.note(line) };
  const problems: string[] = [];
  const begunAt = performance.now();
  await incident.harm(played);
  probing.harmed();
  await within(begunAt + SEEN_WITHIN_MS, async () => watch.missing(incident.signs).length === 0);
  await incident.mend(played);
  const mendedAt = performance.now();
  if (!(await within(mendedAt + CALM_WITHIN_MS, () => areReady(stage.members)))) {
    problems.push(`not all members are ready ${CALM_WITHIN_MS / 1_000} s later`);
  }
  const felt = await probing.end();
  const saw = await watch.end();
  // What was seen late was seen.
  for (const sign of watch.missing(incident.signs)) problems.push(`nobody saw ${sign}`);
  return { incident, felt, saw, problems };
}

async function areReady(members: readonly LocalMember[]): Promise<boolean> {
  return (await Promise.all(members.map((member) => member.look()))).every(Boolean);
}

async function within(deadline: number, condition: () => Promise<boolean>): Promise<boolean> {
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await pause(LOOK_EVERY_MS);
  }
  return true;
}
