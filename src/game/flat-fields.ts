/**
 * Fields that stood on the wire before games were modules: settings beside the platform's, and what each player has.
 *
 * Role: the platform carries them for every game and knows none of them: the game that came first says what they are, and only a module whose own
 * settings have one of that name is told of it (play.ts). Later games have theirs under `settings.table`, and what players have in their world.
 * Why for every game: the contract only grows, and a document that somebody kept of any game has them.
 */
import type { z } from 'zod';

type Fields = Readonly<Record<string, unknown>>;
type Bounds = Readonly<Record<string, z.ZodType>>;

export interface FlatFields {
  /** Settings, as they are stored and shown. */
  readonly settings: Bounds;
  /** The same, as a creation may give them; some have defaults. */
  readonly given: Bounds;
  /** Of players: what a document may say. Of anybody else each is the setting of that name. */
  readonly players: Bounds;
  /** For people: what is to be known of the settings together. */
  readonly description: string;
  /** Settings that were not given and depend on others. */
  complete(given: Fields): Fields;
  /** What is wrong with them together, by setting; null: nothing. */
  complaint(settings: Fields): { readonly setting: string; readonly text: string } | null;
}

/** A game that has none. */
export const noFlatFields: FlatFields = {
  settings: {},
  given: {},
  players: {},
  description: '',
  complete: () => ({}),
  complaint: () => null,
};

/** Those of a player or of settings that are named. */
export function flatOf(bounds: Bounds, of: object): Fields {
  return Object.fromEntries(Object.keys(bounds).map((name) => [name, (of as Fields)[name]]));
}

export function allOptional(bounds: Bounds): Bounds {
  return Object.fromEntries(Object.entries(bounds).map(([name, schema]) => [name, schema.exactOptional()]));
}

/** What a new player has, where no document says otherwise. */
export function initialOf({ players }: FlatFields, settings: object): Fields {
  return flatOf(players, settings);
}

/** A schema in which they stand beside the platform's, typed as if those were alone. Made once for one kind of them. */
export function perFlatFields<Schema>(make: (flat: FlatFields) => Schema): (flat: FlatFields) => Schema {
  const made = new WeakMap<FlatFields, Schema>();
  return (flat) => {
    const before = made.get(flat);
    if (before !== undefined) return before;
    const schema = make(flat);
    made.set(flat, schema);
    return schema;
  };
}

/** Bounds that a schema takes in without its type knowing. */
export function unnamed(bounds: Bounds): Record<never, never> {
  return bounds;
}
