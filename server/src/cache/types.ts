/** Cache keys, build records and what a prediction is held against. */
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
  | { readonly kind: 'unreadable'; readonly reason: string };

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

/** One build that really happened (or was declared so by `strata record`). */
export interface BuildRecord {
  /** ISO date. */
  readonly at: string;
  readonly target: string | null;
  readonly platform: string;
  readonly scheme: DigestScheme;
  /** Steps that the target needs and that make a layer, stage by stage. */
  readonly steps: readonly RecordedStep[];
  /** Digests of files and directories that COPY, ADD and bind mounts took, by path: what changed can be named. */
  readonly tree: Readonly<Record<string, string>>;
  /** Base image reference to the digest it had, when known. */
  readonly bases: Readonly<Record<string, string>>;
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
  /** Seconds, when measured. */
  readonly duration?: number;
}

export interface RecordFile {
  readonly version: 1;
  readonly builds: readonly BuildRecord[];
}

export type Baseline =
  | { readonly kind: 'pending' }
  | { readonly kind: 'none'; readonly reason: string }
  | { readonly kind: 'record'; readonly label: string; readonly at?: string; readonly builds: readonly BuildRecord[] }
  /** The tree of a commit stands for what was built last; its Dockerfile and context are analysed like the working tree. */
  | {
      readonly kind: 'git';
      readonly label: string;
      readonly revision: string;
      readonly at?: string;
      readonly dockerfile: string;
      readonly snapshot: ContextSnapshot;
    };
