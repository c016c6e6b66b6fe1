/**
 * The difference between two answers, in sentences. Pure.
 *
 * Role: what people would say who watched: who came, went, fell silent; which slots changed hands, and how.
 */
import type { Member, NatsHealth, Report, SlotMap } from './report.ts';

export type Tone = 'good' | 'bad' | 'plain';

export interface News {
  readonly text: string;
  readonly tone: Tone;
  /** Slots that changed hands alike: news of the same kind that come soon after are told as one. */
  readonly move?: Move;
}

export interface Move {
  readonly from: string | null;
  readonly to: string;
  readonly how: string;
  readonly count: number;
}

/** A member lives as long as NATS acknowledges its renewals; later than this one is late. */
const lateMs = 3_000;

/** `gone`: members that were there once. `orphans`: how many slots of a member have no owner now. */
export function membersNews(
  before: readonly Member[],
  after: readonly Member[],
  gone: ReadonlySet<string>,
  orphans: (id: string) => number,
): News[] {
  const was = new Map(before.map((member) => [member.id, member]));
  const is = new Set(after.map(({ id }) => id));
  const left = before.filter(({ id }) => !is.has(id)).map((member) => departure(member, orphans(member.id)));
  return [...left, ...after.flatMap((member) => oneMembersNews(was.get(member.id), member, gone))];
}

function isStuck({ stuck = [] }: Member): boolean {
  return stuck.length > 0;
}

function departure({ id, status }: Member, orphans: number): News {
  if (orphans > 0) return { text: `${id} is gone: ${counted(orphans, 'slot')} without an owner`, tone: 'bad' };
  return status === 'leaving' ? { text: `${id} has left`, tone: 'plain' } : { text: `${id} is gone`, tone: 'bad' };
}

function oneMembersNews(was: Member | undefined, is: Member, gone: ReadonlySet<string>): News[] {
  const { id, status, sessions, version } = is;
  if (was === undefined) return [{ text: `${id} ${gone.has(id) ? 'is back' : 'joined'} (${version})`, tone: 'good' }];
  if (was.incarnation !== is.incarnation) return [{ text: `${id} began anew (${version})`, tone: 'good' }];
  const news: News[] = [];
  if (was.status !== status) {
    news.push(
      status === 'leaving'
        ? { text: `${id} is leaving: it hands over ${counted(was.slots, 'slot')}`, tone: 'plain' }
        : { text: `${id} takes part again`, tone: 'good' },
    );
  }
  if (was.sessions !== null && sessions === null) news.push({ text: `${id} does not answer`, tone: 'bad' });
  if (was.sessions === null && sessions !== null) news.push({ text: `${id} answers again`, tone: 'good' });
  if (isStuck(is) && !isStuck(was)) news.push({ text: `${id} is stuck with something`, tone: 'bad' });
  if (isStuck(was) && !isStuck(is) && sessions !== null) news.push({ text: `${id} goes on`, tone: 'good' });
  return news;
}

/** Which slots have another owner than the last one that is known of. `lastOwners` bridges the time without one. */
export function movesOf(before: SlotMap, after: SlotMap, lastOwners: readonly (string | null)[]): readonly Move[] {
  const moves = new Map<string, Move>();
  for (const [slot, to] of after.owners.entries()) {
    if (to === null || (after.epochs[slot] ?? 0) <= (before.epochs[slot] ?? 0)) continue;
    const [from, how] = [lastOwners[slot] ?? null, after.acquired[slot] ?? ''];
    const key = `${from} ${to} ${how}`;
    moves.set(key, { from, to, how, count: (moves.get(key)?.count ?? 0) + 1 });
  }
  return [...moves.values()];
}

export function moveInWords({ from, to, how, count }: Move): string {
  const slots = counted(count, 'slot');
  if (from === null) return `${to} took ${slots} that nobody had`;
  if (from === to) return `${to} took ${slots} again`;
  if (how === 'handoff') return `${from} handed ${slots} to ${to}`;
  return `${to} took over ${slots} of ${from}`;
}

export function natsNews(before: NatsHealth | null, after: NatsHealth | null): News[] {
  if (before === null || after === null) return [];
  const news: News[] = [];
  if (!isLate(before) && isLate(after)) news.push({ text: 'NATS acknowledges nothing just now', tone: 'bad' });
  if (isLate(before) && !isLate(after)) news.push({ text: 'NATS acknowledges again', tone: 'good' });
  for (const [bucket, works] of Object.entries(after.buckets)) {
    if (before.buckets[bucket] === works || (before.buckets[bucket] === undefined && works)) continue;
    news.push(
      works
        ? { text: `the bucket ${bucket} can be used again`, tone: 'good' }
        : { text: `the bucket ${bucket} cannot be used`, tone: 'bad' },
    );
  }
  return news;
}

export function isLate({ renewedMsAgo }: NatsHealth): boolean {
  return renewedMsAgo === null || renewedMsAgo > lateMs;
}

/** The state of it all, in a sentence. */
export function summaryOf({ members, slots }: Report, unowned: number): string {
  const games = members.reduce((total, { sessions }) => total + (sessions ?? 0), 0);
  const owned = unowned === 0 ? 'every slot has an owner' : `${unowned} of ${slots} slots wait for an owner`;
  return `${counted(members.length, 'member')}, ${counted(games, 'game')}, ${owned}`;
}

export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
