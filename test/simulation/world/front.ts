/**
 * The way from clients to members: connections that may be refused, reset, or left without an answer.
 *
 * Role: what HTTP is to real clients. A request enters a member's process as any input does; its answer leaves when the process gets that far.
 */
import type { Member } from '../../../src/member/member.ts';
import type { Random } from '../../support/seeded.ts';
import type { GameState } from './game.ts';
import type { MemberHost } from './member-host.ts';
import type { Timeline } from './timeline.ts';

export type FrontReply<T> =
  | { readonly kind: 'answer'; readonly value: T }
  /** Nobody listens there: nothing was sent. */
  | { readonly kind: 'refused' }
  /** The process died while it was busy with it. */
  | { readonly kind: 'reset' }
  | { readonly kind: 'timeout' };

const LATENCY_MS = 2;

export class Front {
  readonly #timeline: Timeline;
  readonly #random: Random;

  constructor(timeline: Timeline, random: Random) {
    this.#timeline = timeline;
    this.#random = random;
  }

  /** `run` happens in the member's process. */
  request<T>(
    to: MemberHost | null,
    run: (member: Member<GameState>) => Promise<T> | T,
    timeoutMs: number,
  ): Promise<FrontReply<T>> {
    return new Promise((resolve) => {
      let forget: () => void = () => undefined;
      const end = (reply: FrontReply<T>) => {
        forget();
        timer.cancel();
        resolve(reply);
      };
      const timer = this.#timeline.after(timeoutMs, () => end({ kind: 'timeout' }));
      this.#timeline.after(this.#random() * LATENCY_MS, () => {
        if (to === null || !to.process.alive || !to.isListening) return end({ kind: 'refused' });
        forget = to.process.onDeath(() =>
          this.#timeline.after(this.#random() * LATENCY_MS, () => end({ kind: 'reset' })),
        );
        to.process.enter(() => {
          void to.serve(run).then((value) => {
            // It leaves the process when that gets so far, and not at all if it dies before.
            const leavesMs = to.process.lagMs + this.#random() * LATENCY_MS;
            if (to.process.alive) this.#timeline.after(leavesMs, () => end({ kind: 'answer', value }));
          });
        });
      });
    });
  }
}
