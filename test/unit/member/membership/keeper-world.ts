/**
 * One lease keeper over a members bucket whose answers the test decides.
 */
import { Lease } from '../../../../src/cluster/lease.ts';
import { LeaseKeeper } from '../../../../src/member/membership/lease-keeper.ts';
import { bytes, Lab } from '../lab.ts';

export const KEY = 'm1.i1';
export const HEARTBEAT_MS = 100;
export const LEASE_MS = 50;
export const GONE_MS = 250;

export class KeeperWorld {
  readonly lab = new Lab();
  readonly members = this.lab.bucket('members');
  /** Through which others write. */
  readonly other = this.lab.bucket('members');
  connected = true;
  /** Revisions of the renewals that were acknowledged. */
  readonly acks: number[] = [];
  expulsions: string[] = [];
  #keeper: LeaseKeeper | null = null;

  /** A world in which the key is there, at revision 1. */
  static async make(): Promise<KeeperWorld> {
    const world = new KeeperWorld();
    await world.lab.finish(world.other.write(KEY, { value: bytes('joined'), expected: 0, timeoutMs: 100 }));
    return world;
  }

  get keeper(): LeaseKeeper {
    if (this.#keeper === null) throw new Error('not started');
    return this.#keeper;
  }

  /** Begins to renew. Nothing has been renewed yet when it returns. */
  start(): void {
    this.#keeper = new LeaseKeeper(
      {
        ...this.lab.writing,
        members: this.members,
        key: KEY,
        heartbeatMs: HEARTBEAT_MS,
        leaseMs: LEASE_MS,
        goneMs: GONE_MS,
        connected: () => this.connected,
        record: () => bytes('renewed'),
        acknowledged: ({ revision }) => this.acks.push(revision),
        expelled: (reason) => this.expulsions.push(reason),
      },
      new Lease(LEASE_MS),
      1,
    );
  }

  /** Renewed once, and so long ago that the lease has lapsed. (To ask whether it is valid would renew it.) */
  async lapsed(): Promise<void> {
    this.start();
    await this.lab.until('the first renewal', () => this.acks.length > 0);
    await this.lab.clock.advance(LEASE_MS);
  }
}

/** What a wait has come to so far. */
export function watching(wait: boolean | Promise<boolean>): { outcome: boolean | null } {
  const state: { outcome: boolean | null } = { outcome: null };
  void Promise.resolve(wait).then((outcome) => {
    state.outcome = outcome;
  });
  return state;
}
