/**
 * docs/errors.md lists exactly the errors of src/errors.ts, in the same order.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { errorCodes, problem } from '../../src/errors.ts';

test('docs/errors.md holds every code with its status and title, and no other', () => {
  const text = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const documented = [...text.matchAll(/^\| `(\w+)` \| (\d+) \| (.+) \|$/gm)].map(([, code, status, title]) => ({
    code,
    status: Number(status),
    title,
  }));
  const actual = errorCodes.map((name) => {
    const { code, status, title } = problem(name, '');
    return { code, status, title };
  });
  assert.deepEqual(documented, actual);
});
