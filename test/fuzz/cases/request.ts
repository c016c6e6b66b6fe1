/**
 * Requests for one operation of the table: right, or with something wrong in one of their parts, sometimes in several.
 *
 * Role: everything about the operation comes from its line in the table. A case is plain data that prints short; names in braces are filled in
 * when it is sent.
 */
import fc from 'fast-check';
import type { JsonSchema } from '../../../src/http/api/json-schemas.ts';
import type { ApiOperation, OperationId } from '../../../src/http/api/operation.ts';
import { oddAuthorizations, rightHeaders } from './authorization.ts';
import { type Json, type SchemaWorld, valuesOf } from './from-schema.ts';
import {
  type Header,
  noUtf8,
  oddHeaders,
  oddJson,
  oddKeys,
  oddMethods,
  oddPaths,
  oddQueries,
  oddSegment,
  oddTypes,
  otherMethods,
} from './oddities.ts';
import { spoiled, textOf } from './spoil.ts';

export interface RequestCase {
  readonly operation: OperationId;
  /** What is not as documented; empty: nothing. */
  readonly odd: readonly Part[];
  /** Through which member, by its place. */
  readonly member: number;
  readonly method: string;
  /** As it is on the wire. */
  readonly target: string;
  readonly headers: readonly Header[];
  readonly body: string;
  readonly encoding: 'utf8' | 'latin1';
  readonly chunked: boolean;
  /** Documents leave something to the rules, which may call it wrong. */
  readonly isForRules: boolean;
}

const parts = [
  'path',
  'address',
  'query',
  'authorization',
  'key',
  'type',
  'body',
  'bytes',
  'method',
  'header',
] as const;
type Part = (typeof parts)[number];

/** The schemas of one operation. */
export interface OperationSchemas {
  readonly params: JsonSchema;
  readonly query: JsonSchema;
  readonly body: JsonSchema | null;
}

/** Which game of the stage a case is about, and whose seat: what `{{own.…}}` stands for while the case is made. */
interface Place {
  readonly game: string;
  readonly seat: number;
}

const games = ['active', 'duel', 'lobby', 'crowd', 'bare', 'done', 'none', 'fresh'] as const;

export const anyPlace: fc.Arbitrary<Place> = fc.record({
  game: fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom<string[]>(...games) },
    { weight: 1, arbitrary: fc.constantFrom('active', 'lobby') },
  ),
  seat: fc.nat({ max: 2 }),
});

/** `text` with the place in it. */
export function placed(text: string, { game, seat }: Place): string {
  return text.replaceAll(/\{\{own\.(\w+)\}\}/g, (_, what: string) =>
    what === 'seat' || what === 'token' ? `{{${game}.${what}${seat}}}` : `{{${game}.${what}}}`,
  );
}

/** Fields that mean something only if they exist. */
export const known: ReadonlyMap<string, fc.Arbitrary<string>> = new Map([
  ['playerId', fc.constant('{{own.seat}}')],
  ['targetPlayerId', fc.constantFrom('{{own.seat}}', '{{own.seat0}}', '{{active.seat1}}')],
  ['actionId', fc.constant('{{own.action}}')],
  ['idempotencyKey', fc.nat({ max: 9_999 }).map((number) => `{{mark}}${number}`)],
]);

const anyOdd: fc.Arbitrary<readonly Part[]> = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  { weight: 8, arbitrary: fc.constantFrom(...parts).map((part) => [part]) },
  { weight: 1, arbitrary: fc.subarray([...parts], { minLength: 2 }) },
);

/** Requests for `line`; `members`: how many there are to ask. */
export function requestsFor(
  line: ApiOperation,
  { params, query, body }: OperationSchemas,
  named: SchemaWorld['named'],
  members: number,
): fc.Arbitrary<RequestCase> {
  const world = { named, known };
  const right = {
    method: fc.constant<string>(line.method),
    path: rightPaths(line, params, world),
    address: fc.constant((path: string) => path),
    query: queries(query, world, false),
    authorization: rightHeaders(line.may),
    key: line.idempotent ? rightKeys : fc.constant<Header[]>([]),
    type: fc.constant(json),
    header: fc.constant<Header[]>([]),
    content: rightContents(line, body, world),
  };
  const odd = {
    method: fc.oneof(oddMethods, otherMethods),
    path: fc
      .record({ path: right.path, place: fc.nat(), odd: oddSegment })
      .map(({ path, place, odd }) => bent(line, path, place, odd)),
    address: oddPaths,
    query: queries(query, world, true),
    authorization: oddAuthorizations,
    key: oddKeys,
    type: oddTypes,
    header: fc.array(oddHeaders, { minLength: 1, maxLength: 3 }),
    body: spoiled(bodies(body, world)).map(contentOf(line)),
    bytes: oddBytes,
  };
  return fc
    .record({ odds: anyOdd, place: anyPlace, member: fc.nat({ max: members - 1 }), chunked: fc.boolean() })
    .chain(({ odds, place, member, chunked }) => {
      const pick = <Part extends keyof typeof right & keyof typeof odd>(part: Part) =>
        (odds.includes(part) ? odd : right)[part];
      return fc
        .record({
          method: pick('method'),
          path: pick('path'),
          bend: pick('address'),
          query: pick('query'),
          authorization: pick('authorization'),
          key: pick('key'),
          type: pick('type'),
          header: pick('header'),
          content: odds.includes('bytes') ? odd.bytes : odds.includes('body') ? odd.body : right.content,
        })
        .map(({ method, path, bend, query, authorization, key, type, header, content }) => {
          const isEmpty = content.body === '';
          const headers = [...authorization, ...key, ...(isEmpty && !odds.includes('type') ? [] : type), ...header];
          return {
            operation: line.id,
            odd: odds,
            member,
            method,
            target: placed(`${bend(path)}${query}`, place),
            headers: headers.map(([name, value]): Header => [name, placed(value, place)]),
            body: placed(content.body, place),
            encoding: content.encoding,
            chunked: chunked && !isEmpty,
            isForRules: content.isForRules || isIncomplete(line, authorization, content.body),
          };
        });
    });
}

const rightKeys: fc.Arbitrary<Header[]> = fc
  .option(fc.stringMatching(/^[\x21-\x7e]{0,60}$/), { nil: null })
  .map((text) => (text === null ? [] : [['Idempotency-Key', `{{mark}}${text}`]]));

/** An administrator must say for whom it acts, a player need not: no schema can tell. */
function isIncomplete({ id }: ApiOperation, authorization: readonly Header[], body: string): boolean {
  const isAdmin = authorization.some(([, value]) => value.includes('{{admin}}'));
  const isOfPlayer = id === 'register_action' || id === 'commit_round' || id === 'take_host';
  return id === 'watch_game' || (isAdmin && isOfPlayer && !body.includes('playerId'));
}

const rounds = fc.oneof(
  { weight: 4, arbitrary: fc.constant('1') },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 10 ** 15 - 1 }).map(String) },
);

function rightPaths(line: ApiOperation, params: JsonSchema, { named }: SchemaWorld): fc.Arbitrary<string> {
  const id = fc.constant(line.path.startsWith('/v1/cluster') ? '{{spare}}' : '{{own.id}}');
  const world = { named, known: new Map([...known, ['id', id]]) };
  const names = Object.entries(params.properties ?? {});
  const values = names.map(([name, schema]) =>
    name === 'round' ? rounds : valuesOf(schema as JsonSchema, world, name).map(String),
  );
  return fc
    .tuple(...values)
    .map((all) => names.reduce((path, [name], index) => path.replace(`{${name}}`, () => all[index] ?? ''), line.path));
}

/** `path` with something odd in the place of one of its parameters. */
function bent(line: ApiOperation, path: string, place: number, odd: string): string {
  const segments = path.split('/');
  const places = line.path.split('/').flatMap((segment, index) => (segment.startsWith('{') ? [index] : []));
  const at = places[place % places.length] ?? segments.length - 1;
  return segments.with(at, odd).join('/');
}

function queries(schema: JsonSchema, world: SchemaWorld, isOdd: boolean): fc.Arbitrary<string> {
  const texts = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    // Numbers come as at most 15 digits.
    const right = valuesOf(property as JsonSchema, world, name).map((value) =>
      typeof value === 'number' ? String(value).slice(0, 15) : String(value),
    );
    const text = isOdd ? fc.oneof(right, oddSegment) : right;
    const given = !isOdd && schema.required?.includes(name) ? text : fc.option(text, { nil: null });
    return given.map((value) => (value === null ? [] : [`${name}=${value}`]));
  });
  const known = fc.tuple(...texts).map((all) => all.flat());
  const extra = isOdd ? oddQueries.map((text) => [text]) : fc.constant([]);
  return fc.tuple(known, extra).map(([one, other]) => {
    const all = [...one, ...other].join('&');
    return all === '' ? '' : `?${all}`;
  });
}

type Content = Pick<RequestCase, 'body' | 'encoding' | 'isForRules'>;

const json: readonly Header[] = [['Content-Type', 'application/json']];
const nothing: Content = { body: '', encoding: 'utf8', isForRules: false };

/** Bytes that are no JSON, or none that a body should be. */
const oddBytes: fc.Arbitrary<Content> = fc
  .oneof(
    fc.constantFrom(...oddJson).map((body) => ({ body, encoding: 'utf8' as const })),
    fc.constantFrom(...noUtf8).map((body) => ({ body, encoding: 'latin1' as const })),
    fc.string({ unit: 'binary-ascii', maxLength: 100 }).map((body) => ({ body, encoding: 'latin1' as const })),
  )
  .map((content) => ({ ...content, isForRules: true }));

/** What takes no body may be sent an empty object all the same. */
function bodies(schema: JsonSchema | null, world: SchemaWorld): fc.Arbitrary<Json> {
  return schema === null ? fc.constant({}) : valuesOf(schema, world).map(fitting);
}

function rightContents(line: ApiOperation, schema: JsonSchema | null, world: SchemaWorld): fc.Arbitrary<Content> {
  if (line.method === 'GET') return fc.constant(nothing);
  const some = bodies(schema, world).map(contentOf(line));
  const mayBeEmpty = line.body === null || line.body.safeParse({}).success;
  return mayBeEmpty ? fc.oneof({ weight: 3, arbitrary: some }, { weight: 1, arbitrary: fc.constant(nothing) }) : some;
}

function contentOf({ id }: ApiOperation): (body: Json) => Content {
  return (body) => ({ body: textOf(body), encoding: 'utf8', isForRules: leavesToRules(id, body) });
}

type Fields = Readonly<Record<string, Json>>;

const isFields = (value: Json | undefined): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What schemas cannot say of a game's document: its id is that of the address, players stand under their own ids. */
function fitting(body: Json): Json {
  if (!isFields(body) || !isFields(body.game)) return body;
  const { id, players, ...rest } = body.game as Fields;
  const seated = isFields(players)
    ? Object.fromEntries(Object.values(players).map((player) => [String((player as Fields).id), player]))
    : players;
  return {
    ...body,
    game: { ...rest, ...(id !== undefined && { id: '{{own.id}}' }), ...(seated !== undefined && { players: seated }) },
  };
}

/** Settings that are right or wrong together with others. */
const joint = ['worldRadius', 'visionRadius', 'table'] as const;

function leavesToRules(id: OperationId, body: Json): boolean {
  const { settings, game, displayName } = isFields(body) ? body : ({} as Fields);
  return (
    // Which names are names no schema can say.
    displayName !== undefined ||
    // What stands under `table` only the game that is played knows.
    (id === 'create_game' && isFields(settings) && ('visionRadius' in settings || 'table' in settings)) ||
    // What changes is held against what stays.
    (id === 'change_settings' && isFields(settings) && joint.some((name) => name in settings)) ||
    (id === 'continue_game' && game !== undefined) ||
    // Who may be named depends on who is still there.
    (id === 'register_action' && isFields(body) && 'targetPlayerId' in body)
  );
}
