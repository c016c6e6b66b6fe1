/**
 * A labyrinth at the door: a new one each time, made as the game makes its own.
 */
import { useMemo } from 'preact/hooks';
import { nameOf } from '../../games/minotaur/atlas.ts';
import { hexesOf } from '../../games/minotaur/hexes.ts';
import { buildLabyrinth, wallsOf, waysOf } from '../../games/minotaur/labyrinth.ts';
import { Beast } from './actors.tsx';
import { floorPath, wallsPath } from './layout.ts';

const radius = 4;

export function Emblem() {
  const { floor, walls } = useMemo(() => {
    const ways = waysOf(buildLabyrinth(radius, { int: (below) => Math.floor(Math.random() * below) }));
    const hexes = hexesOf(radius);
    const atlas = new Map(hexes.map((hex, number) => [nameOf(hex), wallsOf(ways, number)]));
    return { floor: floorPath(hexes, 1.02), walls: wallsPath(hexes, atlas) };
  }, []);
  return (
    <svg class="emblem" viewBox="-165 -150 330 300" aria-hidden="true">
      <path class="floor lit" d={floor} />
      <path class="walls shade" d={walls} />
      <path class="walls lit" d={walls} />
      <circle class="floor lit clearing" r={46} />
      <g transform="scale(3)">
        <Beast />
      </g>
    </svg>
  );
}
