/**
 * One incident from harm to calm: what players felt, and what an operator saw.
 *
 * Invariant: it ends; what is not seen, or not well again, within a time is said.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Alarms, Heard } from './alarms.ts';
import { doctorTroubles, type Operator, statusTroubles } from './findings.ts';
import type { Incident, Stage } from './incident.ts';
import type { Felt, Probes } from './probes.ts';
import { Watch } from './watch.ts';

const SEEN_WITHIN_MS = 30_000;
/** Shortened alerts wait for seconds, but some of them for what takes a while to show. */
const FIRES_WITHIN_MS = 75_000;
const CALM_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 100;
/** Of what is found: a member tells what it has survived until it ends, and on a busy machine NATS is far away. */
const told = ['incidents', 'distance'];

export interface Outcome {
  readonly incident: Incident;
  readonly felt: Felt;
  readonly saw: readonly string[];
  /** Null: nobody evaluates alerts. */
  readonly heard: ReadonlyMap<string, Heard> | null;
  /** What is wrong; none: it was seen, and is over. */
  readonly problems: readonly string[];
}

export interface Scene {
  readonly stage: Omit<Stage, 'note'>;
  readonly probes: Probes;
  readonly operator: Operator;
  /** NATS is asked as well what is wrong, all the time, and whether all is mended. */
  readonly asksDoctor: boolean;
  /** Null: nobody evaluates alerts. */
  readonly alarms: Alarms | null;
}

export async function runIncident(incident: Incident, scene: Scene): Promise<Outcome> {
  const { stage, probes, operator, asksDoctor, alarms } = scene;
  const problems: string[] = [];
  const expected = alarms === null || incident.alertWaits !== undefined ? null : incident.alert;
  // What fires for the incident before says nothing of this one.
  const early = expected === null ? [] : ((await alarms?.stillFiring([expected])) ?? []);
  if (early.length > 0) problems.push(`${expected} fires before anything is broken`);
  const listening = alarms?.listen() ?? null;
  const watch = await Watch.begin(operator, asksDoctor);
  const probing = probes.begin();
  const played: Stage = { ...stage, note: (line) => watch.note(line) };
  const begunAt = performance.now();
  await incident.harm(played);
  probing.harmed();
  const isFiring = () => expected === null || listening?.heard.get(expected) === 'firing';
  await within(begunAt + (expected === null ? SEEN_WITHIN_MS : FIRES_WITHIN_MS), async () => {
    if (watch.missing(incident.signs).length === 0 && isFiring()) return true;
    await incident.goOn?.(played);
    return false;
  });
  await incident.mend(played);
  const deadline = performance.now() + CALM_WITHIN_MS;
  let amiss: readonly string[] = [];
  await within(deadline, async () => {
    amiss = await whatIsAmiss(scene);
    return amiss.length === 0;
  });
  if (amiss.length > 0) problems.push(`not mended ${CALM_WITHIN_MS / 1_000} s later: ${amiss.join('; ')}`);
  const felt = await probing.end();
  if (felt.allGoOnMs === null) problems.push('not all games went on');
  const saw = await watch.end();
  // What was seen late was seen.
  for (const sign of watch.missing(incident.signs)) problems.push(`nobody saw ${sign}`);
  await listening?.end();
  if (!isFiring()) problems.push(`${expected} did not fire`);
  return { incident, felt, saw, heard: listening?.heard ?? null, problems };
}

async function whatIsAmiss({ stage: { members }, operator, asksDoctor }: Scene): Promise<readonly string[]> {
  const looks = await Promise.all(members.map(async (member) => ((await member.look()) ? [] : [member])));
  const unready = looks.flat().map(({ id, notReady }) => `${id} is not ready: ${notReady}`);
  if (unready.length > 0) return unready;
  const found = await (asksDoctor ? doctorTroubles(operator) : statusTroubles(operator));
  if (found === null) return ['the operator’s tool has no answer'];
  return found.filter(({ check }) => !told.includes(check)).map(({ check, sentence }) => `${check}: ${sentence}`);
}

async function within(deadline: number, condition: () => Promise<boolean>): Promise<boolean> {
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await pause(LOOK_EVERY_MS);
  }
  return true;
}
