/**
 * `src/web` as three pages, `dist/web`: each one document in which script and styles stand, with what it is when compressed beside it.
 *
 * Role: `node src/dev/web-build.ts [folder]`; what `npm run build`, `npm start`, the browser's tests and the Dockerfile run.
 * Why in the document: while versions mix, a page of one member may ask any other for its files. It has none to ask for (docs/adr/0040).
 * Invariants:
 *  - Whoever reads the folder finds all of one build, or nothing.
 *  - What a browser has to load for a page is at most 100 KB: else nothing is built.
 */
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { pageNames } from '../http/edge/pages.ts';

const root = join(import.meta.dirname, '../..');
const sources = join(root, 'src/web');
const mostBytes = 100 * 1024;

const out = resolve(process.argv[2] ?? join(root, 'dist/web'));
mkdirSync(dirname(out), { recursive: true });
const work = mkdtempSync(`${out}-`);
try {
  const sizes = [];
  for (const name of pageNames) {
    const page = inOne(await bundle(join(sources, name === 'index' ? '' : name, 'index.html')));
    const compressed = brotliCompressSync(page);
    const size = compressed.length / 1024;
    if (compressed.length > mostBytes) throw new Error(`${name} takes ${size.toFixed(1)} KB: 100 KB are allowed`);
    writeFileSync(join(work, `${name}.html`), page);
    writeFileSync(join(work, `${name}.html.br`), compressed);
    writeFileSync(join(work, `${name}.html.gz`), gzipSync(page, { level: 9 }));
    sizes.push(`${name} ${size.toFixed(1)} KB`);
  }
  chmodSync(work, 0o755);
  rmSync(out, { recursive: true, force: true });
  place(work);
  process.stdout.write(`pages, as browsers load them: ${sizes.join(', ')}\n`);
} catch (error) {
  rmSync(work, { recursive: true, force: true });
  process.stderr.write(`the pages cannot be built: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

/** Moves what was built to where it is looked for; another build may have got there first. */
function place(built: string): void {
  try {
    renameSync(built, out);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
    rmSync(built, { recursive: true });
  }
}

/** One document, its script in one chunk, its styles in one file. */
async function bundle(input: string): Promise<readonly (Rolldown.OutputAsset | Rolldown.OutputChunk)[]> {
  const built = await build({
    root: sources,
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      target: 'es2022',
      modulePreload: false,
      cssCodeSplit: false,
      assetsInlineLimit: Number.POSITIVE_INFINITY,
      rolldownOptions: { input, output: { codeSplitting: false } },
    },
  });
  return (built as Rolldown.RolldownOutput).output;
}

/** The document with everything in it that it would load. */
function inOne(files: readonly (Rolldown.OutputAsset | Rolldown.OutputChunk)[]): string {
  const textOf = (name: string | undefined) => {
    const file = files.find(({ fileName }) => `/${fileName}` === name);
    if (file === undefined) throw new Error(`the page asks for ${name}`);
    return file.type === 'chunk' ? file.code : String(file.source);
  };
  const document = files.find(({ fileName }) => fileName.endsWith('.html'));
  const page = textOf(`/${document?.fileName}`)
    .replace(/<script type="module"[^>]* src="([^"]+)"><\/script>/g, (_, name: string) => {
      // Within a script these two would change where it ends.
      const code = textOf(name).replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
      return `<script type="module">${code}</script>`;
    })
    .replace(/<link rel="stylesheet"[^>]* href="([^"]+)">/g, (_, name: string) => `<style>${textOf(name)}</style>`);
  const left = /(?:src|href)="\/assets[^"]*"/.exec(page);
  if (left !== null) throw new Error(`the page still asks for ${left[0]}`);
  return page;
}
