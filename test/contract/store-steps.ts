/**
 * Steps that the store suites share: writes that must land, and follows that are recorded.
 */
import assert from 'node:assert/strict';
import type { Bucket, Entry, Follow, FollowOptions, Headers } from '../../src/ports/store.ts';

export const timeoutMs = 5_000;

export const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);
export const text = (entry: Entry | null): string | null => (entry ? new TextDecoder().decode(entry.value) : null);

/** Writes; fails the test unless it lands. */
export async function land(bucket: Bucket, key: string, expected: number, value = 'x'): Promise<number> {
  return revisionOf(await bucket.write(key, { value: bytes(value), expected, timeoutMs }), key);
}

/** Lays a deletion marker; fails the test unless it lands. */
export async function lay(bucket: Bucket, key: string, expected: number, headers: Headers = {}): Promise<number> {
  return revisionOf(await bucket.remove(key, { expected, headers, timeoutMs }), key);
}

function revisionOf(outcome: Awaited<ReturnType<Bucket['write']>>, key: string): number {
  if (outcome.kind !== 'landed') return assert.fail(`the write of ${key} answered ${JSON.stringify(outcome)}`);
  return outcome.revision;
}

/** A follow and everything that it delivered, pass by pass. */
export interface Recording {
  readonly follow: Follow;
  /** Entries of each pass, in the order of delivery. */
  readonly passes: readonly (readonly Entry[])[];
  /** The entry of a key that the current pass delivered last. */
  newest(key: string): Entry | undefined;
  /** What is wrong with the order of passes and revisions; empty if nothing is. */
  readonly violations: readonly string[];
}

export function collect(
  bucket: Bucket,
  { prefixes, headersOnly = false }: Partial<Pick<FollowOptions, 'headersOnly' | 'prefixes'>>,
  onEntry: (entry: Entry) => void = () => {},
): Recording {
  const passes: Entry[][] = [];
  const violations: string[] = [];
  let newest = new Map<string, Entry>();
  const follow = bucket.follow({
    prefixes: prefixes ?? [],
    headersOnly,
    onPass: (pass) => {
      if (passes.push([]) !== pass) violations.push(`pass ${pass} came as number ${passes.length}`);
      newest = new Map();
    },
    onEntry: (entry) => {
      const pass = passes.at(-1);
      const before = pass?.at(-1)?.revision ?? 0;
      if (!pass) violations.push(`${entry.key} came before the first pass`);
      if (entry.revision <= before) violations.push(`${entry.key} came with ${entry.revision} after ${before}`);
      pass?.push(entry);
      newest.set(entry.key, entry);
      onEntry(entry);
    },
  });
  return { follow, passes, violations, newest: (key) => newest.get(key) };
}
