/** Work in the background: its failure is heard of, and ends nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tasks } from '../../../../src/member/kit/tasks.ts';

test('a failure in the background is told by its name, and nothing is left unhandled', async () => {
  const heard: [string, unknown][] = [];
  const tasks = new Tasks({ failed: (name, error) => heard.push([name, error]) });
  const trouble = new Error('trouble');
  tasks.run('one that fails', Promise.reject(trouble));
  tasks.run('one that does not', Promise.resolve('fine'));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(heard, [['one that fails', trouble]]);
});
