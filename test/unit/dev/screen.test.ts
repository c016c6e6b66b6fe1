/** The status block of `npm start` on a real size of screen: redrawn in place, whatever is printed above it and however the window changes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters, styleText } from 'node:util';
import { Screen, type ScreenOutput } from '../../../src/dev/screen.ts';

/** A terminal that knows what a screen needs: lines that scroll and wrap, the way up, and clearing to the end. */
class Terminal implements ScreenOutput {
  readonly isTTY = true;
  columns = 40;
  rows = 10;
  /** Everything that was ever there; the screen shows the last `rows`. */
  #lines: string[] = [''];
  /** Which of them the cursor is in. */
  #at = 0;
  #resized: () => void = () => {};

  on(event: 'error' | 'resize', listener: () => void): void {
    if (event === 'resize') this.#resized = listener;
  }

  write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what moves the cursor are escape sequences.
    for (const [part, up] of text.matchAll(/\x1b\[(\d+)A|\x1b\[J|\x1b\[[\d;]*m|\r|\n|[^\x1b\r\n]+/g)) {
      if (up !== undefined) this.#at = Math.max(0, this.#lines.length - this.rows, this.#at - Number(up));
      else if (part === '\x1b[J') this.#lines = [...this.#lines.slice(0, this.#at), ''];
      else if (part === '\n') this.#newLine();
      else if (!part.startsWith('\x1b') && part !== '\r') this.#put(part);
    }
  }

  /** As terminals do: what is too wide now is wrapped. */
  resize(columns: number, rows: number): void {
    const wrapped = this.#lines.flatMap((line) => line.match(new RegExp(`.{1,${columns}}`, 'g')) ?? ['']);
    Object.assign(this, { columns, rows });
    this.#lines = wrapped;
    this.#at = wrapped.length - 1;
    this.#resized();
  }

  /** All lines that were for good, and the block once. */
  get text(): readonly string[] {
    return this.#lines.slice(0, -1);
  }

  get visible(): readonly string[] {
    return this.#lines.slice(-this.rows).slice(0, -1);
  }

  #put(text: string): void {
    assert.ok(text.length < this.columns, `"${text}" would be wrapped`);
    this.#lines[this.#at] = text;
  }

  #newLine(): void {
    this.#at += 1;
    if (this.#at === this.#lines.length) this.#lines.push('');
  }
}

const block = ['', 'm1 ready', styleText('green', 'm2 ready and a lot more than fits into it'), 'slots', 'keys'];

test('the block is there once, below the lines that were printed, and no line is wider than the screen', () => {
  const terminal = new Terminal();
  const screen = new Screen(terminal);
  screen.show(block);
  screen.print('one', 'two');
  screen.show([...block.slice(0, -1), 'other keys']);
  screen.print('three');
  const cut = stripVTControlCharacters(block[2] ?? '').slice(0, 39);
  assert.deepEqual(terminal.text, ['one', 'two', 'three', '', 'm1 ready', cut, 'slots', 'other keys']);
  screen.close();
  assert.deepEqual(terminal.text, ['one', 'two', 'three']);
});

test('a window that becomes narrower has nothing twice, though it wrapped what was there', () => {
  const terminal = new Terminal();
  const screen = new Screen(terminal);
  screen.print('one');
  screen.show(block);
  terminal.resize(12, 20);
  assert.deepEqual(terminal.text, ['one', '', 'm1 ready', 'm2 ready an', 'slots', 'keys']);
});

test('a low window shows what fits, the keys last', () => {
  const terminal = new Terminal();
  const screen = new Screen(terminal);
  screen.show(block);
  terminal.resize(12, 4);
  screen.print('one');
  screen.show([...block.slice(0, -1), 'other']);
  assert.deepEqual(terminal.visible, ['m1 ready', 'm2 ready an', 'other']);
});
