/**
 * What a durable command costs: actions registered and taken back over sockets, against what NATS itself can do.
 *
 * Method: 256 games in parallel, one command in flight in each, against 256 keys written by compare-and-set with the plain
 * client of NATS, values of the mean size that the games' snapshots had. Alternated; each with a NATS server of its own and a
 * load generator in a process of its own.
 */
import { connect, type NatsConnection } from 'nats';
import { bucketNames } from '../../src/adapters/nats/names.ts';
import { slotOf } from '../../src/cluster/slot-hash.ts';
import { adminToken } from '../../test/support/client.ts';
import { alternate } from '../support/alternate.ts';
import type { Bench } from '../support/bench.ts';
import { BenchCluster, clients, namespace, startNats } from '../support/bench-cluster.ts';
import { inParallel } from '../support/parallel.ts';
import { runProgram } from '../support/programs.ts';

const actionsOverSockets = new URL('../programs/actions-over-sockets.ts', import.meta.url);
const compareAndSet = new URL('../programs/compare-and-set.ts', import.meta.url);
const games = 256;
const timing = { warmUpMs: 2_000, measureMs: 5_000 };
const settings = { roundSeconds: 86_400 };

interface Throughput {
  readonly perSecond: number;
}

export const durableActions: Bench = {
  name: 'actions',
  about: 'durable commands over 256 sockets, against plain compare-and-set writes',
  measures: [{ name: 'committed actions', unit: '/s', target: { of: 'ratio', is: 'atLeast', limit: 0.4 } }],
  async run({ resources, progress }) {
    progress('starting a member and a second NATS server');
    const cluster = await BenchCluster.start(resources, 1);
    const bareNats = await startNats(resources);
    const store = await connect({ servers: cluster.natsUrl });
    resources.defer(() => store.close());
    let slice = 0;
    let valueBytes = 0;
    progress('writing: member, bare, member, bare');
    const reading = await alternate(
      async () => {
        const ids = await createGames(cluster, slice++);
        const bytesBefore = await storedBytes(store, ids[0] ?? '');
        const input = { url: cluster.member(0).process.url, token: adminToken, gameIds: ids, ...timing };
        const { perSecond } = await runProgram<Throughput>(resources, actionsOverSockets, input);
        valueBytes = Math.round((bytesBefore + (await storedBytes(store, ids[0] ?? ''))) / 2);
        return perSecond;
      },
      async () => {
        const input = { natsUrl: bareNats, keys: games, valueBytes, ...timing };
        return (await runProgram<Throughput>(resources, compareAndSet, input)).perSecond;
      },
    );
    progress(`snapshots had ${valueBytes} bytes on average`);
    return [reading];
  },
};

async function createGames(cluster: BenchCluster, slice: number): Promise<readonly string[]> {
  const ids = Array.from({ length: games }, (_, index) => `game-${slice}-${index}`);
  await inParallel(ids, clients, (id) => cluster.createGame(0, { id, settings }));
  return ids;
}

async function storedBytes(store: NatsConnection, gameId: string): Promise<number> {
  const { stream, keyPrefix } = bucketNames(namespace, 'sessions');
  const manager = await store.jetstreamManager();
  const subject = `${keyPrefix}${slotOf(gameId, 256)}.${gameId}`;
  return (await manager.streams.getMessage(stream, { last_by_subj: subject })).data.length;
}
