/** The picture of the cluster, in a browser before a real one, while members are killed, drained and started. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { Child } from '../support/child.ts';
import { adminToken } from '../support/client.ts';
import { freePortRange } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';
import { assertFine, openBrowser, Stage } from './support/stage.ts';

const start = join(import.meta.dirname, '../../src/dev/start.ts');

async function someGames({ url }: Stage, count: number): Promise<void> {
  for (let game = 0; game < count; game++) {
    const reply = await fetch(`${url}/v1/games`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"displayName":"Ada"}',
    });
    assert.equal(reply.status, 201);
  }
}

/** The table's row of a member, as texts: name, state, slots, games, version. */
async function row(page: Page, id: string): Promise<readonly string[]> {
  return page
    .getByRole('row', { name: new RegExp(`^${id} |Show ${id} `) })
    .locator('th, td')
    .allTextContents();
}

/** How many slots of the ring are painted in the colour of nobody. */
function painted(page: Page, kind: string): Promise<number> {
  return page.locator(`.ring .arc${kind}`).count();
}

test('the page goes on while one member is killed, another drained and taken back, and tells what happened', async (t) => {
  const stage = await Stage.open(t);
  await someGames(stage, 12);
  const page = await stage.person('/cluster');
  await page.getByText('3 members, 12 games, every slot has an owner').waitFor();
  const rows = await Promise.all(['m1', 'm2', 'm3'].map((id) => row(page, id)));
  assert.equal(
    rows.reduce((sum, [, , slots]) => sum + Number(slots), 0),
    256,
  );
  assert.equal(
    rows.reduce((sum, [, , , games]) => sum + Number(games), 0),
    12,
  );
  assert.ok((await painted(page, '.c0')) > 20 && (await painted(page, '.c2')) > 20, 'slots lie in three colours');
  await assertFine(page, 'cluster');

  const log = page.getByRole('list', { name: 'What happened, the newest first' });
  await page.evaluate('window.loadedOnce = true');
  await (stage.members[1] as (typeof stage.members)[0]).kill();
  await log
    .getByText(/every slot has an owner again, \d+\.\d s after m2 was last heard of/)
    .first()
    .waitFor();
  await log
    .getByText(/^m[13] took over \d+ slots of m2$/)
    .first()
    .waitFor();
  await page.getByText('2 members, 12 games, every slot has an owner').waitFor();
  await assertFine(page, 'cluster-after-kill');

  await page.getByText('For operators').click();
  await page.getByLabel('Administrator’s token').fill('wrong');
  await page.getByRole('button', { name: 'Use it' }).click();
  await page.getByRole('alert').filter({ hasText: /token/ }).waitFor();
  await page.getByLabel('Administrator’s token').fill(adminToken);
  await page.getByRole('button', { name: 'Use it' }).click();
  await page.getByRole('button', { name: 'Drain m3' }).click();
  await log
    .getByText(/^m3 is leaving: it hands over \d+ slots$/)
    .first()
    .waitFor();
  await log
    .getByText(/^m3 handed \d+ slots to m1$/)
    .first()
    .waitFor();
  await waitFor('m3 holds nothing', async () => (await row(page, 'm3'))[2] === '0');
  await assertFine(page, 'cluster-drained');
  await page.setViewportSize({ width: 320, height: 640 });
  await assertFine(page, 'cluster-drained-phone');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole('button', { name: 'Take back m3' }).click();
  await log.getByText('m3 takes part again').first().waitFor();
  await log
    .getByText(/^m1 handed \d+ slots to m3$/)
    .first()
    .waitFor();
  assert.ok(await page.evaluate('window.loadedOnce === true'), 'the page was loaded again');
  assert.doesNotMatch(await page.evaluate('JSON.stringify([localStorage, sessionStorage])'), new RegExp(adminToken));

  for (const member of stage.cluster.running) await member.kill();
  await page.getByText(/Nobody answers here; what you see is from /).waitFor();
  assert.equal((await row(page, 'm1'))[0], 'm1', 'the last picture stays');
});

test('on a phone, in the table and on the ring one member can be looked at', async (t) => {
  const stage = await Stage.open(t);
  const page = await stage.person('/cluster', {
    viewport: { width: 320, height: 640 },
    hasTouch: true,
    isMobile: true,
  });
  await page.getByRole('button', { name: 'Show m2 on the ring' }).tap();
  await waitFor(
    'the others are dimmed',
    async () => (await painted(page, '.dim')) > 0 && (await painted(page, ':not(.dim)')) > 0,
  );
  await page.getByText('Which slots').tap();
  await assertFine(page, 'cluster-phone');
});

test('the buttons of npm start kill, start, pause, resume and add members; a reload keeps them, another tab has none', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'minotaur-buttons-'));
  const args = ['--port', `${await freePortRange(5)}`, '--members', '2', '--folder', folder];
  const environment = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== undefined));
  const run = new Child(process.execPath, [start, ...args], environment as Record<string, string>);
  t.after(async () => {
    await run.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  const link = await waitFor('the link is printed', () => / (http\S+#control=\S+)/.exec(run.output)?.[1] ?? null, {
    timeoutMs: 60_000,
  });
  const context = await (await openBrowser(t)).newContext({ viewport: { width: 1200, height: 850 } });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  await page.goto(link);
  await page.getByText('2 members, 0 games, every slot has an owner').waitFor({ timeout: 60_000 });
  assert.doesNotMatch(page.url(), /control/, 'the token is gone from the address');
  const log = page.getByRole('list', { name: 'What happened, the newest first' });
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  await assertFine(page, 'cluster-buttons');
  // Whoever was ready first has all slots until the other one is handed some.
  await waitFor('m1 holds slots', async () => Number((await row(page, 'm1'))[2]) > 0);
  await press('Kill m1');
  await log
    .getByText(/^m2 took over \d+ slots of m1$/)
    .first()
    .waitFor();
  await press('Start m1');
  await log
    .getByText(/^m1 is back/)
    .first()
    .waitFor();
  await press('Pause m2');
  await log
    .getByText(/^m1 took over \d+ slots of m2$/)
    .first()
    .waitFor();
  await press('Resume m2');
  await log
    .getByText(/^m2 is back/)
    .first()
    .waitFor();
  await press('Add a member');
  await log
    .getByText(/^m3 joined/)
    .first()
    .waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'Roll all' }).waitFor();
  const other = await context.newPage();
  await other.goto(link.replace(/#.*/, ''));
  await other.getByText('Asking …').first().waitFor();
  assert.equal(await other.getByRole('button', { name: 'Roll all' }).count(), 0);
});
