/**
 * What happened in a world, in order: a digest always, lines for people if asked for.
 *
 * Role: two runs with one digest went the same way; the lines are what a failing seed is explained with.
 * Invariant: whether lines are kept changes nothing but that.
 */
import { hash32 } from '../../../src/cluster/slot-hash.ts';
import type { BucketName, Entry } from '../../../src/ports/store.ts';
import type { MemoryBuckets } from '../../support/memory-store.ts';
import type { Timeline } from './timeline.ts';

const BUCKETS: readonly BucketName[] = ['members', 'slots', 'sessions', 'archive'];

export class Chronicle {
  readonly lines: string[] = [];
  readonly #timeline: Timeline;
  readonly #keepsLines: boolean;
  readonly #statuses = new Map<string, string>();
  #digest = 0;

  constructor(timeline: Timeline, keepsLines: boolean) {
    this.#timeline = timeline;
    this.#keepsLines = keepsLines;
  }

  get digest(): string {
    return this.#digest.toString(16).padStart(8, '0');
  }

  /** Whether it is worth while to find out what would only be shown. */
  get isKept(): boolean {
    return this.#keepsLines;
  }

  note(who: string, what: string): void {
    this.#mix(`${who} ${what}`);
    this.show(who, what);
  }

  /** A line that follows from what is noted anyway. */
  show(who: string, what: string): void {
    if (this.#keepsLines) this.lines.push(`${this.#time()}  ${who.padEnd(8)} ${what}`);
  }

  /** Notes every write that lands. */
  follow(buckets: MemoryBuckets): void {
    for (const bucket of BUCKETS) buckets.content(bucket).listeners.add((entry) => this.#landed(bucket, entry));
  }

  #landed(bucket: BucketName, entry: Entry): void {
    this.#mix(`${entry.key} ${entry.revision}`);
    if (!this.#keepsLines || (bucket === 'members' && this.#isRenewal(entry))) return;
    this.show('store', `${bucket} ${entry.key} @${entry.revision}: ${contentOf(bucket, entry)}`);
  }

  #isRenewal({ key, value, deleted }: Entry): boolean {
    const status = deleted ? 'deleted' : (JSON.parse(text(value)).status ?? '');
    const isKnown = this.#statuses.get(key) === status;
    this.#statuses.set(key, status);
    return isKnown;
  }

  #mix(line: string): void {
    this.#digest = hash32(`${this.#digest} ${this.#timeline.monotonic()} ${line}`);
  }

  #time(): string {
    return (this.#timeline.monotonic() / 1000).toFixed(4).padStart(9);
  }
}

function contentOf(bucket: BucketName, { value, deleted }: Entry): string {
  if (deleted) return 'deletion marker';
  if (value.length === 0) return 'barrier';
  const content = JSON.parse(text(value));
  if (bucket === 'members') return content.status ?? text(value);
  if (bucket === 'slots')
    return `epoch ${content.epoch}, ${content.owner}/${content.incarnation} by ${content.acquired}`;
  if (bucket === 'archive') return text(value);
  const { commit, version, epoch, owner, incarnation, state } = content;
  return `commit ${commit}, version ${version}, round ${state.round}, epoch ${epoch} of ${owner}/${incarnation}`;
}

function text(value: Uint8Array): string {
  return new TextDecoder().decode(value);
}
