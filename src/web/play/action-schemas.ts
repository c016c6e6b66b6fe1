/**
 * What can be done in this game, by the document that describes its wire (OpenAPI): a form for each type of action.
 *
 * Why from there: the page knows no game. Where the document names no types, or cannot be had, there is the form for JSON.
 */

/** As much of JSON Schema as forms need. */
export interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly $ref?: string;
}

export interface ActionForm {
  readonly type: string;
  /** Its own fields, without those of every action. */
  readonly fields: Readonly<Record<string, Schema>>;
  readonly required: readonly string[];
}

/** Of every action: the page fills them in. */
const ofThePlatform = new Set(['type', 'id', 'round', 'player', 'playerId']);

let asked: Promise<readonly ActionForm[]> | null = null;

/** Asked for once; none where it cannot be had. */
export function actionForms(): Promise<readonly ActionForm[]> {
  asked ??= fetch('/docs/openapi.json')
    .then((reply) => reply.json())
    .then(formsOf)
    .catch(() => []);
  return asked;
}

function formsOf(document: unknown): readonly ActionForm[] {
  const body = dig(document, 'paths', '/v1/games/{id}/actions', 'post', 'requestBody', 'content', 'application/json');
  const found = new Map<string, ActionForm>();
  for (const schema of alternatives(document, dig(body, 'schema') as Schema | undefined)) {
    const type = schema.properties?.type;
    const name = type?.const ?? (type?.enum?.length === 1 ? type.enum[0] : undefined);
    if (typeof name !== 'string') continue;
    const own = Object.entries(schema.properties ?? {}).filter(([field]) => !ofThePlatform.has(field));
    const fields = Object.fromEntries(own.map(([field, each]) => [field, resolved(document, each)]));
    found.set(name, { type: name, fields, required: schema.required ?? [] });
  }
  return [...found.values()];
}

/** The schema, or those that it is one of, without references; what all of them share (`allOf`) is merged into each. */
function alternatives(document: unknown, schema: Schema | undefined): readonly Schema[] {
  if (schema === undefined) return [];
  const whole = resolved(document, schema);
  const shared = (whole.allOf ?? []).map((part) => resolved(document, part));
  const choice = [whole, ...shared].flatMap((part) => part.oneOf ?? part.anyOf ?? []);
  const common = merged([whole, ...shared]);
  if (choice.length === 0) return [common];
  return choice.flatMap((each) => alternatives(document, each)).map((each) => merged([common, each]));
}

function merged(parts: readonly Schema[]): Schema {
  return {
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
    required: parts.flatMap(({ required = [] }) => required),
  };
}

function resolved(document: unknown, schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  return (dig(document, ...schema.$ref.replace(/^#\//, '').split('/')) as Schema | undefined) ?? {};
}

function dig(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((at, key) => (at as Record<string, unknown> | null | undefined)?.[key], value);
}
