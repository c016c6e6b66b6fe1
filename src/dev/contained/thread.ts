/**
 * What runs in a contained thread: takes its job and posts one message, what came of it.
 */
import { parentPort, workerData } from 'node:worker_threads';

export interface ThreadData {
  readonly data: unknown;
  readonly shared: SharedArrayBuffer;
}

/** `cells`: numbers that whoever waits sees while it runs. What `run` throws ends the thread. */
export async function work<Data, Answer>(run: (data: Data, cells: Int32Array) => Promise<Answer>): Promise<void> {
  const { data, shared } = workerData as ThreadData;
  parentPort?.postMessage(await run(data as Data, new Int32Array(shared)));
}
