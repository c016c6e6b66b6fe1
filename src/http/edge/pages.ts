/**
 * The pages of `npm run build`, as they were built: read once, kept compressed, each with the policy that lets its own script and styles run.
 *
 * Why a policy of digests: what was built stands in the document (docs/adr/0040), and nothing that somebody got into it later runs.
 * Invariant: there are the pages of the list at most, or none where nothing was built.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CodedText, tagOf } from './coded-texts.ts';

/** All that there are. */
export const pageNames = ['index', 'play', 'cluster'] as const;
export type PageName = (typeof pageNames)[number];

export interface Page extends CodedText {
  /** Content-Security-Policy. */
  readonly policy: string;
}

export type Pages = ReadonlyMap<PageName, Page>;

/** Empty: nothing was built there. */
export function readPages(folder: string): Pages {
  const built = pageNames.filter((name) => existsSync(join(folder, `${name}.html`)));
  return new Map(built.map((name) => [name, readPage(join(folder, `${name}.html`))]));
}

function readPage(path: string): Page {
  const identity = readFileSync(path);
  return {
    bodies: { identity, br: readFileSync(`${path}.br`), gzip: readFileSync(`${path}.gz`) },
    tag: tagOf(identity),
    policy: policyOf(identity.toString()),
  };
}

function policyOf(document: string): string {
  const digests = (element: string) => {
    const contents = [...document.matchAll(new RegExp(`<${element}[^>]*>(.*?)</${element}>`, 'gs'))];
    const sources = contents.map(([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
    return sources.length === 0 ? "'none'" : sources.join(' ');
  };
  return [
    "default-src 'none'",
    `script-src ${digests('script')}`,
    `style-src ${digests('style')}`,
    "connect-src 'self'",
    'img-src data:',
    'font-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
