/**
 * One client: thinks, asks, and goes on.
 *
 * Role: draws what to do next from a stream of its own; how it is asked is left to delivery.ts, which draws from another one, so that
 * what becomes of one request changes as little as possible of what the client wants afterwards.
 * Invariants:
 *  - Each client is a principal of its own; a key, a tag and a fingerprint are never used for two commands, but by a command whose tag
 *    begins with `REUSED`: it has the key of an answered one.
 *  - It keeps to the window of the exactly-once promise (window.ts).
 */
import type { Random } from '../../support/seeded.ts';
import { CURSE, END, type GameDocument, GROW, REFUSE, THROW } from '../world/game.ts';
import { between, chance, pick } from '../world/streams.ts';
import type { Asked, Heard, OperationKind } from '../world/witness.ts';
import { type Delivered, Delivery, type DeliveryContext, type Errand } from './delivery.ts';
import { drawGame, type LoadPlan } from './load-plan.ts';
import { operationOf } from './operations.ts';
import { CommandWindow } from './window.ts';

/** Tags of commands that must be refused with `key_reused` begin so. */
export const REUSED = 'reused';
const BURST = 10;
const RESUMES = 0.03;
/** Of games that are there already. */
const CREATIONS = 0.03;
const REUSES = 0.02;
const PUBLIC_READS = 0.2;
const LONGEST_LATE_MS = 60_000;
const MOST_UNDER_WAY = 100;
/** How often a client goes on without waiting for an answer. */
const HASTES = [0, 0, 0.3, 1];
/** A command that was answered so left nothing by which its repetition could be told. */
const UNRECORDED: ReadonlySet<unknown> = new Set([
  'game_not_alive',
  'too_late',
  'key_reused',
  'internal',
  'game_not_storable',
]);

export interface ClientWork extends DeliveryContext {
  readonly plan: LoadPlan;
  /** Games whose creation has begun. */
  readonly games: readonly string[];
  nextNumber(): number;
  /** Whoever stops the clients waits for it. */
  track(work: Promise<unknown>): void;
}

interface Command {
  readonly kind: OperationKind;
  readonly gameId: string;
  readonly tag: string;
  readonly round: number | null;
  readonly document: GameDocument | null;
}

export class Client {
  readonly name: string;
  readonly #work: ClientWork;
  readonly #random: Random;
  readonly #delivery: Delivery;
  readonly #haste: number;
  readonly #windows = new Map<string, CommandWindow>();
  /** The newest round that it knows of, by game. */
  readonly #rounds = new Map<string, number>();
  #commands = 0;
  #underWay = 0;
  #stopped = false;

  constructor(work: ClientWork, name: string) {
    this.name = name;
    this.#work = work;
    this.#random = work.streams.get(`client ${name}`);
    this.#delivery = new Delivery(work, work.streams.get(`delivery ${name}`));
    this.#haste = pick(this.#random, HASTES);
  }

  begin(): void {
    const thinkMs = -Math.log(1 - this.#random()) * this.#work.plan.pauseMs;
    this.#work.timeline.after(thinkMs, () => this.#step());
  }

  /** It begins nothing more. */
  stop(): void {
    this.#stopped = true;
  }

  /** Asks for a game that may be there already. */
  create(gameId: string, document: GameDocument): Promise<void> {
    return this.#command({ kind: 'create', gameId, tag: document.tag, round: null, document });
  }

  #step(): void {
    if (this.#stopped) return;
    const isHasty = chance(this.#random, this.#haste);
    const { games } = this.#work;
    const isFree = games.length > 0 && this.#underWay < MOST_UNDER_WAY;
    const done = isFree ? this.#doSomething(pick(this.#random, games)) : null;
    if (isHasty || done === null) this.begin();
    else void done.then(() => this.begin());
  }

  #doSomething(gameId: string): Promise<unknown> {
    const random = this.#random;
    const { bursts, strongReads, eventualReads, endRounds } = this.#work.plan;
    if (chance(random, bursts)) return Promise.all(Array.from({ length: BURST }, () => this.#act(gameId)));
    if (chance(random, strongReads)) return this.#read('strong', gameId);
    if (chance(random, eventualReads)) return this.#read('eventual', gameId);
    if (chance(random, endRounds)) return this.#endRound(gameId);
    if (chance(random, RESUMES)) return this.#resume(gameId);
    if (chance(random, CREATIONS)) return this.create(gameId, drawGame(random, this.#work.plan, this.#newTag()));
    return this.#act(gameId);
  }

  #act(gameId: string): Promise<void> {
    return this.#command({ kind: 'act', gameId, tag: this.#actTag(), round: null, document: null });
  }

  #endRound(gameId: string): Promise<void> {
    const round = this.#rounds.get(gameId) ?? 1;
    return this.#command({ kind: 'endRound', gameId, tag: `${END}-${this.#newTag()}`, round, document: null });
  }

  #read(kind: 'strong' | 'eventual', gameId: string): Promise<unknown> {
    const viewer = chance(this.#random, PUBLIC_READS) ? 'public' : 'admin';
    const asked = this.#asked({ kind, gameId, tag: null, round: null }, null, viewer);
    return this.#ask({ asked, operation: operationOf(asked, null), isDoubled: false });
  }

  #resume(gameId: string): Promise<unknown> {
    const key = chance(this.#random, this.#work.plan.keyed) ? this.#newTag() : null;
    const asked = this.#asked({ kind: 'resume', gameId, tag: null, round: null }, key);
    return this.#ask({ asked, operation: operationOf(asked, null), isDoubled: false });
  }

  async #command(command: Command): Promise<void> {
    const random = this.#random;
    const { keyed, lateRetries } = this.#work.plan;
    const key = chance(random, keyed) ? this.#newTag() : null;
    const isDoubled = key !== null && chance(random, lateRetries);
    const lateMs = chance(random, lateRetries) ? this.#lateMs() : null;
    const isReused = chance(random, REUSES);
    const window = this.#window(command.gameId);
    if (!window.hasRoom) return this.#work.tally.count('held back');
    const place = window.begin();
    const asked = this.#asked(command, key);
    const errand = { asked, operation: operationOf(asked, command.document), isDoubled };
    const { heard, isOver } = await this.#ask(errand);
    if (isOver || key === null) window.end(place);
    if (key === null || heard === null || !isRecorded(heard)) return;
    if (lateMs !== null) this.#askLate(errand, window, place, lateMs);
    // A creation that came second left nothing by which its key is known.
    if (isReused && command.kind !== 'create') this.#reuse(asked, window, place);
  }

  /** Once more what was answered already. */
  #askLate(errand: Errand, window: CommandWindow, place: number, ms: number): void {
    const { timeline, tally, track } = this.#work;
    const isDoubled = chance(this.#random, 0.3);
    timeline.after(ms, () => {
      if (this.#stopped || !window.reopen(place)) return;
      tally.count('late copies');
      track(this.#delivery.repeat({ ...errand, isDoubled }).then(({ isOver }) => isOver && window.end(place)));
    });
  }

  /** The key of an answered command with another fingerprint. */
  #reuse({ gameId, key }: Asked, window: CommandWindow, place: number): void {
    if (this.#stopped || !window.reopen(place)) return;
    this.#work.tally.count('reused keys');
    const asked = this.#asked({ kind: 'act', gameId, tag: `${REUSED}-${this.#newTag()}`, round: null }, key);
    const errand = { asked, operation: operationOf(asked, null), isDoubled: false };
    void this.#ask(errand).then(({ isOver }) => isOver && window.end(place));
  }

  async #ask(errand: Errand): Promise<Delivered> {
    this.#underWay += 1;
    const answered = this.#delivery.untilAnswered(errand);
    this.#work.track(answered);
    const delivered = await answered;
    this.#underWay -= 1;
    const round = (delivered.heard?.body as { game?: { round?: number } } | null | undefined)?.game?.round;
    if (round !== undefined) this.#rounds.set(errand.asked.gameId, round);
    return delivered;
  }

  #asked(
    what: Pick<Asked, 'kind' | 'gameId' | 'tag' | 'round'>,
    key: string | null,
    viewer: Asked['viewer'] = 'admin',
  ): Asked {
    const { kind, gameId, tag, round } = what;
    const number = this.#work.nextNumber();
    const invokedAt = this.#work.timeline.monotonic();
    return { number, client: this.name, kind, gameId, viewer, tag, key, round, invokedAt };
  }

  #window(gameId: string): CommandWindow {
    const window = this.#windows.get(gameId) ?? new CommandWindow();
    this.#windows.set(gameId, window);
    return window;
  }

  #newTag(): string {
    this.#commands += 1;
    return `${this.name}-${this.#commands}`;
  }

  #actTag(): string {
    const random = this.#random;
    const { curses, refusals, throws, grows } = this.#work.plan;
    const tag = this.#newTag();
    if (chance(random, curses)) return `${CURSE}-${tag}`;
    if (chance(random, refusals)) return `${REFUSE}-${tag}`;
    if (chance(random, throws)) return `${THROW}-${tag}`;
    // 32 bytes to 16 KiB, mostly small: a large game makes every write of it slow.
    if (chance(random, grows)) return `${GROW}${Math.round(2 ** between(random, 5, 14))}-${tag}`;
    return tag;
  }

  /** At once, or after a time that is mostly short. */
  #lateMs(): number {
    return chance(this.#random, 0.3) ? 0 : this.#random() ** 4 * LONGEST_LATE_MS;
  }
}

function isRecorded({ body }: Heard): boolean {
  return !UNRECORDED.has((body as { code?: string } | null)?.code);
}
