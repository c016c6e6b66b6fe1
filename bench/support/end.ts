/** How a run takes apart what it started. */

/** Waits until every process is gone: some of them do not keep this one alive by themselves. */
export async function end(running: AsyncDisposableStack): Promise<void> {
  const alive = setInterval(() => {}, 1_000);
  await running.disposeAsync().finally(() => clearInterval(alive));
}
