/**
 * A round as it is resolved on the screen: strikes first, then everybody walks at once.
 *
 * Role: runs a `Motion` on what the board has drawn; everything is drawn where it ends, so nothing has to be cleared up, and to skip is to finish.
 * Why the browser's own animations: they move and fade without a layout, and go on while scripts work.
 */
import type { Hex } from '../../games/minotaur/hexes.ts';
import { middleOf } from './layout.ts';
import type { Motion } from './motion.ts';

const strikeMs = 750;
const stepMs = 230;

export interface Running {
  /** Everything stands where it ends. */
  skip(): void;
  readonly ended: Promise<void>;
}

/** `root`: what the board drew, after the motion. */
export function animate(root: Element, motion: Motion, me: string | null): Running {
  const animations: Animation[] = [];
  const run = (found: Element | null, frames: Keyframe[], options: KeyframeAnimationOptions) => {
    if (found !== null) animations.push(found.animate(frames, { fill: 'backwards', ...options }));
  };
  const delay = motion.strikes.length > 0 ? strikeMs : 0;
  const longest = motion.walks.reduce((most, { way }) => Math.max(most, way.length - 1), 0);
  for (const [index, { by, from, at }] of motion.strikes.entries()) {
    run(root.querySelector(`[data-blow="${index}"]`), blow, { duration: strikeMs });
    run(root.querySelector(`[data-body="${by}"]`), lunge(from ?? at, at), {
      duration: strikeMs / 2,
      easing: 'ease-out',
    });
  }
  if (motion.strikes.some(({ target }) => target === me)) {
    run(root.querySelector('[data-shake]'), shake, { duration: 400, delay: strikeMs / 4 });
  }
  for (const { id, way, sight } of motion.walks) {
    const options = { delay, duration: Math.max(1, way.length - 1) * stepMs, easing: 'ease-in-out' };
    const who = root.querySelector(`[data-who="${id}"]`);
    if (sight === 'all' && way.length > 1) run(who, along(way), options);
    if (sight === 'all' && way.length > 1 && id === me) {
      for (const camera of root.querySelectorAll('[data-camera]')) run(camera, along(way, -1), options);
    }
    if (sight === 'comes') run(who, appear, { delay: delay + (longest * stepMs) / 2, duration: 2 * stepMs });
    if (sight === 'leaves') run(who, vanish(way), { delay, duration: 3 * stepMs, easing: 'ease-in' });
  }
  run(root.querySelector('[data-light]'), appear, { delay, duration: Math.max(2, longest) * stepMs });
  return {
    skip: () => {
      for (const animation of animations) animation.finish();
    },
    ended: Promise.allSettled(animations.map(({ finished }) => finished)).then(() => undefined),
  };
}

const appear: Keyframe[] = [{ opacity: 0 }, { opacity: 1 }];

const blow: Keyframe[] = [
  { opacity: 0, transform: 'scale(0.4)' },
  { opacity: 1, transform: 'scale(1.15)', offset: 0.3 },
  { opacity: 1, transform: 'scale(1)', offset: 0.7 },
  { opacity: 0, transform: 'translateY(-9px)' },
];

const shake: Keyframe[] = [0, 4, -4, 3, -2, 0].map((x) => ({ transform: `translate(${x}px, 0)` }));

/** As seen from where the way ends. `sign` -1: of what moves against it. */
function along(way: readonly Hex[], sign = 1): Keyframe[] {
  const end = middleOf(way.at(-1) as Hex);
  return way
    .map(middleOf)
    .map(({ x, y }) => ({ transform: `translate(${sign * (x - end.x)}px, ${sign * (y - end.y)}px)` }));
}

function vanish(way: readonly Hex[]): Keyframe[] {
  const [start, end] = [middleOf(way[0] as Hex), middleOf(way.at(-1) as Hex)];
  return [
    { opacity: 1, transform: 'none' },
    { opacity: 0, transform: `translate(${end.x - start.x}px, ${end.y - start.y}px)` },
  ];
}

/** Towards whom is struck, and back; where both stand in one hex, up. */
function lunge(from: Hex, to: Hex): Keyframe[] {
  const [start, end] = [middleOf(from), middleOf(to)];
  const [x, y] = [(end.x - start.x) * 0.4, (end.y - start.y) * 0.4];
  const there = x === 0 && y === 0 ? 'scale(1.25)' : `translate(${x}px, ${y}px)`;
  return [{ transform: 'none' }, { transform: there, offset: 0.4 }, { transform: 'none' }];
}
