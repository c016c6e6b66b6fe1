/**
 * `status`: is anybody hurt now? The first thing to ask.
 *
 * Role: five lines of the cluster as one member sees it, and what is wrong with it. Exit code 1 if something is.
 */
import { type ClusterAnswer, clusterFindings, isCutOff, type ReadyAnswer } from '../cluster-findings.ts';
import type { Context, Outcome } from '../command.ts';
import { type Finding, isTrouble, listOf, worstFirst } from '../finding.ts';
import type { Server } from '../server.ts';
import { counted, duration } from '../table.ts';
import { storedInWords } from '../version-findings.ts';

export async function status({ server }: Context): Promise<Outcome> {
  const { cluster, ready } = await look(server);
  const findings = clusterFindings(cluster, ready);
  const wrong = worstFirst(findings.filter(isTrouble));
  return {
    value: { url: server.base, ready, cluster, findings },
    text: `${heading(cluster, server.base)}\n\n${verdict(wrong)}`,
    isWell: wrong.length === 0,
  };
}

/** Both answers of one member. Rejects with Unreachable or Refused. */
export async function look(server: Server): Promise<{ readonly cluster: ClusterAnswer; readonly ready: ReadyAnswer }> {
  // A member that is not ready answers 503, and why.
  const [cluster, { body }] = await Promise.all([
    server.get<ClusterAnswer>('/v1/cluster?include=slots'),
    server.ask('GET', '/readyz'),
  ]);
  return { cluster, ready: body as ReadyAnswer };
}

function heading(cluster: ClusterAnswer, url: string): string {
  const { self, members, slots, unowned, nats } = cluster;
  const own = members.find(({ id }) => id === self);
  const plays = own?.module ? `, plays ${own.module.name} ${own.module.version}` : '';
  const leaving = members.filter((member) => member.status === 'leaving').length;
  const lines = [
    ['members', `${members.length - leaving} active${leaving === 0 ? '' : `, ${leaving} leaving`}`],
    ['slots', unowned === 0 ? `${slots}, each with an owner` : `${slots}, ${unowned} without an owner`],
    ['games', games(members)],
    ['NATS', `${renewed(nats)}${isCutOff(cluster) ? '' : usable(nats)}`],
  ];
  const stored = storedInWords(cluster);
  if (stored !== null) lines.push(['stored', stored]);
  const title = `Minotaur ${own?.version ?? 'of an unknown version'}${plays}, as ${self} sees it (${url})`;
  return `${title}\n\n${lines.map(([name = '', text]) => `  ${name.padEnd(9)}${text}`).join('\n')}`;
}

/** Of members that do not answer nobody knows how many they have. */
function games(members: ClusterAnswer['members']): string {
  const answers = members.flatMap(({ sessions }) => (sessions === null ? [] : [sessions]));
  const sum = answers.reduce((all, one) => all + one, 0);
  if (answers.length === members.length) return String(sum);
  return answers.length === 0 ? 'not known: no member answers' : `${sum}, and those of members that do not answer`;
}

function usable(nats: ClusterAnswer['nats']): string {
  const all = Object.values(nats?.buckets ?? {});
  return `; ${all.filter(Boolean).length} of ${counted(all.length, 'bucket')} usable`;
}

function renewed(nats: ClusterAnswer['nats']): string {
  const ago = nats?.renewedMsAgo ?? null;
  return ago === null ? 'acknowledged nothing yet' : `acknowledged ${duration(ago)} ago`;
}

function verdict(wrong: readonly Finding[]): string {
  if (wrong.length === 0) return 'All is well.';
  return `${wrong.length === 1 ? 'One thing is' : `${wrong.length} things are`} not well:\n${listOf(wrong)}`;
}
