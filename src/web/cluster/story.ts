/**
 * What the page knows: the newest picture, and what happened since it was opened. Pure: answers and times in, a story out.
 *
 * Invariants:
 *  - Members see changes one after the other. An answer of one that lags takes nothing back: of a slot the highest epoch counts, of the
 *    members the highest revision, unless nothing newer comes for 10 s; then NATS may have lost writes, and the page says so.
 *  - The newest 100 entries are kept, the newest first.
 */
import { counted, type Move, membersNews, moveInWords, movesOf, type News, natsNews } from './news.ts';
import type { Member, Report, SlotMap } from './report.ts';

export interface Entry extends News {
  readonly id: number;
  /** When it was last added to, ms. */
  readonly at: number;
}

export interface Story {
  readonly report: Report | null;
  readonly answeredAt: number | null;
  /** Since when nobody answers; null: somebody does. */
  readonly silentSince: number | null;
  readonly entries: readonly Entry[];
  /** Slot → when it got the owner that it has. */
  readonly movedAt: ReadonlyMap<number, number>;
  readonly lastOwners: readonly (string | null)[];
  /** Members that were seen once and are not there now; the last 100. */
  readonly gone: ReadonlySet<string>;
  /** Member that does not answer → when it was last heard of. */
  readonly unheard: ReadonlyMap<string, number>;
  /** Somebody went and left slots behind; when it was last heard of. */
  readonly loss: { readonly ids: readonly string[]; readonly heardAt: number } | null;
  /** Since when answers are older than the newest one. */
  readonly olderSince: number | null;
}

export const nothingYet: Story = {
  report: null,
  answeredAt: null,
  silentSince: null,
  entries: [],
  movedAt: new Map(),
  lastOwners: [],
  gone: new Set(),
  unheard: new Map(),
  loss: null,
  olderSince: null,
};

const mostEntries = 100;
const mostGone = 100;
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
  const next =
    given.revision < before.revision
      ? older(added(heard, at, back), given, at)
      : grown({ ...heard, olderSince: null }, before, given, at, back);
  return { ...next, answeredAt: at };
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
  return {
    ...added(story, at, [{ text, tone: 'plain' }]),
    report,
    answeredAt: at,
    silentSince: null,
    lastOwners: report.slotMap?.owners ?? [],
    unheard: unheardIn(report.members, new Map(), at),
  };
}

function older(story: Story, given: Report, at: number): Story {
  const olderSince = story.olderSince ?? at;
  if (at - olderSince < believeOlderMs) return { ...story, olderSince };
  const text = 'the members tell of an earlier time than before: NATS may have lost writes';
  const entries = added(story, at, [{ text, tone: 'bad' }]).entries;
  return begun({ ...nothingYet, entries }, given, at);
}

function grown(story: Story, before: Report, given: Report, at: number, back: readonly News[]): Story {
  const heardAt = story.answeredAt ?? at;
  const slotMap = newest(before.slotMap, given.slotMap);
  const report = { ...given, slotMap };
  const moves = before.slotMap && slotMap ? movesOf(before.slotMap, slotMap, story.lastOwners) : [];
  const orphans = (id: string) =>
    slotMap?.owners.filter((owner, slot) => owner === null && story.lastOwners[slot] === id).length ?? 0;
  const news: News[] = [
    ...back,
    ...membersNews(before.members, given.members, story.gone, orphans),
    ...moves.map((move) => ({ text: moveInWords(move), tone: 'plain' as const, move })),
    ...(before.self === given.self ? natsNews(before.nats, given.nats) : []),
  ];
  const unheard = unheardIn(given.members, story.unheard, heardAt);
  const loss = lossAfter(story, before, given, orphans, heardAt);
  const isMended = loss !== null && unownedOf(report) === 0;
  if (isMended) {
    const text = `every slot has an owner again, ${seconds(at - loss.heardAt)} after ${loss.ids.join(', ')} was last heard of`;
    news.push({ text, tone: 'good' });
  }
  return {
    ...added(story, at, news),
    report,
    unheard,
    loss: isMended ? null : loss,
    movedAt: movedIn(story.movedAt, before.slotMap, slotMap, at),
    lastOwners: slotMap?.owners.map((owner, slot) => owner ?? story.lastOwners[slot] ?? null) ?? story.lastOwners,
    gone: goneAfter(story.gone, before.members, given.members),
  };
}

/** Of each slot the record with the higher epoch; what the ring says is the newer answer's. */
function newest(before: SlotMap | null, after: SlotMap | null): SlotMap | null {
  if (before === null || after === null || before.owners.length !== after.owners.length) return after ?? before;
  const isOld = after.epochs.map((epoch, slot) => epoch < (before.epochs[slot] ?? 0));
  const pick = <Value>(old: readonly Value[], young: readonly Value[]) =>
    young.map((value, slot) => (isOld[slot] ? (old[slot] as Value) : value));
  return {
    owners: pick(before.owners, after.owners),
    epochs: pick(before.epochs, after.epochs),
    acquired: pick(before.acquired, after.acquired),
    desiredOwners: after.desiredOwners,
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

/** Who leaves in the planned way hands everything over first. */
function lossAfter(
  { loss, unheard }: Story,
  before: Report,
  { members }: Report,
  orphans: (id: string) => number,
  heardAt: number,
): Story['loss'] {
  const is = new Set(members.map(({ incarnation }) => incarnation));
  const lost = before.members.filter(
    ({ id, incarnation, slots, status }) =>
      !is.has(incarnation) && (orphans(id) > 0 || (status === 'active' && slots > 0)),
  );
  if (lost.length === 0) return loss;
  const since = Math.min(loss?.heardAt ?? heardAt, ...lost.map(({ id }) => unheard.get(id) ?? heardAt));
  return { heardAt: since, ids: [...new Set([...(loss?.ids ?? []), ...lost.map(({ id }) => id)])] };
}

function goneAfter(gone: Story['gone'], before: readonly Member[], after: readonly Member[]): Story['gone'] {
  const is = new Set(after.map(({ id }) => id));
  return new Set([...gone, ...before.map(({ id }) => id)].filter((id) => !is.has(id)).slice(-mostGone));
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
