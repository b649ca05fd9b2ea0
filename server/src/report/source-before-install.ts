/** Source that is copied before dependencies are installed: each change of it installs again. */
import { installCommandOf } from '../build/install-command';
import type { BuildGraph, BuildStage, BuildStep } from '../build/types';

export interface SourceBeforeInstall {
  readonly stage: BuildStage;
  /** COPY or ADD of the whole build context. */
  readonly copy: BuildStep;
  readonly install: BuildStep;
  /** As written, for example `npm ci`. */
  readonly command: string;
}

/** All places, in needed stages, where the whole build context is copied and then dependencies are installed. */
export function sourceBeforeInstall(graph: BuildGraph): readonly SourceBeforeInstall[] {
  return graph.stages.flatMap((stage) =>
    stage.steps.flatMap((copy): SourceBeforeInstall[] => {
      const { operation } = copy;
      if (!copy.needed || copy.origin.kind !== 'own' || operation.kind !== 'copy') return [];
      const whole =
        operation.origin.kind === 'context' &&
        operation.sources.some((source) => source.kind === 'path' && source.path === '');
      if (!whole) return [];
      for (const install of stage.steps.slice(copy.index + 1)) {
        const command = installCommandOf(install);
        if (command !== undefined) return [{ stage, copy, install, command }];
      }
      return [];
    }),
  );
}
