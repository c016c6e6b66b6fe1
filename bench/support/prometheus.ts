/**
 * A real Prometheus that asks members once a second, and what it knows.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { locatePrometheus } from '../../src/dev/prometheus-programs.ts';
import { Child } from '../../test/support/child.ts';
import { freePort } from '../../test/support/ports.ts';
import { waitFor } from '../../test/support/wait.ts';

export interface Series {
  readonly name: string;
  /** Pairs of seconds since 1970 and a value; where there is none there is no pair. */
  readonly values: readonly (readonly [number, number])[];
}

export interface Range {
  readonly from: number;
  readonly until: number;
  readonly stepSeconds: number;
}

interface Answer {
  readonly data: {
    readonly result: readonly { metric: Readonly<Record<string, string>>; values: readonly [number, string][] }[];
  };
}

export class Prometheus {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  static async start(
    resources: AsyncDisposableStack,
    targets: readonly { readonly id: string; readonly port: number }[],
  ): Promise<Prometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'minotaur-prometheus-'));
    resources.defer(() => rm(folder, { recursive: true, force: true }));
    const configs = targets.map(({ id, port }) => ({ targets: [`127.0.0.1:${port}`], labels: { instance: id } }));
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [{ job_name: 'minotaur', static_configs: configs }],
    };
    // JSON is YAML.
    await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const address = `127.0.0.1:${await freePort()}`;
    const run = new Child(
      await locatePrometheus('prometheus'),
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${address}`,
      ],
      {},
    );
    resources.defer(async () => {
      await run.kill();
    });
    const prometheus = new Prometheus(`http://${address}`);
    const isReady = () =>
      fetch(`http://${address}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    await waitFor('Prometheus is ready', isReady, { timeoutMs: 30_000 });
    return prometheus;
  }

  /** One series for each set of labels; `legend` names them as Grafana's legends do. */
  async range(query: string, legend: string, { from, until, stepSeconds }: Range): Promise<readonly Series[]> {
    const asked = new URLSearchParams({
      query,
      start: `${from / 1000}`,
      end: `${until / 1000}`,
      step: `${stepSeconds}`,
    });
    const answer = await fetch(`${this.#url}/api/v1/query_range?${asked}`);
    if (!answer.ok) throw new Error(`${query}: ${await answer.text()}`);
    const { data } = (await answer.json()) as Answer;
    return data.result.map(({ metric, values }) => ({
      name: legend.replace(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
      values: values.map(([at, value]) => [at, Number(value)] as const),
    }));
  }
}
