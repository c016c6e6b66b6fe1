/**
 * One operation of a client as it is judged: what was known when it was asked, and what was said to it.
 */
import { createHash } from 'node:crypto';
import type { Asked, Heard } from '../world/witness.ts';
import type { GameLog, Shown } from './game-log.ts';
import type { StoredRow } from './stored-game.ts';

/** A client may be so many commands ahead of one that it repeats: so many later ones, at least, must not make a game forget it. */
const AHEAD = 48;
/** Of the digest of a key by which a command is recognised (src/member/gateway/command-identity.ts). */
const ID_LENGTH = 10;

export interface Definite {
  /** Status, and the version or the code. */
  readonly said: string;
  /** Null: it was refused. */
  readonly version: number | null;
  readonly heard: Heard;
}

export class Operation {
  readonly asked: Asked;
  readonly log: GameLog;
  /** The newest state that anybody had been told of when it was asked. */
  readonly floor: Shown;
  /** What had landed then. */
  readonly version: number;
  readonly round: number;
  /** Somebody had been told then that it was erased, or (nothing for an eventual read) that it was not there any more; null: nobody. */
  readonly goneHow: string | null;
  readonly #rollbacks: number;
  /** How often it was sent. */
  copies = 1;
  /** How many of these were certainly not applied. */
  notApplied = 0;
  /** The first answer that says what became of it. */
  definite: Definite | null = null;

  constructor(asked: Asked, log: GameLog) {
    this.asked = asked;
    this.log = log;
    this.floor = log.shown;
    this.version = log.version;
    this.round = log.round;
    this.goneHow = log.erasedHow ?? (asked.kind === 'eventual' ? null : log.goneHow);
    this.#rollbacks = log.rollbacks;
  }

  /** The store has not forgotten anything of its game since it was asked. */
  get isUndisturbed(): boolean {
    return this.log.rollbacks === this.#rollbacks;
  }

  get isCommand(): boolean {
    return this.asked.kind === 'act' || this.asked.kind === 'endRound';
  }

  /** For messages. */
  get name(): string {
    const { number, client, kind, tag, invokedAt } = this.asked;
    const what = tag === null ? kind : `${kind} ${tag}`;
    return `${what} (operation ${number} of ${client}, asked at ${ms(invokedAt)})`;
  }

  /** Whether the game may have forgotten its result by now: that of so many later commands of the same principal came after it. */
  isForgotten(rows: readonly StoredRow[]): boolean {
    const hash = createHash('sha256').update(this.asked.key ?? '');
    const id = hash.digest('base64url').slice(0, ID_LENGTH);
    if (rows.some(({ results }) => results.some((result) => result.id === id))) return false;
    return rows.some(({ hasForgotten, results }) => {
      const isLater = results.every(({ version }) => version >= this.version);
      return hasForgotten && results.length > AHEAD && isLater;
    });
  }
}

/** A time as it stands in a world's journal. */
export function ms(at: number): string {
  return `${at.toFixed(1)} ms`;
}

export function by({ at, via }: Heard): string {
  return `${via} at ${ms(at)}`;
}
