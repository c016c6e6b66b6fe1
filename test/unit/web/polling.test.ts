/** Pages that ask now and then: never twice at once, more seldom while it fails, not at all while nobody looks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { poll } from '../../../src/web/kit/polling.ts';

/** A page whose time goes on by hand. */
class Page {
  seen = true;
  drawn = 0;
  readonly pauses: number[] = [];
  readonly looks: { answer: () => void; fail: () => void }[] = [];
  #next: (() => void) | null = null;

  readonly look = () =>
    new Promise<void>((answer, fail) => {
      this.looks.push({ answer, fail: () => fail(new Error('503')) });
    });

  readonly surroundings = {
    after: (ms: number, run: () => void) => {
      assert.equal(this.#next, null, 'one pause at a time');
      this.pauses.push(ms);
      this.#next = run;
      return () => {
        this.#next = null;
      };
    },
    random: () => this.drawn,
    isSeen: () => this.seen,
  };

  get waits(): boolean {
    return this.#next !== null;
  }

  pass(): void {
    const run = this.#next;
    this.#next = null;
    assert.ok(run, 'a pause is under way');
    run();
  }

  /** The look that is under way is over, and all that follows from it has happened. */
  async end(how: 'answer' | 'fail'): Promise<void> {
    this.looks.at(-1)?.[how]();
    await new Promise(setImmediate);
  }
}

test('the next question comes a pause after the answer, however late that is', async () => {
  const page = new Page();
  poll(page.look, page.surroundings);
  await new Promise(setImmediate);
  assert.deepEqual([page.looks.length, page.waits], [1, false], 'it asks at once, and waits for the answer');
  await page.end('answer');
  assert.deepEqual([page.looks.length, page.waits], [1, true]);
  page.pass();
  assert.deepEqual([page.looks.length, page.waits], [2, false]);
});

test('pauses grow while it fails, to an end, are drawn, and are short again after an answer', async () => {
  const page = new Page();
  poll(page.look, page.surroundings);
  for (let count = 0; count < 2_000; count += 1) {
    page.drawn = count % 2 ? 0.999_999 : 0;
    await page.end('fail');
    page.pass();
  }
  const rounded = page.pauses.map((ms) => Math.round(ms));
  assert.deepEqual(rounded.slice(0, 4), [6_000, 15_000, 7_500, 15_000]);
  assert.ok(rounded.every((ms) => ms >= 6_000 && ms <= 15_000));
  page.drawn = 0;
  await page.end('answer');
  assert.equal(page.pauses.at(-1), 3_000);
});

test('a page that nobody looks at asks nothing, and goes on when somebody does', async () => {
  const page = new Page();
  page.seen = false;
  poll(page.look, page.surroundings);
  await new Promise(setImmediate);
  page.pass();
  await new Promise(setImmediate);
  assert.deepEqual([page.looks.length, page.waits], [0, true]);
  page.seen = true;
  page.pass();
  assert.equal(page.looks.length, 1);
});

test('what is ended asks no more, in a pause as in a question', async () => {
  for (const when of ['pause', 'question'] as const) {
    const page = new Page();
    const end = poll(page.look, page.surroundings);
    if (when === 'pause') await page.end('answer');
    end();
    if (when === 'question') await page.end('fail');
    assert.deepEqual([page.looks.length, page.waits], [1, false], when);
  }
});
