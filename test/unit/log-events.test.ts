/**
 * What members log: every line of the code has a name in one table, the table holds nothing else, docs/log-events.md is that table, and a line
 * looks as it says.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { pino } from 'pino';
import { logEvents, logOptions, type SummedBy } from '../../src/log-events.ts';
import { callsIn, logCalls } from '../support/log-calls.ts';

const rows = Object.entries(logEvents);
/** Its words are those of the error that ended the member. */
const wordsOfErrors = "error instanceof Error ? error.message : 'failed'";

test('every line that is logged is in the table, with its level, and nothing else is', () => {
  const calls = logCalls().map(({ level, message }) => `${level} ${message === wordsOfErrors ? 'failed' : message}`);
  const listed = rows.map(([, { level, message }]) => `${level} ${message}`);
  assert.ok(calls.length > 40);
  assert.deepEqual([...new Set(calls)].sort(), listed.toSorted());
});

test('calls are found however they are written', () => {
  const source =
    "this.#log.warn({ a: ')', b: [1, 2] }, 'one, two');\nconst GONE =\n  'it is gone';\nwire.log.error(\n  x(),\n  GONE,\n);";
  assert.deepEqual(callsIn('f', source), [
    { file: 'f', level: 'warn', message: 'one, two' },
    { file: 'f', level: 'error', message: 'it is gone' },
  ]);
});

test('names and words are told apart', () => {
  assert.equal(new Set(rows.map(([, { message }]) => message)).size, rows.length);
  for (const [name] of rows) assert.match(name, /^[a-z][a-z0-9_]+$/);
});

test('docs/log-events.md holds the table', () => {
  const text = readFileSync(new URL('../../docs/log-events.md', import.meta.url), 'utf8');
  const listed = text.split('\n').filter((line) => line.startsWith('| `'));
  assert.deepEqual(
    listed,
    rows.map(([name, { level, message, ...of }]) => {
      const summedBy: SummedBy | null = 'summedBy' in of ? of.summedBy : null;
      const shown = (field: SummedBy[number]) =>
        [field]
          .flat()
          .map((name) => `\`${name}\``)
          .join(' or ');
      const by = summedBy === null ? '' : summedBy.map(shown).join(', ') || 'itself';
      return `| \`${name}\` | ${level} | ${message} | ${by} |`;
    }),
  );
});

test('a line is JSON with the level in words, an RFC 3339 time, and the name of the event', () => {
  const lines: string[] = [];
  const log = pino(logOptions('info', 'm1'), { write: (line) => lines.push(line) });
  log.warn({ slot: 3 }, logEvents.handoff_failed.message);
  log.info({ event: 'own' }, logEvents.draining.message);
  log.error({ err: new Error('x') }, 'words that nobody listed');
  log.debug({}, logEvents.stopped.message);
  const [first, own, unlisted, ...others] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const { time, ...rest } = first ?? {};
  assert.deepEqual(rest, {
    level: 'warn',
    member: 'm1',
    event: 'handoff_failed',
    slot: 3,
    msg: 'a handoff did not come about',
  });
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(own?.event, 'own', 'whoever names an event itself is believed');
  assert.deepEqual([unlisted?.event, unlisted?.level, others], [undefined, 'error', []]);
});
