/**
 * Who should own which slot.
 *
 * Role: a value computed from the ids of the active members and the number of slots, and from nothing else: every member that sees
 * the same members comes to the same answer, whatever happened before.
 * How: each member has points on a circle, each slot an equal arc of it; a slot belongs to the first member clockwise from the
 * middle of its arc that is not full (Mirrokni, Thorup, Zadimoghaddam: "Consistent Hashing with Bounded Loads", SODA 2018).
 * Slots have their turn by number. Equal arcs rather than hashed places, because fewer slots overflow that way.
 * Invariants:
 *  - No member owns more than ceil(slots / members) + 1.
 *  - Changing anything here is a new protocol number: members that disagree about the ring move slots to and fro.
 */
import { hash32 } from './slot-hash.ts';

const POINTS_PER_MEMBER = 128;
const CIRCLE = 2 ** 32;

export interface Ring {
  /** Sorted, without repetition. */
  readonly members: readonly string[];
  /** Null if there are no members. */
  owner(slot: number): string | null;
  /** All members: the owner first, then in the order in which they follow the slot on the circle. */
  successors(slot: number): readonly string[];
  /** In rising order. */
  slotsOf(memberId: string): readonly number[];
}

/** Builds the ring of these members, given in any order. About 1 ms for 20 members and 256 slots. */
export function buildRing(memberIds: readonly string[], slots: number): Ring {
  const members = [...new Set(memberIds)].sort();
  const successors = members.length === 0 ? [] : boundLoads(ringOrders(members, slots), members, slots);
  const slotsOf = new Map<string, number[]>(members.map((id) => [id, []]));
  for (const [slot, [owner]] of successors.entries()) if (owner !== undefined) slotsOf.get(owner)?.push(slot);
  return {
    members,
    owner: (slot) => successors[slot]?.[0] ?? null,
    successors: (slot) => successors[slot] ?? [],
    slotsOf: (memberId) => slotsOf.get(memberId) ?? [],
  };
}

/** For each slot: indexes of all members in the order in which they follow it on the circle. */
function ringOrders(members: readonly string[], slots: number): number[][] {
  const count = members.length;
  // A point and its member in one number: sorts by point, equal points by member, and far faster than objects do.
  const points = new Float64Array(count * POINTS_PER_MEMBER);
  for (const [index, id] of members.entries()) {
    for (let point = 0; point < POINTS_PER_MEMBER; point += 1) {
      points[index * POINTS_PER_MEMBER + point] = hash32(`${id}#${point}`) * count + index;
    }
  }
  points.sort();
  const owners = Uint32Array.from(points, (point) => point % count);
  const orders: number[][] = [];
  let first = 0;
  for (let slot = 0; slot < slots; slot += 1) {
    const place = ((slot + 0.5) / slots) * CIRCLE;
    while (first < points.length && (points[first] ?? 0) / count < place) first += 1;
    orders.push(distinctFrom(owners, first, count));
  }
  return orders;
}

/** Each member once, in the order in which they own the points from `first` on. */
function distinctFrom(owners: Uint32Array, first: number, count: number): number[] {
  const order: number[] = [];
  const seen = new Uint8Array(count);
  for (let step = 0; order.length < count; step += 1) {
    const member = owners[(first + step) % owners.length] ?? 0;
    if (seen[member] === 0) order.push(member);
    seen[member] = 1;
  }
  return order;
}

/** Moves each slot's owner, the first in its order that has room, to the front. There is room: the capacities add up to more than `slots`. */
function boundLoads(orders: readonly number[][], members: readonly string[], slots: number): string[][] {
  const capacity = Math.ceil(slots / members.length) + 1;
  const loads = new Uint32Array(members.length);
  return orders.map((order) => {
    const owner = order.find((member) => (loads[member] ?? 0) < capacity) ?? 0;
    loads[owner] = (loads[owner] ?? 0) + 1;
    return [owner, ...order.filter((member) => member !== owner)].map((member) => members[member] ?? '');
  });
}
