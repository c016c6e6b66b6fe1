/**
 * What is known after an answer, by whichever member it was given. Pure.
 *
 * Why not the answer alone: members see changes one after the other, of members and of slots apart, and each at its own pace; a member that joined
 * counts renewals as changes, so revisions of two members that know the same may differ for ever.
 * Invariants:
 *  - Who is gone does not come back, and owns nothing: who starts again is another incarnation.
 *  - A takeover proves that the holder before it is gone: nobody takes a slot before having seen that.
 *  - Of a slot the highest epoch counts, of the members the list of the highest revision.
 */
import type { Member, Report, SlotMap } from './report.ts';

export interface Known {
  readonly revision: number;
  /** All incarnations; the newest of an id is the last. */
  readonly members: readonly Member[];
  readonly slotMap: SlotMap | null;
  /** Of each slot the last one that had it; null: nobody is known of. */
  readonly holders: readonly (Holder | null)[];
  /** Incarnation → id, the last 100. */
  readonly gone: ReadonlyMap<string, string>;
}

export interface Holder {
  readonly id: string;
  readonly incarnation: string;
  /** Under which it has the slot, or had it. */
  readonly epoch: number;
}

export interface Learnt extends Known {
  /** The answer shows what is over. */
  readonly isBehind: boolean;
}

const mostGone = 100;

export const nothingKnown: Known = { revision: 0, members: [], slotMap: null, holders: [], gone: new Map() };

export function learn(before: Known, given: Report): Learnt {
  const isNewer = given.revision >= before.revision || isSame(before.members, given.members);
  const left = isNewer ? missing(before.members, given.members) : [];
  const gone = new Map([...before.gone, ...[...left, ...takenOver(before, given)].map(goneOf)]);
  const holders = given.slotMap === null ? before.holders : holdersAfter(before, given.slotMap, given.members, gone);
  const slotMap = newest(before.slotMap, given.slotMap, isNewer);
  return {
    revision: Math.max(before.revision, given.revision),
    members: (isNewer ? given.members : before.members).filter(({ incarnation }) => !gone.has(incarnation)),
    slotMap: slotMap && withoutTheGone(slotMap, holders, gone),
    holders,
    gone: new Map([...gone].slice(-mostGone)),
    isBehind:
      !isNewer ||
      given.members.some(({ incarnation }) => before.gone.has(incarnation)) ||
      isLower(before.slotMap, given.slotMap),
  };
}

/** Of each id the newest incarnation: one that died may be listed for a while beside the one that came after it. */
export function newestOfEach(members: readonly Member[]): readonly Member[] {
  return [...new Map(members.map((member) => [member.id, member])).values()];
}

function missing(before: readonly Member[], after: readonly Member[]): readonly Member[] {
  const is = new Set(after.map(({ incarnation }) => incarnation));
  return before.filter(({ incarnation }) => !is.has(incarnation));
}

function goneOf({ id, incarnation }: { readonly id: string; readonly incarnation: string }): readonly [string, string] {
  return [incarnation, id];
}

/** The same members in the same state. */
function isSame(one: readonly Member[], other: readonly Member[]): boolean {
  const states = new Map(one.map(({ incarnation, status }) => [incarnation, status]));
  return one.length === other.length && other.every(({ incarnation, status }) => states.get(incarnation) === status);
}

/** Whose very records others replaced by a takeover. Of two that are further apart nothing is proved: there was another holder between. */
function takenOver({ holders }: Known, { slotMap }: Report): readonly Holder[] {
  return holders.flatMap((holder, slot) => {
    const isNext = holder !== null && slotMap?.epochs[slot] === holder.epoch + 1;
    return isNext && slotMap?.acquired[slot] === 'takeover' ? [holder] : [];
  });
}

/** Who has a slot by a record is who has the id, of those who are there: a member may know the record before it knows of that one. */
function holdersAfter(
  { holders }: Known,
  map: SlotMap,
  members: readonly Member[],
  gone: Known['gone'],
): Known['holders'] {
  const there = members.filter(({ incarnation }) => !gone.has(incarnation));
  const ids = new Map(there.map(({ id, incarnation }) => [id, incarnation]));
  return map.epochs.map((epoch, slot) => {
    const known = holders[slot] ?? null;
    const id = map.owners[slot] ?? null;
    const incarnation = id === null ? undefined : ids.get(id);
    if (id === null || incarnation === undefined) return known;
    if (known !== null && (epoch < known.epoch || (epoch === known.epoch && !gone.has(known.incarnation))))
      return known;
    return { id, incarnation, epoch };
  });
}

function withoutTheGone(map: SlotMap, holders: Known['holders'], gone: Known['gone']): SlotMap {
  const isGone = (slot: number) => {
    const holder = holders[slot] ?? null;
    return holder !== null && holder.epoch === map.epochs[slot] && gone.has(holder.incarnation);
  };
  return { ...map, owners: map.owners.map((owner, slot) => (isGone(slot) ? null : owner)) };
}

/** Of each slot the record of the higher epoch; of one record the newer answer says whether its owner is there. */
function newest(before: SlotMap | null, after: SlotMap | null, isNewer: boolean): SlotMap | null {
  if (before === null || after === null || before.owners.length !== after.owners.length) return after ?? before;
  const isOld = after.epochs.map((epoch, slot) => {
    const known = before.epochs[slot] ?? 0;
    return epoch < known || (epoch === known && !isNewer && before.owners[slot] !== null);
  });
  const pick = <Value>(old: readonly Value[], young: readonly Value[]) =>
    young.map((value, slot) => (isOld[slot] ? (old[slot] as Value) : value));
  return {
    owners: pick(before.owners, after.owners),
    epochs: pick(before.epochs, after.epochs),
    acquired: pick(before.acquired, after.acquired),
    desiredOwners: isNewer ? after.desiredOwners : before.desiredOwners,
  };
}

function isLower(before: SlotMap | null, after: SlotMap | null): boolean {
  return after?.epochs.some((epoch, slot) => epoch < (before?.epochs[slot] ?? 0)) ?? false;
}
