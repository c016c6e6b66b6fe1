/**
 * Asks the members, again and again, how the cluster looks: `GET /v1/cluster`.
 *
 * Role: the live view of `npm start`; any member that answers will do.
 */
import type { ClusterReport } from '../member/contract/gateway.ts';
import { repeat } from './repeat.ts';

const everyMs = 150;
const patienceMs = 1_500;

export interface ClusterWatchOptions {
  /** The addresses of members that should answer now, the best first. */
  readonly urls: () => readonly string[];
  readonly adminToken: string;
  /** Null: no member answered. */
  readonly onReport: (report: ClusterReport | null) => void;
}

/** Begins; returns a function that ends it. */
export function watchCluster({ urls, adminToken, onReport }: ClusterWatchOptions): () => void {
  return repeat(everyMs, async (isOver) => {
    const report = await firstAnswer(urls(), adminToken);
    if (!isOver()) onReport(report);
  });
}

async function firstAnswer(urls: readonly string[], adminToken: string): Promise<ClusterReport | null> {
  for (const url of urls) {
    try {
      const answer = await fetch(`${url}/v1/cluster`, {
        headers: { authorization: `Bearer ${adminToken}` },
        signal: AbortSignal.timeout(patienceMs),
      });
      const body = await answer.text();
      if (answer.status === 200) return JSON.parse(body);
    } catch {
      // The next one may answer.
    }
  }
  return null;
}
