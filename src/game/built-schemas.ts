/**
 * Builds what zod builds of a schema when that is first needed: the inner types of `z.lazy`, what is optional, by which values unions tell apart.
 *
 * Role: done as a game is loaded, outside of every guard.
 * Why: zod marks what it is building and takes the mark back in the end. A guard that ends a call in the middle of that (adapters/guard.ts) leaves
 * the mark for ever, and the schema of all games of this module would be broken until the next start.
 */
import { z } from 'zod';

const PARTS = ['optin', 'optout', 'values', 'propValues', 'pattern'] as const;

export function buildAtOnce(schemas: readonly z.ZodType[]): void {
  const override = ({ zodSchema }: { readonly zodSchema: z.core.$ZodType }) => {
    for (const part of PARTS) Reflect.get(zodSchema._zod, part);
  };
  for (const schema of schemas) {
    try {
      z.toJSONSchema(schema, { unrepresentable: 'any', override });
    } catch {
      // What cannot be walked is built when it is needed.
    }
  }
}
