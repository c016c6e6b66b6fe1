/**
 * Says when members play different code under one version of the game for longer than a deploy takes.
 *
 * Why: every fix of a bug is deployed like that, and is over in minutes. A member that was forgotten plays the old rules for ever.
 * Invariants:
 *  - One line for one difference, however long it stays and whoever comes and goes. The first member of the ring writes it.
 *  - A difference that went and came back is another one.
 */
import { mixedVersions } from '../../cluster/module-builds.ts';
import type { View } from '../../cluster/view.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import { every } from '../kit/every.ts';
import type { Log } from '../kit/incidents.ts';

const LOOK_MS = 5_000;
/** Longer than a deploy takes. */
const DEPLOY_MS = 600_000;

export interface BuildWatchContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly game: string;
  view(): View;
  /** Whether it is this member's turn. */
  isOnDuty(): boolean;
}

export function watchBuilds({ clock, log, game, view, isOnDuty }: BuildWatchContext): Timer {
  /** Which hashes differ, '' if none do, and since when (monotonic ms). */
  let seen = { hashes: '', since: 0, told: false };
  return every(clock, LOOK_MS, () => {
    const mixed = mixedVersions(view());
    const hashes = mixed.map(({ version, builds }) => `${version} ${Object.keys(builds)}`).join();
    const now = clock.monotonic();
    if (hashes !== seen.hashes) {
      if (hashes === '' && seen.told && isOnDuty())
        log.info({ game }, 'all members play the same code of the game again');
      seen = { hashes, since: now, told: false };
    }
    if (hashes === '' || seen.told || now - seen.since < DEPLOY_MS) return;
    seen.told = true;
    if (!isOnDuty()) return;
    log.warn(
      { game, mixed },
      'members have played different code under one version of the game for 10 minutes: deploy one of them everywhere',
    );
  });
}
