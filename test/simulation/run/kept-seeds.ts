/**
 * Seeds that failed once, with what was wrong then: they are run again for ever.
 *
 * Role: a seed finds its mistake again only as long as the world draws the same plan from it; whoever changes what is drawn may empty the list.
 */
export interface KeptSeed {
  readonly seed: number;
  /** What was wrong. */
  readonly about: string;
}

export const keptSeeds: readonly KeptSeed[] = [];
