/**
 * What the page knows: the newest picture, and what happened since it was opened. Pure: answers and times in, a story out.
 *
 * Invariants:
 *  - An answer of a member that lags takes nothing back (known.ts), unless nothing newer comes for 10 s; then NATS may have lost writes, and
 *    the page says so.
 *  - Whoever is gone and left slots behind is told of once, and once more when every slot has an owner again.
 *  - The newest 100 entries are kept, the newest first.
 */
import { type Known, type Learnt, learn, newestOfEach, nothingKnown } from './known.ts';
import { counted, isLate, type Move, membersNews, moveInWords, movesOf, type News, natsNews } from './news.ts';
import type { Member, Report, SlotMap } from './report.ts';

export interface Entry extends News {
  readonly id: number;
  /** When it was last added to, ms. */
  readonly at: number;
}

export interface Story {
  /** Of members the newest incarnation of each id. */
  readonly report: Report | null;
  /** All incarnations that were listed. */
  readonly members: readonly Member[];
  readonly answeredAt: number | null;
  /** Since when nobody answers; null: somebody does. */
  readonly silentSince: number | null;
  readonly entries: readonly Entry[];
  /** Slot → when it got the owner that it has. */
  readonly movedAt: ReadonlyMap<number, number>;
  readonly holders: Known['holders'];
  /** Incarnations that were seen once and are not there any more → their ids; the last 100. */
  readonly gone: ReadonlyMap<string, string>;
  /** Member that does not answer → when it was last heard of. */
  readonly unheard: ReadonlyMap<string, number>;
  /** Somebody went and left slots behind; when it was last heard of. */
  readonly loss: { readonly ids: readonly string[]; readonly heardAt: number } | null;
  /** Since when answers are older than the newest one. */
  readonly olderSince: number | null;
}

export const nothingYet: Story = {
  report: null,
  members: [],
  answeredAt: null,
  silentSince: null,
  entries: [],
  movedAt: new Map(),
  holders: [],
  gone: new Map(),
  unheard: new Map(),
  loss: null,
  olderSince: null,
};

const mostEntries = 100;
/** News of the same kind are one entry while they go on. */
const togetherMs = 10_000;
const believeOlderMs = 10_000;

/** Nobody answered. */
export function silence(story: Story, at: number): Story {
  if (story.silentSince !== null) return story;
  const heard = added(story, at, [{ text: 'nobody answers at this address', tone: 'bad' }]);
  return { ...heard, silentSince: at };
}

export function answer(story: Story, given: Report, at: number): Story {
  const { report: before, silentSince } = story;
  if (before === null) return begun(story, given, at);
  const back: News[] =
    silentSince === null ? [] : [{ text: `${given.self} answers, after ${seconds(at - silentSince)}`, tone: 'good' }];
  const heard = { ...story, silentSince: null };
  const learnt = learn({ ...story, revision: before.revision, slotMap: before.slotMap }, given);
  const since = olderSince(story, given, learnt.isBehind, at);
  if (since !== null && at - since >= believeOlderMs) return rolledBack(heard, given, at);
  return { ...grown(heard, before, given, learnt, at, back), olderSince: since, answeredAt: at };
}

/** Slots that got their owner within the last `ms`. */
export function freshSlots({ movedAt }: Story, at: number, ms: number): ReadonlySet<number> {
  return new Set([...movedAt].filter(([, when]) => at - when < ms).map(([slot]) => slot));
}

export function unownedOf({ slotMap, members, slots }: Report): number {
  if (slotMap !== null) return slotMap.owners.filter((owner) => owner === null).length;
  return slots - members.reduce((total, member) => total + member.slots, 0);
}

/** Whether something is on its way: then it is worth looking more often. */
export function isMoving({ report, unheard, loss, silentSince }: Story): boolean {
  if (report === null || silentSince !== null || unheard.size > 0 || loss !== null) return true;
  const { slotMap } = report;
  return slotMap?.owners.some((owner, slot) => owner !== slotMap.desiredOwners[slot]) ?? false;
}

function begun(story: Story, report: Report, at: number): Story {
  const text = `the picture begins: ${counted(report.members.length, 'member')}, ${counted(report.slots, 'slot')}`;
  const { members, holders } = learn(nothingKnown, report);
  return {
    ...added(story, at, [{ text, tone: 'plain' }]),
    report: { ...report, members: newestOfEach(members) },
    members,
    holders,
    answeredAt: at,
    silentSince: null,
    unheard: unheardIn(members, new Map(), at),
  };
}

/** For so long nothing but what is over was told: then that is how it is. */
function rolledBack({ entries, loss }: Story, given: Report, at: number): Story {
  const text = 'the members tell of an earlier time than before: NATS may have lost writes';
  const told = added({ ...nothingYet, entries, loss: unownedOf(given) > 0 ? loss : null }, at, [{ text, tone: 'bad' }]);
  return begun(told, given, at);
}

/** A member that NATS does not answer knows no better: its answers prove nothing. */
function olderSince(story: Story, given: Report, isBehind: boolean, at: number): number | null {
  if (!isBehind) return null;
  return given.nats !== null && isLate(given.nats) ? story.olderSince : (story.olderSince ?? at);
}

function grown(story: Story, before: Report, given: Report, learnt: Learnt, at: number, back: readonly News[]): Story {
  const heardAt = story.answeredAt ?? at;
  const { members, slotMap, gone, holders } = learnt;
  const shown = newestOfEach(members);
  const lastOwners = story.holders.map((holder) => holder?.id ?? null);
  const report = { ...given, revision: learnt.revision, members: shown, slotMap };
  const moves = before.slotMap && slotMap ? movesOf(before.slotMap, slotMap, lastOwners) : [];
  const orphans = (id: string) =>
    slotMap?.owners.filter((owner, slot) => owner === null && lastOwners[slot] === id).length ?? 0;
  const news: News[] = [
    ...back,
    ...membersNews(before.members, shown, new Set(story.gone.values()), orphans),
    ...moves.map((move) => ({ text: moveInWords(move), tone: 'plain' as const, move })),
    ...(before.self === given.self ? natsNews(before.nats, given.nats) : []),
  ];
  const loss = lossAfter(story, learnt, heardAt);
  const isMended = loss !== null && unownedOf(report) === 0;
  if (isMended) {
    const text = `every slot has an owner again, ${seconds(at - loss.heardAt)} after ${loss.ids.join(', ')} was last heard of`;
    news.push({ text, tone: 'good' });
  }
  return {
    ...added(story, at, news),
    report,
    members,
    gone,
    holders,
    unheard: unheardIn(members, story.unheard, heardAt),
    loss: isMended ? null : loss,
    movedAt: movedIn(story.movedAt, before.slotMap, slotMap, at),
  };
}

function movedIn(known: Story['movedAt'], before: SlotMap | null, after: SlotMap | null, at: number): Story['movedAt'] {
  if (before === null || after === null) return known;
  const moved = new Map(known);
  for (const [slot, epoch] of after.epochs.entries()) {
    if (after.owners[slot] !== null && epoch > (before.epochs[slot] ?? 0)) moved.set(slot, at);
  }
  return moved;
}

function unheardIn(members: readonly Member[], known: Story['unheard'], heardAt: number): Story['unheard'] {
  const silent = members.filter(({ sessions }) => sessions === null);
  return new Map(silent.map(({ id }) => [id, known.get(id) ?? heardAt]));
}

/** Whoever left slots behind. Who leaves in the planned way hands everything over first. */
function lossAfter({ loss, unheard, members, holders }: Story, learnt: Learnt, heardAt: number): Story['loss'] {
  const is = new Set(learnt.members.map(({ incarnation }) => incarnation));
  const lost = members.filter((member) => {
    if (is.has(member.incarnation)) return false;
    const { slotMap } = learnt;
    return slotMap === null ? member.status === 'active' && member.slots > 0 : isBereft(member, holders, slotMap);
  });
  if (lost.length === 0) return loss;
  const since = Math.min(loss?.heardAt ?? heardAt, ...lost.map(({ id }) => unheard.get(id) ?? heardAt));
  return { heardAt: since, ids: [...new Set([...(loss?.ids ?? []), ...lost.map(({ id }) => id)])] };
}

/** Whether a slot that it had is without an owner, or went to another in any other way than from hand to hand, as far as can be seen. */
function isBereft({ incarnation, status }: Member, holders: Story['holders'], { epochs, acquired }: SlotMap): boolean {
  return holders.some((held, slot) => {
    if (held?.incarnation !== incarnation) return false;
    const isHanded = acquired[slot] === 'handoff' && (epochs[slot] === held.epoch + 1 || status === 'leaving');
    return epochs[slot] === held.epoch || !isHanded;
  });
}

function added(story: Story, at: number, news: readonly News[]): Story {
  return news.length === 0
    ? story
    : { ...story, entries: news.reduce((entries, each) => withOne(entries, each, at), story.entries) };
}

function withOne(entries: readonly Entry[], news: News, at: number): readonly Entry[] {
  const { move } = news;
  const same = move && entries.find((entry) => entry.move && isAlike(entry.move, move) && at - entry.at < togetherMs);
  if (move === undefined || same?.move === undefined) {
    return [{ ...news, at, id: (entries[0]?.id ?? 0) + 1 }, ...entries].slice(0, mostEntries);
  }
  const together = { ...move, count: same.move.count + move.count };
  return entries.map((entry) =>
    entry === same ? { ...same, at, move: together, text: moveInWords(together) } : entry,
  );
}

function isAlike(one: Move, other: Move): boolean {
  return one.from === other.from && one.to === other.to && one.how === other.how;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
