/**
 * What the buttons of the cluster's page may do to the members of this machine: the same as the keys of `npm start`.
 *
 * Invariant: an action either begins, or says why not; none takes anything from the page but its name and a member's id.
 */
import { z } from 'zod';
import type { LocalCluster } from './local-cluster.ts';

const onMember = z.strictObject({
  action: z.enum(['kill', 'pause', 'resume', 'stop', 'start', 'drain', 'undrain']),
  member: z.string().max(64),
});
const onAll = z.strictObject({ action: z.enum(['add', 'roll']) });
export const pageAction = z.discriminatedUnion('action', [onMember, onAll], { error: 'there is no such action' });

type PageAction = z.infer<typeof pageAction>;
export type Members = Pick<LocalCluster, 'members' | 'add' | 'roll' | 'kill' | 'togglePause' | 'drain' | 'startAgain'>;

/** `setDrain`: asks a member to cordon another, or to take it back. Answers what hinders; null: it has begun. */
export async function perform(
  cluster: Members,
  asked: PageAction,
  setDrain: (memberId: string, on: boolean) => Promise<string | null>,
): Promise<string | null> {
  if (!('member' in asked)) return begun(asked.action === 'add' ? cluster.add() : cluster.roll());
  const member = cluster.members.find(({ id }) => id === asked.member);
  if (member === undefined) return `there is no member ${asked.member} on this machine`;
  const { id, phase, running } = member;
  if (asked.action === 'start') return running ? `${id} runs already` : begun(cluster.startAgain(member));
  if (!running) return `${id} does not run`;
  switch (asked.action) {
    case 'kill':
      cluster.kill(member);
      return null;
    case 'stop':
      cluster.drain(member);
      return null;
    case 'pause':
    case 'resume':
      if (phase !== (asked.action === 'pause' ? 'ready' : 'paused')) return `${id} is ${phase}`;
      cluster.togglePause(member);
      return null;
    case 'drain':
    case 'undrain':
      return setDrain(id, asked.action === 'drain');
  }
}

/** What takes its time goes on by itself; what comes of it is seen on the page. */
function begun(work: Promise<unknown>): null {
  void work;
  return null;
}
