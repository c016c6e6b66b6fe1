/**
 * Worlds as they were when a version of the game was deployed, kept in a folder beside its file.
 *
 * Role: what running games hold is what an older version wrote. The check plays only worlds of today; these are the others. Each has to be read
 * by the version that runs, and to come back unchanged through its steps.
 * Invariant: a file is written once: what was deployed is as it is.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'minotaur/game';
import { complain, complaintsOf } from '../../game/complaints.ts';
import { called } from '../../game/faults.ts';
import { idSchema } from '../../game/ids.ts';
import type { LoadedGame } from '../../game/loaded-game.ts';
import { look, readSettings, readWorld, tableWith } from '../../game/table.ts';
import { viewersOf } from './leaks.ts';
import { copyOf, jsonOf } from './migrations.ts';
import { problemIn } from './one-game.ts';
import { Problem } from './problems.ts';
import { short, type Watch } from './watched-game.ts';

const frozenWorld = z.object({
  game: z.string(),
  version: z.int().min(1),
  players: z.array(idSchema).min(1),
  /** The module's own, as they were given. */
  settings: z.record(z.string(), z.unknown()),
  /** That was running. */
  round: z.int().min(1),
  world: z.record(z.string(), z.unknown()),
});
export type FrozenWorld = z.output<typeof frozenWorld>;

/** A file of the folder. */
export interface FrozenFile {
  readonly name: string;
  readonly text: string;
}

/** `my-game.ts` has `my-game.worlds/`. */
function folderOf(file: string): string {
  return join(dirname(file), `${basename(file, extname(file))}.worlds`);
}

export function readFrozen(file: string): readonly FrozenFile[] {
  const folder = folderOf(file);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
}

/** Resolves with the names of the files; throws if this version has some. */
export function writeFrozen(file: string, worlds: readonly FrozenWorld[]): readonly string[] {
  const folder = folderOf(file);
  const [first] = worlds;
  if (first === undefined) throw new Error('no world was played');
  const { version } = first;
  if (readFrozen(file).some(({ name }) => name.startsWith(`${version}-`))) {
    throw new Error(`${folder} holds worlds of version ${version}: what was deployed is not written anew`);
  }
  mkdirSync(folder, { recursive: true });
  return worlds.map((world, index) => {
    const name = join(folder, `${version}-${index + 1}.json`);
    writeFileSync(name, `${JSON.stringify(world, null, 2)}\n`, { flag: 'wx' });
    return name;
  });
}

/** The first thing that is wrong; null: nothing. */
export function refuseFrozen(game: LoadedGame, files: readonly FrozenFile[], watch: Watch): Problem | null {
  for (const { name, text } of files) {
    try {
      const frozen = readFile(game, text);
      lookAt(game, frozen, lifted(game, frozen, watch));
    } catch (error) {
      const { member, message } = problemIn(error);
      return new Problem(member, 'frozen', `${name}: ${message}`);
    }
  }
  return null;
}

function readFile(game: LoadedGame, text: string): FrozenWorld {
  const read = frozenWorld.safeParse(parsed(text), { error: complain });
  const refuse = (problem: string) => new Problem('world', 'frozen', problem);
  if (!read.success) throw refuse(complaintsOf(read.error.issues).join('; '));
  const { game: name, version } = read.data;
  if (name !== game.name) throw refuse(`is a world of ${name}, and this is ${game.name}`);
  if (version > game.version) throw refuse(`is of version ${version}, and this is version ${game.version}`);
  return read.data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Up to the version that runs, each step there and back again. Throws what is wrong. */
function lifted({ migrations, version }: LoadedGame, { version: from, world }: FrozenWorld, watch: Watch): unknown {
  let now: unknown = world;
  for (let to = from + 1; to <= version; to += 1) {
    const step = migrations[to];
    // Without a step the defaults of the schema are one.
    if (step === undefined) continue;
    const member = `migrations.${to}`;
    const call = (ask: (world: unknown) => unknown, of: unknown) =>
      jsonOf(called(member, () => watch.call('migrations', () => ask(copyOf(of)))));
    const up = call(step.up, now);
    const down = call(step.down, up);
    if (!isDeepStrictEqual(now, down)) {
      throw new Problem(member, 'frozen', `down(up(${short(now)})) is ${short(down)}`);
    }
    now = up;
  }
  return now;
}

/** As a member that takes the game over. Throws what is wrong. */
function lookAt(game: LoadedGame, { players, settings: given, round }: FrozenWorld, stored: unknown): void {
  const settings = readSettings(game, given);
  if ('complaints' in settings) throw new Problem('settings', 'frozen', settings.complaints.join('; '));
  const seats = players.map((id) => ({ id, bot: false, away: false, left: false }));
  const world = readWorld(game, stored, seats);
  const defaults = { actions: 3, seconds: 60 };
  const table = tableWith(game, world, { seats, settings: settings.value, round, now: 0, defaults });
  for (const viewer of viewersOf(table)) look(game, table, viewer);
}
