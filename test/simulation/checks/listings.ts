/**
 * Judges every page of a list of games at the moment it is heard.
 *
 * Checked: a page that says nothing is missing names every game that anybody had been told of before it was asked and that fits the question
 * (I3); what it names is committed, and shown as it was at some time since (I2); games come in the order of their ids, each once, and whoever
 * follows the cursor comes to an end; nobody sees what is not for its eyes (`contract`).
 * Games that have ended are on no list of those that live.
 */
import type { PagedGame } from '../../../src/member/contract/gateway.ts';
import type { AskedPage, HeardPage } from '../world/witness.ts';
import type { GameLog, Landed, Shown } from './game-log.ts';
import type { GameTruth } from './game-truth.ts';
import { ms } from './operation.ts';

/** A game that there was when the page was asked for. */
interface Known {
  readonly floor: Shown;
  readonly rollbacks: number;
}

/** What a game has been since the page was asked for, oldest first: it may be shown as any of these. */
type Lately = readonly Landed[];

export class Listings {
  readonly #truth: GameTruth;
  readonly #asked = new Map<AskedPage, ReadonlyMap<GameLog, Known>>();

  constructor(truth: GameTruth) {
    this.#truth = truth;
  }

  asked(asked: AskedPage): void {
    const known = [...this.#truth.games].map((log) => [log, { floor: log.shown, rollbacks: log.rollbacks }] as const);
    this.#asked.set(asked, new Map(known));
  }

  heard(asked: AskedPage, heard: HeardPage): void {
    const known = this.#asked.get(asked);
    if (known === undefined) throw new Error(`page ${asked.number} was never asked for`);
    this.#asked.delete(asked);
    const { games, nextCursor, partial } = heard.page;
    this.#checkOrder(asked, heard);
    for (const game of games) this.#checkShown(asked, heard, game, known);
    if (partial) return;
    const named = new Set(games.map(({ id }) => id));
    for (const [log, { floor, rollbacks }] of known) {
      const { gameId } = log;
      const isOnPage = gameId > (asked.cursor ?? '') && (nextCursor === null || gameId <= nextCursor);
      if (named.has(gameId) || !isOnPage || floor.version === 0 || log.rollbacks !== rollbacks) continue;
      if (log.end !== null) continue;
      const lately = log.landedFrom(floor.version);
      if (lately.length === 0 || !lately.every((landed) => isAskedFor(asked, landed, log.rollbacks > 0))) continue;
      this.#report(
        'I3',
        asked,
        heard,
        `without ${gameId} as all there is, but ${floor.how} version ${floor.version} of it before`,
      );
    }
  }

  #checkOrder(asked: AskedPage, heard: HeardPage): void {
    const { games, nextCursor } = heard.page;
    const ids = [asked.cursor ?? '', ...games.map(({ id }) => id)];
    const isSorted = ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? ''));
    const said = `${JSON.stringify(ids.slice(1))}, and ${nextCursor} as the next cursor`;
    if (!isSorted || games.length > asked.limit) this.#report('contract', asked, heard, `of ${said}`);
    else if (nextCursor !== null && (nextCursor !== ids.at(-1) || games.length < asked.limit)) {
      this.#report('contract', asked, heard, `of ${said}: whoever follows it may miss some, or never come to an end`);
    }
  }

  #checkShown(asked: AskedPage, heard: HeardPage, game: PagedGame, known: ReadonlyMap<GameLog, Known>): void {
    const log = this.#truth.log(game.id);
    if (log.rollbacks > 0) return;
    const lately: Lately = log.landedFrom(known.get(log)?.floor.version ?? 0);
    const newest = lately.at(-1);
    const shown = lately.find((landed) => isAskedFor(asked, landed, false) && isShownAs(game, landed));
    const label = JSON.stringify(game);
    if (newest === undefined) this.#report('I2', asked, heard, `with ${label}, of which nothing has landed`);
    else if (asked.viewer === 'public' && (!newest.listed || ('playedAt' in game && game.status !== 'lobby'))) {
      this.#report('contract', asked, heard, `with ${label}, which is not for everybody`);
    } else if (shown === undefined) {
      const last = JSON.stringify(lately.slice(-3));
      this.#report('I2', asked, heard, `with ${label}, which it has not been since; it was lately ${last}`);
    } else log.show(shown.version, `${asked.client} had seen a list by ${heard.via} at ${ms(heard.at)} with`);
  }

  #report(
    promise: string,
    { client, number, invokedAt, ...rest }: AskedPage,
    { at, via }: HeardPage,
    what: string,
  ): void {
    const question = JSON.stringify(rest);
    const page = `${client} was shown a page by ${via} at ${ms(at)} (question ${number}, asked at ${ms(invokedAt)}: ${question})`;
    this.#truth.violations.report(promise, `${page} ${what}`);
  }
}

/** `isVague`: whether the clock stood still is not known for certain, so only what is asked for whatever that says counts. */
function isAskedFor({ viewer, status, suspended, idleSince }: AskedPage, landed: Landed, isVague: boolean): boolean {
  if ((status ?? landed.status) !== landed.status || (viewer === 'public' && !landed.listed)) return false;
  if (isVague && (suspended !== null || idleSince !== null)) return false;
  if (suspended !== null && landed.suspended !== suspended) return false;
  return idleSince === null || (landed.playedAt !== null && landed.playedAt < idleSince);
}

function isShownAs({ status, roundEndTime, playedAt }: PagedGame, landed: Landed): boolean {
  const isPlayed = playedAt === undefined || playedAt === textOf(landed.playedAt);
  return status === landed.status && roundEndTime === textOf(landed.roundEndTime) && isPlayed;
}

function textOf(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
