/** Pages as a build leaves them: small ones, each with a script and styles. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { type Pages, readPages } from '../../../../src/http/edge/pages.ts';

export const script = 'console.log("<b> ☃")';
export const style = 'b{color:red}';

export function builtPages(t: TestContext): Pages {
  const folder = mkdtempSync(join(tmpdir(), 'minotaur-pages-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of ['index', 'play', 'cluster']) {
    const page = `<!doctype html><title>${name}</title><script type="module">${script}</script><style>${style}</style>`;
    writeFileSync(join(folder, `${name}.html`), page);
    writeFileSync(join(folder, `${name}.html.br`), brotliCompressSync(page));
    writeFileSync(join(folder, `${name}.html.gz`), gzipSync(page));
  }
  return readPages(folder);
}
