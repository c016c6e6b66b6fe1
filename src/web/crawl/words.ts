/**
 * The crawl in words: places, ways, what happened, how it ended. Pure; what is drawn is said here too, for lists, the log and screen readers.
 */
import type { GameEvent } from '../../client/index.ts';
import { type Atlas, atlasOf, isWall } from '../../games/minotaur/atlas.ts';
import { directionOf, directions, type Hex } from '../../games/minotaur/hexes.ts';
import type { Outcome } from '../kit/shown.ts';
import { listed } from '../kit/shown.ts';
import { here } from './plan.ts';
import type { Action, Seen } from './seen.ts';

const names = ['east', 'south-east', 'south-west', 'west', 'north-west', 'north-east'] as const;

export function directionInWords(direction: number): string {
  return names[direction] ?? 'nowhere';
}

/** As `2 steps east and 1 south-east`, as if there were no walls; `here`. */
export function placeInWords({ q, r }: Hex): string {
  const parts = partsOf({ q, r }).map(([direction, count]) => `${count} ${directionInWords(direction)}`);
  if (parts.length === 0) return 'here';
  const [first = '', ...others] = parts;
  return [first.replace(/^(\d+)/, (count) => `${count} ${count === '1' ? 'step' : 'steps'}`), ...others].join(' and ');
}

/** The one or two neighbouring directions whose steps lead there. */
function partsOf(place: Hex): readonly (readonly [number, number])[] {
  for (const [index, one] of directions.entries()) {
    const other = directions[(index + 1) % 6] as Hex;
    // Solves place = a · one + b · other; neighbours span an area of 1.
    const a = place.q * other.r - place.r * other.q;
    const b = one.q * place.r - one.r * place.q;
    if (a > 0 && b >= 0)
      return b === 0
        ? [[index, a]]
        : [
            [index, a],
            [(index + 1) % 6, b],
          ];
  }
  return [];
}

/** Where I stand, and who is seen from there. */
export function aroundInWords({ view }: Seen, names: ReadonlyMap<string, string>): string {
  if (view.you === null || view.you.health === 0) return '';
  const others = view.characters.map(({ id, q, r }) => `${names.get(id) ?? 'Somebody'}: ${placeInWords({ q, r })}.`);
  const hunter = view.minotaur === null ? [] : [`The minotaur: ${placeInWords(view.minotaur)}.`];
  return [wallsInWords(atlasOf(view), here), ...others, ...hunter].join(' ');
}

/** As `east, east, north-west`; long ones in short. */
export function wayInWords(way: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const direction of way) {
    const last = runs.at(-1);
    if (last?.[0] === direction) last[1] += 1;
    else runs.push([direction, 1]);
  }
  return runs.map(([direction, count]) => directionInWords(direction) + (count === 1 ? '' : ` ×${count}`)).join(', ');
}

/** As `Open: east and west. Walls: …`. */
export function wallsInWords(atlas: Atlas, place: Hex): string {
  const all = names.map((name, direction) => ({ name, wall: isWall(atlas, place, direction) }));
  const open = all.filter(({ wall }) => !wall).map(({ name }) => name);
  return open.length === 0 ? 'Walls on every side.' : `Open: ${listed(open)}.`;
}

export function actionInWords(action: Action, called: ReadonlyMap<string, string>): string {
  if (action.type === 'attack') return `Strike ${called.get(action.targetPlayerId) ?? 'somebody'}`;
  return `Step ${directionInWords(directionOf(action.vector))}`;
}

export interface Telling {
  readonly me: string;
  readonly names: ReadonlyMap<string, string>;
  readonly damage: number;
}

/** Null: nothing that anybody has to be told. */
export function eventInWords(event: GameEvent, { me, names: called, damage }: Telling): string | null {
  const name = (id: unknown) => (id === me ? 'you' : (called.get(String(id)) ?? 'somebody'));
  const Name = (id: unknown) => capital(name(id));
  const { character, target, direction } = event;
  switch (event.type) {
    case 'attacked': {
      const hits = Number(event.hits);
      const cost = target === me ? `, −${hits * damage} health` : '';
      return `${Name(character)} struck ${name(target)} ${times(hits)}${cost}.`;
    }
    case 'minotaur_attacked':
      return `The minotaur struck ${name(target)}${target === me ? `, −${2 * damage} health` : ''}.`;
    case 'died':
      return `${Name(character)} died.`;
    case 'stopped':
      return `A wall to the ${directionInWords(Number(direction))} stopped you.`;
    case 'left':
      return `${Name(character)} left to the ${directionInWords(Number(direction))}.`;
    case 'minotaur_left':
      return `The minotaur left to the ${directionInWords(Number(direction))}.`;
    case 'entered':
      return character === me ? 'You walked.' : `${Name(character)} walked, and you see where.`;
    case 'minotaur_entered':
      return 'The minotaur walked, and you see where.';
    case 'game_started':
      return 'You wake in a labyrinth.';
    case 'round_ended':
      return event.reason === 'time' ? 'The time was up.' : null;
    case 'player_left':
      return `${Name(event.playerId)} ${event.playerId === me ? 'have' : 'has'} left the game.`;
    case 'host_changed':
      return event.playerId === me ? 'You are the host now.' : `${Name(event.playerId)} is the host now.`;
    case 'clock_suspended':
      return 'Nobody played: the clock rests until somebody does.';
    case 'clock_resumed':
      return 'The clock runs again.';
    default:
      return null;
  }
}

export interface Ending {
  readonly title: string;
  readonly text: string;
  readonly tone: 'won' | 'lost' | 'even';
}

/** For whoever plays (`me`), and for those who watch (null). */
export function endingInWords(
  outcome: Outcome | null,
  me: string | null,
  called: ReadonlyMap<string, string>,
  events: readonly GameEvent[],
): Ending {
  const winners = outcome?.winners ?? [];
  const said = listed(winners.map((id) => called.get(id) ?? 'somebody'));
  if (outcome === null) return { title: 'It is over', text: 'Nobody came back to play.', tone: 'even' };
  if (winners.length === 0) return { title: 'Nobody won', text: 'Nobody left the labyrinth alive.', tone: 'even' };
  const last = outcome.reason === 'last_round' ? 'The last round is over' : '';
  if (me !== null && winners.includes(me)) {
    if (winners.length > 1)
      return { title: 'A draw', text: `${last || 'It is over'}: ${said} share the victory.`, tone: 'won' };
    return {
      title: 'You won',
      text: last ? `${last}, and you are the strongest.` : 'You are the last one standing.',
      tone: 'won',
    };
  }
  const text = [last && `${last}.`, deathInWords(me, called, events)].filter(Boolean).join(' ');
  return { title: `${said} won`, text, tone: me === null ? 'even' : 'lost' };
}

/** Empty: they live, or nothing is known of it. */
function deathInWords(me: string | null, called: ReadonlyMap<string, string>, events: readonly GameEvent[]): string {
  const death = events.find(({ type, character }) => type === 'died' && character === me);
  if (death === undefined) return '';
  const strikes = events.filter(({ round, target }) => round === death.round && target === me);
  const strikers = strikes.map(({ type, character }) =>
    type === 'minotaur_attacked' ? 'the minotaur' : (called.get(String(character)) ?? 'somebody'),
  );
  return `You died in round ${death.round}${strikers.length === 0 ? '' : `, struck by ${listed(strikers)}`}.`;
}

function times(count: number): string {
  // No number beside a name that may end in one.
  return ['never', 'once', 'twice', 'three times'][count] ?? `${count} times`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
