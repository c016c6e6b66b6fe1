/**
 * Members of two versions, while operators finalize: nobody serves who does not speak what is written, and nobody is given what it cannot read.
 */
import { type FinalizableRecord, isAbove, isHalfWay, readFinalizable } from '../../../src/cluster/finalize.ts';
import { CLUSTER_KEY } from '../../../src/cluster/view.ts';
import type { MemberHost } from '../world/member-host.ts';
import type { Checked } from './belief.ts';
import { Once } from './once.ts';

export class Versions {
  readonly #checked: Checked;
  readonly #once: Once;

  constructor(checked: Checked) {
    this.#checked = checked;
    this.#once = new Once(checked.violations);
    // At the very moment: who is behind drops everything as soon as it hears of that.
    checked.buckets.content('members').listeners.add(({ key }) => {
      if (key === CLUSTER_KEY) this.look();
    });
  }

  look(): void {
    const { written } = this.#record;
    for (const belief of this.#checked.beliefs.living()) {
      const speaks = { stateVersion: belief.host.stateVersion, protocol: written.protocol };
      if (belief.ended || belief.open.size === 0 || !isAbove(written, speaks)) continue;
      const what = `${belief} serves games, and state version ${written.stateVersion} is written`;
      this.#once.report(`serves ${belief.key}`, 'versions', what);
    }
  }

  /** An operator finalized when all was calm, and these members run. */
  finalized(running: readonly MemberHost[], ending: string): void {
    const record = this.#record;
    const newest = Math.max(...running.map(({ stateVersion }) => stateVersion));
    const isMixed = running.some(({ stateVersion }) => stateVersion < newest);
    const { stateVersion } = record.written;
    if (isHalfWay(record)) this.#once.report('half way', 'versions', `after ${ending} older members stay shut out`);
    if (!isMixed && stateVersion < newest) {
      this.#once.report(
        'not raised',
        'versions',
        `after ${ending} state version ${stateVersion} is written, all speak ${newest}`,
      );
    }
    if (isMixed && ending !== 'behind')
      this.#once.report('mixed', 'versions', `members are of two versions, and it is ${ending}`);
  }

  get #record(): FinalizableRecord {
    const entry = this.#checked.buckets.content('members').entries.get(CLUSTER_KEY);
    if (entry === undefined) throw new Error('the record of the cluster is gone');
    return readFinalizable(entry.value);
  }
}
