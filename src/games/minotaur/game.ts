/**
 * The dungeon crawl: a labyrinth, those who are lost in it, and what hunts them. The rules for players: docs/rules.md.
 *
 * Role: the module; what each member does stands in the files beside it.
 */
import { defineGame } from 'minotaur/game';
import { emptySet, withNumbers } from './bits.ts';
import { legal, play } from './choices.ts';
import { hexCount } from './hexes.ts';
import { buildLabyrinth, waysOf } from './labyrinth.ts';
import { endRound } from './round.ts';
import { chooseStarts } from './starts.ts';
import { livingOf, viewOf } from './view.ts';
import { sightFrom } from './walking.ts';
import { actions, events, settings, world } from './world.ts';

export default defineGame({
  name: 'minotaur',
  version: 1,
  players: { min: 1, max: 64 },
  settings,
  world,
  actions,
  events,

  setup({ players, settings, random }) {
    const labyrinth = buildLabyrinth(settings.worldRadius, random);
    const ways = waysOf(labyrinth);
    const { places, lair } = chooseStarts(ways, players.length, random);
    const nothing = emptySet(hexCount(settings.worldRadius));
    const characters = random.shuffle(players).map((id, index) => {
      const at = places[index] as number;
      const known = withNumbers(nothing, sightFrom(ways, at, settings.visionRadius).hexes);
      return [id, { at, health: settings.health, known }] as const;
    });
    return { labyrinth, characters: Object.fromEntries(characters), minotaur: settings.minotaur ? lair : null };
  },

  turn: (world, { players, settings }) => ({ players: livingOf(world, players), actions: settings.actionPoints }),

  resolve: endRound,

  outcome(world, { round, settings, players }) {
    const alive = livingOf(world, players);
    if (alive.length === 0) return { winners: [], reason: 'all_dead' };
    if (alive.length === 1 && players.length > 1) return { winners: alive, reason: 'last_standing' };
    if (round < settings.lastRound) return null;
    const health = (id: string) => world.characters[id]?.health ?? 0;
    const best = Math.max(...alive.map(health));
    return { winners: alive.filter((id) => health(id) === best), reason: 'last_round' };
  },

  view: viewOf,
  legal: (view, _player, { own }) => legal(view, own),
  bot: (view, _player, of) => play(view, of),

  /** What others have seen, and the viewer has not. Short texts, of the smallest worlds, would be found by accident. */
  secrets({ characters }, viewer) {
    const own = viewer.kind === 'player' ? characters[viewer.id]?.known : undefined;
    const all = Object.values(characters).map(({ known }) => known);
    return all.filter((known) => known.length >= 8 && known !== own);
  },
});
