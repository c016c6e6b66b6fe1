/**
 * Whether this member is cut off from NATS alone, or all are: only in the first case does it help anybody to take it out of its Service.
 *
 * Why: a member that waits for NATS answers eventual reads, and lets other requests wait; a Service without members refuses them all. One side alone
 * cannot tell a cut from an election, so the others are asked past NATS.
 * Invariant: asked only while this member is silent itself, a few others at a time, once a second at most.
 */
import type { Clock } from '../../ports/clock.ts';
import type { Messaging } from '../../ports/messaging.ts';
import { type Supervisor, Tasks } from '../kit/tasks.ts';

const LOOK_EVERY_MS = 1_000;
const PATIENCE_MS = 1_000;
/** A renewal of another member that is as young as this was not sent into the same silence. */
const FRESH_MS = 2_000;
const MOST_ASKED = 8;
/** What was found longer ago than this is not known any more. */
const KNOWN_MS = 5_000;

export interface CompanyContext {
  readonly clock: Clock;
  readonly incidents: Supervisor;
  messaging(): Pick<Messaging, 'probe'> | null;
  /** Of the other members, as far as they are known. */
  addresses(): readonly string[];
}

export class Company {
  private readonly context: CompanyContext;
  private readonly tasks: Tasks;
  private lookedAt = Number.NEGATIVE_INFINITY;
  private foundAt = Number.NEGATIVE_INFINITY;

  constructor(context: CompanyContext) {
    this.context = context;
    this.tasks = new Tasks(context.incidents);
  }

  /** Whether others renew, as far as is known; looks again if that was long ago. */
  othersRenew(): boolean {
    const { clock } = this.context;
    const now = clock.monotonic();
    if (now - this.lookedAt >= LOOK_EVERY_MS) {
      this.lookedAt = now;
      this.tasks.run('company', this.look());
    }
    return now - this.foundAt < KNOWN_MS;
  }

  private async look(): Promise<void> {
    const messaging = this.context.messaging();
    if (messaging === null) return;
    const asked = this.context.addresses().slice(0, MOST_ASKED);
    const looks = asked.map(async (address) => {
      const found = await messaging.probe(address, PATIENCE_MS).catch(() => null);
      const renewedMsAgo = found?.kind === 'answered' ? found.renewedMsAgo : undefined;
      if (renewedMsAgo !== undefined && renewedMsAgo < FRESH_MS) this.foundAt = this.context.clock.monotonic();
    });
    await Promise.all(looks);
  }
}
