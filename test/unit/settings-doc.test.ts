/**
 * The table of settings in docs/operations.md lists exactly the settings of src/config-schema.ts, each with its default.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const textOf = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** Defaults that are not in the schema but follow from something else, or that must be given. */
const inWords: Readonly<Record<string, string>> = {
  MINOTAUR_NATS_URL: 'required',
  MINOTAUR_MEMBER_ID: 'host name',
  MINOTAUR_ADVERTISE: 'host and port',
  MINOTAUR_ADMIN_TOKEN: 'required',
  MINOTAUR_TOKEN_SECRETS: 'required',
};

function documented(): ReadonlyMap<string, string> {
  const [, section = ''] = /^## Settings\n(.*?)^## /ms.exec(textOf('docs/operations.md')) ?? [];
  const rows = section.matchAll(/^\| `(MINOTAUR_\w+)` \| (.+?) \| .+ \|$/gm);
  return new Map([...rows].map(([, name = '', value = '']) => [name, value]));
}

function actual(): ReadonlyMap<string, string> {
  const source = textOf('src/config-schema.ts');
  const schema = source.slice(source.indexOf('z.object({'), source.indexOf('type Settings'));
  const settings = schema.split(/^ {2}(?=MINOTAUR_\w+:)/m).slice(1);
  return new Map(settings.map((text) => [text.slice(0, text.indexOf(':')), defaultOf(text)]));
}

function defaultOf(setting: string): string {
  const name = setting.slice(0, setting.indexOf(':'));
  const number = /wholeNumber\(([\d_]+),/.exec(setting)?.[1]?.replaceAll('_', '');
  const given = number ?? /\.default\('([^']*)'\)/.exec(setting)?.[1];
  return given === undefined ? (inWords[name] ?? 'none') : `\`${given}\``;
}

test('docs/operations.md holds every setting with its default, and no other', () => {
  assert.ok(actual().size > 20, 'the settings were not found in src/config-schema.ts');
  assert.deepEqual([...documented()], [...actual()]);
});
