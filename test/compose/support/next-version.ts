/**
 * The version of Minotaur after this one: the same sources with a few edits by which a game's state gets a field, so state version 4.
 *
 * Role: the image that members are replaced by while others still run this version; it is what a team would write that adds a field.
 * The field: `season`, which begins at 1 and rises with every round that ends.
 * Invariant: what is edited is what such a change needs: the type, the check, new games, a rule, a view, the number, and migrations
 * both ways. Nothing in session/ or member/ knows of it.
 */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { applyEdits, type Variant } from '../../support/source-edits.ts';

/** What the field holds in games that come from this version. */
export const firstSeason = 1;

const root = join(import.meta.dirname, '..', '..', '..');
/** What an image is built from, and how. */
const buildContext = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'src',
  'docker',
  'Dockerfile',
  '.dockerignore',
  'docker-compose.yml',
  '.env.example',
];

const nextVersion: Variant = {
  name: 'the next version',
  edits: [
    {
      file: 'src/game/state.ts',
      find: '  readonly settings: Settings;\n',
      replace: '  readonly settings: Settings;\n  readonly season: number;\n',
    },
    {
      file: 'src/game/state.ts',
      find: '    settings: settingsSchema,\n',
      replace: '    settings: settingsSchema,\n    season: z.int().min(1),\n',
    },
    {
      file: 'src/game/document.ts',
      find: '    committed: [],\n',
      replace: `    committed: [],\n    season: ${firstSeason},\n`,
    },
    {
      file: 'src/game/rounds.ts',
      find: '    committed: [],\n',
      replace: '    committed: [],\n    season: state.season + 1,\n',
    },
    {
      file: 'src/game/views.ts',
      find: '    stateVersion,\n',
      replace: '    season: state.season,\n    stateVersion,\n',
    },
    { file: 'src/game/rules.ts', find: 'const stateVersion = 3;', replace: 'const stateVersion = 4;' },
    {
      file: 'src/game/rules.ts',
      find: '      [2, withPlay],\n',
      replace: '      [2, withPlay],\n      [3, withSeason],\n',
    },
    {
      file: 'src/game/rules.ts',
      find: '      [3, withoutPlay],\n',
      replace: '      [3, withoutPlay],\n      [4, withoutSeason],\n',
    },
    {
      file: 'src/game/rules.ts',
      find: 'function apply(',
      replace: `function withSeason(state: unknown): unknown {
  return { ...(state as object), season: ${firstSeason} };
}

function withoutSeason(state: unknown): unknown {
  const { season: _, ...rest } = state as GameState;
  return rest;
}

function apply(`,
    },
  ],
};

/** Writes what an image of the next version is built from into `folder`. Rejects if an edit does not fit the sources any more. */
export async function writeNextVersion(folder: string): Promise<void> {
  for (const path of buildContext) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await cp(join(root, path), target, { recursive: true });
  }
  for (const file of new Set(nextVersion.edits.map((edit) => edit.file))) {
    const target = join(folder, file);
    await writeFile(target, applyEdits(nextVersion, file, await readFile(target, 'utf8')));
  }
}
