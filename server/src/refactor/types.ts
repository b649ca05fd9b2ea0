/** What a refactoring sees, and what it answers. */
import type { BuildGraph } from '../build/types';
import type { ContextFacts } from '../context/types';
import type { ContextChange } from '../context/without-paths';
import type { Dockerfile, Range } from '../dockerfile/types';
import type { ImageKnowledge } from '../images/types';
import type { Refactoring, Report } from '../report/types';
import type { StageFilesState } from '../size/stage-files';
import type { Estimate } from '../size/types';

export interface RefactorContext {
  readonly dockerfile: Dockerfile;
  readonly graph: BuildGraph;
  /** Sizes and cache statuses as they are now; the refactorings themselves are what is being made. */
  readonly report: Omit<Report, 'refactorings'>;
  /** The build context, for whether a lock file or a folder is there. */
  readonly context: ContextFacts;
  /** What is known of an image. One of which more could be learnt is looked up once it was asked for. */
  readonly image: (reference: string) => ImageKnowledge;
  /**
   * Text of a small file of the build context, such as `package.json`, by its path in the context. Undefined when it is absent,
   * ignored or unreadable; `pending` when it is being read.
   */
  readonly readContextFile: (path: string) => string | undefined | 'pending';
  /**
   * What a text would build with what is known now; asked for the effect of an edit. `change`: what other lines in the ignore file do to
   * the build context.
   */
  readonly outlook: (text: string, change?: ContextChange) => ImageOutlook;
  /** How often a step would run again if it stood above copies; absent, and undefined, where no history tells. */
  readonly forecastWithout?: (question: OrderQuestion) => OrderForecast | undefined;
  /** What the user has selected; an empty range is a cursor. Without it everything in the file is offered. */
  readonly selection?: Range;
}

/** A step of the text as it is now that would stand directly above another place. */
export interface OrderQuestion {
  /** Indexes of the stage and of the step in it. */
  readonly stage: number;
  readonly step: number;
  /** Index of the layer that it would stand on; absent for the base of the stage. */
  readonly above?: number;
  /** Files of the build context that would still decide. */
  readonly paths: readonly string[];
}

/** Commits of the history in which a step was there to be compared, and after how many of them it runs again. */
export interface OrderForecast {
  readonly commits: number;
  readonly before: number;
  readonly after: number;
}

/** The image that a text builds, as far as it matters for what an edit does to it. */
export interface ImageOutlook {
  /** Undefined when there is no stage to build. */
  readonly base?: {
    /** As written, expanded; `scratch` for none. */
    readonly reference: string;
    readonly size: Estimate;
    readonly layers?: number;
  };
  /** Files that the steps above the base image leave, and what they hide; undefined when nothing tells of them. */
  readonly files?: StageFilesState;
  /** Layers above the base image. */
  readonly layers: number;
}

/** Why something that looks possible is not offered: the reason of a disabled code action. */
export interface Refusal {
  /** Id of the rule, for example `merge-run`. */
  readonly rule: string;
  readonly range: Range;
  /** Title that the refactoring would have, localised. */
  readonly title: string;
  /** One sentence, localised. */
  readonly reason: string;
}

export interface Offers {
  readonly refactorings: readonly Refactoring[];
  readonly refusals: readonly Refusal[];
}

export interface RefactoringRule {
  /** Stable; ids of its refactorings are `<rule id>:<line>`. */
  readonly id: string;
  readonly offer: (context: RefactorContext) => Offers;
  /**
   * Whether a refactoring of the rule is a part of fix-all: the image has the same files and configuration afterwards, and there is a gain
   * against which nothing speaks. Absent: none is.
   */
  readonly inFixAll?: (refactoring: Refactoring, context: RefactorContext) => boolean;
}
