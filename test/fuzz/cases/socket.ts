/**
 * Sockets: how one is opened, and what is sent over it. Right, odd, and against the protocol.
 */
import fc from 'fast-check';
import type { JsonSchema } from '../../../src/http/api/json-schemas.ts';
import { opcodes } from '../wire/socket-frames.ts';
import { oddAuthorizations, wrongTokens } from './authorization.ts';
import { type Json, type SchemaWorld, valuesOf } from './from-schema.ts';
import { type Header, oddHeaders, oddQueries, oddSegment } from './oddities.ts';
import { anyPlace, known, placed } from './request.ts';
import { spoiled, textOf } from './spoil.ts';

/** One message or control frame of a client. `text` has its braces filled in when it is sent. */
export type SentFrame =
  | { readonly kind: 'text'; readonly text: string; readonly parts: number }
  /** Text that is no UTF-8, one byte a character. */
  | { readonly kind: 'bytes'; readonly text: string }
  | { readonly kind: 'binary'; readonly text: string }
  | { readonly kind: 'ping' | 'pong' | 'close'; readonly text: string }
  /** Against the protocol. */
  | { readonly kind: 'wrong'; readonly what: WrongFrame };

export type WrongFrame = (typeof wrongFrames)[number];

const wrongFrames = [
  'unmasked',
  'reserved bits',
  'unknown opcode',
  'continuation of nothing',
  'text within a text',
  'ping in parts',
  'long ping',
  'longer than can be',
  'longer than a double counts',
  'never ending',
  'half a close code',
  'close code 1005',
  'close reason without UTF-8',
] as const;

export interface SocketCase {
  readonly member: number;
  readonly target: string;
  readonly headers: readonly Header[];
  /** The opening is not as it should be: an answer of HTTP may come. */
  readonly isOddOpening: boolean;
  readonly frames: readonly SentFrame[];
  /** How often all of it is sent. */
  readonly times: number;
  /** All in one write, else one write each. */
  readonly atOnce: boolean;
  /** The client closes properly, or is gone all of a sudden. */
  readonly ending: 'close' | 'cut';
}

export interface FrameSchemas {
  readonly named: SchemaWorld['named'];
  readonly frame: (type: string) => JsonSchema;
}

/** `types`: of the client's frames; `members`: how many may be asked. */
export function socketCases(
  types: readonly string[],
  schemas: FrameSchemas,
  members: number,
): fc.Arbitrary<SocketCase> {
  return fc
    .record({
      place: anyPlace,
      member: fc.nat({ max: members - 1 }),
      opening: fc.oneof({ weight: 4, arbitrary: rightOpenings }, { weight: 1, arbitrary: oddOpenings }),
      frames: fc.array(framesOf(types, schemas), { maxLength: 12 }),
      times: fc.oneof({ weight: 12, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constantFrom(2, 30) }),
      atOnce: fc.boolean(),
      ending: fc.constantFrom('close', 'close', 'cut'),
    })
    .map(({ place, opening, frames, ...rest }) => ({
      target: placed(opening.target, place),
      headers: opening.headers.map(([name, value]): Header => [name, placed(value, place)]),
      isOddOpening: opening.isOddOpening,
      frames: frames.map((frame) => ('text' in frame ? { ...frame, text: placed(frame.text, place) } : frame)),
      ...rest,
    }));
}

type Opening = Pick<SocketCase, 'target' | 'headers' | 'isOddOpening'>;

const path = '/v1/games/{{own.id}}/ws';

const upgrade: readonly Header[] = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'AAAAAAAAAAAAAAAAAAAAAA=='],
];

const rightQueries = fc.oneof(
  fc.constantFrom(
    '',
    '?since=0',
    '?after=0',
    '?since=1&after=1',
    '?since=999999999999999',
    '?after=999999999999999',
    '?x=y',
  ),
  fc.nat({ max: 6 }).map((seq) => `?after=${seq}`),
);

const rightOpenings: fc.Arbitrary<Opening> = fc
  .record({
    token: fc.constantFrom('{{admin}}', '{{own.token}}', '{{own.token1}}', null),
    query: rightQueries,
    offers: fc.boolean(),
  })
  .map(({ token, query, offers }) => {
    const isOffered = offers && token !== null;
    const protocols: Header = ['Sec-WebSocket-Protocol', isOffered ? `minotaur.v1, bearer.${token}` : 'minotaur.v1'];
    const authorization: Header[] = isOffered || token === null ? [] : [['Authorization', `Bearer ${token}`]];
    return { target: `${path}${query}`, headers: [...upgrade, protocols, ...authorization], isOddOpening: false };
  });

const oddProtocols: fc.Arbitrary<Header[]> = fc
  .oneof(
    fc.constantFrom(...wrongTokens).map((token) => [`minotaur.v1, bearer.${token}`]),
    fc.constantFrom<string[]>(
      [],
      [''],
      [','],
      ['minotaur.v1,'],
      ['minotaur.v2'],
      ['bearer.{{admin}}'],
      ['minotaur.v1, minotaur.v1'],
      ['minotaur.v1', 'bearer.{{admin}}'],
      ['minotaur.v1, bearer.{{admin}}, bearer.{{mark}}'],
      ['minotaur.v1; bearer.{{admin}}'],
      ['minotaur.v1, bearer. {{admin}}'],
      ['"minotaur.v1"'],
      ['\xff'],
    ),
  )
  .map((values) => values.map((value): Header => ['Sec-WebSocket-Protocol', value]));

const oddHandshakes = fc.constantFrom<Header[]>(
  [],
  [['Sec-WebSocket-Key', '']],
  [['Sec-WebSocket-Key', 'short']],
  [['Sec-WebSocket-Key', '{{long:5000}}']],
  [['Sec-WebSocket-Version', '12']],
  [['Sec-WebSocket-Version', '']],
  [['Sec-WebSocket-Version', '13, 8']],
  [['Connection', 'keep-alive']],
  [['Connection', 'keep-alive, Upgrade']],
  [['Upgrade', 'h2c']],
  [['Upgrade', 'websocket, h2c']],
  [['Upgrade', 'WebSocket']],
  [['Upgrade', '']],
  [['Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits']],
  [['Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits=99']],
  [['Sec-WebSocket-Extensions', ',;=']],
  [['Sec-WebSocket-Extensions', '__proto__; constructor=1']],
  [['Origin', 'https://evil.example']],
  [['Origin', 'http://fuzzed']],
  [['Origin', 'null']],
  [['Origin', '']],
  [['Origin', 'http://[']],
  [['Content-Length', '5']],
  [['Transfer-Encoding', 'chunked']],
);

/** What makes an opening odd: headers instead of those of the same name, other headers, another address. */
interface Odd {
  readonly instead?: readonly Header[];
  readonly without?: string;
  readonly more?: readonly Header[];
  readonly target?: string;
}

const odds: fc.Arbitrary<Odd> = fc.oneof(
  oddHandshakes.map((instead) => ({ instead })),
  fc.constantFrom(...upgrade.map(([name]) => name)).map((without) => ({ without })),
  oddProtocols.map((instead) => ({ instead, without: 'Sec-WebSocket-Protocol' })),
  oddAuthorizations.map((instead) => ({ instead, without: 'Authorization' })),
  oddQueries.map((query) => ({ target: `${path}?${query}` })),
  oddSegment.map((value) => ({ target: `${path}?after=${value}` })),
  oddSegment.map((value) => ({ target: `/v1/games/${value}/ws` })),
  oddHeaders.map((header) => ({ more: [header] })),
);

const oddOpenings: fc.Arbitrary<Opening> = fc.record({ right: rightOpenings, odd: odds }).map(({ right, odd }) => {
  const { instead = [], without, more = [], target = right.target } = odd;
  const replaced = new Set([without, ...instead.map(([name]) => name)]);
  const kept = right.headers.filter(([name]) => !replaced.has(name));
  return { target, headers: [...kept, ...instead, ...more], isOddOpening: true };
});

const parts = fc.oneof(
  { weight: 4, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.integer({ min: 2, max: 5 }) },
);

const oddTexts = fc.constantFrom(
  '',
  ' ',
  '{',
  '[]',
  '[1]',
  'null',
  '1',
  '"x"',
  '{}',
  '{"ref":null}',
  '{"ref":{}}',
  '{"ref":true}',
  '{"ref":1e999}',
  '{"ref":-0,"type":"ping"}',
  '{"ref":"{{long:65}}","type":"ping"}',
  '{"ref":1,"ref":2,"type":"ping"}',
  '{"ref":1,"type":"__proto__"}',
  '{"ref":1,"type":"constructor","body":{}}',
  '{"ref":1,"type":["ping"]}',
  '{"__proto__":{"ref":1},"type":"ping"}',
  '\ufeff{"ref":1,"type":"ping"}',
  '{"ref":"\\ud800","type":"ping"}',
  '{"ref":1,"type":"ping","body":{{deeptext:15000}}',
  '{"ref":1,"type":"register_action","body":"{{deep:5000}}"}',
  '{"ref":1,"type":"continue_game","body":{"game":"{{deepobject:3000}}"}}',
  '{"ref":1,"type":"get_game","body":{"consistency":{"toString":1}}}',
  '{"ref":1,"type":"ping","x":"{{long:17000}}"}',
  '{"x":"{{long:70000}}"}',
);

const notUtf8 = fc.constantFrom(
  '\xff',
  '\xc0\xaf',
  '\xed\xa0\x80',
  '\xf4\x90\x80\x80',
  '{"ref":"\xff","type":"ping"}',
  '\xe2\x82',
);

function framesOf(types: readonly string[], { named, frame }: FrameSchemas): fc.Arbitrary<SentFrame> {
  const right = fc.oneof(...types.map((type) => valuesOf(frame(type), { named, known })));
  const odd = spoiled(right);
  const text = (arbitrary: fc.Arbitrary<Json>) =>
    fc
      .record({ value: arbitrary, parts })
      .map(({ value, parts }) => ({ kind: 'text' as const, text: textOf(value), parts }));
  return fc.oneof(
    { weight: 12, arbitrary: text(right) },
    { weight: 8, arbitrary: text(odd) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('text' as const), text: oddTexts, parts }) },
    { weight: 1, arbitrary: notUtf8.map((text) => ({ kind: 'bytes' as const, text })) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('', '{"ref":1,"type":"ping"}', '\xff')
        .map((text) => ({ kind: 'binary' as const, text })),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constantFrom('ping' as const, 'pong' as const),
        text: fc.constantFrom('', 'x', '{{long:125}}'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('', '\x03\xe8', '\x03\xe8bye', '\x0f\xa0', '\x13\x87')
        .map((text) => ({ kind: 'close' as const, text })),
    },
    { weight: 1, arbitrary: fc.constantFrom(...wrongFrames).map((what) => ({ kind: 'wrong' as const, what })) },
  );
}

const { text, continuation, ping, close } = opcodes;

/** The bytes of a frame against the protocol, as arguments of `frameBytes`. */
export const wrongFrameParts: Readonly<
  Record<WrongFrame, readonly Parameters<typeof import('../wire/socket-frames.ts').frameBytes>[0][]>
> = {
  unmasked: [{ opcode: text, payload: Buffer.from('{"ref":1,"type":"ping"}'), masked: false }],
  'reserved bits': [{ opcode: text, payload: Buffer.from('{"ref":1,"type":"ping"}'), reserved: 4 }],
  'unknown opcode': [{ opcode: 3, payload: Buffer.from('x') }],
  'continuation of nothing': [{ opcode: continuation, payload: Buffer.from('x') }],
  'text within a text': [
    { opcode: text, payload: Buffer.from('{'), fin: false },
    { opcode: text, payload: Buffer.from('}') },
  ],
  'ping in parts': [{ opcode: ping, payload: Buffer.from('x'), fin: false }],
  'long ping': [{ opcode: ping, payload: Buffer.alloc(126) }],
  'longer than can be': [{ opcode: text, payload: Buffer.from('x'), claimedLength: 2n ** 40n }],
  'longer than a double counts': [{ opcode: text, payload: Buffer.from('x'), claimedLength: 2n ** 63n }],
  'never ending': Array.from({ length: 20 }, (_, index) => ({
    opcode: index === 0 ? text : continuation,
    payload: Buffer.alloc(1_000, 'x'),
    fin: false,
  })),
  'half a close code': [{ opcode: close, payload: Buffer.from([3]) }],
  'close code 1005': [{ opcode: close, payload: Buffer.from([3, 0xed]) }],
  'close reason without UTF-8': [{ opcode: close, payload: Buffer.from([3, 0xe8, 0xff]) }],
};
