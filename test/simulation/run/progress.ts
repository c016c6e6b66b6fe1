/**
 * How long work goes: one line that is rewritten on a terminal, else a line now and then.
 *
 * Role: on stderr, so that what was found can be kept apart. Leaving its scope takes the line away.
 */
const TERMINAL_MS = 200;
const ELSE_MS = 10_000;
/** Of a terminal that does not say how wide it is. */
const COLUMNS = 80;

export class Progress implements Disposable {
  readonly #describe: () => string;
  readonly #timer: NodeJS.Timeout;

  constructor(describe: () => string) {
    this.#describe = describe;
    this.#timer = setInterval(() => this.#draw(), process.stderr.isTTY ? TERMINAL_MS : ELSE_MS);
    this.#timer.unref();
  }

  /** Something to stay, on stdout. */
  print(line: string): void {
    this.#clear();
    process.stdout.write(`${line}\n`);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #draw(): void {
    const { stderr } = process;
    const line = this.#describe();
    if (!stderr.isTTY) stderr.write(`${line}\n`);
    else stderr.write(`\r\x1b[2K${line.slice(0, (stderr.columns || COLUMNS) - 1)}`);
  }

  #clear(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
  }
}
