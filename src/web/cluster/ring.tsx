/**
 * The picture: every slot on a ring in the colour of its owner, and a thread from it to the member.
 *
 * Why one image to who does not see it: the same facts stand in the table beside it.
 */
import { arcsOf, band, type Point, placesOf, thread } from './arcs.ts';
import { counted } from './news.ts';
import type { Member, SlotMap } from './report.ts';

const outer = 300;
const inner = 272;
/** Where a moving slot shows who gets it. */
const goal = { inner: 258, outer: 268 };
const threadsBegin = 270;
const membersStand = 140;
/** More threads than this are a blot. */
const mostThreads = 512;
const mostLetters = 9;

interface Picture {
  readonly map: SlotMap;
  readonly members: readonly Member[];
  readonly colours: ReadonlyMap<string, string>;
  readonly fresh: ReadonlySet<number>;
  /** The member that is looked at; null: all of them. */
  readonly chosen: string | null;
  readonly choose: (id: string | null) => void;
}

export function Ring({ map, members, colours, fresh, chosen, choose }: Picture) {
  const slots = map.owners.length;
  const arcs = arcsOf(map, fresh);
  const places = placesOf(
    members.map(({ id }) => id),
    membersStand,
  );
  const classOf = (id: string | null) =>
    `${id === null ? 'unowned' : (colours.get(id) ?? 'unowned')}${chosen !== null && chosen !== id ? ' dim' : ''}`;
  const label = `${counted(slots, 'slot')} on a ring: ${members.map(({ id, slots: own }) => `${id} owns ${own}`).join(', ')}`;
  return (
    <svg class="ring" viewBox="-310 -310 620 620" role="img" aria-label={label}>
      {slots <= mostThreads &&
        map.owners.map((owner, slot) => {
          const place = owner === null ? undefined : places.get(owner);
          if (place === undefined) return null;
          return (
            <path
              key={`${slot} ${owner}`}
              class={`thread ${classOf(owner)}`}
              d={thread({ from: slot, to: slot + 1 }, slots, threadsBegin, place)}
            />
          );
        })}
      {arcs.map((arc) => (
        <path
          key={`${arc.from} ${arc.to} ${arc.owner}`}
          class={`arc ${classOf(arc.owner)}${arc.isFresh ? ' fresh' : ''}`}
          d={band(arc, slots, inner, outer)}
        />
      ))}
      {arcs.map(
        (arc) =>
          arc.goesTo !== null && (
            <path
              key={`${arc.from} ${arc.to} ${arc.goesTo}`}
              class={`goal ${classOf(arc.goesTo)}`}
              d={band(arc, slots, goal.inner, goal.outer)}
            />
          ),
      )}
      {members.map((member) => (
        <MemberMark
          key={member.id}
          member={member}
          place={places.get(member.id) ?? { x: 0, y: 0 }}
          share={member.slots / slots}
          look={classOf(member.id)}
          choose={choose}
        />
      ))}
    </svg>
  );
}

interface Mark {
  readonly member: Member;
  readonly place: Point;
  /** Of all slots. */
  readonly share: number;
  readonly look: string;
  readonly choose: (id: string | null) => void;
}

function MemberMark({ member, place, share, look, choose }: Mark) {
  const { id, status, sessions, slots } = member;
  const radius = 40 + 32 * Math.sqrt(share);
  const state = sessions === null ? ' unheard' : status === 'leaving' ? ' leaving' : '';
  return (
    <g
      class={`member ${look}${state}`}
      transform={`translate(${place.x} ${place.y})`}
      onPointerEnter={() => choose(id)}
      onPointerLeave={() => choose(null)}
    >
      <path d={hexagon(radius)} />
      <text class="name" y={-2}>
        {id.length > mostLetters ? `${id.slice(0, mostLetters - 1)}…` : id}
      </text>
      <text class="count" y={20}>
        {slots}
      </text>
    </g>
  );
}

function hexagon(radius: number): string {
  const corners = [0, 1, 2, 3, 4, 5].map((corner) => {
    const angle = (corner * Math.PI) / 3 - Math.PI / 2;
    return `${(Math.cos(angle) * radius).toFixed(1)} ${(Math.sin(angle) * radius).toFixed(1)}`;
  });
  return `M${corners.join('L')}Z`;
}
