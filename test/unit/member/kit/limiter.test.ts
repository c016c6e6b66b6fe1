/**
 * The limiter: never more than so many, the nearest deadline first, and an end that leaves nobody waiting.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { Limiter } from '../../../../src/member/kit/limiter.ts';

/** Work that ends when the test says so. */
class Works {
  readonly begun: string[] = [];
  readonly #ends = new Map<string, { resolve: (value: string) => void; reject: (error: Error) => void }>();

  work(name: string): () => Promise<string> {
    return () =>
      new Promise((resolve, reject) => {
        this.begun.push(name);
        this.#ends.set(name, { resolve, reject });
      });
  }

  async finish(name: string): Promise<void> {
    this.#ends.get(name)?.resolve(name);
    await turn();
  }

  async fail(name: string): Promise<void> {
    this.#ends.get(name)?.reject(new Error(name));
    await turn();
  }
}

test('so many begin at once, in the call itself; the others by their deadline, those with the same one in turn', async () => {
  const works = new Works();
  const limiter = new Limiter(2);
  for (const [name, at] of [
    ['a', 50],
    ['b', 90],
    ['late', 80],
    ['never', Number.POSITIVE_INFINITY],
    ['soon', 10],
    ['waits', 0],
    ['too', 0],
  ] as const)
    void limiter.run(at, works.work(name));
  assert.deepEqual([works.begun, limiter.running, limiter.waiting], [['a', 'b'], 2, 5]);
  for (const name of ['a', 'b', 'waits', 'too', 'soon']) await works.finish(name);
  assert.deepEqual(works.begun, ['a', 'b', 'waits', 'too', 'soon', 'late', 'never']);
});

test('work that fails makes room, and its failure is that of whoever asked', async () => {
  const works = new Works();
  const limiter = new Limiter(1);
  const failing = limiter.run(1, works.work('a'));
  const next = limiter.run(1, works.work('b'));
  const refused = assert.rejects(failing, /a/);
  await works.fail('a');
  await refused;
  await works.finish('b');
  assert.deepEqual([await next, limiter.running], ['b', 0]);
});

test('at the end whoever waits is told, what is under way goes on, and nothing begins', async () => {
  const works = new Works();
  const limiter = new Limiter(1);
  const first = limiter.run(1, works.work('a'));
  const second = limiter.run(1, works.work('b'));
  limiter.end();
  assert.deepEqual([await second, await limiter.run(1, works.work('c'))], [null, null]);
  await works.finish('a');
  assert.deepEqual([await first, works.begun, limiter.running], ['a', ['a'], 0]);
});

test('the first who waits goes first, however large; what is larger than all that may be goes alone', async () => {
  const works = new Works();
  const limiter = new Limiter(10, 100);
  for (const [name, bytes] of [
    ['a', 60],
    ['b', 60],
    ['c', 1],
    ['huge', 500],
    ['d', 1],
  ] as const)
    void limiter.run(1, works.work(name), bytes);
  assert.deepEqual(works.begun, ['a'], 'c would fit beside a, but b was first');
  await works.finish('a');
  assert.deepEqual(works.begun, ['a', 'b', 'c']);
  await works.finish('b');
  assert.equal(limiter.running, 1);
  await works.finish('c');
  assert.deepEqual([works.begun.at(-1), limiter.running], ['huge', 1]);
  await works.finish('huge');
  assert.deepEqual([works.begun.at(-1), limiter.waiting], ['d', 0]);
});

test('property: whatever the limit does meanwhile, bytes are bounded and everything is done', async () => {
  const jobs = fc.array(
    fc.record({ at: fc.nat(5), turns: fc.nat(3), bytes: fc.nat(150), most: fc.integer({ min: 1, max: 6 }) }),
    { maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(jobs, async (all) => {
      let most = 3;
      const limiter = new Limiter(() => most, 100);
      let [running, bytesNow] = [0, 0];
      const done = await Promise.all(
        all.map(({ at, turns, bytes, most: next }, index) => {
          const work = async () => {
            running += 1;
            bytesNow += bytes;
            assert.ok(running === 1 || (running <= most && bytesNow <= 100), `${running} with ${bytesNow} bytes`);
            for (let left = turns; left > 0; left -= 1) await turn();
            running -= 1;
            bytesNow -= bytes;
            most = next;
            return index;
          };
          return limiter.run(at, work, bytes);
        }),
      );
      assert.deepEqual(done, [...all.keys()]);
      assert.deepEqual([limiter.running, limiter.waiting], [0, 0]);
    }),
    { numRuns: 100 },
  );
});

test('property: never more than the limit, no idle place while somebody waits, everything is done', async () => {
  const jobs = fc.array(fc.record({ at: fc.nat(5), turns: fc.nat(3) }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), jobs, async (most, all) => {
      const limiter = new Limiter(most);
      let running = 0;
      const done = await Promise.all(
        all.map(({ at, turns }, index) =>
          limiter.run(at, async () => {
            running += 1;
            assert.ok(running <= most);
            for (let left = turns; left > 0; left -= 1) {
              await turn();
              assert.ok(limiter.running === most || limiter.waiting === 0);
            }
            running -= 1;
            return index;
          }),
        ),
      );
      assert.deepEqual(done, [...all.keys()]);
      assert.deepEqual([limiter.running, limiter.waiting], [0, 0]);
    }),
    { numRuns: 50 },
  );
});
