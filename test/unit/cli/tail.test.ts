/** `tail`: silence is told from nothing happening. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lookOn } from '../../../src/cli/commands/tail.ts';

/** What is said over looks that find this, 2 s apart. */
async function saidOf(found: readonly (string | null)[]): Promise<readonly string[]> {
  const ended = new AbortController();
  const said: string[] = [];
  const left = [...found];
  let now = 0;
  await lookOn(
    {
      say: (line) => said.push(line),
      pause: async (ms) => {
        now += ms;
        if (left.length === 0) ended.abort();
      },
      wall: () => now,
    },
    ended.signal,
    async () => left.shift() ?? null,
  );
  return said;
}

test('what is in the way is said once, and that it is over', async () => {
  const lost = 'no connection to http://a';
  assert.deepEqual(await saidOf([null, lost, lost, 'session_unavailable: …', lost, null, null]), [
    `--        nothing is heard: ${lost}; trying again …`,
    '--        heard again, after 8 s',
  ]);
});

test('what is over by the next look is not worth a line', async () => {
  assert.deepEqual(await saidOf([null, 'lost', null, 'lost', null]), []);
});
