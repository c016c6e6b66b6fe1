/**
 * What happens to the NATS servers, to all containers at once, and to the volumes.
 */
import { type Deployment, natsServers, type Service } from './support/deployment.ts';
import type { Step } from './support/steps.ts';

export function natsSteps(deployment: Deployment): readonly Step[] {
  let full: Service = 'nats-1';
  let makeRoom: () => Promise<void> = async () => undefined;
  const wholeAgain = async () => {
    await deployment.natsWhole();
    await deployment.settled();
  };
  const start = async () => {
    await deployment.up(...natsServers);
    await wholeAgain();
  };
  return [
    {
      name: 'the NATS server that leads is killed',
      act: async () => {
        await deployment.docker('kill', deployment.container(await deployment.natsLeader()));
      },
      restore: start,
      withinMs: 30_000,
    },
    {
      name: 'NATS servers are restarted one by one',
      act: async () => {
        for (const server of natsServers) {
          await deployment.compose(['restart', '--no-deps', server]);
          await deployment.natsWhole();
        }
      },
      restore: () => deployment.settled(),
      kind: 'planned',
      withinMs: 15_000,
    },
    {
      name: 'all NATS servers are killed and started',
      act: async () => {
        const containers = natsServers.map((server) => deployment.container(server));
        await deployment.docker('kill', ...containers);
        await deployment.docker('start', ...containers);
      },
      restore: wholeAgain,
      withinMs: 60_000,
    },
    {
      name: 'the disk of the NATS server that leads is full',
      act: async () => {
        full = await deployment.natsLeader();
        makeRoom = await deployment.fillDisk(full);
        await deployment.natsGaveUp(full);
      },
      restore: async () => {
        await makeRoom();
        // It does not come back by itself.
        await deployment.compose(['restart', '--no-deps', full]);
        await wholeAgain();
      },
      withinMs: 60_000,
    },
    {
      name: 'everything is taken down and up again, with its volumes',
      act: async () => {
        await deployment.compose(['down']);
        await deployment.up();
      },
      restore: wholeAgain,
      withinMs: 120_000,
    },
  ];
}
