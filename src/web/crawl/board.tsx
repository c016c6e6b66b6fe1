/**
 * The labyrinth as I know it, drawn: what I see in the light, what I remember in the dark, who is there, and my plan as a ghost.
 *
 * Role: draws one frame, and what led to it as a movement. It holds no state of the game, and who cannot see it has the lists.
 */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { GameEvent } from '../../client/index.ts';
import { type Atlas, nameOf } from '../../games/minotaur/atlas.ts';
import type { Hex } from '../../games/minotaur/hexes.ts';
import { Beast, Token } from './actors.tsx';
import { animate, type Running } from './animate.ts';
import { Aim, Ghost, type Planned } from './ghost.tsx';
import { boxAround, floorPath, hexAt, middleOf, type Point, placeInHex, size, wallsPath } from './layout.ts';
import { type Actor, actorsOf, beast, type Motion, motionBetween } from './motion.ts';
import { chartOf, type Frame, hexNamed, plus } from './story.ts';

export interface Drawn {
  readonly frame: Frame;
  /** Null: nothing moves. */
  readonly before: Frame | null;
  /** What led to the frame. */
  readonly events: readonly GameEvent[];
  readonly me: string;
  readonly names: ReadonlyMap<string, string>;
  readonly damage: number;
  /** In steps. */
  readonly sight: number;
  /** Null: nothing is planned here. */
  readonly plan: Planned | null;
  readonly whole: boolean;
  /** All that is known is in the light. */
  readonly bright: boolean;
  /** Places from my hex. */
  readonly pick?: (place: Hex) => void;
}

export function Board(drawn: Drawn) {
  const { frame, me, names, plan, whole, pick } = drawn;
  const { svg, motion, running, skip } = useMotion(drawn);
  const { view: seen, at } = frame;
  // A plan changes more often than the ground does.
  const { chart, known, lit } = useMemo(() => groundOf({ view: seen, at }, drawn.bright), [seen, at, drawn.bright]);
  const camera = middleOf(frame.at);
  const box = whole ? boxAround(known) : null;
  const reach = Math.min(6, Math.max(2.2, drawn.sight + 0.7)) * Math.sqrt(3) * size;
  const view =
    box === null
      ? `${-reach} ${-reach} ${2 * reach} ${2 * reach}`
      : `${box.x - camera.x} ${box.y - camera.y} ${box.w} ${box.h}`;
  const choose = (event: MouseEvent) => {
    const layer = svg.current?.querySelector<SVGGElement>('[data-ground]');
    const matrix = layer?.getScreenCTM();
    if (pick === undefined || !matrix) return;
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    const hex = hexAt({ x, y });
    pick({ q: hex.q - frame.at.q, r: hex.r - frame.at.r });
  };
  return (
    <div class="board">
      <svg ref={svg} viewBox={view} class={whole ? 'whole' : ''} aria-hidden="true" onClick={choose}>
        <g data-shake="">
          <Camera at={camera}>
            <g data-ground="">
              <Ground chart={chart} known={known} lit={lit} />
            </g>
          </Camera>
          {!whole && <Torch reach={reach} />}
          <Camera at={camera}>
            {plan !== null && <Ghost plan={plan} at={frame.at} />}
            <Actors
              actors={actorsOf(frame, me)}
              motion={motion}
              me={me}
              names={names}
              strikes={plan?.reckoning.strikes ?? null}
            />
            {motion !== null && <Blows motion={motion} damage={drawn.damage} />}
          </Camera>
        </g>
      </svg>
      {running && (
        <button type="button" class="small skip" onClick={skip}>
          Skip
        </button>
      )}
    </div>
  );
}

/** What I see moves as I walk; the light stays on me, and whoever is there is seen in front of it. */
function Camera({ at, children }: { readonly at: Point; readonly children: ComponentChildren }) {
  return (
    <g transform={`translate(${-at.x} ${-at.y})`}>
      <g data-camera="">{children}</g>
    </g>
  );
}

/** Moves what was drawn, once for each frame. */
function useMotion({ frame, before, events, me }: Drawn) {
  const svg = useRef<SVGSVGElement>(null);
  const current = useRef<Running | null>(null);
  const [running, run] = useState(false);
  const moves = before !== null && frame.goesOn && !matchMedia('(prefers-reduced-motion: reduce)').matches;
  const motion = moves ? motionBetween(before, frame, events, me) : null;
  // What moves follows from the two frames.
  useLayoutEffect(() => {
    if (motion === null || svg.current === null) return;
    const started = animate(svg.current, motion, me);
    current.current = started;
    run(true);
    void started.ended.then(() => current.current === started && run(false));
    return () => started.skip();
  }, [frame.step, before?.step]);
  return { svg, motion, running, skip: () => current.current?.skip() };
}

function groundOf(frame: Pick<Frame, 'view' | 'at'>, bright: boolean) {
  const chart = chartOf(frame);
  const known = [...chart.keys()].map(hexNamed);
  return { chart, known, lit: bright ? known : litOf(frame) };
}

function litOf({ view, at }: Pick<Frame, 'view' | 'at'>): readonly Hex[] {
  return view.visible.flatMap(({ q, r, walls }) =>
    Array.from({ length: walls.length }, (_, index) => plus({ q: q + index, r }, at)),
  );
}

function Ground({
  chart,
  known,
  lit,
}: {
  readonly chart: Atlas;
  readonly known: readonly Hex[];
  readonly lit: readonly Hex[];
}) {
  const paths = useMemo(() => {
    const of = (hexes: readonly Hex[]) => ({
      floor: floorPath(hexes, 1.02),
      tiles: floorPath(hexes, 0.86),
      walls: wallsPath(hexes, chart),
    });
    return { dark: of(known), light: of(lit) };
  }, [chart, known, lit]);
  const { dark, light } = paths;
  return (
    <>
      <path class="floor" d={dark.floor} />
      <path class="tiles" d={dark.tiles} />
      <g data-light="">
        <path class="floor lit" d={light.floor} />
        <path class="tiles lit" d={light.tiles} />
      </g>
      <path class="walls shade" d={dark.walls} />
      <path class="walls" d={dark.walls} />
      <path class="walls lit" d={light.walls} />
    </>
  );
}

interface Cast {
  readonly actors: readonly Actor[];
  readonly motion: Motion | null;
  readonly me: string;
  readonly names: ReadonlyMap<string, string>;
  /** How often I mean to strike whom. */
  readonly strikes: ReadonlyMap<string, number> | null;
}

/** Those who are there; and, to be seen only while they go, those who left. */
function Actors({ actors, motion, me, names, strikes }: Cast) {
  const gone = (motion?.walks ?? []).filter(({ sight }) => sight === 'leaves');
  const left = gone.map(({ id, way }) => ({ id, at: way[0] as Hex, dead: false, gone: true }));
  const all = [...left, ...actors.toReversed().map((actor) => ({ ...actor, gone: false }))];
  const seats = [...names.keys()];
  return all.map(({ id, at, dead, gone: isGone }) => {
    const sharing = actors.filter((other) => nameOf(other.at) === nameOf(at)).map((other) => other.id);
    const slot = placeInHex(Math.max(0, sharing.indexOf(id)), sharing.length);
    const middle = middleOf(at);
    const count = strikes?.get(id);
    return (
      <g key={id} transform={`translate(${middle.x + slot.x} ${middle.y + slot.y})`}>
        <g data-who={id} class={isGone ? 'gone' : ''}>
          <g data-body={id}>
            {id === beast ? (
              <Beast />
            ) : (
              <Token
                seat={seats.indexOf(id)}
                name={names.get(id) ?? '?'}
                isMe={id === me}
                dead={dead}
                small={sharing.length > 1}
              />
            )}
          </g>
        </g>
        {count !== undefined && <Aim count={count} />}
      </g>
    );
  });
}

function Blows({ motion, damage }: { readonly motion: Motion; readonly damage: number }) {
  return motion.strikes.map(({ by, target, hits, at }, index) => {
    const { x, y } = middleOf(at);
    return (
      <g key={`${by} ${target}`} transform={`translate(${x} ${y})`}>
        <g data-blow={index} class="blow">
          <path d="M-9 -9L9 9M9 -9L-9 9" />
          <text y={-12}>−{hits * damage}</text>
        </g>
      </g>
    );
  });
}

/** Light falls off around me. */
function Torch({ reach }: { readonly reach: number }) {
  return (
    <>
      <defs>
        <radialGradient id="torch" gradientUnits="userSpaceOnUse" cx="0" cy="0" r={reach * 1.05}>
          <stop offset="0.45" class="torch-near" />
          <stop offset="1" class="torch-far" />
        </radialGradient>
      </defs>
      <rect class="torch" x={-2 * reach} y={-2 * reach} width={4 * reach} height={4 * reach} fill="url(#torch)" />
    </>
  );
}
