/**
 * The OpenAPI 3.1 document, made from the table of operations.
 *
 * Role: everything in it comes from the table, its schemas and the errors; what is said here is only how OpenAPI says it.
 */
import type { z } from 'zod';
import { type ErrorCode, type Problem, problem } from '../../errors.ts';
import { errorGuide } from './error-guide.ts';
import { idempotencyKey, problemSchema } from './frames.ts';
import { type DocumentedGame, withExamples } from './game-schemas.ts';
import { type JsonSchema, jsonSchemas } from './json-schemas.ts';
import type { ApiAnswer, ApiOperation, Tag } from './operation.ts';
import { everyOperation } from './operations.ts';
import { contractVersion, introduction, permissionText, securityOf, securitySchemes } from './shared-parts.ts';

const json = 'application/json';
const problemJson = 'application/problem+json';
const ref = (group: string, name: string) => ({ $ref: `#/components/${group}/${name}` });

const tags: Readonly<Record<Tag, string>> = {
  games: 'Games as a whole: making, reading, following them.',
  lobby: 'Seats: joining, leaving, getting ready, starting.',
  rounds: 'Acting in a round.',
  history: 'What happened.',
  cluster: 'For operators: the members and their shares.',
  health: 'For balancers and monitoring.',
  documents: 'What describes all this.',
};

/** The whole document, as a JSON value, where `game` is played. */
export function openapi(game: DocumentedGame) {
  const schemas = jsonSchemas(schemasOf(everyOperation), game, 'draft-2020-12');
  const paths = [...Map.groupBy(everyOperation, ({ path }) => path)].map(([path, lines]) => {
    const methods = lines.map((line) => [line.method.toLowerCase(), describe(line, schemas.of)]);
    return [path, Object.fromEntries(methods)];
  });
  const document = {
    openapi: '3.1.1',
    info: {
      title: 'Minotaur',
      version: contractVersion,
      summary: 'Games that deploys, crashes and partitions never harm.',
      description: introduction,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'Any member answers for any game.' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths: Object.fromEntries(paths),
    components: {
      schemas: schemas.named,
      parameters: { IdempotencyKey: keyParameter(schemas.of) },
      headers,
      responses: {
        NotFound: problemResponse(404, ['not_found']),
        MethodNotAllowed: problemResponse(405, ['method_not_allowed']),
      },
      securitySchemes,
    },
  };
  return withExamples(document, game);
}

const nameOf = ({ id }: ApiOperation, part: string | number) => `${id}.${part}`;

/** Every schema of the table under a name of its own. */
function schemasOf(operations: readonly ApiOperation[]): Record<string, z.ZodType> {
  const schemas: Record<string, z.ZodType> = { problem: problemSchema, idempotencyKey };
  for (const operation of operations) {
    schemas[nameOf(operation, 'params')] = operation.params;
    schemas[nameOf(operation, 'query')] = operation.query;
    if (operation.body !== null) schemas[nameOf(operation, 'body')] = operation.body;
    for (const [status, { schema }] of Object.entries(operation.answers)) {
      if (schema !== null) schemas[nameOf(operation, status)] = schema;
    }
  }
  return schemas;
}

type Schemas = Readonly<Record<string, JsonSchema>>;

function describe(operation: ApiOperation, schemas: Schemas) {
  const { id, tag, summary, description, may, opsOnly, frame, body, example } = operation;
  const content = body && { [json]: { schema: schemas[nameOf(operation, 'body')], example: example.body ?? {} } };
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: [description, permissionText(may), opsOnly ? opsText : ''].filter((text) => text !== '').join('\n\n'),
    parameters: [
      ...parameters('path', schemas[nameOf(operation, 'params')], example.params),
      ...parameters('query', schemas[nameOf(operation, 'query')], example.query),
      ...(operation.idempotent ? [ref('parameters', 'IdempotencyKey')] : []),
    ],
    ...(content && { requestBody: { required: !body.safeParse({}).success, content } }),
    responses: { ...answers(operation, schemas), ...refusals(operation) },
    security: securityOf(operation),
    'x-may': may,
    'x-ops-only': opsOnly,
    ...(frame !== null && { 'x-frame': frame }),
  };
}

const opsText = 'Where `MINOTAUR_OPS_PORT` is set, this is answered on that port only; elsewhere it is `not_found`.';

/** The properties of `schema` as parameters; `values` are texts, as they stand in an address. */
function parameters(place: 'path' | 'query', schema: JsonSchema | undefined, values: Readonly<Record<string, string>>) {
  const required = schema?.required ?? [];
  return Object.entries(schema?.properties ?? {}).map(([name, property]) => {
    const { description, ...rest } = property as JsonSchema;
    const value = values[name];
    const example = value !== undefined && rest.type === 'integer' ? Number(value) : value;
    return {
      name,
      in: place,
      required: required.includes(name),
      ...(description !== undefined && { description }),
      schema: rest,
      ...(example !== undefined && { example }),
    };
  });
}

function keyParameter(schemas: Schemas) {
  const { description, ...schema } = schemas.idempotencyKey as JsonSchema;
  return { name: 'Idempotency-Key', in: 'header', required: false, description, schema };
}

function answers(operation: ApiOperation, schemas: Schemas) {
  const entries = Object.entries(operation.answers).map(([status, answer]) => {
    const content = contentOf(answer, schemas[nameOf(operation, status)]);
    const { description, located } = answer;
    const all = {
      ...answerHeaders(operation, Number(status)),
      ...(located && { Location: ref('headers', 'Location') }),
    };
    return [status, { description, headers: all, ...(content && { content }) }];
  });
  return Object.fromEntries(entries);
}

function contentOf(answer: ApiAnswer, described: JsonSchema | undefined) {
  const { schema, example, contentType = json, otherwise } = answer;
  if (example === null) return undefined;
  const text = { type: 'string' };
  return {
    [contentType]: { schema: schema === null ? text : described, example },
    ...(otherwise !== undefined && { [otherwise]: { schema: text, example } }),
  };
}

/** One response for each status with which `operation` may be refused. */
function refusals(operation: ApiOperation) {
  const byStatus = Map.groupBy(operation.errors, (code) => problem(code, '').status);
  const entries = [...byStatus].map(([status, codes]) => {
    const own = operation.answers[status];
    if (own !== undefined) throw new Error(`${operation.id} has two meanings of ${status}`);
    const response = problemResponse(status, codes);
    return [status, { ...response, headers: { ...answerHeaders(operation, status), ...response.headers } }] as const;
  });
  return Object.fromEntries(entries);
}

function problemResponse(status: number, codes: readonly ErrorCode[]) {
  const lines = codes.map((code) => `- \`${code}\`: ${errorGuide[code].when} ${errorGuide[code].advice}`);
  const schema = { allOf: [ref('schemas', 'Problem'), { properties: { code: { enum: codes } } }] };
  const examples = Object.fromEntries(codes.flatMap(problemExamples).map((value) => [exampleName(value), { value }]));
  return {
    description: lines.join('\n'),
    headers: problemHeaders(status),
    content: { [problemJson]: { schema, examples } },
  };
}

function problemExamples(code: ErrorCode): Problem[] {
  const { detail } = errorGuide[code];
  const first = problem(code, detail);
  // A command that was turned away because too many wait was certainly not applied.
  if (first.outcome === undefined || code === 'session_overloaded') return [first];
  return [first, problem(code, detail, 'unknown')];
}

const exampleName = ({ code, outcome }: Problem) => (outcome === undefined ? code : `${code}_${outcome}`);

function problemHeaders(status: number): Record<string, unknown> {
  if (status === 401) return { 'WWW-Authenticate': ref('headers', 'WWW-Authenticate') };
  if (status === 405) return { Allow: ref('headers', 'Allow') };
  return {};
}

function answerHeaders({ id, path }: ApiOperation, status: number): Record<string, unknown> {
  if (status === 101) return {};
  const names = ['x-request-id'];
  if (!['home', 'play', 'cluster', 'docs', 'openapi', 'asyncapi'].includes(id)) names.push('x-minotaur-member');
  if (path.startsWith('/v1/games/{id}') || ['create_game', 'join_by_code'].includes(id)) names.push('x-minotaur-owner');
  if (id === 'livez') names.push('x-minotaur-incarnation', 'x-minotaur-renewed-ms');
  if (status === 429 || status === 503) names.push('Retry-After');
  return Object.fromEntries(names.map((name) => [name, ref('headers', name)]));
}

const text = (description: string, example: string) => ({ description, schema: { type: 'string' }, example });

const headers = {
  'x-request-id': text(
    'What the logs of the members call the request: that of the request, if it was usable.',
    'Zk3v9QmT0aLr5XwB',
  ),
  'x-minotaur-member': text('The member that answered.', 'm2'),
  'x-minotaur-owner': text('The member that owns the game; absent if none does right now.', 'm1'),
  'x-minotaur-incarnation': text('Which start of the process this is.', 'k3f9'),
  'x-minotaur-renewed-ms': {
    description: 'How long ago NATS last acknowledged this member, ms; absent before it has joined.',
    schema: { type: 'integer', minimum: 0 },
    example: 40,
  },
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0 }, example: 1 },
  'WWW-Authenticate': text('With `error="invalid_token"` if a token was sent.', 'Bearer error="invalid_token"'),
  Location: text('The address of the game.', '/v1/games/7ZK3M0QD'),
  Allow: text('The methods that the address takes.', 'GET, HEAD'),
};
