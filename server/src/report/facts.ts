/** The immutable snapshot of what is known now, and what an analysis still lacks. */
import type { BuildInputs } from '../build/types';
import type { ForecastHistory } from '../cache/forecast';
import type { Baseline } from '../cache/types';
import type { ContextFacts, DigestScheme } from '../context/types';
import type { ImageKnowledge } from '../images/types';
import type { PackageIndexes, PackageRequest } from '../packages/types';
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
  /** Undefined until somebody has asked. */
  readonly forecast?: ForecastFacts;
  /** What package indexes say; another object when more is known. Without it nothing can be asked. */
  readonly packages?: PackageIndexes;
}

/** Which history a forecast is made from. */
export interface ForecastRequest {
  /** Commits to look back. */
  readonly commits: number;
  readonly build: BuildInputs;
  /** What ONBUILD of a base image adds, by reference, where it adds anything. */
  readonly triggers: Readonly<Record<string, readonly string[]>>;
}

/** What the commits that lead to HEAD say of each step. A history stays while the one of a newer commit is read. */
export type ForecastFacts = { readonly request: ForecastRequest } & (
  | { readonly state: 'absent'; readonly reason: string }
  | { readonly state: 'pending' }
  | { readonly state: 'ready'; readonly history: ForecastHistory }
);

/** Something an analysis would use if it were known. The host fetches it in the background and analyses again. */
export type FactRequest =
  | { readonly kind: 'image'; readonly reference: string }
  | { readonly kind: 'archive'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'digests'; readonly scheme: DigestScheme }
  /** Builds that the engine remembers and that were not read yet. */
  | { readonly kind: 'builds' }
  /** What the engine measured of its images and its build cache, where it was not read yet. */
  | { readonly kind: 'measurements' }
  | { readonly kind: 'package'; readonly request: PackageRequest }
  | ({ readonly kind: 'forecast' } & ForecastRequest);

/** What the user chose, for one Dockerfile. */
export interface AnalysisInputs {
  readonly dockerfilePath: string;
  readonly contextPath: string;
  readonly target?: string;
  readonly buildArguments: Readonly<Record<string, string>>;
  readonly platform: string;
  /** Packages listed for each step; 20 without it. */
  readonly listedPackages?: number;
  /** Commits of the git history to make a forecast from; none without it. */
  readonly forecastCommits?: number;
}
