/**
 * What `npm start` shows: lines that scroll by, and on a terminal a status block below them that is redrawn in place.
 *
 * Why so little: moving up and clearing to the end of the screen works in every terminal, and leaves lines that can be
 * copied. Without a terminal there is no block, only the lines.
 */
import { styleText } from 'node:util';

export class Screen {
  readonly #out = process.stdout;
  #block: readonly string[] = [];
  /** How many lines of the block are on the screen. */
  #drawn = 0;
  #closed = false;

  constructor() {
    // A terminal that was closed must not end us before the members have ended.
    this.#out.on('error', () => {});
    if (this.#out.isTTY) this.#out.on('resize', () => this.#draw([]));
  }

  /** Lines for good, above the block. */
  print(...lines: readonly string[]): void {
    this.#draw(lines);
  }

  /** One line with the time of day: something happened. */
  event(text: string): void {
    this.print(`${styleText('dim', new Date().toTimeString().slice(0, 8))} ${text}`);
  }

  /** What the block says from now on. Lines too wide for the terminal are cut. */
  show(block: readonly string[]): void {
    if (!this.#out.isTTY || this.#closed) return;
    if (block.length === this.#block.length && block.every((line, index) => line === this.#block[index])) return;
    this.#block = block;
    this.#draw([]);
  }

  /** Takes the block away. */
  close(): void {
    this.#block = [];
    this.#draw([]);
    this.#closed = true;
  }

  #draw(lines: readonly string[]): void {
    const above = lines.map((line) => `${line}\n`).join('');
    if (!this.#out.isTTY || this.#closed) {
      if (above !== '') this.#out.write(above);
      return;
    }
    const clear = this.#drawn === 0 ? '' : `\x1b[${this.#drawn}A\r\x1b[J`;
    // One line stays free: a block as high as the screen would scroll, and the way back up would be too short.
    const block = this.#block.slice(0, Math.max(0, this.#out.rows - 1)).map((line) => cut(line, this.#out.columns - 1));
    this.#drawn = block.length;
    this.#out.write(clear + above + block.map((line) => `${line}\n`).join(''));
  }
}

/** The first `width` characters, colours not counted. */
function cut(line: string, width: number): string {
  let left = width;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences.
  return line.replace(/\x1b\[[0-9;]*m|./gu, (part) => {
    if (part.length > 2) return part;
    left -= 1;
    return left >= 0 ? part : '';
  });
}
