/**
 * What `npm start` shows: lines that scroll by, and on a terminal a status block below them that is redrawn in place.
 *
 * Why so little: moving up and clearing to the end of the screen works in every terminal, and leaves lines that can be
 * copied. Without a terminal there is no block, only the lines.
 */
import { stripVTControlCharacters, styleText } from 'node:util';

/** As much of a terminal, or of whatever else stdout is, as a screen needs. */
export interface ScreenOutput {
  readonly isTTY: boolean;
  /** 0 where it does not know. */
  readonly rows: number;
  readonly columns: number;
  write(text: string): void;
  on(event: 'error' | 'resize', listener: () => void): void;
}

export class Screen {
  readonly #out: ScreenOutput;
  #block: readonly string[] = [];
  /** How wide the lines of the block are that are on the screen. */
  #drawn: readonly number[] = [];
  #closed = false;

  constructor(out: ScreenOutput) {
    this.#out = out;
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

  /** The block is on the screen no more: something else was written there. Draws it anew. */
  resume(): void {
    this.#drawn = [];
    this.#draw([]);
  }

  /** Takes the block away. */
  close(): void {
    this.#block = [];
    this.#draw([]);
    this.#closed = true;
  }

  /** Terminals that do not know it say 0. */
  get #size(): { readonly rows: number; readonly columns: number } {
    return { rows: this.#out.rows || 24, columns: this.#out.columns || 80 };
  }

  #draw(lines: readonly string[]): void {
    const above = lines.map((line) => `${line}\n`).join('');
    if (!this.#out.isTTY || this.#closed) {
      if (above !== '') this.#out.write(above);
      return;
    }
    const { rows, columns } = this.#size;
    // A terminal that became narrower has wrapped them since.
    const up = this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    const clear = up === 0 ? '' : `\x1b[${Math.min(up, rows - 1)}A\r\x1b[J`;
    // One line stays free: a block as high as the screen would scroll, and the way back up would be too short.
    const block = fit(this.#block, rows - 1).map((line) => cut(line, columns - 1));
    this.#drawn = block.map((line) => stripVTControlCharacters(line).length);
    this.#out.write(clear + above + block.map((line) => `${line}\n`).join(''));
  }
}

/** What fits of a block: first its empty lines go, then those above the last one, which says what can be pressed. */
export function fit(block: readonly string[], rows: number): readonly string[] {
  if (block.length <= rows) return block;
  const full = block.filter((line) => line !== '');
  if (full.length <= rows) return full;
  return rows < 2 ? full.slice(0, Math.max(0, rows)) : [...full.slice(0, rows - 1), ...full.slice(-1)];
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
