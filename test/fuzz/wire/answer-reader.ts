/**
 * Answers of HTTP/1.1, read from bytes as they come.
 *
 * Role: strict where HTTP libraries are kind: what a member sends must be well-formed to the last byte, or reading it fails.
 * Why by hand: a library hides broken framing, interim answers and answers that nobody asked for; this is about those.
 */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Not compressed any more. */
  readonly body: Buffer;
}

/** Bytes that are no answer of HTTP/1.1. */
export class BrokenAnswer extends Error {
  override readonly name = 'BrokenAnswer';
}

const headEnd = '\r\n\r\n';
const statusLine = /^HTTP\/1\.1 ([1-5]\d\d) [\x20-\x7e]*$/;
const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\t]*?)[ \t]*$/;
const shown = 200;

export class AnswerReader {
  #bytes: Buffer = Buffer.alloc(0);

  add(bytes: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
  }

  /** What came and belongs to no answer so far. */
  get rest(): Buffer {
    return this.#bytes;
  }

  /** Takes the rest away. */
  takeRest(): Buffer {
    const { rest } = this;
    this.#bytes = Buffer.alloc(0);
    return rest;
  }

  /**
   * The next answer; null while it is not all there. `toHead`: to a HEAD request, which has no body. `isOver`: nothing more comes.
   * Interim answers (100) are passed over; 101 is an answer, as is the head of one that goes on, and what follows is left. Throws BrokenAnswer.
   */
  next({ toHead = false, isOver = false } = {}): HttpAnswer | null {
    for (;;) {
      const end = this.#bytes.indexOf(headEnd);
      if (end === -1) return null;
      const { status, headers } = readHead(this.#bytes.toString('latin1', 0, end));
      const begin = end + headEnd.length;
      if (status < 200 && status !== 101) {
        this.#bytes = this.#bytes.subarray(begin);
        continue;
      }
      const goesOn = headers.get('content-type') === 'text/event-stream';
      const hasBody = !toHead && !goesOn && status !== 101 && status !== 204 && status !== 304;
      const content = hasBody ? readContent(this.#bytes.subarray(begin), headers, isOver) : nothing;
      if (content === null) return null;
      this.#bytes = this.#bytes.subarray(begin + content.length);
      return { status, headers, body: decoded(content.body, headers.get('content-encoding')) };
    }
  }
}

interface Content {
  readonly body: Buffer;
  /** Of the bytes that it took. */
  readonly length: number;
}

const nothing: Content = { body: Buffer.alloc(0), length: 0 };

function readHead(text: string): Pick<HttpAnswer, 'status' | 'headers'> {
  const [first = '', ...lines] = text.split('\r\n');
  const [, status] = statusLine.exec(first) ?? [];
  if (status === undefined) throw new BrokenAnswer(`no status line: ${JSON.stringify(first.slice(0, shown))}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = headerLine.exec(line) ?? [];
    if (name === undefined || value === undefined)
      throw new BrokenAnswer(`no header: ${JSON.stringify(line.slice(0, shown))}`);
    const key = name.toLowerCase();
    headers.set(key, headers.has(key) ? `${headers.get(key)}, ${value}` : value);
  }
  return { status: Number(status), headers };
}

function readContent(bytes: Buffer, headers: HttpAnswer['headers'], isOver: boolean): Content | null {
  const length = headers.get('content-length');
  const encoding = headers.get('transfer-encoding');
  if (length !== undefined && encoding !== undefined) throw new BrokenAnswer('a length and an encoding');
  if (encoding !== undefined) return readChunks(bytes, encoding);
  if (length === undefined) return isOver ? { body: bytes, length: bytes.length } : null;
  if (!/^\d+$/.test(length)) throw new BrokenAnswer(`no length: ${length}`);
  const size = Number(length);
  return bytes.length < size ? null : { body: bytes.subarray(0, size), length: size };
}

const decoders: Readonly<Record<string, (bytes: Buffer) => Buffer>> = { br: brotliDecompressSync, gzip: gunzipSync };

function decoded(body: Buffer, coding: string | undefined): Buffer {
  if (coding === undefined || body.length === 0) return body;
  const decode = decoders[coding];
  if (decode === undefined) throw new BrokenAnswer(`no coding: ${coding}`);
  try {
    return decode(body);
  } catch (error) {
    throw new BrokenAnswer(`not ${coding}: ${error}`);
  }
}

function readChunks(bytes: Buffer, encoding: string): Content | null {
  if (encoding !== 'chunked') throw new BrokenAnswer(`no encoding: ${encoding}`);
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = bytes.indexOf('\r\n', at);
    if (end === -1) return null;
    const size = bytes.toString('latin1', at, end);
    if (!/^[0-9a-f]+$/i.test(size)) throw new BrokenAnswer(`no chunk: ${JSON.stringify(size.slice(0, shown))}`);
    const begin = end + 2;
    at = begin + Number.parseInt(size, 16) + 2;
    if (bytes.length < at) return null;
    if (bytes.toString('latin1', at - 2, at) !== '\r\n') throw new BrokenAnswer('a chunk that does not end');
    if (at === begin + 2) return { body: Buffer.concat(parts), length: at };
    parts.push(bytes.subarray(begin, at - 2));
  }
}
