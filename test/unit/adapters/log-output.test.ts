/** The log goes on for the process, whether anybody reads it or not. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { LogOutput } from '../../../src/adapters/log-output.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const line = `${'x'.repeat(1_023)}\n`;
const mostLines = 1_025;

/** Reads nothing before `read` is called. */
class Reader extends Writable {
  readonly seen: string[] = [];
  #taken: (() => void) | null = null;
  #reads = false;

  override _write(chunk: Buffer, _encoding: string, taken: () => void): void {
    this.seen.push(String(chunk));
    if (this.#reads) taken();
    else this.#taken = taken;
  }

  read(): void {
    this.#reads = true;
    this.#taken?.();
  }
}

function unread() {
  const reader = new Reader();
  const clock = new ManualClock();
  const told: string[] = [];
  const output = new LogOutput(reader, {
    clock,
    dropped: () => void told.push('dropped'),
    readAgain: (lines) => void told.push(`${lines} were dropped`),
  });
  return { reader, clock, told, output };
}

test('what nobody reads is kept up to its limit; what is dropped is counted at once, and said when it is read again', async () => {
  const { reader, told, output } = unread();
  for (let lines = 0; lines < mostLines + 2; lines += 1) output.write(line);
  assert.ok(reader.writableLength <= mostLines * line.length, `${reader.writableLength} bytes wait`);
  assert.deepEqual(told, ['dropped', 'dropped', 'dropped']);
  reader.read();
  await output.flushed();
  assert.equal(reader.seen.join('').length, (mostLines - 1) * line.length);
  assert.deepEqual(told.slice(3), ['3 were dropped']);
  output.write(line);
  await output.flushed();
  assert.equal(told.length, 4, 'it is said once');
});

test('the end of the process waits for the last lines, and for a reader that is stuck a second at most', async () => {
  const { reader, clock, output } = unread();
  output.write(line);
  let isOver = false;
  const flushed = output.flushed().then(() => {
    isOver = true;
  });
  await clock.advance(900);
  assert.equal(isOver, false);
  await clock.advance(200);
  await flushed;
  reader.read();
  await output.flushed();
  assert.deepEqual(reader.seen.join(''), line);
});

test('a reader that is gone is no failure', async () => {
  const broken = new Writable({ write: (_chunk, _encoding, taken) => taken(new Error('EPIPE')) });
  const output = new LogOutput(broken, { clock: new ManualClock(), dropped: () => {}, readAgain: () => {} });
  output.write(line);
  await output.flushed();
  output.write(line);
  await output.flushed();
});
