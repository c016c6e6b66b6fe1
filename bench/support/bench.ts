/**
 * What a benchmark is: a few measures with targets, and one run that takes a reading of each.
 *
 * Role: the shape that run.ts, report.ts and the benches share.
 * Invariant: a run starts everything that it needs and hands it to `resources`, which ends it whatever happens.
 */
export interface Bench {
  readonly name: string;
  readonly about: string;
  readonly measures: readonly Measure[];
  /** One reading a measure, in their order. Rejects if what was measured did not work. */
  run(context: RunContext): Promise<readonly Reading[]>;
}

export interface Measure {
  readonly name: string;
  readonly unit: 'ms' | 'µs' | '/s' | 'B' | '';
  readonly target: Target;
}

export interface Target {
  /** What is compared: the reading itself, or its ratio to the bare thing's. */
  readonly of: 'value' | 'ratio';
  readonly is: 'atMost' | 'atLeast';
  readonly limit: number;
  /** Default: the median counts. */
  readonly inEveryRun?: boolean;
}

export interface Reading {
  readonly value: number;
  /** The same of the bare thing, measured in the same run. */
  readonly bare?: number;
}

export interface RunContext {
  readonly resources: AsyncDisposableStack;
  /** Says what is going on, one line. */
  readonly progress: (line: string) => void;
}
