/**
 * The load balancer: sends clients to addresses that were ready when it last looked.
 *
 * Role: obeys readiness as a real one does: late, and by address. A process that took the place of a ready one gets its requests until
 * the next look.
 */
import type { Random } from '../../support/seeded.ts';
import type { MemberHost } from '../world/member-host.ts';
import { between, pick } from '../world/streams.ts';
import type { ClientContext } from './context.ts';

const LEAST_LOOK_MS = 500;
const MOST_LOOK_MS = 1_000;
/** Shorter than the pause between two looks: an old one never overwrites a new one. */
const LOOK_TIMEOUT_MS = 400;

export class Balancer {
  readonly #context: ClientContext;
  readonly #random: Random;
  readonly #ready = new Set<string>();
  #stopped = false;

  constructor(context: ClientContext) {
    this.#context = context;
    this.#random = context.streams.get('balancer');
  }

  begin(): void {
    if (this.#stopped) return;
    for (const host of this.#context.hosts()) void this.#look(host);
    this.#context.timeline.after(between(this.#random, LEAST_LOOK_MS, MOST_LOOK_MS), () => this.begin());
  }

  stop(): void {
    this.#stopped = true;
  }

  /** One of those that were ready; null if none was. */
  choose(random: Random): MemberHost | null {
    const ready = this.#context.hosts().filter(({ id }) => this.#ready.has(id));
    return ready.length === 0 ? null : pick(random, ready);
  }

  /** For whoever goes around it: any process, ready or not, dead or alive. */
  chooseAny(random: Random): MemberHost | null {
    const hosts = this.#context.hosts();
    return hosts.length === 0 ? null : pick(random, hosts);
  }

  async #look(host: MemberHost): Promise<void> {
    const reply = await this.#context.front.request(host, (member) => member.readiness, LOOK_TIMEOUT_MS);
    if (reply.kind === 'answer' && reply.value.ready) this.#ready.add(host.id);
    else this.#ready.delete(host.id);
  }
}
