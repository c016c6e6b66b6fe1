/**
 * The alerts of docker/alerts.yml while things break: a real Prometheus scrapes the members, with times that fit a gameday.
 *
 * Invariant: it never outlives this process.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterOfBots } from '../bots/own-cluster.ts';
import { freePort } from '../nats-process.ts';
import { locatePrometheus } from '../prometheus-programs.ts';
import { endWithThisProcess } from '../watchdog.ts';
import { INTERVAL_MS, LOOKBACK_MS, longestRangeMs, shortened } from './short-rules.ts';

const rulesFile = join(import.meta.dirname, '../../../docker/alerts.yml');
const READY_WITHIN_MS = 60_000;
const ANSWERS_WITHIN_MS = 2_000;
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
  readonly #lastMs = longestRangeMs(readFileSync(rulesFile, 'utf8')) + MARGIN_MS;
  readonly #base: string;
  readonly stop: () => Promise<void>;

  private constructor(base: string, stop: () => Promise<void>) {
    this.#base = base;
    this.stop = stop;
  }

  /** Rejects with PackageUnavailable where there is no Prometheus. */
  static async begin({ members, folder }: Pick<ClusterOfBots, 'members' | 'folder'>): Promise<Alarms> {
    const binary = await locatePrometheus('prometheus');
    const own = join(folder, 'prometheus');
    mkdirSync(own);
    writeFileSync(join(own, 'alerts.yml'), shortened(readFileSync(rulesFile, 'utf8')));
    writeFileSync(join(own, 'prometheus.yml'), configuration(members.map(({ url }) => new URL(url).host)));
    const address = `127.0.0.1:${await freePort()}`;
    const log = openSync(join(own, 'log'), 'a');
    const child = spawn(binary, flags(own, address), { cwd: own, detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    const exited = once(child, 'exit');
    const release = child.pid === undefined ? () => {} : endWithThisProcess(child.pid);
    const alarms = new Alarms(`http://${address}`, async () => {
      release();
      if (child.kill('SIGKILL')) await exited;
    });
    const deadline = performance.now() + READY_WITHIN_MS;
    while ((await alarms.#ask('/-/ready')) === null) {
      if (child.exitCode !== null || performance.now() > deadline)
        throw new Error(`Prometheus does not start: ${own}/log`);
      await pause(INTERVAL_MS);
    }
    return alarms;
  }

  /** Of each alert that is not silent. Null: Prometheus does not answer. */
  async active(): Promise<ReadonlyMap<string, Heard> | null> {
    const text = await this.#ask('/api/v1/alerts');
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

  async #ask(path: string): Promise<string | null> {
    try {
      const answer = await fetch(`${this.#base}${path}`, { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) });
      return answer.ok ? await answer.text() : null;
    } catch {
      return null;
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

function flags(folder: string, address: string): readonly string[] {
  return [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${address}`,
    `--query.lookback-delta=${LOOKBACK_MS}ms`,
  ];
}

/** JSON is YAML. */
function configuration(targets: readonly string[]): string {
  const every = `${INTERVAL_MS}ms`;
  return JSON.stringify({
    global: { scrape_interval: every, scrape_timeout: every, evaluation_interval: every },
    rule_files: ['alerts.yml'],
    scrape_configs: [{ job_name: 'minotaur', static_configs: [{ targets }] }],
  });
}
