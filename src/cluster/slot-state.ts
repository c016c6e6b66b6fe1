/**
 * The life of one slot on one member: whether it is served, and which step with it is under way.
 *
 * Role: the one place where that changes. slots/slot-agent.ts tells of events and carries out effects; it keeps nothing beside this.
 * Invariants:
 *  - One step at a time: the next one begins in `idle` or `serving` only.
 *  - The sessions of the slot are open in exactly the states that `isOpen` names.
 *  - No state is left without an answer to an event: `stay` where it changes nothing, `never` where it cannot come.
 */

/**
 * - `idle`: not served, nothing under way.
 * - `verifying`: nobody knows its owner, whose marker is written or found.
 * - `taking`: a record that names this member is on its way.
 * - `serving`: the record names this member, and its sessions are open.
 * - `offering`: handed to another: served until it is frozen.
 * - `releasing`: the record of the next owner is on its way: nothing is served, whatever becomes of it.
 * - `lost`, `kept`: how the step ended; its task has yet to return.
 * - `stopped`: for good, with the incarnation.
 */
export type SlotState =
  | 'idle'
  | 'verifying'
  | 'taking'
  | 'serving'
  | 'offering'
  | 'releasing'
  | 'lost'
  | 'kept'
  | 'stopped';

/**
 * - `verify`, `take`, `handoff`: the step that was decided begins.
 * - `won`: the store acknowledged our record that takes the slot.
 * - `given`: a record hands the slot to this member.
 * - `foreign`: a record names another.
 * - `fenced`: something stored in the slot is of another owner.
 * - `conflicted`: our record lost against another: nothing of ours is in doubt.
 * - `verified`: the owner's marker was looked for.
 * - `refused`: the next owner did not take the slot, whose record is what it was.
 * - `sent`: all of it was sent to the next owner.
 * - `released`: the record of the next owner is certain, or not ours to know.
 * - `returned`: the task of the step has ended.
 * - `stop`: so does the incarnation.
 */
export type SlotEvent =
  | 'verify'
  | 'take'
  | 'handoff'
  | 'won'
  | 'given'
  | 'foreign'
  | 'fenced'
  | 'conflicted'
  | 'verified'
  | 'refused'
  | 'sent'
  | 'released'
  | 'returned'
  | 'stop';

/** What is to be done with the sessions of the slot. */
export type SlotEffect = 'open' | 'close';

export interface Transition {
  readonly state: SlotState;
  readonly effects: readonly SlotEffect[];
}

type Cell = Transition | 'stay' | 'never';

const to = (state: SlotState, ...effects: SlotEffect[]): Transition => ({ state, effects });

/** A step that ended tells nothing more but that. */
const NO_STEP = { verified: 'never', refused: 'never', sent: 'never', released: 'never', conflicted: 'never' } as const;
const NO_START = { verify: 'never', take: 'never', handoff: 'never' } as const;
const ALL_THE_SAME = { given: 'stay', foreign: 'stay', fenced: 'stay' } as const;
const STOP = { stop: to('stopped') } as const;

export const transitions: Readonly<Record<SlotState, Readonly<Record<SlotEvent, Cell>>>> = {
  idle: {
    ...NO_STEP,
    ...ALL_THE_SAME,
    ...STOP,
    verify: to('verifying'),
    take: to('taking'),
    handoff: 'never',
    won: 'never',
    given: to('serving', 'open'),
    returned: 'never',
  },
  verifying: {
    ...NO_STEP,
    ...NO_START,
    ...ALL_THE_SAME,
    ...STOP,
    won: 'never',
    verified: to('lost'),
    returned: to('idle'),
  },
  taking: {
    ...NO_STEP,
    ...NO_START,
    ...ALL_THE_SAME,
    ...STOP,
    won: to('kept', 'open'),
    // Should the record that ours lost against hand the slot over, it comes next.
    conflicted: to('lost'),
    returned: to('idle'),
  },
  serving: {
    ...NO_STEP,
    ...STOP,
    verify: 'never',
    take: 'never',
    handoff: to('offering'),
    won: 'never',
    given: 'stay',
    foreign: to('idle', 'close'),
    fenced: to('idle', 'close'),
    returned: 'never',
  },
  offering: {
    ...NO_STEP,
    ...NO_START,
    ...ALL_THE_SAME,
    ...STOP,
    won: 'never',
    refused: to('kept'),
    sent: to('releasing'),
    returned: to('idle', 'close'),
  },
  releasing: {
    ...NO_STEP,
    ...NO_START,
    ...ALL_THE_SAME,
    ...STOP,
    won: 'never',
    conflicted: 'stay',
    released: to('lost', 'close'),
    returned: to('idle', 'close'),
  },
  lost: {
    ...NO_STEP,
    ...NO_START,
    ...ALL_THE_SAME,
    ...STOP,
    won: 'never',
    given: to('kept', 'open'),
    returned: to('idle'),
  },
  kept: {
    ...NO_STEP,
    ...NO_START,
    ...STOP,
    won: 'never',
    given: 'stay',
    foreign: to('lost', 'close'),
    fenced: to('lost', 'close'),
    returned: to('serving'),
  },
  // Tasks of steps that were under way tell of their ends: nobody cares any more.
  stopped: {
    ...ALL_THE_SAME,
    verify: 'never',
    take: 'never',
    handoff: 'never',
    won: 'stay',
    conflicted: 'stay',
    verified: 'stay',
    refused: 'stay',
    sent: 'stay',
    released: 'stay',
    returned: 'stay',
    stop: 'stay',
  },
};

/** Throws if the event cannot come in that state. */
export function step(state: SlotState, event: SlotEvent): Transition {
  const cell = transitions[state][event];
  if (cell === 'never') throw new Error(`a slot that is ${state} was told: ${event}`);
  return cell === 'stay' ? to(state) : cell;
}

/** Whether its sessions are open, frozen ones included. */
export function isOpen(state: SlotState): boolean {
  return state === 'serving' || state === 'offering' || state === 'releasing' || state === 'kept';
}

/** Whether the slot is this member's to serve, and on its way to nobody. */
export function isServed(state: SlotState): boolean {
  return state === 'serving' || state === 'kept';
}

/** Whether there is anything of this member's about the slot: it serves it, or a step is about to change whose it is. */
export function isInvolved(state: SlotState): boolean {
  return state !== 'idle' && state !== 'lost' && state !== 'stopped';
}
