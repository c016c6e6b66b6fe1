/**
 * Fields of a form for a JSON schema: numbers, choices, yes or no, texts, objects of these; anything else is written as JSON.
 */
import type { Player } from '../../client/index.ts';
import type { Schema } from './action-schemas.ts';

type Schemas = Readonly<Record<string, Schema>>;

interface Group {
  readonly fields: Schemas;
  readonly required: readonly string[];
  /** For fields that name one. */
  readonly players: readonly Player[];
  readonly within?: string;
}

export function Fields({ fields, required, players, within = '' }: Group) {
  return Object.entries(fields).map(([name, schema]) =>
    schema.properties === undefined ? (
      // biome-ignore lint/a11y/noLabelWithoutControl: Field is the control.
      <label key={name}>
        {name}
        <Description of={schema} />
        <Field name={within + name} schema={schema} required={required.includes(name)} players={players} />
      </label>
    ) : (
      <fieldset key={name} class="row">
        <legend>{name}</legend>
        <Description of={schema} />
        <Fields
          fields={schema.properties}
          required={schema.required ?? []}
          players={players}
          within={`${within}${name}.`}
        />
      </fieldset>
    ),
  );
}

function Description({ of: { description } }: { readonly of: Schema }) {
  return description === undefined ? null : <small class="quiet">{description}</small>;
}

interface One {
  readonly name: string;
  readonly schema: Schema;
  readonly required: boolean;
  readonly players: readonly Player[];
}

function Field({ name, schema, required, players }: One) {
  const choices = choicesOf(name, schema, players);
  if (choices !== null) {
    return (
      <select name={name} required={required}>
        {!required && <option value="">none</option>}
        {choices.map(([value, shown]) => (
          <option key={value} value={value}>
            {shown}
          </option>
        ))}
      </select>
    );
  }
  const { type, minimum, maximum } = schema;
  if (type === 'boolean') return <input name={name} type="checkbox" />;
  if (type !== 'integer' && type !== 'number') {
    return <input name={name} required={required} placeholder={type === 'string' ? undefined : 'JSON'} />;
  }
  const bound = (limit: number | undefined) => (Math.abs(limit ?? Infinity) < 1e9 ? limit : undefined);
  const step = type === 'integer' ? 1 : 'any';
  return <input name={name} type="number" required={required} step={step} min={bound(minimum)} max={bound(maximum)} />;
}

/** Null: it is no choice. A text that is named after players is one of them. */
function choicesOf(name: string, schema: Schema, players: readonly Player[]): readonly [string, string][] | null {
  if (schema.enum !== undefined) return schema.enum.map((value) => [JSON.stringify(value), String(value)]);
  if (schema.type !== 'string' || !/player|target/i.test(name)) return null;
  return players.map(({ id, displayName }) => [JSON.stringify(id), displayName]);
}

/** What was entered, as the action's fields; what was left empty is left out. */
export function valuesOf(fields: Schemas, entered: FormData, within = ''): Record<string, unknown> {
  const values = Object.entries(fields).map(([name, schema]): [string, unknown] => {
    if (schema.properties !== undefined) return [name, valuesOf(schema.properties, entered, `${within}${name}.`)];
    if (schema.type === 'boolean') return [name, entered.has(within + name)];
    const text = String(entered.get(within + name) ?? '');
    return [name, text === '' ? undefined : entryOf(text, schema)];
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** Numbers, choices and whatever has no field of its own are JSON; a text that is none is itself. */
function entryOf(text: string, { type, enum: choices }: Schema): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return type === 'string' && choices === undefined && typeof value !== 'string' ? text : value;
  } catch {
    return text;
  }
}
