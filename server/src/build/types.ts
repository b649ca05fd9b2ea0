/** The build graph: what the builder would do with a parsed Dockerfile, as plain data. */
import type { Instruction, Problem } from '../dockerfile/types';

export interface EnvironmentEntry {
  readonly name: string;
  readonly value: string;
}

/** What the builder carries from one step to the next. */
export interface StepState {
  /** What RUN sees: base image ENV, then ENV and every ARG with a value, in BuildKit's order. */
  readonly environment: readonly EnvironmentEntry[];
  /** Names of build arguments in scope with a value, in order of declaration (history's `|n` prefix). */
  readonly buildArguments: readonly EnvironmentEntry[];
  /** Absolute, as RUN gets it (a trailing slash is kept). */
  readonly workdir: string;
  readonly user: string;
  readonly shell: readonly string[];
}

export type CopyOrigin =
  | { readonly kind: 'context' }
  | { readonly kind: 'stage'; readonly stage: number }
  | { readonly kind: 'image'; readonly reference: string };

export type ResolvedSource =
  /** A path in the origin, expanded; `wildcard` when it has `*`, `?` or `[`. Clean, no leading slash; empty for the whole origin. */
  | { readonly kind: 'path'; readonly path: string; readonly wildcard: boolean; readonly written: string }
  | { readonly kind: 'heredoc'; readonly name: string; readonly content: string }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'git'; readonly url: string };

export interface CopyOperation {
  readonly kind: 'copy';
  readonly add: boolean;
  readonly origin: CopyOrigin;
  readonly sources: readonly ResolvedSource[];
  /** Absolute; trailing slash kept. */
  readonly destination: string;
  readonly owner?: string;
  readonly mode?: string;
  readonly link: boolean;
  readonly parents: boolean;
  readonly exclude: readonly string[];
  /** Local archives are unpacked: ADD without `--unpack=false`. */
  readonly unpack: boolean;
  /** Fetched archives are unpacked: ADD with `--unpack`. */
  readonly unpackRemote: boolean;
  readonly checksum?: string;
  readonly keepGitDirectory: boolean;
}

export interface ResolvedMount {
  readonly type: 'bind' | 'cache' | 'tmpfs' | 'secret' | 'ssh';
  /** Absolute path in the container; empty for secrets and ssh without a target. */
  readonly target: string;
  /** Where a bind or cache mount comes from. */
  readonly origin: CopyOrigin | { readonly kind: 'none' };
  /** Path in the origin, clean, no leading slash. */
  readonly source: string;
  readonly readOnly: boolean;
  /** All options, expanded, sorted by key, for keys and display. */
  readonly options: readonly (readonly [string, string])[];
}

export interface ExecuteOperation {
  readonly kind: 'execute';
  /** Final argv. Shell form: shell + script. Heredoc scripts as BuildKit passes them. */
  readonly arguments: readonly string[];
  /** The command as the shell sees it, for display and for the shell reader; exec form: the words. */
  readonly command:
    | { readonly form: 'shell'; readonly script: string }
    | { readonly form: 'exec'; readonly arguments: readonly string[] };
  readonly mounts: readonly ResolvedMount[];
  readonly network: string;
  readonly security: string;
  /** A `#!` heredoc is given to the container as a file of this name and content. */
  readonly inlineFiles: readonly { readonly name: string; readonly content: string }[];
}

export interface MakeDirectoryOperation {
  readonly kind: 'make-directory';
  readonly path: string;
  readonly owner: string;
}

export type Operation =
  | ExecuteOperation
  | CopyOperation
  | MakeDirectoryOperation
  /** Changes image config or the state of later steps only. */
  | { readonly kind: 'metadata' }
  /** Leaves nothing at all (ONBUILD, WORKDIR / , ARG without value). */
  | { readonly kind: 'nothing' }
  /** The instruction could not be understood. */
  | { readonly kind: 'unknown' };

export interface BuildStep {
  /** Position in the stage, counted from 0, ONBUILD triggers of the base first. */
  readonly index: number;
  readonly instruction: Instruction;
  /** `own`: written in this stage. `onbuild`: added by ONBUILD of the base named. */
  readonly origin: { readonly kind: 'own' } | { readonly kind: 'onbuild'; readonly base: string };
  readonly operation: Operation;
  readonly produces: 'layer' | 'metadata' | 'nothing';
  /** Layer number within the stage counted from 1 above its base (a base stage's layers included); only when it makes a layer. */
  readonly layerAboveBase?: number;
  /** State before the step: what it runs with. */
  readonly state: StepState;
  /** `created_by` as `docker history` will show it. */
  readonly createdBy: string;
  /** Instruction text with variables expanded as BuildKit shows it in progress. */
  readonly display: string;
  readonly needed: boolean;
}

export type StageBase =
  | { readonly kind: 'image'; readonly reference: string; readonly platform?: string }
  | { readonly kind: 'stage'; readonly stage: number }
  | { readonly kind: 'scratch' }
  /** The base can't be known: undefined argument, cycle, or half-typed. */
  | { readonly kind: 'unresolved'; readonly written: string };

export interface BuildStage {
  readonly index: number;
  readonly name?: string;
  /** The FROM instruction. */
  readonly instruction: Instruction;
  readonly base: StageBase;
  readonly steps: readonly BuildStep[];
  /** The target needs it. */
  readonly needed: boolean;
  /** Stages that this one reads (base, COPY --from, mounts), in order, without repetition. */
  readonly dependencies: readonly number[];
  readonly finalState: StepState;
  /** Image configuration after the last step, for refactorings and display. */
  readonly configuration: StageConfiguration;
}

export interface StageConfiguration {
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly exposed: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: readonly EnvironmentEntry[];
}

export interface BuildGraph {
  readonly stages: readonly BuildStage[];
  /** Index of the stage that is built; absent when there is none (no FROM, unknown target). */
  readonly target?: number;
  readonly platform: string;
  readonly problems: readonly Problem[];
  /** References of base images that needed stages use, expanded, without repetition. */
  readonly images: readonly string[];
}

/** What the user chose for the build. */
export interface BuildInputs {
  readonly target?: string;
  readonly buildArguments: Readonly<Record<string, string>>;
  /** `linux/amd64` and the like; the default is the caller's. */
  readonly platform: string;
}

/** What a base image gives to the stage that stands on it. */
export interface ImageConfiguration {
  /** `NAME=VALUE`, in order. */
  readonly environment: readonly string[];
  readonly workdir: string;
  readonly user: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly shell?: readonly string[];
  readonly onbuild: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}
