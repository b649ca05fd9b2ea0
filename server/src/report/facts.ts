/** The immutable snapshot of what is known now, and what an analysis still lacks. */
import type { Baseline } from '../cache/types';
import type { ContextFacts, DigestScheme } from '../context/types';
import type { ImageKnowledge } from '../images/types';
import type { EngineFacts } from '../size/types';

export type { EngineFacts, MeasuredCacheRecord, MeasuredEntry, MeasuredImage } from '../size/types';

export interface Facts {
  readonly context: ContextFacts;
  readonly image: (reference: string) => ImageKnowledge;
  readonly engine: EngineFacts;
  readonly baseline: Baseline;
  /**
   * Text of a small file of the build context, such as `package.json`, by its path in the context. Undefined when it is absent, ignored,
   * too large or unreadable; `pending` until it has been asked for and read.
   */
  readonly file?: (path: string) => string | undefined | 'pending';
}

/** Something an analysis would use if it were known. The host fetches it in the background and analyses again. */
export type FactRequest =
  | { readonly kind: 'image'; readonly reference: string }
  | { readonly kind: 'archive'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'digests'; readonly scheme: DigestScheme };

/** What the user chose, for one Dockerfile. */
export interface AnalysisInputs {
  readonly dockerfilePath: string;
  readonly contextPath: string;
  readonly target?: string;
  readonly buildArguments: Readonly<Record<string, string>>;
  readonly platform: string;
}
