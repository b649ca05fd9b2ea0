/**
 * The report: the one value every surface renders and `strata analyze --format json` prints.
 * Lines are counted from 1. Sizes are bytes, durations seconds.
 */
import type { NeedlessKind, SecretKind } from '../context/suspect-names';
import type { Range } from '../dockerfile/types';
import type { Estimate } from '../size/types';

export type { NeedlessKind, SecretKind } from '../context/suspect-names';

export type CacheStatus = 'cached' | 'rebuilds' | 'may rebuild' | 'not built' | 'no record' | 'pending';

export interface CachePrediction {
  readonly status: CacheStatus;
  /** One line a person understands, localised. */
  readonly reason: string;
  readonly cause?: {
    /** Line (from 1) of the step that the cause stands in. */
    readonly line?: number;
    /** Changed paths of the build context, at most the first ten. */
    readonly paths?: readonly string[];
    /** Number of changed paths, when more than given. */
    readonly pathCount?: number;
    /** Those of the given paths that the build context holds no longer. */
    readonly deleted?: readonly string[];
    /** Those of the given paths that are directories: their mode changed, or they are new as a whole. */
    readonly directories?: readonly string[];
    /** Name of the differing input, for example `NODE_ENV`. */
    readonly input?: string;
  };
  /** What running again costs, from this step on: present on a step that rebuilds, or may, for a reason of its own. */
  readonly cost?: RebuildCost;
}

/** Steps that run again, or may, and the time they took when last measured. */
export interface RebuildCost {
  /** Sum of the measured durations. */
  readonly seconds: number;
  readonly steps: number;
  /** Steps without a measured duration: the cost is at least `seconds`. */
  readonly unmeasured: number;
  /** The part of it that only may run again; absent when all of it is certain. */
  readonly doubtful?: { readonly seconds: number; readonly steps: number };
}

/** In how many of the last commits a step would have stayed cached. */
export interface StepForecast {
  /** Commits after which the step would have been reused. */
  readonly kept: number;
  /** Commits in which the step was there to be compared. */
  readonly commits: number;
}

/** What the git history says of rebuilds to come. */
export interface Forecast {
  /** Commits looked at. */
  readonly commits: number;
  /** ISO date of the oldest of them. */
  readonly since: string;
  /** Expected seconds of rebuilding per commit, from the measured durations; null when no duration is measured. */
  readonly secondsPerCommit: number | null;
  /** Steps that the figure leaves out: never measured, or not told of by the history. */
  readonly unmeasured: number;
  /** Why fewer commits were looked at than asked for (a shallow clone), localised. */
  readonly note?: string;
}

export interface PathSize {
  readonly path: string;
  readonly size: number;
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  /** What it is, where that is known, localised: `package lists`. */
  readonly label?: string;
}

/** A package that a layer holds. Bytes. */
export interface PackageSize {
  readonly name: string;
  readonly version?: string;
  /** `apt`, `npm`, … */
  readonly manager: string;
  readonly bytes: number | null;
  readonly low: number;
  readonly high: number | null;
  readonly basis: Estimate['basis'];
}

/** Bytes of a layer that a later layer hides. */
export interface WastedPath {
  readonly path: string;
  /** Best figure in bytes; null when not known. */
  readonly bytes: number | null;
  readonly low: number;
  readonly high: number | null;
  /** Line (from 1) of the step that put them there. */
  readonly line: number;
  /** Line (from 1) of the step that hides them. */
  readonly hiddenBy: number;
  /** `deleted`: nothing lies there any more. `replaced`: written again, or owner, mode or times changed, which copies a file whole. */
  readonly how: 'deleted' | 'replaced';
}

export interface Step {
  readonly line: number;
  readonly endLine: number;
  readonly instruction: string;
  /** The instruction as written, one line, variables expanded where BuildKit expands them. */
  readonly text: string;
  readonly produces: 'layer' | 'metadata' | 'nothing';
  /** Number of the layer in the image, counted from 1 at the bottom; above a base whose layer count is unknown, counted from its top. */
  readonly layer?: number;
  /** Present when `layer` is counted from the top of the base, whose own layers are not known: people see `+1`. */
  readonly layerCountedFrom?: 'base';
  readonly size: Estimate;
  /**
   * What `docker history` of the user's engine prints for the step; present only where that is not content bytes: the containerd store
   * counts whole disk blocks.
   */
  readonly printed?: Estimate;
  /** Bytes of this layer that a later layer hides. */
  readonly wasted?: Estimate;
  /** What of it, largest first, at most 20. */
  readonly wastedBy?: readonly WastedPath[];
  /** Number of such paths, when more than given. */
  readonly wastedCount?: number;
  readonly cache: CachePrediction;
  /** Seconds, as last measured. */
  readonly duration?: number;
  /** Largest paths that the layer holds, at most 20. */
  readonly contents?: readonly PathSize[];
  readonly fileCount?: number;
  /** Largest packages that the layer holds, at most 20. */
  readonly packages?: readonly PackageSize[];
  /** Number of packages, when more than given. */
  readonly packageCount?: number;
  /** `onbuild`: added by ONBUILD of the base. */
  readonly origin?: 'onbuild';
  /** Lines (from 1) of the steps that would run again if this step changed. */
  readonly affects: readonly number[];
  readonly forecast?: StepForecast;
}

export interface StageBaseReport {
  readonly image: string;
  readonly kind: 'image' | 'stage' | 'scratch' | 'unresolved';
  readonly size: Estimate;
  readonly layers?: number;
  readonly source: string;
  readonly os?: string;
  readonly packageManager?: string;
  readonly compressedSize?: number;
  readonly date?: string;
  /** Index of the base stage, when the base is a stage. */
  readonly stage?: number;
}

export interface Stage {
  readonly name?: string;
  readonly index: number;
  readonly line: number;
  readonly endLine: number;
  readonly built: boolean;
  readonly target: boolean;
  readonly base: StageBaseReport;
  /** Base and own layers. */
  readonly size: Estimate;
  /** Layers of the stage's image, base included when known. */
  readonly layers?: number;
  readonly steps: readonly Step[];
}

export interface Effect {
  /** Change of the image's size in bytes, negative is smaller; null when unknown. */
  readonly bytes: {
    /** Null when nothing bounds the saving. */
    readonly low: number | null;
    readonly high: number;
    /** Best figure, where there is one: the size of the image with the edit is its size without and this. */
    readonly best?: number;
  } | null;
  /** Change of the count of layers; null where it is not known how many one of two base images has. */
  readonly layers: number | null;
  /** Change of the seconds of rebuilding to expect per commit, going by the git history; absent where that is not worked out. */
  readonly secondsPerCommit?: number;
  /** One sentence on what it does to rebuilds, localised. */
  readonly cache: string;
}

/** A text edit of the Dockerfile; ranges count from 0. */
export interface Edit {
  readonly range: Range;
  readonly newText: string;
}

export interface Refactoring {
  readonly id: string;
  readonly title: string;
  readonly kind: 'quickfix' | 'refactor.rewrite' | 'refactor.extract';
  readonly line: number;
  readonly endLine: number;
  readonly effect: Effect;
  readonly changesBehaviour: boolean;
  /** What differs, when it changes behaviour, localised. */
  readonly caution?: string;
  readonly edits: readonly Edit[];
  /** Files to create in the context root, or to add lines to (such as `.dockerignore`). */
  readonly files?: readonly FileChange[];
}

/** A file beside the Dockerfile that a refactoring makes, or adds lines to. */
export interface FileChange {
  /** Relative to the build context, with `/`; absolute for an ignore file that lies outside. */
  readonly path: string;
  /** All that it holds afterwards. */
  readonly text: string;
  /** What it holds now, which `text` begins with; absent for a file that is made. The change holds for no other text. */
  readonly before?: string;
}

export type FindingSeverity = 'error' | 'warning' | 'information' | 'hint';

/** A diagnostic: bad input, or something that costs bytes or rebuilds. */
export interface Finding {
  readonly code: string;
  readonly severity: FindingSeverity;
  readonly message: string;
  readonly range: Range;
  readonly link?: string;
  /** Ids of refactorings that fix it. */
  readonly fixes?: readonly string[];
}

/** Something of the build context that a COPY takes and that the image hardly needs. */
export interface NeedlessPath {
  /** Path in the context. */
  readonly path: string;
  readonly bytes: number;
  readonly files: number;
  readonly folder: boolean;
  readonly kind: NeedlessKind;
  /** Line (from 1) of the COPY. */
  readonly line: number;
  /** The stage of that line is a part of the image. */
  readonly inImage: boolean;
}

/** A file that is usually kept secret and that a COPY takes. Nothing of its content is told. */
export interface SecretPath {
  /** Path in the context. */
  readonly path: string;
  readonly kind: SecretKind;
  /** Line (from 1) of the COPY. */
  readonly line: number;
  readonly inImage: boolean;
  /** Line (from 1) of the COPY that takes its folder on into the image, where the first one is of another stage. */
  readonly carriedBy?: number;
}

export interface SentPaths {
  readonly bytes: number;
  readonly files: number;
  /** Largest files and folders, at most 20. */
  readonly largest: readonly PathSize[];
}

/** What the build takes of its context. */
export interface ContextWeight {
  /** All that the ignore file leaves, asked for or not. */
  readonly whole: { readonly bytes: number; readonly files: number };
  /** What is sent to a builder that has nothing of it yet: the builder asks for what lines name, and later for what has changed. */
  readonly sent: SentPaths;
  /** What is sent and copied by no line; null when that is not known. */
  readonly unused: SentPaths | null;
  /** Why it is not known, localised. */
  readonly unusedReason?: string;
  readonly needless: readonly NeedlessPath[];
  readonly secrets: readonly SecretPath[];
}

export interface Report {
  readonly version: 1;
  readonly dockerfile: string;
  readonly context: {
    readonly path: string;
    readonly state: 'ready' | 'pending' | 'unavailable';
    readonly reason?: string;
    readonly ignoreFile?: string;
  };
  readonly target: string | null;
  readonly platform: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly baseline: {
    readonly kind: 'engine' | 'record' | 'git' | 'none' | 'pending';
    readonly label: string;
    readonly at?: string;
  };
  readonly stages: readonly Stage[];
  /** What the next build of the target runs again; absent when nothing does or nothing is known. */
  readonly rebuild?: RebuildCost;
  readonly forecast?: Forecast;
  readonly image: {
    readonly size: Estimate;
    readonly layers: number | null;
    /** Bytes that lie in the image and nobody can see: deleted or written again by a later layer. */
    readonly wasted: Estimate;
    /** Score as dive counts it: 1 when nothing is written twice or deleted. Null when not known. */
    readonly efficiency: number | null;
    /** What dive prints: for paths that are in several layers, the bytes of all of them, the one that stays too. */
    readonly dive?: { readonly wasted: Estimate };
  };
  /** Bytes and files that the build sends to the builder; null while not known. */
  readonly contextSize: { readonly bytes: number; readonly files: number } | null;
  /** Absent while the context is not known. */
  readonly contextWeight?: ContextWeight;
  readonly findings: readonly Finding[];
  readonly refactorings: readonly Refactoring[];
}
