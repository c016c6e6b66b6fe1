/**
 * All checkers of a world.
 *
 * Role: knows which there are, and what each has to be told.
 */
import { Beliefs } from '../checks/belief.ts';
import { Deliveries } from '../checks/deliveries.ts';
import { Expulsions } from '../checks/expulsions.ts';
import { History } from '../checks/history.ts';
import { Leases } from '../checks/leases.ts';
import { Loudness } from '../checks/loudness.ts';
import { Ownership } from '../checks/ownership.ts';
import { checkSettled } from '../checks/settled.ts';
import { ToAndFro } from '../checks/to-and-fro.ts';
import { Versions } from '../checks/versions.ts';
import type { MemberHost } from './member-host.ts';
import type { Stage } from './stage.ts';
import { hadTrouble } from './trouble.ts';
import { Violations } from './witness.ts';

/** How wrong the time of games may be where the store's clock is right, and by how much more for each ms in which nothing is heard of it. */
const CLOCK_ERROR_MS = 400;
const DRIFT = 0.05;

export class Judges {
  readonly history: History;
  readonly deliveries: Deliveries;
  readonly #stage: Stage;
  readonly #beliefs: Beliefs;
  readonly #leases: Leases;
  readonly #ownership: Ownership;
  readonly #loudness: Loudness;
  readonly #versions: Versions;
  readonly #told = new Map<string, string>();
  #longestSilenceMs = 0;

  /** To be made before the first member starts. */
  constructor(stage: Stage) {
    const { buckets, violations, timeline, room, plan } = stage;
    const now = () => timeline.monotonic();
    this.#stage = stage;
    this.#beliefs = new Beliefs(() => stage.hosts, now);
    this.history = new History({
      buckets,
      violations,
      now,
      mostAheadMs: () =>
        stage.sky.hasClockJumped ? Number.POSITIVE_INFINITY : CLOCK_ERROR_MS + DRIFT * this.#longestSilenceMs,
      isTimeTrue: () => !stage.sky.hasClockJumped,
      clusterTime: () =>
        Math.min(...room.running.map((host) => this.#beliefs.current(host)?.clusterTime ?? Number.POSITIVE_INFINITY)),
    });
    this.deliveries = new Deliveries({ violations, now, mayBeLost: () => this.history.truth.hasRolledBack });
    this.history.truth.landings.add((log, _, after) => this.deliveries.landed(log, after));
    stage.receiver?.listeners.add((delivery) => this.deliveries.accepted(delivery));
    const checked = { beliefs: this.#beliefs, buckets, violations };
    this.#leases = new Leases(checked);
    this.#versions = new Versions(checked);
    this.#ownership = new Ownership({ ...checked, leases: this.#leases });
    new ToAndFro(checked);
    this.#loudness = new Loudness(checked, () => stage.hosts);
    new Expulsions({
      ...checked,
      leases: this.#leases,
      // Whoever is about to end takes no connections any more.
      wasUnreachable: (host, since) => !host.isListening || hadTrouble(plan, host.id, since, now()),
    });
  }

  /** Looks at what every member believes. */
  look(): void {
    this.#leases.look();
    this.#ownership.look();
    this.#versions.look();
    for (const belief of this.#beliefs.living()) {
      this.#stage.costs.look(belief);
      // Before its first renewal nothing is heard from a member, and it serves nobody.
      if (Number.isFinite(belief.unrenewedMs)) {
        this.#longestSilenceMs = Math.max(this.#longestSilenceMs, belief.unrenewedMs);
      }
    }
    if (this.#stage.chronicle.isKept) this.#tellBeliefs();
  }

  storeRolledBack(): void {
    this.history.rolledBack();
    this.#leases.storeRolledBack();
    this.#ownership.storeRolledBack();
    this.#loudness.storeRolledBack();
  }

  /** All has been calm for `mostStaleMs` at least. */
  settled(mostStaleMs: number): void {
    this.history.settled(mostStaleMs);
    this.#loudness.settled();
  }

  /** An operator has finalized when all was calm. */
  finalized(ending: string): void {
    this.#versions.finalized(this.#stage.room.running, ending);
  }

  /** What is not yet as it should be when all is calm. */
  unsettled(up: readonly MemberHost[], isQuiet: boolean): Violations {
    const { buckets, timeline } = this.#stage;
    const violations = new Violations(() => timeline.monotonic());
    checkSettled({ beliefs: this.#beliefs, buckets, violations, up, cordoned: [], isQuiet });
    return violations;
  }

  /** To be called when nobody asks anything; what is answered judges what was spent since. */
  meter(): () => void {
    const { room, costs, timeline } = this.#stage;
    const from = timeline.monotonic();
    const all = room.running.map((host) => ({ host, before: costs.spent(host) }));
    return () => {
      for (const { host, before } of all) {
        const belief = this.#beliefs.current(host);
        if (belief !== null) costs.judge(belief, before, timeline.monotonic() - from);
      }
    };
  }

  #tellBeliefs(): void {
    const { chronicle, room } = this.#stage;
    for (const host of room.current) {
      const belief = this.#beliefs.describe(host);
      // The lease comes and goes ten times a second.
      const lasting = belief.replace(/ lease \d+ ms| no lease/, '');
      if (this.#told.get(host.name) === lasting) continue;
      this.#told.set(host.name, lasting);
      chronicle.show(host.name, `believes: ${belief}`);
    }
  }
}
