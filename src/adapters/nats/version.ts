/**
 * Which servers are new enough.
 */
import type { NatsConnection } from 'nats';
import { UnsupportedServer } from './errors.ts';

/** Compare-and-set is unsound on clustered streams before 2.9.21; consumers with several filters came with 2.10. */
const MINIMUM = '2.10.0';

/** The version of the connected server. Throws UnsupportedServer. */
export function requireVersion(connection: NatsConnection): string {
  const version = connection.info?.version ?? '0.0.0';
  if (isOlder(version, MINIMUM)) throw new UnsupportedServer(version, MINIMUM);
  return version;
}

function isOlder(version: string, minimum: string): boolean {
  const [ours, theirs] = [version, minimum].map((text) => text.split(/[.-]/).slice(0, 3).map(Number));
  for (const [index, number] of (theirs ?? []).entries()) {
    const own = ours?.[index] ?? 0;
    if (own !== number) return own < number;
  }
  return false;
}
