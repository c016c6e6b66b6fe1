/**
 * What may stand where it should not, in addresses, queries and headers.
 *
 * Names in braces are filled in when a case is sent (run/stage.ts): `{{active.token1}}` is a token, `{{mark}}` begins what must never be logged.
 */
import fc from 'fast-check';

/** Instead of an id or a number in an address, before it is encoded. */
const oddTexts = [
  '',
  '*',
  '>',
  '.',
  '..',
  'a.b',
  'a b',
  '$KV.x',
  '_INBOX.>',
  '/',
  '\\',
  '?',
  '#',
  ';',
  '%',
  '\u0000',
  '\r\n',
  'é',
  '💥',
  '\ufeff',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '-0',
  '0',
  '-1',
  '1.5',
  '1e3',
  '0x1',
  ' 1',
  '01',
  'NaN',
  'Infinity',
  'null',
  'undefined',
  '9007199254740993',
  '999999999999999',
  '1000000000000000',
  '[object Object]',
  '{{long:65}}',
  '{{long:5000}}',
  '{{long:15000}}',
  '{{long:20000}}',
  '{{admin}}',
  '{{active.token0}}',
  '{{mark}}',
] as const;

/** Instead of a segment, as it is on the wire. */
const oddSegments = [
  '%',
  '%zz',
  '%0',
  '%00',
  '%2F',
  '%2e%2e',
  '%c0%ae',
  '%E0%A4%A',
  '%ED%A0%80',
  '%FF',
  '%25%30%30',
  '\xff',
  'a\tb',
  '<',
  '|',
  '"',
  '^',
  '{',
  '}',
  '\x01',
  '\x7f',
] as const;

const encoded = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

const oddText = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', '') },
  { weight: 4, arbitrary: fc.constantFrom(...oddTexts) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 80 }) },
);

/** Texts in braces stay as they are, since they are filled in later. */
const encodedOnce = oddText.map((text) => (text.startsWith('{{') ? text : encodeURIComponent(text.toWellFormed())));

/** A segment of an address, or a value in a query, as it is on the wire. */
export const oddSegment = fc.oneof(
  { weight: 4, arbitrary: encodedOnce },
  { weight: 1, arbitrary: oddText.map((text) => (text.startsWith('{{') ? text : encoded(text))) },
  { weight: 1, arbitrary: encodedOnce.map((text) => text.replaceAll('%', '%25')) },
  { weight: 2, arbitrary: fc.constantFrom(...oddSegments) },
);

/** An address in which something other than a parameter is odd. */
export const oddPaths: fc.Arbitrary<(path: string) => string> = fc.constantFrom<((path: string) => string)[]>(
  (path) => `${path}/`,
  (path) => `/${path}`,
  (path) => path.toUpperCase(),
  (path) => path.replace(/\/[^/]*$/, ''),
  (path) => `${path}/extra`,
  (path) => `${path}%20`,
  (path) => `${path}%00`,
  (path) => `${path}.json`,
  (path) => `${path};x=1`,
  (path) => `${path}#x`,
  (path) => `/.${path}`,
  (path) => `/v1/..${path}`,
  (path) => path.replace('/v1', '/v1/%2e%2e/v1'),
  (path) => path.replace('games', '%67ames'),
  (path) => path.replaceAll('/', '%2F'),
  (path) => path.replaceAll('/', '\\'),
  (path) => `http://example.org${path}`,
  (path) => path.slice(1),
  () => '*',
  () => '/',
);

/** A query that is odd in itself. */
export const oddQueries = fc.constantFrom(
  '?',
  '&',
  '=',
  '&&==',
  '%',
  '%zz=1',
  'x=%zz',
  '__proto__=1',
  '__proto__[x]=1',
  'constructor=1',
  'toString=1',
  'limit[]=1',
  'limit=1&limit=2',
  'after=0&after=1',
  'status=lobby&status=active',
  'consistency=strong&consistency=eventual',
  'since=1&since=2',
  'consistency=STRONG',
  'cursor=',
  'limit=',
  'token={{active.token0}}',
  'access_token={{admin}}',
  'x={{long:15000}}',
  'x={{long:20000}}',
  'x=%ED%A0%80',
  'x=\xff',
  'x=%00',
  'x=a#b',
);

export type Header = readonly [name: string, value: string];

export const oddMethods = fc.constantFrom(
  'PUT',
  'PATCH',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'QUERY',
  'SEARCH',
  'LOCK',
  'get',
  'FOO',
  '',
);
/** Of each operation instead of its own. */
export const otherMethods = fc.constantFrom('GET', 'POST', 'DELETE', 'HEAD');

export const oddTypes: fc.Arbitrary<Header[]> = fc
  .constantFrom<string[]>(
    [],
    [''],
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['multipart/form-data'],
    ['multipart/form-data; boundary={{long:300}}'],
    ['application/json; charset=utf-16'],
    ['application/json;charset='],
    ['application/json;'],
    ['application/json; charset="utf-8'],
    ['APPLICATION/JSON'],
    ['application/jsonp'],
    ['application/json, text/plain'],
    ['application/json', 'text/plain'],
    ['application/merge-patch+json'],
    ['json'],
    ['/'],
    ['__proto__'],
    ['*'],
    ['\xff'],
    ['application/json;{{long:5000}}'],
  )
  .map((values) => values.map((value): Header => ['Content-Type', value]));

export const oddKeys: fc.Arbitrary<Header[]> = fc
  .oneof(
    fc.constantFrom<string[]>(
      [''],
      [' '],
      ['{{mark}}{{long:129}}'],
      ['{{mark}}{{long:5000}}'],
      ['{{mark}}\xe9'],
      ['{{mark}}💥'],
      ['{{mark}}\tx'],
      ['{{mark}}1', '{{mark}}2'],
      ['__proto__'],
      ['{{mark}}reused'],
    ),
    fc.string({ unit: fc.constantFrom(...'\x01\x7f\x80\xffaé \t'), maxLength: 5 }).map((text) => [`{{mark}}${text}`]),
  )
  .map((values) => values.map((value): Header => ['Idempotency-Key', value]));

/** A header that has nothing to do with the operation. */
export const oddHeaders: fc.Arbitrary<Header> = fc.constantFrom<Header>(
  ['Accept', 'text/html;q=0'],
  ['Accept', '\xff'],
  ['Accept-Encoding', 'gzip, br, {{long:300}}'],
  ['Accept-Version', '*'],
  ['Origin', 'null'],
  ['Origin', 'https://evil.example'],
  ['Origin', '{{long:5000}}'],
  ['Access-Control-Request-Method', 'PATCH'],
  ['X-Forwarded-For', '1.2.3.4, ::1, {{long:300}}'],
  ['X-Forwarded-Host', 'evil.example'],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['Cookie', 'token={{active.token0}}'],
  ['Proxy-Authorization', 'Bearer {{admin}}'],
  ['Last-Event-ID', '999999.999999'],
  ['Last-Event-ID', '1.'],
  ['Last-Event-ID', '\xff{{long:300}}'],
  ['Range', 'bytes=0-1,5-'],
  ['If-None-Match', '*'],
  ['If-Modified-Since', 'x'],
  ['Content-Encoding', 'gzip'],
  ['Content-Encoding', 'identity'],
  ['Connection', 'close'],
  ['Connection', 'Upgrade'],
  ['Connection', 'authorization, content-type'],
  ['Upgrade', 'h2c'],
  ['Upgrade', 'websocket'],
  ['Expect', '100-continue'],
  ['Expect', 'a pony'],
  ['TE', 'trailers, deflate'],
  ['Trailer', 'Authorization'],
  ['Via', '{{long:5000}}'],
  ['__proto__', 'x'],
  ['constructor', 'x'],
  ['{{long:300}}', 'x'],
  ['X-Odd', '\xff\xfe'],
  ['X-Odd', 'a\x01b'],
  ['X-Odd', '{{long:17000}}'],
);

/** Instead of a body. */
export const oddJson = [
  '',
  ' ',
  '\0',
  '{',
  '[',
  '{"a":',
  '"',
  'nul',
  '[]',
  '1',
  '"x"',
  'null',
  'true',
  '{}{}',
  '{},',
  '\ufeff{}',
  '{"a":1,"a":2}',
  '{"a":\n\r\t 1}',
  "{'a':1}",
  '{a:1}',
  '// x\n{}',
  '{{deeptext:60000}}',
  '{{deeptext:100000}}',
  '{"game":"{{deep:200000}}"}',
  '{"game":{"x":"{{long:500000}}"}}',
  '{"x":"{{long:70000}}"}',
  '{"x":"{{long:600000}}"}',
  '{"__proto__":{"x":1}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '{"\\u005f_proto__":1}',
] as const;

/** The same, one byte a character. */
export const noUtf8 = [
  '\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03',
  '{"displayName":"\xff\xfe"}',
  '{"displayName":"\xed\xa0\x80"}',
  '{"displayName":"\xc0\xaf"}',
  '\xff\xfe{\0}\0',
  '{"\xff":1}',
] as const;
