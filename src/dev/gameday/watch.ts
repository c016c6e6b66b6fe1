/**
 * What an operator sees of a cluster: metrics that changed, lines of the log, readiness, and what `minotaur status` complains of.
 *
 * Role: looks again and again while something is wrong; each thing is a line, once. How they begin says where they are from: `log`, `metric`,
 * `readyz`, `status`, `doctor`, or what an incident notes itself.
 * Invariant: what was so before it began is none of its lines.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Finding } from '../../cli/finding.ts';
import type { LocalMember } from '../local-member.ts';
import { doctorTroubles, type Operator, statusTroubles } from './findings.ts';

const LOOK_EVERY_MS = 300;
const DOCTOR_EVERY_MS = 1_000;
const WITHIN_MS = 1_000;
/** Counters that tell of trouble. */
const troubles = /^minotaur_(?:incidents_total|refusals_total|webhook_attempts_total\{outcome="(?!delivered))/;
/** Of a gauge, the value that tells of trouble. */
const gauges: Readonly<Record<string, (value: number) => boolean>> = {
  minotaur_ready: (value) => value === 0,
  minotaur_nats_connected: (value) => value === 0,
  minotaur_bucket_usable: (value) => value === 0,
  minotaur_slots_unowned: (value) => value > 0,
  minotaur_stuck: (value) => value > 0,
};

export class Watch {
  readonly #operator: Operator;
  /** In the order in which they were seen, and how often or how much. */
  readonly #seen = new Map<string, number>();
  /** Of each member, what its counters were last; a process that is new begins at 0. */
  readonly #counters = new Map<string, ReadonlyMap<string, number>>();
  readonly #read = new Map<string, number>();
  readonly #over = new AbortController();
  #looking: Promise<unknown> = Promise.resolve();

  private constructor(operator: Operator) {
    this.#operator = operator;
  }

  /** `asksDoctor`: NATS is asked as well, all the time. */
  static async begin(operator: Operator, asksDoctor: boolean): Promise<Watch> {
    const watch = new Watch(operator);
    await Promise.all(operator.members.map((member) => watch.#scrape(member)));
    for (const { logFile } of operator.members) watch.#newLines(logFile);
    watch.#seen.clear();
    watch.#looking = Promise.all([watch.#lookOn(), asksDoctor ? watch.#askDoctor() : null]);
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
      await Promise.all([...this.#operator.members.map((member) => this.#lookAt(member)), this.#askStatus()]);
      for (const { logFile } of this.#operator.members) for (const line of this.#newLines(logFile)) this.note(line);
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
      // Those that count change with every look.
      if (gauges[name]?.(Number(value))) this.#once(`metric ${series} ${value === '0' ? '0' : '> 0'}`);
      if (!troubles.test(series)) continue;
      now.set(series, Number(value));
      const more = Number(value) - (before.get(series) ?? 0);
      if (more > 0) this.#seen.set(`metric ${series}`, (this.#seen.get(`metric ${series}`) ?? 0) + more);
    }
    this.#counters.set(id, now);
  }

  async #askStatus(): Promise<void> {
    this.#noteAll('status', await statusTroubles(this.#operator));
  }

  async #askDoctor(): Promise<void> {
    while (!this.#over.signal.aborted) {
      this.#noteAll('doctor', await doctorTroubles(this.#operator));
      await pause(DOCTOR_EVERY_MS, undefined, { signal: this.#over.signal }).catch(() => undefined);
    }
  }

  #noteAll(by: string, findings: readonly Finding[] | null): void {
    for (const { check, sentence } of findings ?? []) {
      const line = `${check}: ${steady(sentence)}`;
      // `doctor` says all that `status` says.
      if (check !== 'distance' && !this.#seen.has(`status ${line}`)) this.#once(`${by} ${line}`);
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

/** Numbers change with every look. */
function steady(sentence: string): string {
  return sentence
    .replace(/^\d+ (of \d+ )?slots?/, '… $1slots')
    .replace(/\d+ games? waits?/, '… games wait')
    .replaceAll(/\d+ (?=times? since|(?:writes?|records?|slots?|games?) (?:of|that))/g, '… ')
    .replaceAll(/\d+ (?:ms|s|min)(?= ago|$|[,;])/g, '…');
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
