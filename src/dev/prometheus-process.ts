/**
 * A running Prometheus that keeps all that it has in one folder.
 *
 * Invariant: it never outlives this process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './nats-process.ts';
import { locatePrometheus } from './prometheus-programs.ts';
import { endWithThisProcess } from './watchdog.ts';

const READY_WITHIN_MS = 60_000;
const ANSWERS_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 200;

/** Who is asked for metrics: `host:port`, and what its series are labelled with. */
export interface ScrapeTarget {
  readonly targets: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

export interface PrometheusOptions {
  /** Made for it. */
  readonly folder: string;
  /** From one scrape, and one evaluation, to the next, ms. */
  readonly intervalMs: number;
  readonly targets: readonly ScrapeTarget[];
  /** Text of a file of rules. */
  readonly rules?: string;
  readonly flags?: readonly string[];
}

export class PrometheusProcess {
  readonly #url: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #release: () => void;

  private constructor(url: string, child: ChildProcess) {
    this.#url = url;
    this.#child = child;
    this.#exited = once(child, 'exit');
    this.#release = child.pid === undefined ? () => {} : endWithThisProcess(child.pid);
  }

  /** Resolves when it is ready. Rejects with PackageUnavailable where there is none. */
  static async start(options: PrometheusOptions): Promise<PrometheusProcess> {
    const binary = await locatePrometheus('prometheus');
    const { folder, flags = [] } = options;
    mkdirSync(folder, { recursive: true });
    const configFile = join(folder, 'prometheus.yml');
    writeFileSync(configFile, configuration(options));
    if (options.rules !== undefined) writeFileSync(join(folder, 'rules.yml'), options.rules);
    const address = `127.0.0.1:${await freePort()}`;
    const own = [`--config.file=${configFile}`, `--storage.tsdb.path=${join(folder, 'data')}`];
    const log = openSync(join(folder, 'log'), 'a');
    const child = spawn(binary, [...own, `--web.listen-address=${address}`, ...flags], {
      cwd: folder,
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const prometheus = new PrometheusProcess(`http://${address}`, child);
    const deadline = performance.now() + READY_WITHIN_MS;
    while ((await prometheus.ask('/-/ready')) === null) {
      if (child.exitCode !== null || performance.now() > deadline) {
        await prometheus.stop();
        throw new Error(`Prometheus does not start: ${folder}/log`);
      }
      await pause(LOOK_EVERY_MS);
    }
    return prometheus;
  }

  /** What its interface answers; null: nothing, or that it will not. */
  async ask(path: string): Promise<string | null> {
    try {
      const answer = await fetch(`${this.#url}${path}`, { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) });
      return answer.ok ? await answer.text() : null;
    } catch {
      return null;
    }
  }

  async stop(): Promise<void> {
    this.#release();
    if (this.#child.kill('SIGKILL')) await this.#exited;
  }
}

/** JSON is YAML. */
function configuration({ intervalMs, targets, rules }: PrometheusOptions): string {
  const every = `${intervalMs}ms`;
  return JSON.stringify({
    global: { scrape_interval: every, scrape_timeout: every, evaluation_interval: every },
    ...(rules !== undefined && { rule_files: ['rules.yml'] }),
    scrape_configs: [{ job_name: 'minotaur', static_configs: targets }],
  });
}
