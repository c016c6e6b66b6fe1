/**
 * What keys mean at the table. Pure.
 *
 * Why by position: the six around S lie as the six sides of a hex, on every keyboard, whatever is printed on them.
 */
export type Meaning =
  | { readonly is: 'step'; readonly direction: number }
  /** The n-th of those who can be struck, from 0. */
  | { readonly is: 'strike'; readonly index: number }
  | { readonly is: 'back' | 'done' };

const steps: Readonly<Record<string, number>> = {
  KeyD: 0,
  KeyX: 1,
  KeyZ: 2,
  KeyA: 3,
  KeyW: 4,
  KeyE: 5,
  ArrowRight: 0,
  ArrowLeft: 3,
};
/** Up and down lead east, with Shift west. */
const slanted: Readonly<Record<string, readonly [number, number]>> = { ArrowUp: [5, 4], ArrowDown: [1, 2] };

interface Pressed {
  readonly code: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  /** It is held down. */
  readonly repeat: boolean;
}

/** Null: nothing, so it does what it does everywhere. */
export function meaningOf({ code, shiftKey, ctrlKey, altKey, metaKey, repeat }: Pressed): Meaning | null {
  if (ctrlKey || altKey || metaKey) return null;
  const direction = slanted[code]?.[shiftKey ? 1 : 0] ?? steps[code];
  if (direction !== undefined) return { is: 'step', direction };
  if (code === 'Backspace' || code === 'Delete') return { is: 'back' };
  // Held down, it would end one round after another.
  if (code === 'Enter' || code === 'NumpadEnter') return repeat ? null : { is: 'done' };
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1];
  return digit === undefined ? null : { is: 'strike', index: Number(digit) - 1 };
}

/** As printed on most keyboards. */
export const keyNames = ['D', 'X', 'Z', 'A', 'W', 'E'] as const;
