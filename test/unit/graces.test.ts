/**
 * The times of an orderly end add up: each part ends before what waits for it loses patience.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfig } from '../../src/config.ts';
import { defaultLimits } from '../../src/http/edge/edge.ts';
import { LEAVES_WITHIN_MS } from '../../src/member/life.ts';

const textOf = (file: string) => readFileSync(join(import.meta.dirname, '../..', file), 'utf8');
/** What follows `name`, in ms. */
const number = (file: string, pattern: RegExp) => Number(pattern.exec(textOf(file))?.[1]?.replaceAll('_', ''));

const closingMs = number('src/main.ts', /^const CLOSING_MS = ([\d_]+);/m);
const flushMs = number('src/adapters/nats/connection.ts', /^const FLUSH_ON_CLOSE_MS = ([\d_]+);/m);
const { member } = readConfig({
  MINOTAUR_NATS_URL: 'localhost:4222',
  MINOTAUR_ADMIN_TOKEN: 'admin',
  MINOTAUR_TOKEN_SECRETS: 'x'.repeat(32),
  MINOTAUR_MEMBER_ID: 'a',
});

test('closing covers the last requests, leaving the cluster and the last bytes to NATS', () => {
  const { closeMs, socketCloseMs } = defaultLimits;
  const needed = Math.max(closeMs, socketCloseMs) + LEAVES_WITHIN_MS + flushMs;
  assert.ok(closingMs >= needed + 1_000, `${closingMs} ms are not 1 s more than ${needed} ms`);
});

test('requests that came before the drain ended can be answered', () => {
  assert.ok(defaultLimits.closeMs >= member.requestDeadlineMs);
  assert.ok(defaultLimits.stallMs > defaultLimits.closeMs);
});

test('supervisors wait for longer than a drain and its closing can take', () => {
  for (const file of ['docker-compose.yml', 'docker/stack.yml']) {
    const graces = [...textOf(file).matchAll(/stop_grace_period: (\d+)s/g)].map(
      ([, seconds]) => Number(seconds) * 1_000,
    );
    const needed = member.drainTimeoutMs + closingMs;
    assert.ok(Math.max(...graces) >= needed + 5_000, `${file}: ${graces.join()} ms, not 5 s more than ${needed} ms`);
  }
  assert.match(
    textOf('docs/operations.md'),
    new RegExp(`\\\`MINOTAUR_DRAIN_TIMEOUT_MS\\\` \\+ ${closingMs / 1_000} s\\.`),
  );
});
