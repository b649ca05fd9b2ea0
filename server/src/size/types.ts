/** Estimates: a size with its basis. All sizes are content bytes (apparent sizes of regular files). */

export type Basis = 'exact' | 'measured' | 'computed' | 'estimated' | 'unknown';

export interface Estimate {
  /** Best figure in bytes; null when unknown. */
  readonly bytes: number | null;
  readonly low: number;
  /** Upper end of the range in bytes; null when nothing bounds it. */
  readonly high: number | null;
  readonly basis: Basis;
  /** Bytes of the parts that are known, when others are not: the figure is `known` plus something. */
  readonly known?: number;
  /** Where the figure comes from, one sentence each, localised. */
  readonly evidence: readonly string[];
}

/** A history entry of an image that the user's engine holds, from the bottom. */
export interface MeasuredEntry {
  readonly createdBy: string;
  /** Bytes. */
  readonly size: number;
  readonly emptyLayer: boolean;
  /** ISO date. */
  readonly createdAt?: string;
}

export interface MeasuredImage {
  /** Tag or short ID, for evidence. */
  readonly label: string;
  readonly id: string;
  readonly createdAt?: string;
  readonly entries: readonly MeasuredEntry[];
}

/** One record of the engine's build cache listing. */
export interface MeasuredCacheRecord {
  readonly id: string;
  readonly parents: readonly string[];
  readonly description: string;
  readonly size: number;
  readonly createdAt?: string;
}

export type EngineFacts =
  | { readonly state: 'pending' }
  | { readonly state: 'absent'; readonly reason: string }
  | {
      readonly state: 'ready';
      readonly label: string;
      /** `blocks`: the containerd store's disk usage in whole blocks, not content bytes. */
      readonly sizeUnit: 'content' | 'blocks';
      readonly images: readonly MeasuredImage[];
      readonly cacheRecords: readonly MeasuredCacheRecord[];
      /** Neither images nor build cache were read, as nobody has asked for what they tell. */
      readonly unmeasured?: true;
    };
