/**
 * Plays a dungeon crawl again from what was told of its rounds: the wounds that all saw lead to who lived in the end, and with how much health.
 *
 * Why not the walks: what is random is drawn anew by each attempt, and no event tells a place.
 */
import type { GameState as Inner } from '../../../src/game/state.ts';
import type { Taken } from './replays.ts';

type Play = NonNullable<Inner['play']>;
type Characters = Readonly<Record<string, { readonly health: number }>>;

/** Settings as the worlds of simulations give them. */
interface Of {
  readonly health: number;
  readonly table: { readonly damage: number };
}

/** What an attack of the minotaur takes, in attacks of a character. */
const MINOTAUR_HITS = 2;
/** Why a game ends that its own rules end. */
const REASONS: readonly string[] = ['all_dead', 'last_standing', 'last_round'];

/** Null: it is right. */
export function wrongCrawl(records: readonly Taken[], over: Inner, play: Play): string | null {
  const { health, table } = over.settings as unknown as Of;
  const { damage } = table;
  const { characters } = play.world as { readonly characters: Characters };
  const left = new Map(play.seats.map((id) => [id, health]));
  for (const [index, { events }] of records.entries()) {
    const round = index + 1;
    const struck = new Map<string, number>();
    for (const event of events) {
      const hits = event.type === 'attacked' ? event.hits : event.type === 'minotaur_attacked' ? MINOTAUR_HITS : 0;
      if (hits > 0) struck.set(event.target, (struck.get(event.target) ?? 0) + hits);
    }
    const died = events.filter(({ type }) => type === 'died').map(({ character }) => character);
    for (const [id, hits] of struck) {
      const before = left.get(id) ?? 0;
      if (before === 0) return `in round ${round} ${id} was struck, and was dead`;
      left.set(id, Math.max(0, before - hits * damage));
      if ((left.get(id) === 0) !== died.includes(id))
        return `in round ${round} ${id} had ${left.get(id)} left, and ${died} died`;
    }
    const other = died.find((id) => !struck.has(id));
    if (other !== undefined) return `in round ${round} ${other} died of nothing`;
  }
  for (const [id, points] of left) {
    const ended = characters[id]?.health;
    // Whoever leaves is dead from the next round on.
    const isRight = ended === points || (ended === 0 && play.left[id] !== undefined);
    if (!isRight) return `its records leave ${id} ${points} of health, and it ended with ${ended}`;
  }
  return wrongOutcome(characters, play);
}

function wrongOutcome(characters: Characters, { outcome }: Play): string | null {
  const { winners = [], reason = '' } = outcome ?? {};
  if (!REASONS.includes(reason ?? '')) return null;
  const living = Object.entries(characters).filter(([, { health }]) => health > 0);
  const best = Math.max(0, ...living.map(([, { health }]) => health));
  const right = living.filter(([, { health }]) => health === best).map(([id]) => id);
  return [...winners].sort().join() === right.sort().join()
    ? null
    : `${right} have the most health, but ${winners} won`;
}
