/** The immutable snapshot of what is known now, and what an analysis still lacks. */
import type { Baseline } from '../cache/types';
import type { ContextFacts, DigestScheme } from '../context/types';
import type { ImageKnowledge } from '../images/types';

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
    };

export interface Facts {
  readonly context: ContextFacts;
  readonly image: (reference: string) => ImageKnowledge;
  readonly engine: EngineFacts;
  readonly baseline: Baseline;
}

/** Something an analysis would use if it were known. The host fetches it in the background and analyses again. */
export type FactRequest =
  | { readonly kind: 'image'; readonly reference: string }
  | { readonly kind: 'archive'; readonly path: string }
  | { readonly kind: 'digests'; readonly scheme: DigestScheme };

/** What the user chose, for one Dockerfile. */
export interface AnalysisInputs {
  readonly dockerfilePath: string;
  readonly contextPath: string;
  readonly target?: string;
  readonly buildArguments: Readonly<Record<string, string>>;
  readonly platform: string;
}
