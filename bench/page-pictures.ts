/**
 * `npm run page-pictures`: what the page `/cluster` looks like, for the documents: docs/pictures/*.webp.
 *
 * Role: a real `npm start` with three members and some games, a browser before it, and a kill by the page's own button.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { Child } from '../test/support/child.ts';
import { launchChromium } from '../test/support/launch-chromium.ts';
import { freePortRange } from '../test/support/ports.ts';
import { waitFor } from '../test/support/wait.ts';
import { takePicture } from './picture/webp.ts';
import { end } from './support/end.ts';

const games = 40;
const patience = { timeout: 60_000 };

const usage = `npm run page-pictures

Runs three members and a NATS server with ${games} games, looks at the page /cluster in Chromium, kills a member by its button, and
writes what is to be seen before and after to docs/pictures.

  --help  this text
`;

const resources = new AsyncDisposableStack();
const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
if (values.help) process.stdout.write(usage);
else await takeAll();

async function takeAll(): Promise<void> {
  try {
    const port = await freePortRange(4);
    const link = await startCluster(port);
    for (let game = 0; game < games; game += 1) await openGame(port);
    const page = await openPage(link);
    await page.getByText(`3 members, ${games} games, every slot has an owner`).waitFor(patience);
    await page.waitForFunction('document.querySelectorAll(".ring .goal").length === 0', undefined, patience);
    const ready = page.getByRole('button', { name: /^Pause / });
    await waitFor('every member is ready', async () => (await ready.count()) === 3, { timeoutMs: 60_000 });
    await take(page, 'cluster', 'dark');
    await page.getByRole('button', { name: 'Kill m2' }).click();
    await page.locator('.log').getByText('every slot has an owner again').waitFor(patience);
    await take(page, 'cluster-after-a-kill', 'light');
  } finally {
    await end(resources);
  }
}

/** Resolves with the link to the page with the buttons. */
async function startCluster(port: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'minotaur-pictures-'));
  resources.defer(() => rmSync(folder, { recursive: true, force: true }));
  const start = join(import.meta.dirname, '../src/dev/start.ts');
  const inherited = Object.entries(process.env).map(([name, value]) => [name, value ?? '']);
  const run = new Child(
    process.execPath,
    [start, '--port', `${port}`, '--folder', folder],
    Object.fromEntries(inherited),
  );
  resources.defer(async () => {
    await run.kill();
  });
  const printed = () => / (http\S+#control=\S+)/.exec(run.output)?.[1] ?? null;
  const link = await waitFor('the link is printed', printed, { timeoutMs: 60_000 });
  await waitFor('the members are ready', () => / pid \d+/.test(run.output), { timeoutMs: 60_000 });
  return link;
}

async function openGame(port: number): Promise<void> {
  const { status } = await fetch(`http://127.0.0.1:${port}/v1/games`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"displayName":"Ada"}',
  });
  if (status !== 201) throw new Error(`a game was refused: ${status}`);
}

async function openPage(link: string): Promise<Page> {
  const browser = await launchChromium();
  resources.defer(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1200, height: 860 } });
  await page.goto(link);
  return page;
}

async function take(page: Page, name: string, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await takePicture(page, name);
}
