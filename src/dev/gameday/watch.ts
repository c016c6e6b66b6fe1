/**
 * What an operator sees of a cluster: metrics that changed, lines of the log, readiness, and what `minotaur status` complains of.
 *
 * Role: looks again and again while something is wrong; each thing is a line, once. How they begin says where they are from: `log`, `metric`,
 * `readyz`, `status`, or what an incident notes itself.
 * Invariant: what was so before it began is none of its lines.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { clusterFindings } from '../../cli/cluster-findings.ts';
import { look } from '../../cli/commands/status.ts';
import { isTrouble } from '../../cli/finding.ts';
import { Server } from '../../cli/server.ts';
import type { LocalMember } from '../local-member.ts';

const LOOK_EVERY_MS = 300;
const WITHIN_MS = 1_000;
/** A member asks the others, which takes half a second where one does not answer. */
const STATUS_WITHIN_MS = 3_000;
/** Counters that tell of trouble. */
const troubles = /^minotaur_(?:incidents_total|refusals_total|webhook_attempts_total\{outcome="(?!delivered))/;
/** Of a gauge, the value that tells of trouble. */
const gauges: Readonly<Record<string, (value: number) => boolean>> = {
  minotaur_ready: (value) => value === 0,
  minotaur_nats_connected: (value) => value === 0,
  minotaur_bucket_usable: (value) => value === 0,
  minotaur_slots_unowned: (value) => value > 0,
};

export class Watch {
  readonly #members: readonly LocalMember[];
  readonly #adminToken: string;
  /** In the order in which they were seen, and how often or how much. */
  readonly #seen = new Map<string, number>();
  /** Of each member, what its counters were last; a process that is new begins at 0. */
  readonly #counters = new Map<string, ReadonlyMap<string, number>>();
  readonly #read = new Map<string, number>();
  readonly #over = new AbortController();
  #looking: Promise<void> = Promise.resolve();

  private constructor(members: readonly LocalMember[], adminToken: string) {
    this.#members = members;
    this.#adminToken = adminToken;
  }

  static async begin(members: readonly LocalMember[], adminToken: string): Promise<Watch> {
    const watch = new Watch(members, adminToken);
    await Promise.all(members.map((member) => watch.#scrape(member)));
    for (const { logFile } of members) watch.#newLines(logFile);
    watch.#seen.clear();
    watch.#looking = watch.#lookOn();
    return watch;
  }

  note(line: string): void {
    this.#seen.set(line, (this.#seen.get(line) ?? 0) + 1);
  }

  /** Whether each of these was seen. */
  missing(signs: readonly RegExp[]): readonly RegExp[] {
    const lines = this.lines;
    return signs.filter((sign) => !lines.some((line) => sign.test(line)));
  }

  get lines(): readonly string[] {
    return [...this.#seen].map(([line, count]) =>
      line.startsWith('metric ') && count > 0 && !/ \d/.test(line) ? `${line} +${count}` : line,
    );
  }

  async end(): Promise<readonly string[]> {
    this.#over.abort();
    await this.#looking;
    return this.lines;
  }

  async #lookOn(): Promise<void> {
    while (!this.#over.signal.aborted) {
      await Promise.all([...this.#members.map((member) => this.#lookAt(member)), this.#askStatus()]);
      for (const { logFile } of this.#members) for (const line of this.#newLines(logFile)) this.note(line);
      await pause(LOOK_EVERY_MS, undefined, { signal: this.#over.signal }).catch(() => undefined);
    }
  }

  async #lookAt(member: LocalMember): Promise<void> {
    await this.#scrape(member);
    const answer = await asked(`${member.url}/readyz`);
    if (answer === null) return;
    const { reasons = [] } = JSON.parse(answer.text) as { readonly reasons?: readonly string[] };
    if (reasons.length > 0) this.#once(`readyz ${member.id} ${answer.status}: ${reasons.join(', ')}`);
  }

  async #scrape({ id, url }: LocalMember): Promise<void> {
    const answer = await asked(`${url}/metrics`);
    if (answer === null) return;
    const before = this.#counters.get(id) ?? new Map<string, number>();
    const now = new Map<string, number>();
    for (const [, series = '', name = '', value = ''] of answer.text.matchAll(
      /^((minotaur_\w+)(?:\{[^}]*\})?) (\S+)$/gm,
    )) {
      if (gauges[name]?.(Number(value))) this.#once(`metric ${series} ${value}`);
      if (!troubles.test(series)) continue;
      now.set(series, Number(value));
      const more = Number(value) - (before.get(series) ?? 0);
      if (more > 0) this.#seen.set(`metric ${series}`, (this.#seen.get(`metric ${series}`) ?? 0) + more);
    }
    this.#counters.set(id, now);
  }

  /** As an operator would: at whichever member answers first. */
  async #askStatus(): Promise<void> {
    const answers = this.#members.map(async ({ url }) => look(new Server(url, this.#adminToken)));
    const found = await Promise.race([Promise.any(answers), pause(STATUS_WITHIN_MS, null)]).catch(() => null);
    if (found === null) return;
    for (const { check, sentence } of clusterFindings(found.cluster, found.ready).filter(isTrouble)) {
      // Numbers change with every look.
      const steady = sentence
        .replace(/^\d+ slots?/, '… slots')
        .replace(/\d+ games? waits?/, '… games wait')
        .replaceAll(/\d+ (?:ms|s|min)(?= ago|$)/g, '…');
      this.#once(`status ${check}: ${steady}`);
    }
  }

  #once(line: string): void {
    if (!this.#seen.has(line)) this.#seen.set(line, 1);
  }

  /** What was logged since the last time. */
  #newLines(file: string): readonly string[] {
    const from = this.#read.get(file) ?? 0;
    const descriptor = openSync(file, 'r');
    try {
      const { size } = fstatSync(descriptor);
      const bytes = Buffer.alloc(Math.max(0, size - from));
      readSync(descriptor, bytes, 0, bytes.length, from);
      const end = bytes.lastIndexOf('\n') + 1;
      this.#read.set(file, from + end);
      return bytes.toString('utf8', 0, end).trimEnd().split('\n').flatMap(eventIn);
    } finally {
      closeSync(descriptor);
    }
  }
}

function eventIn(line: string): readonly string[] {
  try {
    const { event, level } = JSON.parse(line) as { readonly event?: string; readonly level?: string };
    return event === undefined ? [] : [`log ${event} (${level})`];
  } catch {
    return [];
  }
}

/** Null: no answer. */
async function asked(url: string): Promise<{ readonly status: number; readonly text: string } | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(WITHIN_MS) });
    return { status: answer.status, text: await answer.text() };
  } catch {
    return null;
  }
}
