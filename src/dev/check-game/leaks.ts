/**
 * Whether anybody is sent what it may not know.
 *
 * Role: looks for what `secrets` names in everything that a viewer gets, and whether any of it depends on a secret.
 * Invariants:
 *  - Who watches from outside is sent no player's secret: opponents watch, too.
 *  - So is somebody whom the game has never heard of.
 *  - A view is the same whatever the secrets are: each is replaced in the world by others.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Viewer } from 'minotaur/game';
import type { LoadedGame, World } from '../../game/loaded-game.ts';
import { look, readWorld, type Table } from '../../game/table.ts';
import type { Told } from '../../game/tell.ts';
import { Problem } from './problems.ts';
import { short } from './watched-game.ts';

/** Nobody's name. */
const stranger = 'somebody-else';
/** Shorter ones would be found by accident. */
const leastLength = 8;

export function viewersOf({ seats }: Table): readonly Viewer[] {
  const players = [...seats.map(({ id }) => id), stranger].map((id) => ({ kind: 'player' as const, id }));
  return [...players, { kind: 'public' }, { kind: 'admin' }];
}

export function nameOf(viewer: Viewer): string {
  if (viewer.kind !== 'player') return viewer.kind === 'admin' ? 'an admin' : 'the public';
  return viewer.id === stranger ? 'a stranger' : `player ${viewer.id}`;
}

/** What this viewer may not be sent. Throws Problem if `secrets` answers anything but strings. */
export function secretsFor(game: LoadedGame, table: Table, viewer: Viewer): readonly string[] {
  const isOutside = viewer.kind === 'public' || (viewer.kind === 'player' && viewer.id === stranger);
  const eyes = isOutside ? viewersOf(table).filter(({ kind }) => kind !== 'admin') : [viewer];
  return [...new Set(eyes.flatMap((each) => saidSecrets(game, table, each)))];
}

function saidSecrets({ secrets }: LoadedGame, { world }: Table, viewer: Viewer): readonly string[] {
  const said = secrets === null ? [] : secrets(world, viewer);
  if (!Array.isArray(said) || said.some((each) => typeof each !== 'string')) {
    throw new Problem(
      'secrets',
      'wrong_answer',
      `answers ${short(said)} for ${nameOf(viewer)}, which is no list of strings`,
    );
  }
  const short_ = said.find((each) => each.length < leastLength);
  if (short_ !== undefined) {
    throw new Problem(
      'secrets',
      'wrong_answer',
      `names ${short(short_)}: a secret has ${leastLength} characters or more`,
    );
  }
  return said;
}

/** Throws Problem if any of the secrets stands in what is sent. */
export function refuseLeak(member: string, sent: unknown, secrets: readonly string[], to: string): void {
  const text = JSON.stringify(sent) ?? '';
  const leaked = secrets.find((secret) => text.includes(JSON.stringify(secret).slice(1, -1)));
  if (leaked !== undefined) throw new Problem(member, 'leak', `sends ${to} the secret ${short(leaked)}`);
}

export function heardBy(events: readonly Told[], viewer: Viewer): readonly Told[] {
  if (viewer.kind === 'admin') return events;
  if (viewer.kind === 'public' || viewer.id === stranger) return events.filter(({ to }) => to === 'everybody');
  return events.filter(({ to }) => typeof to === 'string' || to.includes(viewer.id));
}

/** Throws Problem if the view of this viewer, `seen`, depends on a secret. */
export function refuseDependence(
  game: LoadedGame,
  table: Table,
  viewer: Viewer,
  secrets: readonly string[],
  seen: unknown,
): void {
  for (const secret of secrets.slice(0, 4)) {
    for (const world of replaced(game, table, secret)) {
      const other = look(game, { ...table, world }, viewer);
      if (isDeepStrictEqual(seen, other)) continue;
      const where = `${short(seen)}, and with another secret ${short(other)}`;
      throw new Problem('view', 'derived', `what ${nameOf(viewer)} sees depends on a secret: ${where}`);
    }
  }
}

/** Worlds with another secret in its place, one as long and one longer, as far as the schema takes them. */
function replaced(game: LoadedGame, { world, seats }: Table, secret: string): readonly World[] {
  const quoted = JSON.stringify(secret).slice(1, -1);
  const text = JSON.stringify(world);
  if (quoted !== secret || !text.includes(quoted)) return [];
  const others = [[...quoted].reverse().join(''), `${quoted}${quoted}`].filter((other) => other !== quoted);
  return others.flatMap((other) => {
    try {
      return [readWorld(game, JSON.parse(text.replaceAll(quoted, other)), seats)];
    } catch {
      return [];
    }
  });
}
