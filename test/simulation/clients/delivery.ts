/**
 * Brings one client's operations to members and their answers back, as an SDK with retries does.
 *
 * Role: chooses whom to ask and how long to wait; tells the witness everything that is heard.
 * Invariants:
 *  - What has no key is asked once only. What has one keeps its key and fingerprint through all tries.
 *  - A try ends when each of its copies is answered, refused, reset, or was waited for in vain; it is followed by another one until all copies
 *    of the last one were answered. What is still under way then was received before them.
 *  - Everything that is asked ends with one answer other than 503, or is given up.
 */
import type { Answer } from '../../../src/member/contract/gateway.ts';
import type { Random } from '../../support/seeded.ts';
import type { MemberHost } from '../world/member-host.ts';
import { between, chance } from '../world/streams.ts';
import type { Asked, Heard } from '../world/witness.ts';
import type { Balancer } from './balancer.ts';
import type { ClientContext } from './context.ts';
import { type ClientOperation, perform } from './operations.ts';
import type { Tally } from './tally.ts';

/** For one try. */
const LEAST_PATIENCE_MS = 2_000;
const MOST_PATIENCE_MS = 15_000;
/** For all tries. */
const LEAST_ENDURANCE_MS = 15_000;
const MOST_ENDURANCE_MS = 60_000;
const LEAST_PAUSE_MS = 10;
const MOST_PAUSE_MS = 1_000;
const UNAVAILABLE = 503;

export interface DeliveryContext extends ClientContext {
  readonly balancer: Balancer;
  readonly tally: Tally;
  /** The probability of going around the balancer. */
  readonly around: number;
}

/** One operation as it is sent, each time the same. */
export interface Errand {
  readonly asked: Asked;
  readonly operation: ClientOperation;
  /** Each try goes to two members at the same moment. */
  readonly isDoubled: boolean;
}

export interface Delivered {
  /** Null: nothing but 503, or no answer at all. */
  readonly heard: Heard | null;
  /** All copies sent last were answered. If not, one of them may still be under way. */
  readonly isOver: boolean;
}

export class Delivery {
  readonly #context: DeliveryContext;
  readonly #random: Random;

  constructor(context: DeliveryContext, random: Random) {
    this.#context = context;
    this.#random = random;
  }

  async untilAnswered(errand: Errand): Promise<Delivered> {
    const { timeline, witness, tally } = this.#context;
    const { asked } = errand;
    witness.asked(asked);
    tally.count(`asked ${asked.kind}`);
    const delivered = await this.#untilOver(errand, true);
    if (delivered.heard === null) {
      witness.gaveUp(asked, timeline.monotonic());
      tally.count('given up');
    }
    return delivered;
  }

  /** Asks once more, whatever was heard before. */
  repeat(errand: Errand): Promise<Delivered> {
    return this.#untilOver(errand, false);
  }

  async #untilOver(errand: Errand, isNew: boolean): Promise<Delivered> {
    const { timeline, tally } = this.#context;
    const until = timeline.monotonic() + between(this.#random, LEAST_ENDURANCE_MS, MOST_ENDURANCE_MS);
    let heard: Heard | null = null;
    for (let isFirst = isNew; ; isFirst = false) {
      const tried = await this.#try(errand, isFirst);
      heard ??= tried.heard;
      if (tried.isOver) return { heard, isOver: true };
      if (errand.asked.key === null || timeline.monotonic() >= until) return { heard, isOver: false };
      const pauseMs = between(this.#random, LEAST_PAUSE_MS, MOST_PAUSE_MS);
      await new Promise<void>((resolve) => timeline.after(pauseMs, resolve));
      tally.count('retries');
    }
  }

  async #try({ asked, operation, isDoubled }: Errand, isFirst: boolean): Promise<Delivered> {
    const { witness, tally } = this.#context;
    const copies = isDoubled ? [this.#choose(), this.#choose()] : [this.#choose()];
    if (isDoubled) tally.count('doubled');
    const sent = copies.map((host, index) => {
      if (!isFirst || index > 0) witness.repeated(asked);
      return this.#send(host, asked, operation);
    });
    const all = await Promise.all(sent);
    return { heard: all.find(({ heard }) => heard !== null)?.heard ?? null, isOver: all.every(({ isOver }) => isOver) };
  }

  async #send(host: MemberHost | null, asked: Asked, operation: ClientOperation): Promise<Delivered> {
    const { front, timeline, witness, tally } = this.#context;
    const patienceMs = between(this.#random, LEAST_PATIENCE_MS, MOST_PATIENCE_MS);
    const reply = await front.request(host, (member) => perform(member, operation), patienceMs);
    if (reply.kind !== 'answer' || host === null) {
      tally.count(reply.kind);
      return { heard: null, isOver: false };
    }
    const heard = hear(reply.value, host, timeline.monotonic());
    tally.count(`answered ${heard.status}`);
    witness.heard(asked, heard);
    return heard.status === UNAVAILABLE ? { heard: null, isOver: false } : { heard, isOver: true };
  }

  #choose(): MemberHost | null {
    const { balancer, around } = this.#context;
    return chance(this.#random, around) ? balancer.chooseAny(this.#random) : balancer.choose(this.#random);
  }
}

function hear({ status, body, owner, grant }: Answer, { name }: MemberHost, at: number): Heard {
  return { at, via: name, status, body: body === '' ? null : JSON.parse(body), owner, ...(grant && { grant }) };
}
