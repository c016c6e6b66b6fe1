/**
 * What the operator's tool finds wrong: `minotaur status`, or `minotaur doctor`, which asks NATS as well.
 *
 * Role: the commands themselves, in this process: they are asked all the time.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { clusterFindings } from '../../cli/cluster-findings.ts';
import type { Environment } from '../../cli/command.ts';
import { doctor } from '../../cli/commands/doctor.ts';
import { look } from '../../cli/commands/status.ts';
import { type Finding, isTrouble } from '../../cli/finding.ts';
import { Server } from '../../cli/server.ts';
import type { LocalMember } from '../local-member.ts';

/** A member asks the others, which takes half a second where one does not answer. */
const STATUS_WITHIN_MS = 3_000;
/** What NATS does not answer costs it seconds. */
const DOCTOR_WITHIN_MS = 20_000;

export interface Operator {
  readonly members: readonly LocalMember[];
  readonly adminToken: string;
  /** Of whoever asks NATS. */
  readonly environment: Environment;
}

/** As an operator would: at whichever member answers first. Null: none does. */
export async function statusTroubles({ members, adminToken }: Operator): Promise<readonly Finding[] | null> {
  const answers = members.map(async ({ url }) => look(new Server(url, adminToken)));
  const found = await Promise.race([Promise.any(answers), pause(STATUS_WITHIN_MS, null)]).catch(() => null);
  return found === null ? null : clusterFindings(found.cluster, found.ready).filter(isTrouble);
}

/** At the first member that runs, if any does. Null: it takes too long. */
export async function doctorTroubles({
  members,
  adminToken,
  environment,
}: Operator): Promise<readonly Finding[] | null> {
  const { url = '' } = members.find(({ running }) => running) ?? members[0] ?? {};
  const examined = doctor({
    given: [],
    flags: {},
    asJson: true,
    environment,
    server: new Server(url, adminToken),
    wall: Date.now,
    print: () => undefined,
    say: () => undefined,
    pause: (ms) => pause(ms),
    stopped: new AbortController().signal,
  });
  const outcome = await Promise.race([examined, pause(DOCTOR_WITHIN_MS, null)]);
  if (outcome === null) return null;
  return (outcome.value as { readonly findings: readonly Finding[] }).findings.filter(isTrouble);
}
