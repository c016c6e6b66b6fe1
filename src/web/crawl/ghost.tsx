/**
 * My plan on the board: where I could go, the way that I mean to go; and a mark on whom I mean to strike. What is stored is drawn through, what is on its way is
 * dashed, and a step into a wall is crossed out.
 */
import type { Hex } from '../../games/minotaur/hexes.ts';
import { floorPath, linePath, middleOf } from './layout.ts';
import type { Order } from './orders.ts';
import type { Reckoning } from './plan.ts';
import { plus } from './story.ts';

export interface Planned {
  readonly orders: readonly Order[];
  readonly reckoning: Reckoning;
  /** Places from my hex, as all of the reckoning. */
  readonly reach: readonly Hex[];
}

export function Ghost({ plan, at }: { readonly plan: Planned; readonly at: Hex }) {
  const { orders, reckoning, reach } = plan;
  const walked = reckoning.steps.filter(({ comes }) => comes === 'there');
  const blocked = reckoning.steps.filter(({ comes }) => comes === 'wall');
  const end = middleOf(plus(reckoning.place, at));
  return (
    <g class="ghost">
      <path
        class="reach"
        d={floorPath(
          reach.map((place) => plus(place, at)),
          0.3,
        )}
      />
      {walked.map(({ index, from, to }) => (
        <path
          key={index}
          class={`way ${orders[index]?.state ?? 'stored'}`}
          d={linePath([plus(from, at), plus(to, at)])}
        />
      ))}
      {blocked.map(({ index, from, direction }) => {
        const { x, y } = middleOf(plus(from, at));
        return (
          <path
            key={index}
            class="bump"
            transform={`translate(${x} ${y}) rotate(${60 * direction})`}
            d="M11 -5L17 5M17 -5L11 5"
          />
        );
      })}
      {walked.length > 0 && <circle class="end" cx={end.x} cy={end.y} r={9} />}
    </g>
  );
}

export function Aim({ count }: { readonly count: number }) {
  return (
    <g class="aim">
      <circle r={13} />
      <path d="M0 -17V-9M0 17V9M-17 0H-9M17 0H9" />
      {count > 1 && (
        <text x={15} y={-8}>
          ×{count}
        </text>
      )}
    </g>
  );
}
