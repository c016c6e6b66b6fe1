/**
 * A client that looks around: pages through the list of games, and reads rounds that are over.
 *
 * Role: has a stream of its own, so that a world without browsers is the same world. It changes nothing in any game.
 * Invariant: it follows a list to its end, each page through whoever is there; a page that does not come ends it.
 */
import type { GamePage, ListQuery } from '../../../src/member/contract/gateway.ts';
import type { Viewer } from '../../../src/session/rules.ts';
import type { Random } from '../../support/seeded.ts';
import type { GameView } from '../world/game.ts';
import type { MemberHost } from '../world/member-host.ts';
import { between, chance, pick } from '../world/streams.ts';
import { BEGINNING } from '../world/timeline.ts';
import type { Asked, AskedPage, Heard } from '../world/witness.ts';
import type { ClientWork } from './client.ts';
import { Delivery } from './delivery.ts';
import { callerOf, operationOf } from './operations.ts';

const LISTS = 0.5;
/** Of the rounds that it reads: the running one among them. */
const OTHER_ROUNDS = 0.3;
const PATIENCE_MS = 5_000;
const LIMITS = [1, 2, 3, 100];
/** Of the questions that are narrowed down at all. */
const STATUSES = ['active', 'active', 'lobby', 'concluded'] as const;
const NARROW = 0.3;
const VIEWERS: readonly Viewer[] = ['admin', 'public', 'player:p0'];
/** How far back it asks for what nobody has played since. */
const MOST_IDLE_MS = 30_000;

type Question = Pick<AskedPage, 'viewer' | 'status' | 'suspended' | 'idleSince' | 'limit'>;

export class Browser {
  readonly #name: string;
  readonly #work: ClientWork;
  readonly #random: Random;
  readonly #delivery: Delivery;
  #stopped = false;

  constructor(work: ClientWork, name: string) {
    this.#name = name;
    this.#work = work;
    this.#random = work.streams.get(`browser ${name}`);
    this.#delivery = new Delivery(work, work.streams.get(`delivery ${name}`));
  }

  begin(): void {
    const thinkMs = -Math.log(1 - this.#random()) * this.#work.plan.pauseMs;
    this.#work.timeline.after(thinkMs, () => {
      if (this.#stopped) return;
      const done = chance(this.#random, LISTS) ? this.#list() : this.#readRound();
      this.#work.track(done);
      void done.then(() => this.begin());
    });
  }

  /** It begins nothing more. */
  stop(): void {
    this.#stopped = true;
  }

  async #list(): Promise<void> {
    const question = this.#question();
    let cursor: string | null = null;
    do {
      const page: GamePage | null = await this.#page(question, cursor);
      cursor = page?.nextCursor ?? null;
    } while (cursor !== null && !this.#stopped);
  }

  #question(): Question {
    const random = this.#random;
    const viewer = pick(random, ['admin', 'admin', 'public'] as const);
    const status = chance(random, NARROW) ? pick(random, STATUSES) : null;
    const narrows = viewer === 'admin' && chance(random, NARROW);
    const suspended = narrows ? pick(random, [true, false, null]) : null;
    const isIdle = narrows && chance(random, 0.5);
    const idleSince = isIdle ? Math.round(this.#now - between(random, 0, MOST_IDLE_MS)) : null;
    return { viewer, status, suspended, idleSince, limit: pick(random, LIMITS) };
  }

  /** Null: it did not come. */
  async #page(question: Question, cursor: string | null): Promise<GamePage | null> {
    const { front, timeline, witness, tally, nextNumber } = this.#work;
    const client = this.#name;
    const asked: AskedPage = { ...question, number: nextNumber(), client, cursor, invokedAt: timeline.monotonic() };
    witness.askedPage(asked);
    const host = this.#choose();
    const reply = await front.request(host, (member) => member.listGames(queryOf(asked)), PATIENCE_MS);
    if (reply.kind !== 'answer' || host === null) return null;
    tally.count(reply.value.partial ? 'pages in part' : 'pages');
    witness.heardPage(asked, { at: timeline.monotonic(), via: host.name, page: reply.value });
    return reply.value;
  }

  /** Looks which round runs, and reads one before it: mostly the last, whose record is newest. */
  async #readRound(): Promise<void> {
    const { games } = this.#work;
    if (games.length === 0) return;
    const about = { gameId: pick(this.#random, games), viewer: pick(this.#random, VIEWERS) };
    const seen = (await this.#ask({ ...about, kind: 'strong', round: null }))?.body as { game?: GameView } | undefined;
    const running = seen?.game?.round ?? 1;
    const round = chance(this.#random, OTHER_ROUNDS) ? 1 + Math.floor(this.#random() * running) : running - 1;
    if (round > 0) await this.#ask({ ...about, kind: 'round', round });
  }

  async #ask(about: Pick<Asked, 'kind' | 'gameId' | 'viewer' | 'round'>): Promise<Heard | null> {
    const { nextNumber, timeline } = this.#work;
    const invokedAt = timeline.monotonic();
    const asked: Asked = { ...about, number: nextNumber(), client: this.#name, tag: null, key: null, invokedAt };
    const errand = { asked, operation: operationOf(asked, null), isDoubled: false };
    return (await this.#delivery.untilAnswered(errand)).heard;
  }

  #choose(): MemberHost | null {
    const { balancer, around } = this.#work;
    return chance(this.#random, around) ? balancer.chooseAny(this.#random) : balancer.choose(this.#random);
  }

  get #now(): number {
    return BEGINNING + this.#work.timeline.monotonic();
  }
}

function queryOf({ viewer, status, suspended, idleSince, limit, cursor }: AskedPage): ListQuery {
  return {
    caller: callerOf(viewer),
    limit,
    ...(status !== null && { status }),
    ...(suspended !== null && { suspended }),
    ...(idleSince !== null && { idleSince }),
    ...(cursor !== null && { cursor }),
  };
}
