/**
 * Ids, and maps whose keys are ids.
 *
 * Role: ids come from clients and become keys of plain objects (the state is JSON), so every look-up goes through here.
 * Invariants: `__proto__` is no id, the one key that assigns a prototype; an inherited property (`constructor`, …) is
 * never taken for an entry.
 */
import { z } from 'zod';

/** A plain object used as a map by id. Read single entries with `entryOf`. */
export type ById<Value> = Readonly<Record<string, Value>>;

export const idPattern = /^[A-Za-z0-9_-]{1,64}$/;
const complaint = 'must be 1 to 64 characters of [A-Za-z0-9_-], and not __proto__';

export function isId(text: unknown): text is string {
  return typeof text === 'string' && text !== '__proto__' && idPattern.test(text);
}

export function entryOf<Value>(map: ById<Value>, id: string): Value | undefined {
  return Object.hasOwn(map, id) ? map[id] : undefined;
}

export const idSchema = z.string().refine(isId, complaint);

/** A map by id. The keys are checked first, and by hand: zod's record passes over `__proto__` without a word. */
export function byIdSchema<Entry extends z.ZodType>(entry: Entry) {
  return z
    .unknown()
    .check((context) => {
      if (typeof context.value !== 'object' || context.value === null) return;
      for (const key of Object.keys(context.value)) {
        if (!isId(key)) context.issues.push({ code: 'custom', path: [key], message: complaint, input: key });
      }
    })
    .pipe(z.record(z.string(), entry));
}
