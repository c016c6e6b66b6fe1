/**
 * A log that nobody reads.
 */
import type { Log } from '../../src/member/kit/incidents.ts';

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
