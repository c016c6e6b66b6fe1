/**
 * The alerts of docker/alerts.yml while things break: a real Prometheus scrapes the members, with times that fit a gameday.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterOfBots } from '../bots/own-cluster.ts';
import { PrometheusProcess } from '../prometheus-process.ts';
import { INTERVAL_MS, LOOKBACK_MS, longestRangeMs, shortened } from './short-rules.ts';

const rulesFile = join(import.meta.dirname, '../../../docker/alerts.yml');
/** Of what goes on as long as a range remembers. */
const MARGIN_MS = 15_000;

/** `firing`: it was, at some moment, pending or not before. */
export type Heard = 'pending' | 'firing';

export interface Listening {
  /** Since it began. */
  readonly heard: ReadonlyMap<string, Heard>;
  end(): Promise<void>;
}

export class Alarms {
  /** How long an alert may go on after what it tells of. */
  readonly #lastMs: number;
  readonly #prometheus: PrometheusProcess;

  private constructor(prometheus: PrometheusProcess, lastMs: number) {
    this.#prometheus = prometheus;
    this.#lastMs = lastMs;
  }

  /** Rejects with PackageUnavailable where there is no Prometheus. */
  static async begin({ members, folder }: Pick<ClusterOfBots, 'members' | 'folder'>): Promise<Alarms> {
    const rules = readFileSync(rulesFile, 'utf8');
    const prometheus = await PrometheusProcess.start({
      folder: join(folder, 'prometheus'),
      intervalMs: INTERVAL_MS,
      targets: [{ targets: members.map(({ url }) => new URL(url).host) }],
      rules: shortened(rules),
      flags: [`--query.lookback-delta=${LOOKBACK_MS}ms`],
    });
    return new Alarms(prometheus, longestRangeMs(rules) + MARGIN_MS);
  }

  stop(): Promise<void> {
    return this.#prometheus.stop();
  }

  /** Of each alert that is not silent. Null: Prometheus does not answer. */
  async active(): Promise<ReadonlyMap<string, Heard> | null> {
    const text = await this.#prometheus.ask('/api/v1/alerts');
    if (text === null) return null;
    const { data } = JSON.parse(text) as { readonly data: { readonly alerts: readonly Alert[] } };
    const all = new Map<string, Heard>();
    for (const { labels, state } of data.alerts) raise(all, labels.alertname, state);
    return all;
  }

  /** What is pending or firing from now on. */
  listen(): Listening {
    const heard = new Map<string, Heard>();
    const over = new AbortController();
    const run = async () => {
      while (!over.signal.aborted) {
        for (const [alert, state] of (await this.active()) ?? []) raise(heard, alert, state);
        await pause(INTERVAL_MS, undefined, { signal: over.signal }).catch(() => undefined);
      }
    };
    const running = run();
    return {
      heard,
      end: async () => {
        over.abort();
        await running;
      },
    };
  }

  /** Waits until none of these fires, or none at all; which of them still do after a time in which all that is over is forgotten. */
  async stillFiring(which: readonly string[] | 'any'): Promise<readonly string[]> {
    const deadline = performance.now() + this.#lastMs;
    for (;;) {
      const active = await this.active();
      const firing = [...(active ?? [])].flatMap(([alert, state]) => (state === 'firing' ? [alert] : []));
      const left = which === 'any' ? firing : firing.filter((alert) => which.includes(alert));
      if ((active !== null && left.length === 0) || performance.now() > deadline) return left;
      await pause(INTERVAL_MS);
    }
  }
}

interface Alert {
  readonly labels: { readonly alertname: string };
  readonly state: Heard;
}

function raise(all: Map<string, Heard>, alert: string, state: Heard): void {
  if (all.get(alert) !== 'firing') all.set(alert, state);
}
