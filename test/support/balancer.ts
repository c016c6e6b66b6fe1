/**
 * The smallest load balancer there is: round robin over the members whose `/readyz` answered 200 at the last look.
 *
 * Role: what stands before the members in production, with a production-like lag: it learns of a drain only by polling.
 */
import { send } from './client.ts';
import type { MemberProcess } from './member-process.ts';

const everyMs = 100;

export class Balancer {
  readonly #members: () => readonly MemberProcess[];
  readonly #ready = new Set<MemberProcess>();
  #timer: NodeJS.Timeout | null = null;
  #next = 0;

  /** `members` gives those that are registered with it at any moment. */
  constructor(members: () => readonly MemberProcess[]) {
    this.#members = members;
  }

  /** Resolves after the first look. */
  async start(): Promise<void> {
    await this.#look();
    this.#timer = setInterval(() => void this.#look(), everyMs);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Whose turn it is; null while none is ready. */
  readonly pick = (): string | null => {
    const ready = [...this.#ready];
    return ready[this.#next++ % ready.length]?.url ?? null;
  };

  /** Whether it was ready at the last look. */
  knows(member: MemberProcess): boolean {
    return this.#ready.has(member);
  }

  async #look(): Promise<void> {
    const members = this.#members();
    for (const known of this.#ready) if (!members.includes(known)) this.#ready.delete(known);
    await Promise.all(
      members.map(async (member) => {
        const ok = await send(member.url, 'GET', '/readyz', { token: null, timeoutMs: 1_000 }).then(
          ({ status }) => status === 200,
          () => false,
        );
        if (ok) this.#ready.add(member);
        else this.#ready.delete(member);
      }),
    );
  }
}
