/**
 * What a real Prometheus knows, as series that a dashboard draws.
 */
import type { PrometheusProcess } from '../../src/dev/prometheus-process.ts';

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

/** One series for each set of labels; `legend` names them as Grafana's legends do. */
export async function seriesOf(
  prometheus: PrometheusProcess,
  query: string,
  legend: string,
  { from, until, stepSeconds }: Range,
): Promise<readonly Series[]> {
  const range = { start: `${from / 1000}`, end: `${until / 1000}`, step: `${stepSeconds}` };
  const text = await prometheus.ask(`/api/v1/query_range?${new URLSearchParams({ query, ...range })}`);
  if (text === null) throw new Error(`Prometheus does not answer: ${query}`);
  const { data } = JSON.parse(text) as Answer;
  return data.result.map(({ metric, values }) => ({
    name: legend.replace(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
    values: values.map(([at, value]) => [at, Number(value)] as const),
  }));
}
