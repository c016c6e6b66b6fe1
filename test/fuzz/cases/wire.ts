/**
 * Bytes that are hardly HTTP: what hides one request in another, breaks lines where none may break, or is another protocol.
 *
 * Why a second request follows: whoever reads the first one in another way than a proxy before it did, answers the second one too.
 */
import fc from 'fast-check';

export interface WireCase {
  readonly what: string;
  /** One byte a character; names in braces are filled in when it is sent. */
  readonly bytes: string;
  /** It could be read in two ways: the first answer has to be a refusal, and the last one. */
  readonly isAmbiguous: boolean;
}

const eol = '\r\n';
const hidden = `GET /v1/cluster HTTP/1.1${eol}Host: hidden${eol}${eol}`;
const post = (headers: readonly string[], body: string) =>
  [
    `POST /v1/games/{{active.id}}/continue HTTP/1.1`,
    'Host: fuzzed',
    'Authorization: Bearer {{admin}}',
    ...headers,
    '',
    body,
  ].join(eol);
const get = (headers: readonly string[]) => ['GET /livez HTTP/1.1', 'Host: fuzzed', ...headers, '', ''].join(eol);

const encodings = [
  'chunked',
  'Chunked',
  ' chunked',
  'chunked ',
  '\tchunked',
  'chunked\t',
  'chunked, identity',
  'identity, chunked',
  'chunked, chunked',
  'identity',
  'gzip, chunked',
  'xchunked',
  'chunkedx',
  'chunked;x=1',
  '"chunked"',
  'chunk\u00eb',
  '\x0bchunked',
  'chunked\x0b',
  'chunked\x00',
  '',
];
const encodingNames = ['Transfer-Encoding', 'transfer-encoding', 'TRANSFER-ENCODING'];
const brokenNames = [
  'Transfer-Encoding ',
  'Transfer-Encoding\t',
  ' Transfer-Encoding',
  'Transfer\u0000-Encoding',
  'Transfer-Encoding\r',
  'Transfer-Encoding\n',
];

/** A length and an encoding: RFC 9112, 6.1. */
const lengthAndEncoding = fc
  .record({
    name: fc.constantFrom(...encodingNames),
    value: fc.constantFrom(...encodings),
    lengthFirst: fc.boolean(),
    length: fc.constantFrom(0, 4, 5, 6, 50),
  })
  .map(({ name, value, lengthFirst, length }) => {
    const headers = [`Content-Length: ${length}`, `${name}: ${value}`];
    return ambiguous('length and encoding', post(lengthFirst ? headers : headers.reverse(), `0${eol}${eol}${hidden}`));
  });

const brokenName = fc
  .record({ name: fc.constantFrom(...brokenNames), length: fc.constantFrom(0, 4, 5) })
  .map(({ name, length }) =>
    ambiguous('broken name', post([`Content-Length: ${length}`, `${name}: chunked`], `0${eol}${eol}${hidden}`)),
  );

const oddEncoding = fc
  .constantFrom(...encodings.slice(5))
  .map((value) => ambiguous('odd encoding', post([`Transfer-Encoding: ${value}`], `0${eol}${eol}${hidden}`)))
  // Those that end in `chunked` have one meaning.
  .map((each) => ({
    ...each,
    isAmbiguous: !/(gzip|identity|chunked), chunked/.test(each.bytes) && !/Encoding: \r/.test(each.bytes),
  }));

const lengths = [
  '5, 5',
  '5,6',
  '+5',
  '-1',
  '0x5',
  '05 6',
  '1e1',
  '5.0',
  '99999999999999999999',
  '18446744073709551621',
  '',
  'NaN',
  '5\x0b',
  '\u00b2',
];

const oddLength = fc
  .constantFrom(...lengths)
  .map((value) => ambiguous('odd length', post([`Content-Length: ${value}`], `{"a"${hidden}`)));
const twoLengths = fc
  .tuple(fc.constantFrom('0', '2', '5'), fc.constantFrom('2', '3', '50'))
  .map(([one, other]) =>
    ambiguous('two lengths', post([`Content-Length: ${one}`, `Content-Length: ${other}`], `{}${hidden}`)),
  );

/** Continuations of the line before: RFC 9112, 5.2. */
const foldedLine = fc
  .record({
    fold: fc.constantFrom(' ', '\t', '  '),
    header: fc.constantFrom('X-Odd: a', 'Authorization: Bearer', 'Content-Length: 1', 'Transfer-Encoding:'),
  })
  .map(({ fold, header }) => ambiguous('folded line', post([header, `${fold}chunked`], `0${eol}${eol}${hidden}`)));

const brokenLines = fc
  .record({
    end: fc.constantFrom('\n', '\r', '\n\r', '\r\r\n', '\0\r\n', '\x0b\r\n', '\u0085', '\r\n\r'),
    bytes: fc.constantFrom(get(['X-Odd: a']), post(['Content-Length: 2', 'X-Odd: a'], '{}')),
  })
  .map(({ end, bytes }) => plain('broken lines', bytes.replaceAll(eol, end)));

/** One line break too many, in a value: whoever copies values into headers is split by it. */
const injected = fc
  .record({
    by: fc.constantFrom('\r\n', '\n', '\r', '%0d%0a', '\u560d\u560a', '\0'),
    where: fc.constantFrom('header', 'target', 'key'),
  })
  .map(({ by, where }) => {
    const odd = `x${by}X-Injected: 1`;
    if (where === 'target') return plain('injected line', get([]).replace('/livez', `/livez?${odd}`));
    return plain('injected line', get([where === 'key' ? `Idempotency-Key: {{mark}}${odd}` : `X-Odd: ${odd}`]));
  });

const firstLines = fc
  .constantFrom(
    'GET /livez',
    'GET /livez HTTP/0.9',
    'GET /livez HTTP/1.0',
    'GET /livez HTTP/1.2',
    'GET /livez HTTP/2.0',
    'GET /livez HTTP/11.1',
    'GET /livez http/1.1',
    'GET /livez HTTP/1.1 x',
    'GET /livez  HTTP/1.1',
    'GET\t/livez\tHTTP/1.1',
    ' GET /livez HTTP/1.1',
    'GET HTTP/1.1',
    'GET  HTTP/1.1',
    '/livez HTTP/1.1',
    'GET /livez\x00 HTTP/1.1',
    'GET /livez\xff HTTP/1.1',
    'GET http://example.org/livez HTTP/1.1',
    'GET http://user:{{mark}}@example.org/livez HTTP/1.1',
    'GET //example.org/livez HTTP/1.1',
    'GET http:///livez HTTP/1.1',
    'GET http://[::1/livez HTTP/1.1',
    'GET example.org:80 HTTP/1.1',
    'GET * HTTP/1.1',
    'OPTIONS * HTTP/1.1',
    'CONNECT example.org:80 HTTP/1.1',
    'CONNECT /livez HTTP/1.1',
    'PRI * HTTP/2.0',
    'M-SEARCH * HTTP/1.1',
    'SOURCE /livez HTTP/1.1',
    'G\0T /livez HTTP/1.1',
    'GET /livez?{{long:17000}} HTTP/1.1',
    '{{long:17000}} /livez HTTP/1.1',
    'HTTP/1.1 200 OK',
  )
  .map((line) => plain('first line', `${line}${eol}Host: fuzzed${eol}${eol}`));

const heads = fc
  .constantFrom<readonly string[]>(
    ['X-Odd'],
    [': x'],
    [' : x'],
    ['X Odd: x'],
    ['X-Odd : x'],
    ['X-Odd\0: x'],
    ['X-\xff: x'],
    ['Host: other'],
    ['Connection: close, keep-alive'],
    ['Connection: {{long:5000}}'],
    ['Expect: 100-continue'],
    ['Expect: 200-ok'],
    ['Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA'],
    ['Upgrade: websocket', 'Connection: Upgrade'],
    ['X-Odd: {{long:17000}}'],
    Array.from({ length: 1_000 }, (_, index) => `X-${index}: x`),
    Array.from({ length: 3_000 }, () => 'a:'),
    Array.from({ length: 100 }, () => 'Authorization: Bearer {{mark}}'),
  )
  .map((headers) => plain('head', get(headers)));

const hosts = fc
  .constantFrom(
    `GET /livez HTTP/1.1${eol}${eol}`,
    `GET /livez HTTP/1.0${eol}${eol}`,
    get([]).replace('fuzzed', ''),
    get([]).replace('fuzzed', '\xff'),
    get([]).replace('fuzzed', 'a b/@:x'),
  )
  .map((bytes) => plain('host', bytes));

const chunks = fc
  .constantFrom(
    'x\r\n',
    '-1\r\n',
    '0x2\r\n{}\r\n0\r\n\r\n',
    '2 \r\n{}\r\n0\r\n\r\n',
    '2\n{}\n0\n\n',
    '2\r\n{}0\r\n\r\n',
    '2\r\n{}x\r\n0\r\n\r\n',
    '2;x\r\n{}\r\n0\r\n\r\n',
    '2;{{long:17000}}\r\n{}\r\n0\r\n\r\n',
    '2;x="\n"\r\n{}\r\n0\r\n\r\n',
    '00000000000000000000002\r\n{}\r\n0\r\n\r\n',
    'ffffffffffffffffff\r\n{}\r\n',
    '7fffffffffffffff\r\n{}\r\n',
    '2\r\n{}\r\n0\r\nX-Odd: 1\r\n\r\n',
    '2\r\n{}\r\n0\r\nAuthorization: Bearer {{mark}}\r\n\r\n',
    '2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n',
    '2\r\n{}\r\n0\r\n{{long:20000}}: 1\r\n\r\n',
    '2\r\n{}\r\n',
    '2\r\n{}\r\n0\r\n',
    '',
  )
  .map((body) => plain('chunks', post(['Transfer-Encoding: chunked'], body)));

const unfinished = fc
  .record({
    bytes: fc.constantFrom(
      get(['X-Odd: a']),
      post(['Content-Length: 200', 'Content-Type: application/json'], '{"a":1}'),
    ),
    share: fc.integer({ min: 1, max: 99 }),
  })
  .map(({ bytes, share }) => plain('unfinished', bytes.slice(0, Math.ceil((bytes.length * share) / 100))));

const pipelined = fc
  .record({
    count: fc.integer({ min: 2, max: 40 }),
    last: fc.constantFrom('', 'GARBAGE', get(['Connection: close']), hidden),
  })
  .map(({ count, last }) => plain('pipelined', `${get([]).repeat(count)}${last}`));

const otherProtocols = fc
  .constantFrom(
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'SSH-2.0-OpenSSH_9.0\r\n',
    'CONNECT {"verbose":false}\r\nPING\r\n',
    'PUB $KV.x 2\r\n{}\r\n',
    'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET /livez HTTP/1.1\r\nHost: fuzzed\r\n\r\n',
    '\r\n\r\n\r\n',
    '\r\nGET /livez HTTP/1.1\r\nHost: fuzzed\r\n\r\n',
    '\0',
    '{{long:100000}}',
    '\x81\x85\0\0\0\0hello',
  )
  .map((bytes) => plain('another protocol', bytes));

const noise = fc.oneof(
  fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 200 }).map((bytes) => plain('noise', bytes)),
  // One byte of a good request is another one.
  fc
    .record({
      bytes: fc.constantFrom(
        get(['Authorization: Bearer {{mark}}']),
        post(['Content-Length: 2', 'Content-Type: application/json'], '{}'),
      ),
      place: fc.nat(),
      byte: fc.integer({ min: 0, max: 255 }),
    })
    .map(({ bytes, place, byte }) => {
      const at = place % bytes.length;
      return plain('one other byte', `${bytes.slice(0, at)}${String.fromCharCode(byte)}${bytes.slice(at + 1)}`);
    }),
);

export const wireCases: fc.Arbitrary<WireCase> = fc.oneof(
  { weight: 3, arbitrary: lengthAndEncoding },
  brokenName,
  oddEncoding,
  oddLength,
  twoLengths,
  foldedLine,
  brokenLines,
  injected,
  { weight: 2, arbitrary: firstLines },
  { weight: 2, arbitrary: heads },
  hosts,
  chunks,
  unfinished,
  pipelined,
  otherProtocols,
  { weight: 3, arbitrary: noise },
);

function plain(what: string, bytes: string): WireCase {
  return { what, bytes, isAmbiguous: false };
}

function ambiguous(what: string, bytes: string): WireCase {
  return { what, bytes, isAmbiguous: true };
}
