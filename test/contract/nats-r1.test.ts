/**
 * The store and messaging contracts over one nats-server, for every version that can be had.
 */
import { locateNatsServers } from '../../src/dev/nats-server.ts';
import { messagingContract } from './messaging.ts';
import { natsBackend } from './nats-backend.ts';
import { storeContract } from './store.ts';
import { followContract } from './store-follow.ts';
import { outageContract } from './store-outage.ts';

for (const { path, version } of await locateNatsServers()) {
  const make = () => natsBackend(path, 1);
  storeContract(`nats-server ${version}`, make);
  followContract(`nats-server ${version}`, make);
  outageContract(`nats-server ${version}`, make);
  messagingContract(`nats-server ${version}`, make);
}
