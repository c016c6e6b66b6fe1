/**
 * Settings against the game that is played, and against who asks for them.
 *
 * Role: what a creation and a change of settings have in common.
 */
import type { Rejected } from '../session/rules.ts';
import type { GameContext } from './context.ts';
import { rejected } from './outcome.ts';
import { isShared, ownSettings, settingsFor } from './play.ts';
import type { Settings } from './settings.ts';
import { readSettings } from './table.ts';

/** With the settings of the game that is played, as its schema reads them. */
export function withOwnSettings(complete: Settings, { host }: GameContext): Settings | Rejected {
  const together = host.game.flat.complaint(complete);
  if (together !== null) return rejected('bad_request', `settings.${together.setting}: ${together.text}`);
  const read = readSettings(host.game, settingsFor(host.game, complete));
  if ('value' in read) return { ...complete, table: ownSettings(host.game, read.value as Record<string, unknown>) };
  const lines = read.complaints.map((line) =>
    isShared(host.game, line.split(/[.:]/)[0] ?? '') ? line : `table.${line}`,
  );
  return rejected('bad_request', lines.map((line) => `settings.${line}`).join('\n'));
}

/** Of what was asked for, what the game has not, or what is not for everybody: who knows the seed knows everything that chance will bring. */
export function refuseSettings(
  { seed, maxPlayers = 0, bots = 0 }: { readonly [Name in 'seed' | 'maxPlayers' | 'bots']?: number | undefined },
  byAdmin: boolean,
  context: GameContext,
): Rejected | null {
  const { game } = context.host;
  if (seed !== undefined && !byAdmin && (context.bytes?.() ?? null) !== null) {
    return rejected('forbidden', 'settings.seed: only an administrator may give one.');
  }
  if (maxPlayers > game.players.max) {
    const most = `must be at most ${game.players.max}, as many as may play this game`;
    return rejected('bad_request', `settings.maxPlayers: ${most}`);
  }
  const isWrong = bots > 0 && game.bot === null;
  return isWrong ? rejected('bad_request', 'settings.bots: must be 0: this game knows no bots') : null;
}
