/**
 * No quiet loss (I9): if the store forgot what it had acknowledged to a living member, somebody says so.
 *
 * Role: told when the store forgets; asks for the incidents when all is calm again.
 * Rules: if a process knew a newer revision of its own key than the store shows afterwards, and still lives when all is calm, then at least one
 * member has counted a rollback. And nobody counts one if the store never forgot anything.
 */
import type { MemberHost } from '../world/member-host.ts';
import type { Checked } from './belief.ts';

export class Loudness {
  readonly #checked: Checked;
  readonly #hosts: () => Iterable<MemberHost>;
  readonly #witnesses = new Set<MemberHost>();
  #hasForgotten = false;

  constructor(checked: Checked, hosts: () => Iterable<MemberHost>) {
    this.#checked = checked;
    this.#hosts = hosts;
  }

  /** The store has forgotten acknowledged writes. */
  storeRolledBack(): void {
    const { beliefs, buckets } = this.#checked;
    this.#hasForgotten = true;
    const members = buckets.content('members');
    for (const belief of beliefs.living()) {
      const stored = members.entries.get(belief.key)?.revision ?? 0;
      if (!belief.ended && belief.keyRevision > stored) this.#witnesses.add(belief.host);
    }
  }

  /** To be called when all has been calm for a while. */
  settled(): void {
    const { violations } = this.#checked;
    const counts = [...this.#hosts()].map((host) => ({ host, count: host.incidents.counts().get('rollbacks') ?? 0 }));
    const loud = counts.filter(({ count }) => count > 0).map(({ host }) => host.name);
    if (!this.#hasForgotten && loud.length > 0) {
      violations.report('I9', `${loud} say that the store lost writes, but it lost none`);
    }
    const alive = [...this.#witnesses].filter(({ process }) => process.alive).map(({ name }) => name);
    if (alive.length > 0 && loud.length === 0) {
      violations.report('I9', `the store lost renewals of ${alive}, and nobody said so`);
    }
  }
}
