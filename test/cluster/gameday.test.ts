/**
 * `npm run gameday` as a user runs it, with five of its incidents: each is seen by what should see it, its alert fires where alerts are evaluated,
 * bots' games end, and nothing is left.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Child } from '../support/child.ts';

const entry = join(import.meta.dirname, '../../src/dev/gameday.ts');

/** What it says of each incident. */
async function play(
  t: TestContext,
  chosen: readonly string[],
  ...options: readonly string[]
): Promise<readonly string[]> {
  const inherited = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  const argv = [...chosen.flatMap((name) => ['--only', name]), ...options];
  const child = new Child(process.execPath, [entry, ...argv], Object.fromEntries(inherited));
  t.after(() => child.kill());
  const { code } = await child.exited;
  assert.equal(code, 0, child.output);
  assert.match(child.output, /^All games ended, their records agree, and each incident was seen\.$/m);
  const [, folder = ''] = /logs in (\S+)/.exec(child.output) ?? [];
  assert.ok(folder !== '' && !existsSync(folder), 'its folder is gone');
  return child.output.split(new RegExp(`^(?:${chosen.join('|')}): `, 'm')).slice(1);
}

test('a short gameday: a member is killed, a monitoring has a wrong token, a game is hot, a receiver of webhooks is down', {
  timeout: 280_000,
}, async (t) => {
  const chosen = ['kill', 'wrong-tokens', 'hot-game', 'webhooks-refused'];
  const [killed = '', wrong = '', hot = '', refused = ''] = await play(t, chosen, '--without-alerts');
  assert.match(
    killed,
    /^ {2}players {4}failed: \d+ of \d+ reads, \d+ of \d+ commands, .*; all games went on after [\d.]+ s$/m,
  );
  assert.match(killed, /log peer_expelled \(warn\)/);
  assert.match(killed, /metric minotaur_incidents_total\{kind="expelled_dead"\} \+\d/);
  assert.match(killed, /^ {2}runbook {4}docs\/runbook\.md#one-member$/m);
  assert.match(wrong, /answer 429/);
  assert.match(wrong, /^ {2}alert {6}MinotaurClientsRefused, if it lasts$/m);
  assert.match(hot, /nats HOT is written most/);
  assert.match(hot, /answer 503 session_overloaded/);
  assert.match(refused, /log webhook_failing \(warn\)/);
  assert.match(refused, /receiver: all [1-9]\d* events that it had refused were told again/);
});

test('the second act, with alerts: slots are gone', { timeout: 280_000 }, async (t) => {
  const [gone = ''] = await play(t, ['slots-gone']);
  assert.match(gone, /status owners: … of 16 slots have no owner/);
  assert.match(gone, /log bucket_gone \(error\)/);
  assert.match(gone, /^ {2}alert {6}MinotaurSlotsUnowned fired/m);
});
