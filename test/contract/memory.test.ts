/**
 * The store and messaging contracts over the memory twins: on the machine's clock, without and with delays.
 */
import { systemClock } from '../../src/adapters/system.ts';
import { MemoryBroker } from '../support/memory-broker.ts';
import { MemoryBus, MemoryMessaging } from '../support/memory-messaging.ts';
import { MemoryBuckets, MemoryStore } from '../support/memory-store.ts';
import type { Backend } from './backend.ts';
import { messagingContract } from './messaging.ts';
import { storeContract } from './store.ts';
import { followContract } from './store-follow.ts';
import { manyContract } from './store-many.ts';
import { outageContract } from './store-outage.ts';

async function memoryBackend(latencyMs: () => number): Promise<Backend> {
  const broker = new MemoryBroker(systemClock, latencyMs);
  const buckets = new MemoryBuckets();
  const bus = new MemoryBus();
  let addresses = 0;
  return {
    join: async () => {
      const link = broker.attach();
      return { store: new MemoryStore(buckets, link), messaging: new MemoryMessaging(bus, link) };
    },
    stop: async () => broker.stop(),
    start: async () => broker.start(),
    listen: async (peer) => {
      const address = `member-${addresses++}:1`;
      bus.addresses.set(address, peer ? { kind: 'answered', ...peer } : { kind: 'silent' });
      return address;
    },
    listenSilently: async () => {
      bus.addresses.set('silent:1', { kind: 'silent' });
      return 'silent:1';
    },
    nowhere: async () => 'nowhere:1',
    close: async () => broker.stop(),
  };
}

const cases = { 'in memory': () => 0, 'in memory, with delays': () => Math.random() * 3 };
for (const [name, latencyMs] of Object.entries(cases)) {
  const make = (): Promise<Backend> => memoryBackend(latencyMs);
  storeContract(name, make);
  followContract(name, make);
  manyContract(name, make);
  outageContract(name, make);
  messagingContract(name, make);
}
