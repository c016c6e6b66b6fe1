/**
 * The schemas of the game that is played, as the documents show them.
 *
 * Role: the table refers to them by name, for it is the same whatever is played; here they are made of the game's own schemas when a document is.
 * Invariants:
 *  - Every one of those names is replaced, so no document speaks of another game than the one that is played.
 *  - An example that says `{type: anyAction}` shows the first action of the game, one that has `anyFields` what the game has there.
 */
import { z } from 'zod';
import type { JsonSchema } from './json-schemas.ts';
import { sampleOf } from './samples.ts';

/** What the documents need of the game that is played. */
export interface DocumentedGame {
  /** By type. */
  readonly actions: Shapes;
  readonly events: Shapes;
  /** Under `settings.table`. */
  readonly settings: z.ZodObject;
  /** Beside the platform's fields. */
  readonly flat: FlatShapes;
}

/** Fields of settings, as they are and as they are given, and of players. */
interface FlatShapes {
  readonly settings: Fields;
  readonly given: Fields;
  readonly players: Fields;
  readonly description: string;
}

type Fields = Readonly<Record<string, z.ZodType>>;

type Shapes = Readonly<Record<string, z.ZodObject>>;

/** In examples, where the type of an action of the game has to stand. */
export const anyAction = '(an action of the game)';

/** In examples, the name of a field in whose place the game's own stand: of its settings, or of a player. */
export const anyFields = '(fields of the game)';

type Target = 'draft-07' | 'draft-2020-12';

/** `named`: the schemas of a document by id; those of the game are the table's placeholders, whose own fields and texts are kept. */
export function withGame(
  named: Readonly<Record<string, JsonSchema>>,
  { actions, events, settings, flat }: DocumentedGame,
  target: Target,
): Readonly<Record<string, JsonSchema>> {
  const ofEach = (shapes: Shapes) => (placeholder: JsonSchema) => oneOf(placeholder, shapes, target);
  const filled: Readonly<Record<string, (placeholder: JsonSchema) => JsonSchema>> = {
    RegisterAction: ofEach(actions),
    RegisteredAction: ofEach(actions),
    DocumentAction: ofEach(actions),
    TakenAction: ofEach(actions),
    ModuleEvent: ofEach(events),
    TableSettings: () => jsonOf(settings, target),
    GivenSettings: beside(flat.given, target, flat.description),
    ChangedSettings: beside(optional(flat.settings), target, flat.description),
    Settings: beside(flat.settings, target),
    PlayerSettings: beside(flat.settings, target),
    DocumentPlayer: beside(optional(flat.players), target),
    WholePlayer: beside(flat.players, target),
    SeenPlayer: beside(optional(flat.players), target),
  };
  return Object.fromEntries(Object.entries(named).map(([name, schema]) => [name, filled[name]?.(schema) ?? schema]));
}

/** A document with the game's own examples in it. */
export function withExamples<Value>(document: Value, { actions, flat }: DocumentedGame): Value {
  const sample = firstOf(actions);
  const samples = samplesOf(flat);
  return JSON.parse(JSON.stringify(document), (_, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if ('type' in value && value.type === anyAction) return { ...value, ...sample };
    if (!(anyFields in value)) return value;
    const { [anyFields]: kind, ...rest } = value;
    return { ...rest, ...(kind === 'player' ? samples.player : samples.settings) };
  });
}

/** One that the game would take, as far as its schemas say. */
export function anActionOf(game: DocumentedGame): object {
  return withExamples({ type: anyAction }, game);
}

/** The placeholder with more fields, and what is to be said of them. */
function beside(fields: Fields, target: Target, said = ''): (placeholder: JsonSchema) => JsonSchema {
  const { properties, required = [] } = jsonOf(z.object(fields), target);
  return (placeholder) => ({
    ...placeholder,
    ...(said !== '' && { description: `${placeholder.description} ${said}` }),
    properties: { ...placeholder.properties, ...properties },
    required: [...(placeholder.required ?? []), ...required],
  });
}

function optional(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.optional()]));
}

/** What a player has flat begins as the setting of that name. */
function samplesOf({ given, players }: FlatShapes) {
  const { properties = {} } = jsonOf(z.object(given), 'draft-2020-12');
  const settings = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, sampleOf(schema as JsonSchema)]),
  );
  const player = Object.fromEntries(Object.keys(players).map((name) => [name, settings[name]]));
  return { settings, player };
}

function oneOf(placeholder: JsonSchema, shapes: Shapes, target: Target): JsonSchema {
  const { description, properties = {}, required = [] } = placeholder;
  const { type: _, ...beside } = properties;
  const each = Object.entries(shapes).map(([type, shape]) => {
    const own = jsonOf(shape, target);
    return {
      ...own,
      properties: { ...beside, type: { type: 'string', const: type }, ...own.properties },
      required: [...new Set([...required, 'type', ...(own.required ?? [])])],
    };
  });
  const texts = description === undefined ? {} : { description };
  return each.length === 0 ? { ...texts, not: {} } : ({ ...texts, oneOf: each } as JsonSchema);
}

function jsonOf(schema: z.ZodType, target: Target): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { target, io: 'input', unrepresentable: 'any' });
  return json;
}

function firstOf(shapes: Shapes): object {
  const [first] = Object.entries(shapes);
  if (first === undefined) return {};
  const [type, shape] = first;
  return { type, ...(sampleOf(jsonOf(shape, 'draft-2020-12')) as object) };
}
