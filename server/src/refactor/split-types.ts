/** What a split of a single stage into a build and a runtime stage is read from. */
import type { BuildStage, BuildStep } from '../build/types';
import type { ContextSnapshot } from '../context/types';
import type { FromInstruction } from '../dockerfile/types';
import type { ImageReference } from '../images/reference';
import type { StageSystem } from '../packages/types';
import type { RunCommand } from '../shell/types';
import type { RefactorContext } from './types';

/** A file of one stage that stands on a known base image. */
export interface SingleStage {
  readonly context: RefactorContext;
  readonly stage: BuildStage;
  readonly from: FromInstruction;
  readonly reference: ImageReference;
  /** As written, expanded. */
  readonly expanded: string;
  readonly system: StageSystem;
  readonly snapshot: ContextSnapshot;
}

/** What a command of a RUN does to the image. */
export type Deed =
  /** Leaves nothing that stays, or only tells. */
  | { readonly kind: 'neutral' }
  | BuildDeed
  /** Installs packages of the distribution. */
  | {
      readonly kind: 'system';
      readonly names: readonly string[];
      /** As the command line says; absent: as the distribution is set up. */
      readonly recommends?: boolean;
    }
  | { readonly kind: 'remove'; readonly names: readonly string[] }
  /** Makes users and groups. */
  | { readonly kind: 'users' }
  /** Makes or changes files outside of the project: absolute paths. */
  | { readonly kind: 'place'; readonly paths: readonly string[] }
  /** Fetches, unpacks or moves files: part of a build where there is one. */
  | { readonly kind: 'files'; readonly paths: readonly string[] }
  | { readonly kind: 'unknown'; readonly name: string }
  /** Nothing can be split: a sentence, localised. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Compiles, tests, or prepares the project. */
export interface BuildDeed {
  readonly kind: 'build';
  /** Programs and libraries that it makes, absolute. */
  readonly outputs: readonly string[];
  /** Folders that it fills as a whole, such as an installation's prefix. */
  readonly trees: readonly string[];
  /** Makes what no word of it names: a program in the project's folder may come of it. */
  readonly unnamed: boolean;
}

export interface ReadStep {
  readonly step: BuildStep;
  /** From 1. */
  readonly line: number;
  readonly commands: readonly { readonly command: RunCommand; readonly deed: Deed }[];
}

/** A sentence that says why nothing is offered, localised; `none`: there is nothing to say either. */
export type Refused = { readonly kind: 'refused'; readonly reason: string } | { readonly kind: 'none' };

export const buildOnly: BuildDeed = { kind: 'build', outputs: [], trees: [], unnamed: false };

/** True when the path is the folder or lies in it; both clean and absolute. */
export function within(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}
