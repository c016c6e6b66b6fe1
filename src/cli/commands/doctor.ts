/**
 * `doctor`: everything that can be looked at without changing anything, a line each: check, state, sentence, where the runbook goes on.
 *
 * Role: asks a member over HTTP, and NATS itself with the settings of members; each of them may be away, which is a finding. Exit code 1 if
 * something is not well.
 */
import { type ClusterAnswer, clusterFindings, type ReadyAnswer } from '../cluster-findings.ts';
import { type Context, exitCodes, type Outcome } from '../command.ts';
import { incidentFindings } from '../doctor/incident-findings.ts';
import { askMonitors, monitorFindings } from '../doctor/monitor.ts';
import { natsFindings } from '../doctor/nats-findings.ts';
import { recordFindings, SILENT, type Visit } from '../doctor/record-findings.ts';
import { streamFindings } from '../doctor/stream-findings.ts';
import { visitWebhook } from '../doctor/webhook-visit.ts';
import { broken, type Finding, isTrouble, listOf, unknown, worstFirst } from '../finding.ts';
import type { StoredMember } from '../nats.ts';
import { isForbidden, Refused, wordsOf } from '../server.ts';
import { counted } from '../table.ts';
import { look } from './status.ts';

const VISIT_WITHIN_MS = 2_000;

export async function doctor(context: Context): Promise<Outcome> {
  const [members, nats, monitors] = await Promise.all([
    lookAtMembers(context),
    settled(() => lookAtNats(context)),
    askMonitors(monitorsOf(context), `KV_${context.environment.MINOTAUR_NAMESPACE || 'minotaur'}_`),
  ]);
  const findings = [...members.findings, ...nats, ...monitorFindings(monitors)];
  const wrong = findings.filter(isTrouble).length;
  const verdict = wrong === 0 ? 'Nothing is wrong.' : `${counted(wrong, 'thing')} not well.`;
  return {
    value: { findings },
    text: `${listOf(worstFirst(findings))}\n\n${verdict}`,
    isWell: wrong === 0,
    ...(members.isForbidden && { exitCode: exitCodes.noPermission }),
  };
}

interface OfMembers {
  readonly findings: readonly Finding[];
  readonly isForbidden: boolean;
}

function monitorsOf({ flags }: Context): readonly string[] {
  return typeof flags.monitor === 'string' ? flags.monitor.split(',').filter((address) => address !== '') : [];
}

async function lookAtMembers({ server, environment, wall }: Context): Promise<OfMembers> {
  let seen: { readonly cluster: ClusterAnswer; readonly ready: ReadyAnswer };
  try {
    seen = await look(server);
  } catch (error) {
    const sentence = error instanceof Refused ? wordsOf(error) : (error as Error).message;
    const runbook = isForbidden(error) ? 'docs/runbook.md#clients-are-refused' : 'docs/runbook.md#nothing-works';
    return { findings: [broken('members', sentence, runbook)], isForbidden: isForbidden(error) };
  }
  const { members } = seen.cluster;
  const isTold = members.some(({ webhook }) => webhook !== undefined);
  const visit = await settled(async () => [await visitWebhook(environment, isTold, wall())]);
  const findings = [...clusterFindings(seen.cluster, seen.ready), ...incidentFindings(members), ...visit];
  return { findings, isForbidden: false };
}

async function lookAtNats(context: Context): Promise<readonly Finding[]> {
  const { environment } = context;
  if (!environment.MINOTAUR_NATS_URL) {
    const sentence = 'not looked at: set MINOTAUR_NATS_URL, and what else members have to reach it';
    return [unknown('NATS', sentence, 'docs/operations.md#nats-credentials-tls-permissions')];
  }
  const { judged, natsFacts } = await import('../nats.ts');
  const facts = await natsFacts(environment);
  const { inside } = facts;
  const visits = await Promise.all((inside?.members ?? []).map(visit));
  return [
    ...natsFindings(facts, judged, context.wall()),
    ...(inside === null ? [] : [...streamFindings(inside.streams, facts.replicas), ...recordFindings(inside, visits)]),
  ];
}

/** Wrong settings are a finding. */
async function settled(look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    const { name, message } = error as Error;
    if (name !== 'ConfigError') throw error;
    const [title = '', ...problems] = message.split('\n').map((line) => line.trim());
    return [broken('environment', `${title} ${problems.join('; ')}`, 'docs/operations.md#settings')];
  }
}

/** As another member would, to see whether a silent one is dead. */
async function visit(member: StoredMember): Promise<Visit> {
  const [address = ''] = member.record.addresses;
  try {
    const response = await fetch(`http://${address}/livez`, { signal: AbortSignal.timeout(VISIT_WITHIN_MS) });
    const incarnation = response.headers.get('x-minotaur-incarnation');
    return { member, address, incarnation, reason: `${incarnation ?? 'somebody else'} answers` };
  } catch (error) {
    const { name, message, cause } = error as Error & { cause?: { code?: string } };
    const reason = name === 'TimeoutError' ? SILENT : (cause?.code ?? message);
    return { member, address, incarnation: null, reason };
  }
}
