/**
 * A cluster that incidents are played on, with probe games of its own and what an operator asks with.
 */
import type { ClusterOfBots } from '../bots/own-cluster.ts';
import type { Stage } from './incident.ts';
import { Probes } from './probes.ts';
import { program } from './programs.ts';
import type { Receiver } from './receiver.ts';
import type { Scene } from './run-incident.ts';

export async function sceneOn(
  cluster: ClusterOfBots,
  receiver: Receiver,
  { asksDoctor, alarms }: Pick<Scene, 'asksDoctor' | 'alarms'>,
): Promise<Scene> {
  const { bases, adminToken, members, namespace, nats } = cluster;
  const environment = {
    MINOTAUR_ADMIN_TOKEN: adminToken,
    MINOTAUR_URL: bases[0],
    MINOTAUR_NAMESPACE: namespace,
    MINOTAUR_NATS_URL: nats.url,
  };
  const stage = {
    ...cluster,
    receiver,
    send: sendTo(cluster),
    tool: program('cli/minotaur.ts', environment),
    backup: program('backup.ts', environment),
  };
  return {
    stage,
    probes: await Probes.make(bases, adminToken),
    operator: { members, adminToken, environment },
    asksDoctor,
    alarms,
  };
}

function sendTo({ bases, adminToken }: ClusterOfBots): Stage['send'] {
  return async (method, path, { body, token = adminToken, at = bases[0] ?? '' } = {}) => {
    const answer = await fetch(`${at}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
  };
}
