/**
 * docs/errors.md lists exactly the errors of src/errors.ts, in the same order, and says of each when it happens and what to do.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { errorCodes, problem } from '../../src/errors.ts';
import { errorGuide } from '../../src/http/api/error-guide.ts';

const text = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');

test('docs/errors.md holds every code with its status and title, and no other', () => {
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

test('docs/errors.md says of every code when it happens and what to do, in the words of the guide', () => {
  const documented = [...text.matchAll(/^\| `(\w+)` \| ([^\d|][^|]*) \| ([^|]+) \|$/gm)].map(([, ...cells]) => cells);
  const actual = errorCodes.map((code) => [code, errorGuide[code].when, errorGuide[code].advice]);
  assert.deepEqual(documented, actual);
});
