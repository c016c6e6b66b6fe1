/**
 * What happens to members and their containers.
 */

import { send } from '../support/client.ts';
import { waitFor } from '../support/wait.ts';
import type { Deployment, members } from './support/deployment.ts';
import type { Step } from './support/steps.ts';
import type { Traffic } from './support/traffic.ts';

export function memberSteps(deployment: Deployment, traffic: Traffic): readonly Step[] {
  const container = (member: (typeof members)[number]) => deployment.container(member);
  return [
    {
      name: 'a member is killed',
      act: () => deployment.docker('kill', container('m1')),
      restore: async () => {
        await deployment.up('m1');
        await deployment.settled();
      },
      withinMs: 10_000,
    },
    {
      name: 'a member stands still and wakes up as a zombie',
      act: () => deployment.docker('pause', container('m2')),
      restore: async () => {
        await deployment.docker('unpause', container('m2'));
        await deployment.settled();
      },
      withinMs: 15_000,
    },
    {
      name: 'a member is cut off its networks',
      act: () => networks(deployment, 'disconnect'),
      restore: async () => {
        await networks(deployment, 'connect');
        await deployment.settled();
      },
      withinMs: 15_000,
    },
    {
      name: 'a member is drained, and taken back',
      act: () => cordon(deployment),
      restore: () => deployment.settled(),
      kind: 'unnoticed',
      withinMs: 8_000,
    },
    {
      name: 'a member gets a tenth of a CPU',
      act: () => deployment.docker('update', '--cpus', '0.1', container('m1')),
      restore: async () => {
        const before = traffic.attempts.length;
        await waitFor('clients go on with it so', () => traffic.attempts.length > before + 500, { timeoutMs: 60_000 });
        await deployment.docker('update', '--cpus', '2', container('m1'));
        await deployment.settled();
      },
      withinMs: 30_000,
    },
  ];
}

async function networks(deployment: Deployment, what: 'connect' | 'disconnect'): Promise<void> {
  for (const network of ['front', 'back']) {
    const alias = what === 'connect' ? ['--alias', 'm3'] : [];
    await deployment.docker('network', what, ...alias, `${deployment.project}_${network}`, deployment.container('m3'));
  }
}

/** Through the admin API: the member hands everything over and stays as a gateway, until it is taken back. */
async function cordon(deployment: Deployment): Promise<void> {
  const drain = `/v1/cluster/members/m2/drain`;
  await send(deployment.ops('m2'), 'POST', drain);
  await waitFor('m2 has no slots', async () => {
    const report = await deployment.report('m1');
    return report.members.find(({ id }) => id === 'm2')?.slots === 0;
  });
  await send(deployment.ops('m2'), 'DELETE', drain);
}
