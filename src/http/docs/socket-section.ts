/**
 * The AsyncAPI document as HTML: how a socket is opened and closed, each frame with its fields and examples.
 *
 * Why our own: AsyncAPI's component is 120 MB of packages and a bundle that the policy of our pages stops (docs/adr/0004-dependencies.md).
 * Invariant: nothing is said here that the document does not say.
 */
import type { asyncapi } from '../api/asyncapi.ts';
import type { JsonSchema } from '../api/json-schemas.ts';
import { block, code, escaped, inline, table } from './html.ts';

export type AsyncApi = ReturnType<typeof asyncapi>;
type Operation = AsyncApi['operations'][string];

export function socketSection(document: AsyncApi): string {
  const { channels, components, servers } = document;
  const { address, description, bindings } = channels.game;
  const frames = Object.values(document.operations).map((operation) => frameOf(document, operation));
  const reply = frameNamed(document, 'reply', 'The server sends', '');
  const all = [...frames, reply];
  const schemes = Object.values(components.securitySchemes).map((scheme) => `<li>${inline(scheme.description)}</li>`);
  return `
<p class="address"><span class="method">GET</span> <code>${escaped(address)}</code> <span class="who">needs a token</span></p>
${block(description)}
<h3 id="socket-tokens">Where the token goes</h3>
<ul>${schemes.join('')}</ul>
<p>${inline(servers.member.description)}</p>
<h3 id="socket-opening">Opening it</h3>
${fields(document, bindings.ws.headers as JsonSchema, 'Headers')}
${fields(document, bindings.ws.query as JsonSchema, 'Query')}
<h3 id="socket-frames">The frames</h3>
${table('All frames', ['Frame', 'Who', 'What'], all.map(summaryOf))}
${all.map(frameText).join('\n')}
<h3 id="socket-schemas">Schemas</h3>
${Object.entries(components.schemas).map(schemaText).join('\n')}
`;
}

interface Frame {
  readonly name: string;
  readonly title: string;
  readonly who: 'You send' | 'The server sends';
  readonly description: string;
  readonly schema: JsonSchema;
  readonly examples: readonly { readonly name: string; readonly payload: unknown }[];
  readonly document: AsyncApi;
}

function frameOf(document: AsyncApi, operation: Operation): Frame {
  const name = operation.messages[0]?.$ref.split('/').at(-1) ?? '';
  const description = 'description' in operation ? operation.description : '';
  return frameNamed(document, name, operation.action === 'receive' ? 'You send' : 'The server sends', description);
}

function frameNamed(document: AsyncApi, name: string, who: Frame['who'], description: string): Frame {
  const message = document.components.messages[name];
  if (message === undefined) throw new Error(`no message ${name}`);
  const schema = message.payload as JsonSchema;
  return { name, title: message.title, who, description, schema, examples: message.examples, document };
}

function summaryOf({ name, who, title }: Frame): readonly string[] {
  return [`<a href="#frame-${name}"><code>${name}</code></a>`, who, inline(title)];
}

function frameText({ name, title, who, description, schema, examples, document }: Frame): string {
  const told = resolved(document, schema).description;
  return `<article aria-labelledby="frame-${name}">
<h4 id="frame-${name}"><code>${name}</code> ${inline(title)}</h4>
<p class="who">${who}</p>
${block(description)}
${typeof told === 'string' ? block(told) : ''}
${fields(document, schema, `Fields of ${name}`)}
${examples.map((example) => `<p class="example">Example: ${escaped(example.name)}</p>\n${code(example.payload)}`).join('\n')}
</article>`;
}

function schemaText([name, schema]: [string, JsonSchema]): string {
  return `<details id="schema-${name}"><summary><code>${name}</code></summary>${code(schema)}</details>`;
}

/** One table; where a schema has alternatives, one for each. */
function fields(document: AsyncApi, schema: JsonSchema, caption: string): string {
  const { oneOf, properties = {}, required = [] } = resolved(document, schema) as JsonSchema & { oneOf?: JsonSchema[] };
  if (oneOf !== undefined)
    return oneOf.map((each, index) => fields(document, each, `${caption}, form ${index + 1}`)).join('\n');
  const rows = Object.entries(properties).map(([name, property]) => {
    const { description } = property as JsonSchema;
    const text = typeof description === 'string' ? inline(description) : '';
    return [
      `<code>${escaped(name)}</code>${required.includes(name) ? '' : ' <small>optional</small>'}`,
      typeOf(property as JsonSchema),
      text,
    ];
  });
  return table(caption, ['Field', 'Type', 'Meaning'], rows);
}

function resolved({ components }: AsyncApi, schema: JsonSchema): JsonSchema {
  const name = nameOf(schema);
  return name === null ? schema : (components.schemas[name] as JsonSchema);
}

const nameOf = ({ $ref }: JsonSchema) => (typeof $ref === 'string' ? ($ref.split('/').at(-1) ?? null) : null);

function typeOf(schema: JsonSchema): string {
  const name = nameOf(schema);
  if (name !== null) return `<a href="#schema-${name}">${name}</a>`;
  const { const: only, enum: values, anyOf, allOf, items, type } = schema as Record<string, unknown>;
  if (only !== undefined) return `<code>${escaped(JSON.stringify(only))}</code>`;
  if (Array.isArray(values)) return values.map((value) => `<code>${escaped(JSON.stringify(value))}</code>`).join(', ');
  if (Array.isArray(anyOf)) return anyOf.map(typeOf).join(' or ');
  if (Array.isArray(allOf)) return allOf.map(typeOf).join(' and ');
  if (type === 'array') return `list of ${typeOf((items ?? {}) as JsonSchema)}`;
  return typeof type === 'string' ? escaped(type) : 'anything';
}
