/**
 * Judges who sits at a table, who hosts it and who may change that, as it lands (`seats`).
 *
 * Checked at each write: whoever hosts has a seat; a lobby that is locked takes nobody in; who was sent away is not back, by its seat or from
 * its address, before its time. And where a write holds one command of a client: the token with which it was given held then, its bearer was
 * what the command asks for, and it did what it says; who took the hosting over had to wait until the host was silent for long enough.
 */
import type { GameState as Inner } from '../../../src/game/state.ts';
import { tableOf } from '../world/table-game.ts';
import type { Asked, Violations, Wish } from '../world/witness.ts';
import type { GameLog } from './game-log.ts';
import { ms } from './operation.ts';
import { type StoredGame, writer } from './stored-game.ts';

/** As the documents promise it. */
const KICKED_MS = 600_000;
const SILENT_MS = 120_000;
/** Times of games may run a tenth slower or faster while they are corrected, and a host's last word may be lost with its owner. */
const SLACK = 0.8;

interface Sent {
  readonly gameId: string;
  readonly seat: string;
  readonly address: string | null;
  readonly at: number;
}

export interface SeatsContext {
  readonly violations: Violations;
  /** Who asked for the command with that tag. */
  asked(tag: string): Asked | undefined;
  now(): number;
  /** The store's clock was never wrong: the time of games is about true time. */
  isTimeTrue(): boolean;
}

export class Seats {
  readonly #context: SeatsContext;
  readonly #sent: Sent[] = [];
  /** Game and host → when it was last answered. */
  readonly #heard = new Map<string, number>();

  constructor(context: SeatsContext) {
    this.#context = context;
  }

  /** A command or a read of a player was answered. */
  heard({ gameId, viewer }: Asked): void {
    if (viewer.startsWith('player:'))
      this.#heard.set(`${gameId} ${viewer.slice('player:'.length)}`, this.#context.now());
  }

  landed(log: GameLog, before: StoredGame | null, after: StoredGame): void {
    const now = tableOf(after.state);
    if (now === null) return;
    const report = (what: string) =>
      this.#context.violations.report('seats', `game ${log.gameId}: ${writer(after)} ${what}`);
    this.#checkHost(now, report);
    const was = tableOf(before?.state);
    if (was === null || before === null) return;
    const wishes = log.tags.slice(before.version, after.version).map((tag) => this.#context.asked(tag)?.wish);
    this.#checkEntries(log.gameId, was, now, wishes, report);
    this.#noteKicks(log.gameId, was, wishes);
    const [wish] = wishes;
    if (wish === undefined || wishes.length !== 1) return;
    const refusal = whyNot(was, wish);
    if (refusal !== null)
      report(`carried out ${JSON.stringify(wish.input)} for ${JSON.stringify(wish.caller)}: ${refusal}`);
    if (!isDone(wish, was, now, after.version)) report(`did not do what ${JSON.stringify(wish.input)} says`);
    this.#checkSilence(log.gameId, was, wish, report);
  }

  #checkHost({ host, players, status }: Inner, report: (what: string) => void): void {
    const seats = Object.keys(players ?? {});
    if (status === 'concluded' || seats.length === 0 || (host !== null && seats.includes(host))) return;
    report(`has ${host ?? 'nobody'} as the host of ${seats.join(', ')}`);
  }

  #checkEntries(
    gameId: string,
    was: Inner,
    now: Inner,
    wishes: readonly (Wish | undefined)[],
    report: (what: string) => void,
  ): void {
    const hasUnlocked = wishes.some((wish) => wish?.input.type === 'lock');
    const before = Object.keys(was.players ?? {});
    const entered = Object.keys(now.players ?? {}).filter((id) => !before.includes(id) && !now.play?.bots.includes(id));
    for (const seat of entered) {
      if (was.locked && !hasUnlocked) report(`let ${seat} into a lobby that was locked`);
      const address = now.addresses[seat] ?? null;
      const sent = this.#sent.find(
        (each) =>
          each.gameId === gameId &&
          (each.seat === seat || (address !== null && each.address === address)) &&
          this.#isLessThan(KICKED_MS, each.at),
      );
      if (sent !== undefined)
        report(`let ${seat} in from ${address}, though ${sent.seat} was sent away at ${ms(sent.at)}`);
    }
  }

  #noteKicks(gameId: string, was: Inner, wishes: readonly (Wish | undefined)[]): void {
    for (const wish of wishes) {
      if (wish?.input.type !== 'leave' || !wish.input.kicked) continue;
      const seat = wish.input.playerId;
      this.#sent.push({ gameId, seat, address: was.addresses[seat] ?? null, at: this.#context.now() });
    }
  }

  #checkSilence(gameId: string, was: Inner, { input }: Wish, report: (what: string) => void): void {
    if (input.type !== 'take_host' || input.appointed || was.host === input.playerId) return;
    const heardAt = this.#heard.get(`${gameId} ${was.host}`);
    if (heardAt === undefined || !this.#isLessThan(SILENT_MS, heardAt)) return;
    report(`took the hosting from ${was.host}, who had its last answer at ${ms(heardAt)}`);
  }

  /** Whether less than that has passed since then, by whatever clock. */
  #isLessThan(time: number, since: number): boolean {
    return this.#context.isTimeTrue() && this.#context.now() - since < time * SLACK;
  }
}

/** Null: the caller may. */
function whyNot(was: Inner, { caller, may, input }: Wish): string | null {
  if (caller.kind === 'player') {
    const holds = was.generations[caller.playerId];
    if (caller.nonce !== was.nonce) return 'its token was of another game';
    if (holds !== caller.generation) return `its token was of generation ${caller.generation}, and ${holds} held`;
  }
  if (may.includes('anyone')) return null;
  if (caller.kind === 'admin') return may.includes('admin') ? null : 'that is not for administrators';
  if (caller.kind === 'public') return 'it had no token';
  const isSelf = 'playerId' in input && input.playerId === caller.playerId;
  if (may.includes('player') || (isSelf && may.includes('self'))) return null;
  return may.includes('host') && was.host === caller.playerId ? null : `it is for ${may.join(', ')}`;
}

/** Whether the command shows in the state that it left. */
function isDone({ input }: Wish, was: Inner, now: Inner, version: number): boolean {
  switch (input.type) {
    case 'join':
      return now.players?.[input.playerId] !== undefined && now.generations[input.playerId] === version;
    case 'leave':
      return now.players?.[input.playerId] === undefined && now.generations[input.playerId] === undefined;
    case 'renew_token':
      return now.generations[input.playerId] === version;
    case 'lock':
      return now.locked === input.locked;
    case 'take_host':
      return now.host === input.playerId;
    case 'change_settings':
      return Object.entries(input.settings).every(([name, value]) => now.settings[name as 'bots'] === value);
    case 'start':
      return was.status === 'lobby' && now.status !== 'lobby';
    case 'set_ready':
      return now.status !== 'lobby' || now.players?.[input.playerId]?.ready === input.ready;
    default:
      return true;
  }
}
