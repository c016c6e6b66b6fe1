/**
 * A running Chromium. Apart from finding it: the driver is large, and most who look for Chromium drive none.
 */
import { type Browser, chromium } from 'playwright-core';
import { locateChromium } from './chromium.ts';

/** A browser of its own. Rejects where there is no Chromium. */
export async function launchChromium(): Promise<Browser> {
  const { path, environment } = await locateChromium();
  // As root there is no sandbox; nothing but our own pages is opened.
  const env = { ...process.env, ...environment };
  return chromium.launch({ executablePath: path, args: ['--no-sandbox'], env });
}
