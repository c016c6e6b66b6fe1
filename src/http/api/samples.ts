/**
 * A value that a JSON Schema describes, for an example in a document: the author's own where there is one, else the plainest.
 */
import type { JsonSchema } from './json-schemas.ts';

export function sampleOf(schema: JsonSchema): unknown {
  const { examples, default: otherwise, const: only, enum: some, anyOf, oneOf } = schema;
  const choices = anyOf ?? oneOf;
  const given = [examples?.[0], otherwise, only, some?.[0]].find((value) => value !== undefined);
  if (given !== undefined) return given;
  if (choices !== undefined) return sampleOf((choices[0] ?? {}) as JsonSchema);
  switch (schema.type) {
    case 'object': {
      const required = schema.required ?? [];
      const fields = Object.entries(schema.properties ?? {}).filter(([name]) => required.includes(name));
      return Object.fromEntries(fields.map(([name, field]) => [name, sampleOf(field as JsonSchema)]));
    }
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => sampleOf(schema.items as JsonSchema));
    case 'integer':
    case 'number':
      return Math.min(Math.max(1, schema.minimum ?? 1), schema.maximum ?? 1);
    case 'boolean':
      return true;
    case 'string':
      return 'x'.repeat(Math.max(1, schema.minLength ?? 1));
    default:
      return null;
  }
}
