/**
 * Whether a value is what comes back when it is stored as JSON.
 *
 * Why: a schema may make a Date or a Map of what it reads. That would be kept, and something else would be stored.
 */

/** Where something stands that JSON does not hold, as `a.0.b`; null: nothing does. An absent field may be there as undefined. */
export function noJsonIn(value: unknown): string | null {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return null;
    case 'number':
      return Number.isFinite(value) ? null : '';
    case 'object':
      return value === null ? null : noJsonInObject(value);
    default:
      return '';
  }
}

function noJsonInObject(value: object): string | null {
  const isList = Array.isArray(value);
  if (!isList && !isPlain(value)) return '';
  for (const [key, each] of Object.entries(value)) {
    if (each === undefined && !isList) continue;
    const found = noJsonIn(each);
    if (found !== null) return found === '' ? key : `${key}.${found}`;
  }
  return null;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
