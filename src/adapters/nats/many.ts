/**
 * Reading the newest entries of many keys at once: a direct get with `multi_last`, and its answer of many messages.
 *
 * Role: puts the parts of one answer together, and tells whether they are all of it (S19 to S21).
 * Why so strict: the server ends an answer early without an error where it has too many bytes, messages of it may get lost, and the mirror of a
 * stream answers in the stream's place.
 * Invariants:
 *  - Every part but the first names the one before it, and the end names the last and says that nothing is pending; else there was no answer.
 *  - How many bytes may come is always said: without a limit the server would send until it takes us for a slow consumer.
 */
import { type Entry, type Selected, StoreUnavailable } from '../../ports/store.ts';
import { toEntry } from './entries.ts';
import { type HeaderBlock, parseHeaders } from './headers.ts';
import type { Message } from './message.ts';
import type { Reply } from './wire.ts';

/** A quarter of the least that a server keeps for a slow consumer. */
const LARGEST_ANSWER_BYTES = 4 * 1024 * 1024;

const END = 204;
/** With the description of an answer to which nothing belongs; with any other, an entry was replaced before it could be sent. */
const NOT_FOUND = 404;
const NOTHING_THERE = 'No Results';
const TOO_MANY = 413;

export function manyRequest(keyPrefix: string, keys: readonly string[], prefixes: readonly string[]): Uint8Array {
  const subjects = [...keys.map((key) => keyPrefix + key), ...prefixes.map((prefix) => `${keyPrefix}${prefix}.>`)];
  return Buffer.from(JSON.stringify({ multi_last: subjects, max_bytes: LARGEST_ANSWER_BYTES }));
}

export class ManyAnswer {
  readonly #stream: string;
  readonly #keyPrefix: string;
  readonly #entries: Entry[] = [];
  #end: HeaderBlock | null = null;
  #lastRevision = 0;
  #isBroken = false;

  constructor(stream: string, keyPrefix: string) {
    this.#stream = stream;
    this.#keyPrefix = keyPrefix;
  }

  /** False if this is the end of the answer. */
  take(part: Message): boolean {
    const headers = parseHeaders(part.headers);
    const { transport, status } = headers;
    if (status !== 0) {
      this.#end = headers;
      return false;
    }
    const revision = Number(transport['Nats-Sequence']);
    const subject = transport['Nats-Subject'] ?? '';
    const isNext = revision > this.#lastRevision && Number(transport['Nats-Last-Sequence']) === this.#lastRevision;
    this.#isBroken ||= !isNext || transport['Nats-Stream'] !== this.#stream || !subject.startsWith(this.#keyPrefix);
    this.#lastRevision = revision;
    if (this.#isBroken) return true;
    const writtenAt = Date.parse(transport['Nats-Time-Stamp'] ?? '');
    this.#entries.push(toEntry(subject.slice(this.#keyPrefix.length), revision, writtenAt, headers, part));
    return true;
  }

  /** Throws StoreUnavailable. */
  conclude(reply: Reply): Selected {
    if (reply.kind !== 'message') throw new StoreUnavailable(`no answer to a read of many keys: ${reply.kind}`);
    const { status = 0, description = '', transport = {} } = this.#end ?? {};
    if (status === TOO_MANY) return { kind: 'tooMany' };
    const isEmpty = status === NOT_FOUND && description === NOTHING_THERE && this.#lastRevision === 0;
    if (isEmpty && !this.#isBroken) return { kind: 'entries', entries: [] };
    const pending = Number(transport['Nats-Num-Pending']);
    const isUnbroken = !this.#isBroken && Number(transport['Nats-Last-Sequence']) === this.#lastRevision;
    if (status !== END || !isUnbroken || !(pending >= 0)) {
      throw new StoreUnavailable(`a read of many keys failed: ${status} ${description}`);
    }
    return pending === 0 ? { kind: 'entries', entries: this.#entries } : { kind: 'tooMany' };
  }
}
