/**
 * Who follows one game, as its owner knows from the words of gateways: players with a connection somewhere, and how many spectators.
 *
 * Role: pure; what a word is, how words of several gateways are put together, and when one counts no more. Nothing of it is stored.
 * Invariants:
 *  - A word replaces the one before of the same gateway, unless it was said earlier; it counts for 15 s, because gateways renew theirs every 5 s.
 *  - A player is connected while any word names it; of those who were and are no more, the last 64 are remembered.
 *  - It is said anew only when it changed.
 */
import { z } from 'zod';

/** Longer than a gateway takes to say it again when many games have to be read at once. */
const WORD_MS = 15_000;
/** As many as there are seats. */
const MOST_GONE = 64;

/** What one gateway says of one game. */
export const wordSchema = z.object({
  /** The id of the member that says it: where one starts again, its next word replaces its last one. */
  gateway: z.string(),
  /** When it was said, cluster time, ms: words may overtake each other. */
  at: z.number(),
  /** By player with a connection there, since when, cluster time, ms. */
  players: z.record(z.string(), z.number()),
  spectators: z.number().int().min(0),
});
export type Word = z.infer<typeof wordSchema>;

/** As it is told to gateways. */
export const presenceSchema = z.object({
  /** When it was found, cluster time, ms: what is told later counts. */
  at: z.number(),
  players: z.record(z.string(), z.object({ connected: z.boolean(), since: z.number() })),
  spectators: z.number(),
});
export type Presence = z.infer<typeof presenceSchema>;

type Known = Presence['players'][string];

export class Followers {
  readonly #words = new Map<string, { readonly word: Word; readonly until: number }>();
  #known: ReadonlyMap<string, Known> = new Map();
  #spectators = 0;

  /** No gateway says anything. */
  get isEmpty(): boolean {
    return this.#words.size === 0;
  }

  /** `now`: monotonic ms. True if that changed who follows the game. */
  heard(word: Word, now: number): boolean {
    const known = this.#words.get(word.gateway);
    if (known !== undefined && known.word.at > word.at) return false;
    const isNothing = word.spectators === 0 && Object.keys(word.players).length === 0;
    // A gateway that says nothing any more is kept for as long: an earlier word of it may still come.
    if (isNothing && known === undefined) return false;
    this.#words.set(word.gateway, { word, until: now + WORD_MS });
    return this.#combine(word.at);
  }

  /** Drops words that were not renewed. True if that changed who follows the game; `at`: cluster time. */
  expire(now: number, at: number): boolean {
    for (const [gateway, { until }] of this.#words) if (until <= now) this.#words.delete(gateway);
    return this.#combine(at);
  }

  presence(at: number): Presence {
    return { at, players: Object.fromEntries(this.#known), spectators: this.#spectators };
  }

  #combine(at: number): boolean {
    const since = new Map<string, number>();
    let spectators = 0;
    for (const { word } of this.#words.values()) {
      spectators += word.spectators;
      for (const [id, from] of Object.entries(word.players)) since.set(id, Math.min(from, since.get(id) ?? from));
    }
    const before = this.#known;
    const connected = [...since].map(([id, from]): [string, Known] => {
      const was = before.get(id);
      return [id, was?.connected ? was : { connected: true, since: from }];
    });
    const gone = [...before]
      .filter(([id]) => !since.has(id))
      .map(([id, was]): [string, Known] => [id, was.connected ? { connected: false, since: at } : was])
      .sort(([, one], [, other]) => one.since - other.since);
    this.#known = new Map([...connected, ...gone.slice(-MOST_GONE)]);
    const isSame =
      spectators === this.#spectators &&
      before.size === this.#known.size &&
      [...this.#known].every(([id, { connected: is }]) => before.get(id)?.connected === is);
    this.#spectators = spectators;
    return !isSame;
  }
}

const texts = new WeakMap<Presence, string>();

/** JSON text of the players as clients see them, made once for all who look. */
export function shownPlayers(presence: Presence): string {
  const known = texts.get(presence);
  if (known !== undefined) return known;
  const shown = Object.entries(presence.players).map(([id, { connected, since }]) => [
    id,
    { connected, since: new Date(since).toISOString() },
  ]);
  const text = JSON.stringify(Object.fromEntries(shown));
  texts.set(presence, text);
  return text;
}
