/** Cache keys, build records and what a prediction is held against. */

import type { ImageConfiguration } from '../build/types';
import type { DigestsByPath } from '../context/content-tree';
import type { ContextSnapshot, DigestScheme } from '../context/types';

/** A named input of a key and a short digest of its value (never the value itself: it may hold a secret). */
export interface KeyInput {
  readonly name: string;
  readonly value: string;
}

/** Why a key can't be told now. */
export type KeyGap =
  /** The contents are being read. */
  | { readonly kind: 'pending' }
  /** Only a build can tell: a remote file or repository. */
  | { readonly kind: 'remote'; readonly what: string }
  /** A file of the build context could not be read. */
  | { readonly kind: 'unreadable'; readonly reason: string }
  /** A base image may or may not be the one that it was. */
  | { readonly kind: 'base'; readonly reference: string }
  /** The builder was told something else than this step is thought to be. */
  | { readonly kind: 'unlike'; readonly reason: string }
  /** Nothing tells what a past build read from the build context. */
  | { readonly kind: 'unseen'; readonly paths: readonly string[] };

/** The keys of one step. */
export interface StepKeys {
  readonly stage: number;
  /** Index in the stage. */
  readonly step: number;
  /** Digest over everything the result depends on; null when a gap stands in this step or above it. */
  readonly key: string | null;
  /** The same with what only a build can tell (output of another stage, a remote file) left open; null while contents are not known. */
  readonly openKey: string | null;
  /** Why `key` is null: the nearest reason, of this step or of one above. */
  readonly gap?: KeyGap;
  /** Named inputs of this step alone, for explaining a difference; made when asked for. */
  inputs(): readonly KeyInput[];
}

/**
 * What a build was given beyond target, arguments and platform, as far as it enters cache keys: frontend attributes by name, such as
 * `force-network-mode` (dockerui/config.go: keys of `opts`).
 */
export type BuildOptions = Readonly<Record<string, string>>;

/** A step of a build that the engine remembers. */
export interface PastStep {
  /** First lines (from 1) of the instructions that this step stands for; empty when the engine does not tell. */
  readonly lines: readonly number[];
  /** As progress shows it, for example `[build 2/4] COPY src /src`. */
  readonly name: string;
  readonly outcome: 'cached' | 'ran' | 'failed' | 'unfinished';
  /** Of RUN: what was executed, as the builder was told (provenance: llbDefinition, exec.meta). */
  readonly execution?: {
    readonly arguments: readonly string[];
    readonly environment: readonly string[];
    readonly workdir: string;
    readonly user: string;
  };
  /** Of WORKDIR, COPY and ADD: where the builder was told to write (provenance: llbDefinition, file.actions). */
  readonly writing?: StepWriting;
  /** Milliseconds since the epoch, by the engine's clock; absent when the engine does not tell. */
  readonly startedAt?: number;
  readonly completedAt?: number;
}

/** Absolute paths of one file operation. */
export interface StepWriting {
  /** Destinations of what is copied. */
  readonly copies: readonly string[];
  readonly directories: readonly {
    readonly path: string;
    /** Name or number of its owner; empty when none was named. */
    readonly user: string;
  }[];
}

/** A build that the engine remembers, done in whatever terminal. */
export interface PastBuild {
  /** The engine's own reference of the build. */
  readonly reference: string;
  /** Milliseconds since the epoch, by the engine's clock: before it looked at the build context. */
  readonly startedAt: number;
  readonly completedAt: number;
  readonly outcome: 'completed' | 'failed';
  /** Text of the Dockerfile; absent when the engine does not tell, as of a build that was cancelled. */
  readonly dockerfile?: string;
  /** Absolute path, when the client of this user noted it. */
  readonly dockerfilePath?: string;
  readonly contextPath?: string;
  readonly target?: string;
  readonly buildArguments: Readonly<Record<string, string>>;
  readonly platform: string;
  readonly options: BuildOptions;
  /**
   * Patterns by which the client left files out of the build context, as sent (`local.excludepatterns` of the build's
   * definition, frontend/dockerui/config.go, MainContext); absent when the engine does not tell.
   */
  readonly ignorePatterns?: readonly string[];
  /** The frontend that a `# syntax` line or the client named; absent: the one built into the engine. */
  readonly frontend?: string;
  /** Base image reference to digest (`sha256:…`), as the engine resolved it. */
  readonly bases: Readonly<Record<string, string>>;
  readonly steps: readonly PastStep[];
}

/** What a build's steps read from the build context in one selection. */
export interface RecordedContents {
  /** Digest of the selection, see `selectionIdentity`. */
  readonly selection: string;
  /** Digest of the contents; null when nothing tells what the build saw. */
  readonly digest: string | null;
  /** Paths whose content at the time of the build is not known, at most ten. */
  readonly unseen?: readonly string[];
  /** They may have been as they are, and the builder may have gone on with another state of them. */
  readonly unnoticed?: true;
}

/** One build that really happened (or was declared so by `strata record`). */
export interface BuildRecord {
  /** ISO date. */
  readonly at: string;
  /** The engine's reference of the build, when the record was made from the engine's history. */
  readonly reference?: string;
  readonly options?: BuildOptions;
  /** What was read from the build context; absent in records that know everything. */
  readonly contents?: readonly RecordedContents[];
  readonly target: string | null;
  readonly platform: string;
  readonly scheme: DigestScheme;
  /** Steps that the target needs and that make a layer, stage by stage. */
  readonly steps: readonly RecordedStep[];
  /** Digests of files and directories that COPY, ADD and bind mounts took, by path: what changed can be named. */
  readonly tree: DigestsByPath;
  /** Paths in `tree` that the builder may have had in another state, see `unsurePaths`; absent: none. */
  readonly unsure?: readonly string[];
  /**
   * What it tells of the build context holds while the builder has its copy of that: nothing is known of what the copy had before. Absent: it
   * holds in any case.
   */
  readonly trustsCopy?: true;
  /** Base image reference to the digest it had, when known. */
  readonly bases: Readonly<Record<string, string>>;
  /** Base image reference to the configuration that the keys were made with; absent for a base that was not known. */
  readonly configurations?: Readonly<Record<string, ImageConfiguration>>;
}

export interface RecordedStep {
  /** Name of the stage, or `#` and its index. */
  readonly stage: string;
  /** Line of the instruction, from 1. */
  readonly line: number;
  readonly instruction: string;
  /** The instruction as one line. */
  readonly text: string;
  readonly key: string | null;
  readonly openKey: string | null;
  readonly inputs: readonly KeyInput[];
  /** Why the key is not known although the contents are, localised. */
  readonly doubt?: string;
  /** Seconds, when measured. */
  readonly duration?: number;
  /** The result that the engine made for it, or had before, to be found in its listing. */
  readonly made?: ResultTrace;
}

/** How a step's result can be recognised among what the builder holds. */
export interface ResultTrace {
  /** Milliseconds since the epoch, by the engine's clock: the result was made between these; 0 where nobody saw it being made. */
  readonly from: number;
  readonly to: number;
  /** See `HeldResult.description`. */
  readonly description: string;
  /** Steps of that build, this one among them, that left or reused results of the same description between these times; absent: no other. */
  readonly alike?: { readonly count: number; readonly from: number; readonly to: number };
}

/**
 * Of a record file's form and of the rules by which its keys were made. Raised when either changes: keys made by other rules would be
 * called other steps.
 */
export const RECORD_VERSION = 1;

export interface RecordFile {
  readonly version: typeof RECORD_VERSION;
  readonly builds: readonly BuildRecord[];
}

/** Which results the builder still holds. */
export type HeldResults =
  /** The listing could not be had, or not all of it. */
  | { readonly kind: 'unknown' }
  /** Nobody was asked: what was built is taken to be held, as a record file and a commit are compared with. */
  | { readonly kind: 'assumed' }
  /** All results of steps that the listing has. */
  | {
      readonly kind: 'listed';
      readonly results: readonly HeldResult[];
      /** The copies of build contexts that the builder keeps, of whichever context; absent where the listing does not tell. */
      readonly copies?: readonly HeldCopy[];
    };

/** A builder's copy of some build context: times in milliseconds since the epoch, by the engine's clock. */
export interface HeldCopy {
  readonly begunAt: number;
  /** When a build last let go of it; absent while one has it, and where the listing does not tell. */
  readonly usedAt?: number;
}

/** One result in the builder's listing. */
export interface HeldResult {
  /** Milliseconds since the epoch, by the engine's clock. */
  readonly madeAt: number;
  /** `mount / from exec ` and the arguments of a RUN, or the progress name of the step that made it, without its `[stage 2/4]`. */
  readonly description: string;
  /** Bytes of the files in it, where the engine counts those. */
  readonly bytes?: number;
  /** The builder's own name of it. */
  readonly id?: string;
  /** Names of the results that it was made on. */
  readonly parents?: readonly string[];
}

export type Baseline =
  | { readonly kind: 'pending' }
  | { readonly kind: 'none'; readonly reason: string }
  | { readonly kind: 'record'; readonly label: string; readonly at?: string; readonly builds: readonly BuildRecord[] }
  /** The engine's own history of builds, with what it still holds of their results. */
  | {
      readonly kind: 'engine';
      readonly label: string;
      readonly at?: string;
      readonly builds: readonly BuildRecord[];
      /** The engine remembers others that were not read yet. */
      readonly older?: true;
      readonly results: HeldResults;
      /** Steps of builds of which nothing else is known (failed or cancelled): by instruction text, the line in progress without its number. */
      readonly fragments: ReadonlySet<string>;
      /** Options of the newest build of this Dockerfile: the next one is taken to be done alike. */
      readonly options: BuildOptions;
    }
  /** The tree of a commit stands for what was built last; its Dockerfile and context are analysed like the working tree. */
  | {
      readonly kind: 'git';
      readonly label: string;
      readonly revision: string;
      readonly at?: string;
      readonly dockerfile: string;
      readonly snapshot: ContextSnapshot;
    };
