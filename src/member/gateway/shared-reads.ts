/**
 * Equal strong reads of one game that wait at this gateway share one forward.
 *
 * Role: bounds what one game costs the connection to NATS, however many ask for it through this member.
 * Why it is right (I3): a strong read must reflect every command that was acknowledged before it began. A read joins a forward that has not
 * been sent yet, so that forward is sent after the read began, and its answer reflects all that the read must.
 * Invariants: of equal reads at most `EQUAL_AT_ONCE` are under way; those that come meanwhile wait for the next one, all for the same.
 */
export const EQUAL_AT_ONCE = 2;

interface Next<Value> {
  readonly promise: Promise<Value>;
  readonly begin: () => void;
}

interface Group<Value> {
  underWay: number;
  next: Next<Value> | null;
}

export class SharedReads<Value> {
  private readonly groups = new Map<string, Group<Value>>();

  /** What `read` comes to, or one that another caller with the same `key` gave and that begins after this call. */
  share(key: string, read: () => Promise<Value>): Promise<Value> {
    const group = this.groups.get(key) ?? { underWay: 0, next: null };
    this.groups.set(key, group);
    if (group.underWay < EQUAL_AT_ONCE) return this.run(key, group, read);
    const next = group.next ?? this.later(key, group, read);
    group.next = next;
    return next.promise;
  }

  private later(key: string, group: Group<Value>, read: () => Promise<Value>): Next<Value> {
    const { promise, resolve } = Promise.withResolvers<Value>();
    return { promise, begin: () => resolve(this.run(key, group, read)) };
  }

  private async run(key: string, group: Group<Value>, read: () => Promise<Value>): Promise<Value> {
    group.underWay += 1;
    try {
      return await read();
    } finally {
      group.underWay -= 1;
      const { next } = group;
      group.next = null;
      next?.begin();
      if (group.underWay === 0) this.groups.delete(key);
    }
  }
}
