/**
 * A browser before a real cluster: three members behind one address, as balancers and `npm start` have it.
 *
 * Role: what every test of pages does: opens people's browsers, looks at what a page may never do, keeps pictures.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { TestCluster } from '../../support/cluster.ts';
import { launchChromium } from '../../support/launch-chromium.ts';
import type { MemberProcess } from '../../support/member-process.ts';
import { freePort } from '../../support/ports.ts';

const pictures = join(import.meta.dirname, '..', 'pictures');
const axe = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
/** Those that the pages promise to keep, and what is good practice beyond. */
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const patienceMs = 20_000;

export class Stage {
  readonly cluster: TestCluster;
  readonly members: readonly MemberProcess[];
  /** The one that all members listen on. */
  readonly url: string;
  readonly #browser: Browser;
  readonly #complaints: string[] = [];

  private constructor(cluster: TestCluster, members: readonly MemberProcess[], url: string, browser: Browser) {
    this.cluster = cluster;
    this.members = members;
    this.url = url;
    this.#browser = browser;
  }

  static async open(t: TestContext, environment: Readonly<Record<string, string>> = {}): Promise<Stage> {
    const port = await freePort();
    const cluster = await TestCluster.start(t, { environment: { MINOTAUR_SHARED_PORT: `${port}`, ...environment } });
    const browser = await openBrowser(t);
    const members = await cluster.addMembers('m1', 'm2', 'm3');
    const stage = new Stage(cluster, members, `http://127.0.0.1:${port}`, browser);
    t.after(async () => {
      await browser.close();
      assert.deepEqual(stage.#complaints, [], 'what pages complained about');
    });
    return stage;
  }

  /** A browser of its own, at `path`. */
  async person(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: { width: 1200, height: 850 }, ...options });
    context.setDefaultTimeout(patienceMs);
    const page = await context.newPage();
    page.on('pageerror', ({ message }) => this.#complaints.push(message));
    page.on('console', (said) => {
      // Connections that break are what these tests are about.
      if (/content security policy/i.test(said.text())) this.#complaints.push(said.text());
    });
    await page.goto(`${this.url}${path}`);
    return page;
  }
}

/** Ends with the test, whatever else begins. */
export async function openBrowser(t: TestContext): Promise<Browser> {
  const browser = await launchChromium();
  t.after(() => browser.close());
  return browser;
}

/** No complaint of axe, nothing that sticks out to the side, in both themes; and a picture of each. */
export async function assertFine(page: Page, view: string): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await takePicture(page, join(pictures, `${view}-${colorScheme}.png`));
    assert.deepEqual(await violations(page), [], `${view}, ${colorScheme}`);
  }
  const [needed = 0, given = 0] = (await page.evaluate(
    '[document.documentElement.scrollWidth, innerWidth]',
  )) as number[];
  assert.ok(needed <= given, `${view} is ${needed} pixels wide where there are ${given}`);
}

/** Of all of it. Beyond the window the browser draws as if a mouse were there: whatever is touched is drawn in a window that is high enough. */
async function takePicture(page: Page, path: string): Promise<void> {
  const size = page.viewportSize();
  const isTouched = (await page.evaluate('matchMedia("(hover: none)").matches')) as boolean;
  if (size === null || !isTouched) {
    await page.screenshot({ path, fullPage: true });
    return;
  }
  const height = (await page.evaluate('document.documentElement.scrollHeight')) as number;
  await page.setViewportSize({ ...size, height: Math.max(height, size.height) });
  await page.screenshot({ path });
  await page.setViewportSize(size);
}

async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  const { violations: found } = (await page.evaluate(`axe.run({ runOnly: ${JSON.stringify(rules)} })`)) as AxeResults;
  return found.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join('; ')}`,
  );
}
