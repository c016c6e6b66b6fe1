/**
 * Lists keys of a bucket so that absence means something.
 *
 * Role: tells everything that is stored under some prefixes: the sessions of slots after a takeover, the records of a game that is erased.
 * Why two barriers: a consumer's "nothing pending" proves nothing. A key written by us, seen by the same consumer, proves that it has
 * delivered everything below that revision; the second one, written after the first was seen, proves it against a replica that had lagged.
 * Invariants:
 *  - Resolves only once both barriers of every prefix were seen in one pass.
 *  - Nothing that outlives a listing remembers it: members list for as long as they live.
 */
import type { Timer } from '../../ports/clock.ts';
import type { Bucket, Entry, Follow } from '../../ports/store.ts';
import { type SettleContext, settle } from './settle.ts';

/** Two tokens: no game id can be that, and no round. */
export const BARRIER = '_.barrier';
const FIRST_PATIENCE_MS = 5_000;

/** What is stored under one prefix: entries without their values, by the rest of their key. */
export type KeyListing = ReadonlyMap<string, Entry>;

export interface ListContext extends SettleContext {
  /** Aborted when nobody waits for the list any more. */
  readonly ended: AbortSignal;
}

/** Everything stored under `prefixes`, which are of one length; null if writes were given up (`gate` closed). */
export async function listKeys(
  context: ListContext,
  bucket: Bucket,
  prefixes: readonly string[],
): Promise<ReadonlyMap<string, KeyListing> | null> {
  const listings = new Map<string, Map<string, Entry>>(prefixes.map((prefix) => [prefix, new Map()]));
  const awaited = new Barriers();
  const prefixOf = cutAfter(prefixes[0]?.split('.').length ?? 1);
  const follow = bucket.follow({
    prefixes,
    headersOnly: true,
    onPass: (pass) => {
      // A new pass delivers everything again; what it does not deliver is no longer there.
      if (pass > 1) for (const listing of listings.values()) listing.clear();
      awaited.restart(pass);
    },
    onEntry: (entry) => {
      const prefix = prefixOf(entry.key);
      const rest = entry.key.slice(prefix.length + 1);
      if (rest === BARRIER) awaited.saw(entry.key, entry.revision);
      else listings.get(prefix)?.set(rest, entry);
    },
  });
  const patience = restartStalled(context, follow);
  const giveUp = () => awaited.giveUp();
  context.ended.addEventListener('abort', giveUp);
  try {
    // A pass that began meanwhile has to show two barriers itself.
    for (let rounds = 0, pass = 0; rounds < 2 || pass !== awaited.pass; ) {
      const revisions = await Promise.all(
        prefixes.map((prefix) => writeBarrier(context, bucket, `${prefix}.${BARRIER}`)),
      );
      if (revisions.includes(null)) return null;
      if (context.ended.aborted) return null;
      const seenIn = await awaited.all(
        prefixes.map((prefix, index) => [`${prefix}.${BARRIER}`, revisions[index] ?? 0]),
      );
      if (seenIn === null) return null;
      rounds = seenIn === pass ? rounds + 1 : 1;
      pass = seenIn;
    }
    return listings;
  } finally {
    context.ended.removeEventListener('abort', giveUp);
    patience.cancel();
    follow.stop();
  }
}

/** A watch may have died without a sign. Each pass gets twice the time of the one before: a large one has to come to its end. */
function restartStalled({ clock }: ListContext, follow: Follow): Timer {
  let patienceMs = FIRST_PATIENCE_MS;
  let timer = clock.after(patienceMs, again);
  function again(): void {
    patienceMs *= 2;
    timer = clock.after(patienceMs, again);
    follow.restart();
  }
  return { cancel: () => timer.cancel() };
}

/** The first `count` tokens of a key. */
function cutAfter(count: number): (key: string) => string {
  return (key) => key.split('.', count).join('.');
}

/** Its revision, or null if given up. */
export async function writeBarrier(
  context: ListContext,
  bucket: Bucket,
  key: string,
  writeId?: string,
): Promise<number | null> {
  let expected = 0;
  for (;;) {
    const settled = await settle(context, { bucket, key, value: new Uint8Array(0), expected, writeId });
    if (settled.kind === 'landed') return settled.revision;
    if (settled.kind === 'conflict') expected = settled.entry.revision;
    else if (settled.kind === 'rolledBack') expected = settled.entry?.revision ?? 0;
    else return null;
  }
}

/** Which barrier has been seen at which revision in the running pass. */
class Barriers {
  pass = 0;
  private readonly seen = new Map<string, number>();
  private wanted: readonly (readonly [string, number])[] = [];
  private resolve: ((pass: number | null) => void) | null = null;

  restart(pass: number): void {
    this.pass = pass;
    this.seen.clear();
  }

  saw(key: string, revision: number): void {
    this.seen.set(key, revision);
    this.check();
  }

  /** Resolves with the pass that has shown all of `wanted`, or with null if that is given up. */
  all(wanted: readonly (readonly [string, number])[]): Promise<number | null> {
    return new Promise((resolve) => {
      this.wanted = wanted;
      this.resolve = resolve;
      this.check();
    });
  }

  giveUp(): void {
    this.resolve?.(null);
    this.resolve = null;
  }

  private check(): void {
    if (!this.wanted.every(([key, revision]) => (this.seen.get(key) ?? 0) >= revision)) return;
    this.resolve?.(this.pass);
    this.resolve = null;
  }
}
