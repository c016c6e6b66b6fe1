/**
 * A short digest of what a command says, so that an idempotency key used for something else is noticed.
 *
 * Why canonical: the same command over REST and over a socket, its fields in any order, must give the same digest.
 */
import { hash } from 'node:crypto';
import { RequestProblem } from './problem-reply.ts';

/** Deeper JSON would exhaust the stack of whoever walks it next. */
const maxDepth = 64;

/** Names that, copied into another object, would change what it is. The REST parser knows them; frames meet them here. */
const poison = new Set(['__proto__', 'constructor']);

/** 10 characters of base64url: 60 bits of SHA-256 over a JSON value. Throws 400 if it is too deep or poisoned. */
export function fingerprint(value: unknown): string {
  return hash('sha256', canonicalJson(value, 0), 'base64url').slice(0, 10);
}

/** JSON with the keys of every object in order; absent fields are left out. */
function canonicalJson(value: unknown, depth: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (depth === maxDepth) throw new RequestProblem('bad_request', `the body is nested over ${maxDepth} levels deep`);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, depth + 1)).join(',')}]`;
  const fields = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, item]) => {
      if (poison.has(name)) throw new RequestProblem('bad_request', `the body holds the name ${name}`);
      return `${JSON.stringify(name)}:${canonicalJson(item, depth + 1)}`;
    });
  return `{${fields.join(',')}}`;
}
