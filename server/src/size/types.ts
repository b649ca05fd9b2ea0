/** Estimates: a size with its basis. All sizes are content bytes (apparent sizes of regular files). */

export type Basis = 'exact' | 'measured' | 'computed' | 'estimated' | 'unknown';

export interface Estimate {
  /** Best figure in bytes; null when unknown. */
  readonly bytes: number | null;
  readonly low: number;
  /** Upper end of the range in bytes; null when nothing bounds it. */
  readonly high: number | null;
  readonly basis: Basis;
  /** Where the figure comes from, one sentence each, localised. */
  readonly evidence: readonly string[];
}
