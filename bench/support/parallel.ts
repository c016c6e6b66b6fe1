/**
 * Bounded parallelism: what "64 clients" means in the benches.
 */

/** Runs `work` on every item, in order, with at most `width` under way. Rejects with the first failure. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const remaining = items.entries();
  const client = async () => {
    for (const [index, item] of remaining) await work(item, index);
  };
  await Promise.all(Array.from({ length: width }, client));
}
