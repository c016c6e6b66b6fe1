/**
 * What the crawl had on the wire before games were modules: settings beside the platform's, and the health of each player.
 *
 * Invariant: bounds and defaults are those of the module's own settings; nobody sees further than the world is wide.
 */
import { z } from 'minotaur/game';
import { settings } from './world.ts';

const { worldRadius, visionRadius, health } = settings.shape;
const farthestSight = 3;

export const flatFields = {
  settings: { worldRadius: worldRadius.unwrap(), visionRadius: visionRadius.unwrap(), health: health.unwrap() },
  given: {
    worldRadius,
    visionRadius: visionRadius
      .unwrap()
      .meta({ examples: [farthestSight] })
      .optional(),
    health,
  },
  players: { health: z.int().min(0).max(10_000) },
  description: '`visionRadius` must not be above `worldRadius`.',

  complete(given: Readonly<Record<string, unknown>>) {
    return { visionRadius: given.visionRadius ?? Math.min(farthestSight, Number(given.worldRadius)) };
  },

  complaint(of: Readonly<Record<string, unknown>>) {
    if (Number(of.visionRadius) <= Number(of.worldRadius)) return null;
    return { setting: 'visionRadius', text: `must not be above worldRadius; it is ${of.visionRadius}` };
  },
};
