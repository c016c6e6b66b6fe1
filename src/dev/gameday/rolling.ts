/**
 * What is done to members on a gameday, each until it is ready again.
 */
import { getsReady } from '../bots/own-cluster.ts';
import type { LocalMember } from '../local-member.ts';
import type { Stage } from './incident.ts';

export function last({ members }: Pick<Stage, 'members'>): LocalMember {
  const member = members.at(-1);
  if (member === undefined) throw new Error('there are no members');
  return member;
}

export async function start(member: LocalMember): Promise<void> {
  await member.start();
  if (!(await getsReady(member))) throw new Error(`${member.id} does not come back: ${member.logFile}`);
}

/** Drained, and started anew with these settings over its own, which it keeps over later starts. */
export async function replace(member: LocalMember, settings: Readonly<Record<string, string>> = {}): Promise<void> {
  await member.drain();
  Object.assign(member.settings, settings);
  await start(member);
}
