/**
 * From zod schemas to the JSON Schemas of a document.
 *
 * Role: one conversion for a whole document, so that every schema with a name is there once, under `components`, and is referred to.
 * Why as input: clients may be sent more fields than are documented, and schemas of what they send are read before defaults are filled in.
 */
import { z } from 'zod';
import { type DocumentedGame, withGame } from './game-schemas.ts';
import { documentedAs } from './schemas.ts';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

export interface DocumentSchemas {
  /** One for each of the schemas that were given, by the same name. */
  readonly of: Readonly<Record<string, JsonSchema>>;
  /** Those with an id, for `components.schemas`. */
  readonly named: Readonly<Record<string, JsonSchema>>;
}

/** Those of the game that is played are made of `game`. `draft-07` is what AsyncAPI 3.0 builds on, `draft-2020-12` what OpenAPI 3.1 does. */
export function jsonSchemas(
  schemas: Readonly<Record<string, z.ZodType>>,
  game: DocumentedGame,
  target: 'draft-07' | 'draft-2020-12',
): DocumentSchemas {
  const documents = [...documentedAs.values()].map((schema) => [idOf(schema), schema] as const);
  const all = z.object({ of: z.object(schemas), documents: z.object(Object.fromEntries(documents)) });
  const converted = z.toJSONSchema(all, {
    target,
    io: 'input',
    unrepresentable: ({ zodSchema }) => {
      const schema = documentedAs.get(zodSchema);
      return schema === undefined ? 'throw' : { $ref: `#/components/schemas/${idOf(schema)}` };
    },
    override: ({ jsonSchema }) => {
      // The bounds of what a double can count, which zod adds to every integer.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
  const definitions = target === 'draft-07' ? 'definitions' : '$defs';
  const { properties, [definitions]: named } = JSON.parse(
    JSON.stringify(converted).replaceAll(`"#/${definitions}/`, '"#/components/schemas/'),
  );
  return { of: properties.of.properties, named: withGame(named, game, target) };
}

function idOf(schema: z.ZodType): string {
  const id = schema.meta()?.id;
  if (id === undefined) throw new Error('a schema that documents another needs an id');
  return id;
}
