/**
 * My plan as it is on its way: what was sent, what is stored, what is being taken back. Pure.
 *
 * Role: puts together the actions that the server says are stored, and those that it was sent and has not shown yet.
 * Invariants:
 *  - An action is shown once, in the order in which it was given: pending, then stored, then gone.
 *  - What belongs to a round that is over is forgotten with it.
 */
import type { Action, Own, Seen } from './seen.ts';

interface Sent {
  readonly key: number;
  readonly action: Action;
  /** Null: not answered yet. */
  readonly stored: { readonly id: string; readonly version: number } | null;
}

export interface Orders {
  readonly round: number;
  /** In the order in which they were sent. */
  readonly sent: readonly Sent[];
  /** Ids of what is being taken back. */
  readonly leaving: ReadonlySet<string>;
}

export interface Order {
  readonly key: string;
  readonly action: Action;
  readonly state: 'pending' | 'stored' | 'leaving';
  /** Null: nobody can take it back yet. */
  readonly id: string | null;
}

export const noOrders: Orders = { round: 0, sent: [], leaving: new Set() };

export function give(orders: Orders, key: number, action: Action): Orders {
  return { ...orders, sent: [...orders.sent, { key, action, stored: null }] };
}

/** The server says that it is stored. */
export function answered(orders: Orders, key: number, id: string, version: number): Orders {
  return {
    ...orders,
    sent: orders.sent.map((each) => (each.key === key ? { ...each, stored: { id, version } } : each)),
  };
}

export function refused(orders: Orders, key: number): Orders {
  return { ...orders, sent: orders.sent.filter((each) => each.key !== key) };
}

export function takeBack(orders: Orders, id: string): Orders {
  return { ...orders, leaving: new Set(orders.leaving).add(id) };
}

/** It was not taken back after all. */
export function kept(orders: Orders, id: string): Orders {
  return { ...orders, leaving: new Set([...orders.leaving].filter((each) => each !== id)) };
}

/**
 * It is taken back. Why not by what is seen alone: an action that came and went between two looks of the server shows nothing new, so nothing is
 * sent.
 */
export function gone(orders: Orders, id: string): Orders {
  return { ...orders, sent: orders.sent.filter(({ stored }) => stored?.id !== id) };
}

/** With what was seen since. */
export function caughtUp(orders: Orders, { round, version, own }: Pick<Seen, 'round' | 'version' | 'own'>): Orders {
  if (round !== orders.round) return { ...noOrders, round };
  const isShown = ({ stored }: Sent) =>
    stored !== null && (stored.version <= version || own.some(({ id }) => id === stored.id));
  if (!orders.sent.some(isShown)) return orders;
  return { ...orders, sent: orders.sent.filter((each) => !isShown(each)) };
}

/** Those that are stored, then those on their way. */
export function ordersOf(orders: Orders, own: readonly Own[]): readonly Order[] {
  const shown = new Set(own.map(({ id }) => id));
  const stored = own.map((action): Order => {
    return { key: action.id, action, id: action.id, state: orders.leaving.has(action.id) ? 'leaving' : 'stored' };
  });
  const onTheirWay = orders.sent
    .filter((each) => each.stored === null || !shown.has(each.stored.id))
    .map(({ key, action, stored: is }): Order => {
      return { key: is?.id ?? `sent ${key}`, action, id: is?.id ?? null, state: is === null ? 'pending' : 'stored' };
    });
  return [
    ...stored,
    ...onTheirWay.map((order) =>
      order.id !== null && orders.leaving.has(order.id) ? { ...order, state: 'leaving' as const } : order,
    ),
  ];
}
