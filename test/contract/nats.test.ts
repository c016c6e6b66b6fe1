/**
 * The store and messaging contracts over real servers, for every version that can be had: one server alone, and a cluster
 * of three with three replicas of everything.
 *
 * The cases run beside each other: most of their time is spent waiting for elections.
 */
import { describe } from 'node:test';
import { locateNatsServers } from '../../src/dev/nats-server.ts';
import { messagingContract } from './messaging.ts';
import { type NatsServers, natsBackend } from './nats-backend.ts';
import { storeContract } from './store.ts';
import { catchUpContract } from './store-catch-up.ts';
import { followContract } from './store-follow.ts';
import { leaderContract } from './store-leader.ts';
import { manyContract } from './store-many.ts';
import { outageContract } from './store-outage.ts';

const contracts = [storeContract, followContract, manyContract, messagingContract, outageContract];
const servers = await locateNatsServers();

describe('NATS', { concurrency: true }, () => {
  for (const { path, version } of servers) {
    runAll(`nats-server ${version}`, () => natsBackend(path, 1), contracts);
    runAll(`three nats-servers ${version}`, () => natsBackend(path, 3), [
      ...contracts,
      catchUpContract,
      leaderContract,
    ]);
  }
});

/** Runs the contracts one after the other on one backend: a cluster takes seconds to start. */
function runAll(
  name: string,
  make: () => Promise<NatsServers>,
  suites: readonly ((name: string, make: () => Promise<NatsServers>) => void)[],
): void {
  let backend: Promise<NatsServers> | null = null;
  let left = suites.length;
  const share = async (): Promise<NatsServers> => {
    backend ??= make();
    const shared = await backend;
    const close = async (): Promise<void> => {
      left -= 1;
      if (left === 0) await shared.close();
    };
    return { ...shared, close };
  };
  describe(name, { concurrency: false }, () => {
    for (const suite of suites) suite(name, share);
  });
}
