/**
 * `npm run gameday` as a user runs it, with five of its incidents, in both acts: each is seen by what should see them, bots' games end, and nothing is left.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Child } from '../support/child.ts';

const entry = join(import.meta.dirname, '../../src/dev/gameday.ts');

test('a short gameday: a member is killed, tokens are wrong, a game is hot, webhooks are refused; then slots are gone', {
  timeout: 280_000,
}, async (t) => {
  const inherited = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  const chosen = ['kill', 'wrong-tokens', 'hot-game', 'webhooks-refused', 'slots-gone'];
  const argv = chosen.flatMap((name) => ['--only', name]);
  const child = new Child(process.execPath, [entry, ...argv], Object.fromEntries(inherited));
  t.after(() => child.kill());
  const { code } = await child.exited;
  assert.equal(code, 0, child.output);
  const [killed = '', wrong = '', hot = '', refused = '', gone = ''] = child.output
    .split(/^(?:kill|wrong-tokens|hot-game|webhooks-refused|slots-gone): /m)
    .slice(1);
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
  assert.match(gone, /status owners: … of 16 slots have no owner/);
  assert.match(gone, /log bucket_gone \(error\)/);
  assert.match(child.output, /^All games ended, their records agree, and each incident was seen\.$/m);
  const folders = [...child.output.matchAll(/logs in (\S+)/g)].map(([, folder = '']) => folder);
  assert.equal(folders.length, 2);
  for (const folder of folders) assert.ok(folder !== '' && !existsSync(folder), 'its folder is gone');
});
