/** Cache keys, build records and what a prediction is held against. */
import type { ContextSnapshot, DigestScheme } from '../context/types';

/** The keys of one step. */
export interface StepKeys {
  readonly stage: number;
  readonly step: number;
  /** Line of the instruction, from 1. */
  readonly line: number;
  readonly instruction: string;
  readonly text: string;
  /** Digest over everything the result depends on; null while a content digest is not known. */
  readonly key: string | null;
  /** The same with inputs that only a build can tell (output of another stage, a remote file) left open. */
  readonly openKey: string | null;
  /** Named inputs and their digests or values, for explaining a difference. */
  readonly inputs: readonly { readonly name: string; readonly value: string }[];
}

/** One build that really happened (or was declared so by `strata record`). */
export interface BuildRecord {
  /** ISO date. */
  readonly at: string;
  readonly target: string | null;
  readonly platform: string;
  readonly scheme: DigestScheme;
  readonly steps: readonly RecordedStep[];
  /** Digests of files and directories that COPY, ADD and bind mounts took, by path: what changed can be named. */
  readonly tree: Readonly<Record<string, string>>;
  /** Base image reference to the digest it had, when known. */
  readonly bases: Readonly<Record<string, string>>;
}

export interface RecordedStep {
  readonly stage: string;
  readonly line: number;
  readonly instruction: string;
  readonly text: string;
  readonly key: string;
  readonly openKey: string;
  readonly inputs: readonly { readonly name: string; readonly value: string }[];
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
