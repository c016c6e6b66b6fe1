/**
 * From a seed that failed to its report: shortens the schedule, runs it once more with a journal, writes it down.
 */
import { Fleet, type FleetOptions, firstViolation, type Run } from './fleet.ts';
import { report } from './report.ts';
import { type Progress, type Shrunk, shrink } from './shrink.ts';

export interface ExplainOptions extends Pick<FleetOptions, 'defect' | 'signal' | 'world' | 'blockedMs'> {
  /** How long to look for a shorter schedule, real ms; 0: not at all. */
  readonly shrinkMs: number;
  /** The whole history, not only its last lines. */
  readonly isWhole?: boolean;
  readonly progress?: (so: Progress) => void;
}

/** The report of a run that broke a promise. */
export async function explain(found: Run, { shrinkMs, isWhole = false, progress, ...options }: ExplainOptions) {
  const shrunk = shrinkMs === 0 ? null : await shorten(found, shrinkMs, options, progress);
  await using fleet = new Fleet({ ...options, workers: 1 });
  const again = await fleet.run(shrunk?.plan ?? found.plan, { journal: true });
  return report({ found, defect: options.defect ?? null, shrunk, again: again?.outcome ?? null }, { isWhole });
}

async function shorten(
  { plan, outcome }: Run,
  withinMs: number,
  options: FleetOptions,
  progress: ((so: Progress) => void) | undefined,
): Promise<Shrunk> {
  const timeout = AbortSignal.timeout(withinMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  await using fleet = new Fleet({ ...options, workers: 1, signal });
  return await shrink(plan, {
    promise: firstViolation(outcome)?.promise ?? '',
    run: async (shorter) => (await fleet.run(shorter))?.outcome ?? null,
    ...(progress && { progress }),
  });
}
