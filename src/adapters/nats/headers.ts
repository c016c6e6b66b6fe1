/**
 * NATS message headers, to bytes and back.
 *
 * Role: the port's plain records on one side, the wire's header block on the other.
 * Why own: header names come back exactly as written (the library rewrites their case), at a tenth of the cost.
 * Invariant: the transport's own headers (`Nats-…`, `KV-Operation`) are never part of an entry's headers.
 */
import type { Headers } from '../../ports/store.ts';

const VERSION = 'NATS/1.0';
const OPERATION = 'KV-Operation';
const OWN_NAME = /^(?!Nats-|KV-)[A-Za-z0-9-]+$/i;
const LINE_BREAK = /[\r\n]/;

/** A parsed header block: the entry's own headers and what the transport says. */
export interface HeaderBlock {
  /** The status of a control message (100, 404, 503, …); 0 for an ordinary message. */
  readonly status: number;
  readonly description: string;
  readonly own: Headers;
  /** `Nats-…` headers by their full names. */
  readonly transport: Headers;
  /** The message is a deletion marker. */
  readonly deleted: boolean;
}

/** The header block of a compare-and-set. Throws on a name or value that would break the block. */
export function encodeWrite(expected: number, deleted: boolean, own: Headers | undefined): Buffer {
  let block = `${VERSION}\r\nNats-Expected-Last-Subject-Sequence: ${expected}\r\n`;
  if (deleted) block += `${OPERATION}: DEL\r\n`;
  for (const name in own) {
    const value = own[name] as string;
    if (!OWN_NAME.test(name) || LINE_BREAK.test(value)) throw new TypeError(`not a header: ${name}`);
    block += `${name}: ${value}\r\n`;
  }
  return Buffer.from(`${block}\r\n`);
}

export function parseHeaders(bytes: Buffer | null): HeaderBlock {
  const own: Record<string, string> = {};
  const transport: Record<string, string> = {};
  let deleted = false;
  if (bytes === null) return { status: 0, description: '', own, transport, deleted };
  const text = bytes.toString('utf8');
  let start = text.indexOf('\r\n');
  const status = text.slice(VERSION.length, start).trim();
  while (start >= 0) {
    const end = text.indexOf('\r\n', start + 2);
    const colon = text.indexOf(':', start + 2);
    if (end < 0 || colon < 0 || colon > end) break;
    const name = text.slice(start + 2, colon);
    const value = text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1, end);
    if (name.startsWith('Nats-')) transport[name] = value;
    else if (name === OPERATION) deleted = value === 'DEL' || value === 'PURGE';
    else own[name] = value;
    start = end;
  }
  return { status: Number.parseInt(status, 10) || 0, description: status.slice(4), own, transport, deleted };
}
