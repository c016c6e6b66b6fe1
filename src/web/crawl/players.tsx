/**
 * Who is in the labyrinth: who lives, who is waited for, who has no connection; at the end, who won.
 */
import type { Player, Update } from '../../client/index.ts';
import type { Shown } from '../kit/shown.ts';
import type { Seen } from './seen.ts';

interface PlayersOf {
  readonly update: Update;
  readonly shown: Shown;
  readonly seen: Seen;
}

export function Players({ update, shown, seen }: PlayersOf) {
  const alive = new Set(seen.view.alive);
  const { outcome } = shown;
  const standing = (player: Player) => {
    if (outcome === undefined) return shown.stateOf(player);
    return outcome?.winners.includes(player.id) ? 'won' : '';
  };
  return (
    <section class="card" aria-labelledby="seats">
      <h2 id="seats">Players</h2>
      <ul class="plain">
        {update.players.map((player, index) => {
          const presence = update.presence?.players[player.id];
          const said = [
            player.id === seen.me && 'you',
            alive.has(player.id) ? standing(player) : 'dead',
            shown.outcome === undefined && presence !== undefined && !presence.connected && 'not connected',
          ];
          return (
            <li key={player.id} class={`row player ${alive.has(player.id) ? '' : 'dead'}`}>
              <i aria-hidden="true" class={`dot seat-${index % 8}`} />
              <span>{player.displayName}</span>
              <span class="quiet">{said.filter(Boolean).join(', ')}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
