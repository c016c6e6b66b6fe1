/**
 * What the edge knows of the game that is played: the shapes of its actions, nothing that runs.
 *
 * Role: actions are read here as they come in, so that what is wrong with one is said at once; the owner of the game reads them again, because a
 * gateway may be of another version.
 */
import type { z } from 'zod';
import { unknownType } from './actions.ts';
import type { FlatFields } from './flat-fields.ts';
import type { LoadedGame } from './loaded-game.ts';
import type { Shapes } from './module.ts';
import { isShared } from './play.ts';
import { readAction } from './table.ts';

export interface WireShapes {
  readonly name: string;
  readonly actions: Shapes;
  readonly events: Shapes;
  /** Under `settings.table`: those that the platform does not have flat. */
  readonly settings: z.ZodObject;
  /** Beside the platform's fields. */
  readonly flat: FlatFields;
  /** One line for each thing that is wrong with the action; none if it is right. */
  complaints(action: object): readonly string[];
}

export function wireShapesOf(game: LoadedGame): WireShapes {
  return {
    name: game.name,
    actions: game.actions,
    events: game.events,
    settings: ofTable(game),
    flat: game.flat,
    complaints(action) {
      const read = readAction(game, action, null);
      if ('action' in read) return [];
      if (read.refusal.kind === 'unknown_type') return [unknownType(read.refusal.types)];
      return read.refusal.kind === 'wrong_fields' ? read.refusal.complaints : [];
    },
  };
}

function ofTable(game: LoadedGame): z.ZodObject {
  const { settings } = game;
  const own = Object.entries(settings.shape).filter(([name]) => !isShared(game, name));
  return settings.clone({ ...settings.def, shape: Object.fromEntries(own) });
}
