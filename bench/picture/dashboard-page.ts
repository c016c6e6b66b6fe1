/**
 * The dashboard as a page that a browser draws: boxes with numbers, graphs by uPlot, a line where something was done.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { launchChromium } from '../../test/support/launch-chromium.ts';
import { drawing } from './dashboard-drawing.ts';
import type { Series } from './series.ts';
import { takePicture } from './webp.ts';

export interface Drawn {
  readonly from: number;
  readonly until: number;
  readonly marks: readonly { readonly at: number; readonly text: string }[];
  readonly rows: readonly DrawnRow[];
}

export interface DrawnRow {
  readonly title: string;
  readonly panels: readonly DrawnPanel[];
}

interface DrawnPanel {
  readonly title: string;
  readonly type?: 'stat' | 'timeseries';
  readonly unit?: string;
  readonly bad?: number;
  readonly stacked?: boolean;
  readonly series: readonly Series[];
}

const width = 1240;
const resolve = createRequire(import.meta.url).resolve;

export async function drawDashboard(resources: AsyncDisposableStack, drawn: Drawn): Promise<void> {
  const browser = await launchChromium();
  resources.defer(() => browser.close());
  const page = await browser.newPage({ viewport: { width, height: 800 } });
  const styles = readFileSync(resolve('uplot/dist/uPlot.min.css'), 'utf8');
  await page.setContent(`<!doctype html><style>${styles}${look}</style><main></main>`);
  await page.addScriptTag({ path: resolve('uplot/dist/uPlot.iife.min.js') });
  await page.evaluate(drawing);
  await page.evaluate(`draw(${JSON.stringify(drawn)})`);
  const height = Number(await page.evaluate('document.querySelector("main").offsetHeight'));
  await page.setViewportSize({ width, height });
  await takePicture(page, 'dashboard');
}

const look = `
body { margin: 0; background: #111217; color: #d8d9da; font: 13px system-ui, sans-serif }
main { padding: 12px; box-sizing: border-box }
h2 { font-size: 16px; margin: 12px 0 6px }
.boxes, .graphs { display: grid; gap: 8px; margin-bottom: 8px }
.boxes { grid-auto-flow: column; grid-auto-columns: 1fr }
.graphs { grid-template-columns: repeat(3, 1fr) }
.panel { background: #181b1f; border: 1px solid #2c3235; border-radius: 3px; padding: 6px 8px }
.panel b { display: block; font-size: 26px; margin-top: 4px }
h3 { font-size: 12px; font-weight: 500; margin: 0 0 4px; color: #ccccdc }
.panel p { margin: 2px 0 0; font-size: 11px; min-height: 14px; display: flex; flex-wrap: wrap; gap: 2px 10px }
.panel small { color: #f2495c }
`;
