/**
 * Puts one defect into src while Node.js loads it: nothing on disk changes.
 *
 * Role: called before anything of src is imported (which is then imported dynamically); it holds for the thread that called it.
 * Invariant: depends on nothing in src, or that would be loaded without its defect.
 */
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { applyEdits } from '../../support/source-edits.ts';
import type { Defect } from './defect.ts';
import { defects } from './defects.ts';

const root = join(import.meta.dirname, '../../..');

/** From now on src is loaded with this defect. Throws for unknown names; importing a file that the defect does not fit rejects. */
export function installDefect(name: string): void {
  const defect = named(name);
  const files = new Map(defect.edits.map(({ file }) => [pathToFileURL(join(root, file)).href, file]));
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const file = files.get(url);
      if (file === undefined) return loaded;
      const { source } = loaded;
      if (source === undefined || source === null) throw new Error(`defect "${name}": ${file} was loaded without text`);
      const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
      return { ...loaded, source: applyEdits(defect, file, text) };
    },
  });
}

function named(name: string): Defect {
  const defect = defects.find((each) => each.name === name);
  if (defect !== undefined) return defect;
  throw new Error(`there is no defect "${name}"; there are: ${defects.map((each) => each.name).join(', ')}`);
}
