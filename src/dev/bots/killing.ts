/**
 * Members that are killed while bots play: one every few seconds, without a warning, and each comes back.
 *
 * Invariant: a kill leaves somebody who answers, so games go on all the time.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { LocalMember } from '../local-member.ts';

/** As a supervisor would take to start it again. */
const AWAY_MS = 500;
const LOOK_MS = 50;
const MOST_STARTS = 4;

export interface Killing {
  readonly members: readonly LocalMember[];
  /** Null: none is killed. */
  readonly everyMs: number | null;
  readonly onKill: () => void;
  /** One that ended though nobody killed it, or did not come back. */
  readonly onEnd: (line: string) => void;
}

/** Begins; the function that it gives ends it, once whoever was killed is back. */
export function killMembers({ members, everyMs, onKill, onEnd }: Killing): () => Promise<void> {
  const over = new AbortController();
  const away = new Map<LocalMember, Promise<void>>();
  // The first one dies at once, so that a short run has its kill, too.
  let lastAt = Number.NEGATIVE_INFINITY;
  const comeBack = async (member: LocalMember) => {
    for (let starts = 1; ; starts += 1) {
      await pause(AWAY_MS);
      if (await member.start()) break;
      // On a machine that has too much to do a start takes long: a supervisor would begin anew.
      if (member.running && starts < MOST_STARTS) await member.kill();
      else {
        onEnd(`${member.id} did not come back (${member.ending.reason || member.notReady}): ${member.logFile}`);
        break;
      }
    }
    away.delete(member);
  };
  const step = () => {
    for (const member of members) {
      if (member.running || away.has(member)) continue;
      onEnd(`${member.id} ended by itself (${member.ending.reason}): ${member.logFile}`);
      away.set(member, comeBack(member));
    }
    const ready = members.filter(({ phase }) => phase === 'ready');
    if (everyMs === null || performance.now() < lastAt + everyMs || ready.length < 2) return;
    lastAt = performance.now();
    const victim = ready[Math.floor(Math.random() * ready.length)] as LocalMember;
    onKill();
    away.set(
      victim,
      victim.kill().then(() => comeBack(victim)),
    );
  };
  const run = async () => {
    while (!over.signal.aborted) {
      step();
      await pause(LOOK_MS, undefined, { signal: over.signal }).catch(() => undefined);
    }
    await Promise.all(away.values());
  };
  const running = run();
  return async () => {
    over.abort();
    await running;
  };
}
