/**
 * The store and messaging contracts over a cluster of three nats-servers with three replicas, for every version that can be had.
 */
import { locateNatsServers } from '../../src/dev/nats-server.ts';
import { messagingContract } from './messaging.ts';
import { natsBackend } from './nats-backend.ts';
import { storeContract } from './store.ts';
import { followContract } from './store-follow.ts';
import { outageContract } from './store-outage.ts';

for (const { path, version } of await locateNatsServers()) {
  const make = () => natsBackend(path, 3);
  storeContract(`three nats-servers ${version}`, make);
  followContract(`three nats-servers ${version}`, make);
  outageContract(`three nats-servers ${version}`, make);
  messagingContract(`three nats-servers ${version}`, make);
}
