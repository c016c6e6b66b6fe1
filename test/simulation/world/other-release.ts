/**
 * A message as a member of another release might put it.
 *
 * Role: what the fault `incompatiblePeer` makes of whatever a member says: a field more, a kind or a value that nobody knows, half of a header,
 * garbage. Only the first can be read as it was meant.
 */
import type { Random } from '../../support/seeded.ts';
import { pick } from './streams.ts';

type Header = Readonly<Record<string, unknown>>;

const NEWLINE = 10;
const encoder = new TextEncoder();

export function inOtherWords(random: Random, payload: Uint8Array): Uint8Array {
  const end = payload.indexOf(NEWLINE);
  const header = headerIn(payload.subarray(0, Math.max(end, 0)));
  // An update: no header, three lines.
  if (header === null) return pick(random, [half, garbage])(payload);
  const changed = pick(random, [withMore, ofLaterKind, withLaterValue, withLaterValue, null])?.(header, random) ?? null;
  if (changed === null) return pick(random, [half, garbage])(payload.subarray(0, end));
  const head = encoder.encode(JSON.stringify(changed));
  return new Uint8Array([...head, ...payload.subarray(end)]);
}

function withMore(header: Header): Header {
  return { ...header, later: { colour: 'red' } };
}

function ofLaterKind(header: Header): Header {
  return { ...header, type: 'later' };
}

/** One of its fields is not of the type that is known. */
function withLaterValue(header: Header, random: Random): Header {
  return { ...header, [pick(random, Object.keys(header))]: { later: true } };
}

function half(payload: Uint8Array): Uint8Array {
  return payload.slice(0, Math.floor(payload.length / 2));
}

function garbage(payload: Uint8Array): Uint8Array {
  return payload.map((byte) => byte ^ 0x5a);
}

function headerIn(head: Uint8Array): Header | null {
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(head));
    return typeof header === 'object' && header !== null ? (header as Header) : null;
  } catch {
    return null;
  }
}
