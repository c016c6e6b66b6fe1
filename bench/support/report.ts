/**
 * The table at the end: every measure with the median of its runs and the range, and whether it met its target.
 */
import type { Bench, Measure, Reading, Target } from './bench.ts';

/** A bench and the readings of its runs. */
export interface Outcome {
  readonly bench: Bench;
  readonly runs: readonly (readonly Reading[])[];
}

const heading = ['bench', 'measure', 'median (min–max)', 'bare', 'ratio', 'target', ''];

/** Lines of text. */
export function table(outcomes: readonly Outcome[]): string {
  const rows = [heading, ...outcomes.flatMap(rowsOf)];
  const widths = heading.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** One run's readings, for the progress. */
export function readingLine({ measures }: Bench, readings: readonly Reading[]): string {
  const parts = readings.map((reading, index) => {
    const unit = unitOf(measures[index]);
    const ratio = ratioOf(reading);
    return `${measures[index]?.name} ${number(reading.value)}${unit}${ratio === null ? '' : ` (ratio ${number(ratio)})`}`;
  });
  return parts.join(', ');
}

function rowsOf({ bench, runs }: Outcome): string[][] {
  return bench.measures.map((measure, index) => {
    const readings = runs.flatMap((run) => run[index] ?? []);
    const values = readings.map(({ value }) => value);
    const bare = readings.flatMap((reading) => reading.bare ?? []);
    const ratios = readings.flatMap((reading) => ratioOf(reading) ?? []);
    const { target } = measure;
    const isMet = meets(target, target.of === 'ratio' ? ratios : values);
    return [
      bench.name,
      measure.name,
      spread(values, unitOf(measure)),
      spread(bare, unitOf(measure)),
      spread(ratios, ''),
      `${target.of === 'ratio' ? 'ratio ' : ''}${target.is === 'atMost' ? '≤' : '≥'} ${number(target.limit)}${target.of === 'value' ? unitOf(measure) : ''}`,
      isMet ? 'met' : 'MISSED',
    ];
  });
}

function meets({ is, limit, inEveryRun }: Target, values: readonly number[]): boolean {
  const counting = inEveryRun ? values : [median(values)];
  return values.length > 0 && counting.every((value) => (is === 'atMost' ? value <= limit : value >= limit));
}

function spread(values: readonly number[], unit: string): string {
  if (values.length === 0) return '–';
  return `${number(median(values))}${unit} (${number(Math.min(...values))}–${number(Math.max(...values))})`;
}

function median(values: readonly number[]): number {
  const ordered = values.toSorted((one, other) => one - other);
  const middle = ordered.slice((ordered.length - 1) >> 1, (ordered.length >> 1) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

function ratioOf({ value, bare }: Reading): number | null {
  return bare === undefined ? null : value / bare;
}

const unitOf = (measure: Measure | undefined): string => (measure?.unit ?? '').replace(/^([mµ]s|B)$/, ' $&');

/** Three digits that matter below ten, whole numbers above. */
function number(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 0 });
}
