/**
 * What a cluster writes, for tests that care for the version of the state alone: the module's is the first.
 */
import type { Written } from '../../src/session/rules.ts';

export function writing(stateVersion: number): Written {
  return { stateVersion, module: 1 };
}
