/** docs/permissions.md holds the permissions of the table of operations, line by line. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { everyOperation } from '../../../../src/http/api/operations.ts';

test('docs/permissions.md says of every operation whom it is for, and of no other', () => {
  const text = readFileSync(new URL('../../../../docs/permissions.md', import.meta.url), 'utf8');
  const documented = text.split('\n').filter((line) => line.startsWith('| `'));
  const actual = everyOperation.map(({ id, method, path, may, opsOnly, frame }) =>
    ['', `\`${id}\``, `\`${method} ${path}\``, may.join(', '), opsOnly ? 'yes' : '', frame === null ? '' : 'yes', '']
      .join(' | ')
      .trim(),
  );
  assert.deepEqual(documented, actual);
});
