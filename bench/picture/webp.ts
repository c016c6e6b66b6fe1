/**
 * Pictures of pages for the documents: docs/pictures/*.webp. As WebP, which is a third of a PNG.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const out = join(import.meta.dirname, '../../docs/pictures');
const mostBytes = 150 * 1024;

/** What is to be seen of it. Rejects if that takes too much for a document. */
export async function takePicture(page: Page, name: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 80 });
  const bytes = Buffer.from(data, 'base64');
  if (bytes.length > mostBytes) throw new Error(`${name} takes ${bytes.length} bytes`);
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, `${name}.webp`), bytes);
  process.stdout.write(`docs/pictures/${name}.webp: ${(bytes.length / 1024).toFixed(0)} KB\n`);
}
