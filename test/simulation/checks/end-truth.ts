/**
 * Judges how games end, as it lands.
 *
 * Checked: a session is deleted only when its last state is in the archive, or when it was to be erased (I2); what is concluded keeps that state
 * for as long as nobody erases it, and takes no write any more (I2, I1); what was said to be erased is nowhere, and never comes back
 * (`erased`), and nobody had played it since the time for which it was to be idle. An erasure begins with a marker that says so: from then on
 * there is no such game for anybody, and once one was told that, nobody is shown it again.
 * A store that forgot something may have forgotten any of this.
 */
import type { Entry } from '../../../src/ports/store.ts';
import { ERASING } from '../../../src/session/snapshot.ts';
import type { Content } from '../../support/memory-store.ts';
import { tableOf } from '../world/table-game.ts';
import type { Heard } from '../world/witness.ts';
import type { GameLog } from './game-log.ts';
import type { TruthContext } from './game-truth.ts';
import { by } from './operation.ts';
import { readGame, type StoredGame, writer } from './stored-game.ts';

export class EndTruth {
  readonly #context: TruthContext;
  readonly #mayBeLost: () => boolean;
  readonly #sessions: Content;
  readonly #archive: Content;

  constructor(context: TruthContext, mayBeLost: () => boolean) {
    this.#context = context;
    this.#mayBeLost = mayBeLost;
    this.#sessions = context.buckets.content('sessions');
    this.#archive = context.buckets.content('archive');
  }

  /** The session of a game that there was is gone. */
  deleted(log: GameLog, { key, revision, headers }: Entry): void {
    const last = log.stored;
    if (last === null) return;
    if (headers['Minotaur-Status'] === ERASING && log.erasures.length > 0) {
      this.#erased(log, last);
      return;
    }
    // A marker of what is concluded is written anew by whoever finds it in doubt.
    if (log.end?.kind === 'concluded') return;
    if (this.#archivedState(key) !== null) {
      log.end = { kind: 'concluded' };
      this.#checkLast(log, key, last);
    } else if (log.erasures.length > 0) this.#erased(log, last);
    else this.#report('I2', log, `its key ${key} was deleted at revision ${revision}, and its last state is nowhere`);
  }

  /** Something of it was written to the archive, or deleted there. */
  archived(log: GameLog, { key, deleted }: Entry): void {
    if (log.erasedHow !== null && !deleted && !key.endsWith('.barrier')) {
      this.#report('erased', log, `${key} was archived, though ${log.erasedHow}`);
    }
    const isState = key.split('.').length === 2;
    if (!isState || log.end?.kind !== 'concluded' || log.stored === null) return;
    if (!deleted) this.#checkLast(log, key, log.stored);
    else if (log.erasures.length > 0) this.#erased(log, log.stored);
    else this.#report('I2', log, `its last state was deleted from the archive, and nobody had asked for that`);
  }

  /** A write landed of a game that had ended. */
  cameBack(log: GameLog, entry: Entry): void {
    const promise = log.end?.kind === 'erased' ? 'erased' : 'I1';
    this.#report(promise, log, `${writer(readGame(entry))} wrote it, though it was ${log.end?.kind}`);
  }

  /** A client was told that it is erased. */
  told(log: GameLog, heard: Heard): void {
    log.erasedHow ??= `${by(heard)} had said that it is erased`;
    const left = [this.#sessions, this.#archive].flatMap(({ entries }) =>
      [...entries.values()].filter(({ key, deleted }) => !deleted && isOf(log, key)),
    );
    for (const { key } of left) this.#report('erased', log, `${key} is there, though ${log.erasedHow}`);
  }

  /** At the end, all is as it was said to be. */
  finish(log: GameLog, key: string): void {
    if (log.end?.kind === 'concluded' && log.stored !== null) this.#checkLast(log, key, log.stored);
  }

  #erased(log: GameLog, last: StoredGame): void {
    const playedAt = last.state.played.at ?? 0;
    // Of what is over it does not matter when it was played.
    const isWanted =
      log.end !== null || log.erasures.some(({ idleSince }) => idleSince === null || playedAt < idleSince);
    if (!isWanted) this.#report('erased', log, `was to be erased if nobody had played it lately, but somebody had`);
    log.erase(last, this.#context.now());
  }

  /** The archive holds its last state, and its rules say that it is over. */
  #checkLast(log: GameLog, key: string, last: StoredGame): void {
    const archived = this.#archivedState(key);
    if (this.#mayBeLost()) return;
    const status = tableOf(last.state)?.status;
    if (status !== 'concluded') this.#report('I2', log, `${writer(last)} was deleted, though it is ${status}`);
    const isSame = archived?.version === last.version && archived.state.digest === last.state.digest;
    const found = archived === null ? 'nothing' : `version ${archived.version}`;
    if (!isSame) this.#report('I2', log, `ended with version ${last.version}, but archived is ${found}`);
  }

  #archivedState(key: string): StoredGame | null {
    const entry = this.#archive.entries.get(key);
    return entry === undefined || entry.deleted ? null : readGame(entry);
  }

  #report(promise: string, { gameId }: GameLog, what: string): void {
    if (!this.#mayBeLost()) this.#context.violations.report(promise, `game ${gameId}: ${what}`);
  }
}

function isOf({ gameId }: GameLog, key: string): boolean {
  return key.split('.')[1] === gameId && !key.endsWith('.barrier');
}
